// Typical conversations, left at every step: while they are sent, and while they are answered; by a close,
// a reset, a half-close, and with a cancellation of what runs. After each step nothing is left of it.
//
// COMCP_EVERY_BYTE=1 takes every byte of each for a step, which takes a while.

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lifecycle/conversations.hpp"
#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

namespace {

enum class leaving { close, reset, half_close };
constexpr leaving ways[] = {leaving::close, leaving::reset, leaving::half_close};

void leave(wire& c, leaving how) {
  if (how == leaving::reset) c.reset();
  if (how == leaving::close) c.close();
  if (how == leaving::half_close) c.half_close();
}

bool every_byte() {
  return std::getenv("COMCP_EVERY_BYTE") != nullptr;
}

comcp::http_endpoint_options options() {
  comcp::http_endpoint_options o;
  o.http_sse();
  // What a client that left has opened is nobody's: it goes when it is idle.
  o.mcp(comcp::streamable_http_options().idle_limit(400ms));
  return o;
}

/// A session while it is needed; the server reaps it if a step takes long.
class maybe_session {
 public:
  maybe_session(const live_server& s, const conversation& c) : server_(s), what_(c) {}
  std::string headers() {
    if (!what_.revision) return {};
    if (!in_ || uses_++ % 50 == 0 || server_.stats().sessions == 0)
      in_ = std::make_unique<live_session>(server_, what_.revision, R"({"elicitation":{}})");
    return in_->headers();
  }

 private:
  const live_server& server_;
  const conversation& what_;
  std::unique_ptr<live_session> in_;
  int uses_ = 0;
};

/** Plays steps on a server of their own until one says that there is no further one; then nothing is left.
    A step gets the headers of the session, if there is one, and does with connections what it likes. */
void sweep(const conversation& what,
           const std::function<bool(const live_server&, const std::string& headers)>& step) {
  live_server s(options());
  s.expected_warnings = {"did not answer in time"};
  {
    maybe_session in(s, what);
    for (bool more = true; more;) {
      more = step(s, in.headers());
      s.check_quiet();
    }
  }
  s.check_baseline();
}

/// Every conversation, left in every way.
void sweep_leaving(const std::function<void(const conversation&, leaving)>& play) {
  for (const conversation& what : conversations())
    for (const leaving how : ways)
      BOOST_TEST_CONTEXT(what.name << ", way " << static_cast<int>(how)) {
        play(what, how);
      }
}

/// Up to here every byte of a request is a step.
constexpr std::size_t short_request = 250;

/// Bytes of an answer that are read before something happens: a few more each time.
class growing_read {
 public:
  /// Reads; false: there was not so much, or it is enough.
  bool operator()(wire& c) {
    const bool more = c.read_bytes(size_, 30ms);
    size_ += every_byte() ? 1 : 12;
    return more && (every_byte() || size_ <= 600);
  }

 private:
  std::size_t size_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_sweeps)

BOOST_AUTO_TEST_CASE(leaving_behind_any_byte_of_what_is_sent_leaves_nothing) {
  sweep_leaving([](const conversation& what, leaving how) {
    std::size_t cut = 0;
    sweep(what, [&](const live_server& s, const std::string& headers) {
      wire c = s.connect();
      const std::string bytes = what.bytes(headers);
      c.send(std::string_view(bytes).substr(0, cut));
      leave(c, how);
      if (cut == bytes.size()) return false;
      const bool in_steps = !every_byte() && bytes.size() > short_request;
      cut += in_steps && cut + 5 < bytes.size() ? 3 : 1;
      return true;
    });
  });
}

BOOST_AUTO_TEST_CASE(leaving_behind_any_byte_of_the_answer_leaves_nothing) {
  sweep_leaving([](const conversation& what, leaving how) {
    growing_read read;
    sweep(what, [&](const live_server& s, const std::string& headers) {
      wire c = s.connect();
      c.send(what.bytes(headers));
      const bool more = read(c);
      leave(c, how);
      return more;
    });
  });
}

// The cancellation comes on another connection, after so many bytes of the answer.
BOOST_AUTO_TEST_CASE(cancelling_at_any_step_of_the_answer_leaves_nothing) {
  for (const conversation& what : conversations()) {
    if (!what.revision) continue;
    BOOST_TEST_CONTEXT(what.name) {
      growing_read read;
      sweep(what, [&](const live_server& s, const std::string& headers) {
        wire c = s.connect();
        c.send(what.bytes(headers));
        const bool more = read(c);
        wire other = s.connect();
        other.send(post(cancel(1), headers));
        const int status = other.read_answer().status;
        BOOST_TEST((status == 202 || status == 404));
        return more;
      });
    }
  }
}

// A client that says nothing more, in the middle of its request: the limit ends it, and it alone.
BOOST_AUTO_TEST_CASE(silence_behind_any_part_of_a_request_is_limited) {
  comcp::http_endpoint_options limits = options();
  limits.http(comcp::http::server_options().limits(
      comcp::http::server_limits().header_timeout(100ms).body_timeout(100ms).idle_timeout(100ms)));
  live_server s(std::move(limits));
  {
    std::vector<wire> silent;
    const std::string bytes = post(initialize());
    for (std::size_t cut = 0; cut < bytes.size(); cut += 5) {
      silent.push_back(s.connect());
      silent.back().send(std::string_view(bytes).substr(0, cut));
    }
    for (wire& c : silent)
      c.read_end();
  }
  BOOST_TEST(s.stats().sessions_opened == 0U);
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
