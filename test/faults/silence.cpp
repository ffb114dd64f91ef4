// Typical conversations in which the peer falls silent at every step: it sends no more, or reads no more. A limit
// ends them, in virtual time. And the peer whose bytes come one by one, who is served like any other.

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

#include "faults/dialogues.hpp"
#include "faults/memory_server.hpp"
#include "lifecycle/conversations.hpp"

using namespace faults;
using namespace std::chrono_literals;

namespace {

/// Above each limit of the server's: of headers, of a body, of a write, between requests, and behind the end.
constexpr auto long_enough = 200s;

template <class F>
void with_each(const F& play) {
  for (const lifecycle::conversation& what : lifecycle::conversations())
    BOOST_TEST_CONTEXT(what.name) {
      memory_server s;
      s.expected_warnings = {"did not answer in time"};
      play(s, what);
    }
}

/// What a single connection brings.
dialogue alone(const lifecycle::conversation& what) {
  return {what.name, what.revision, [bytes = what.bytes](player& p) { p.ask(bytes(p.headers())); }};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(silent_peers)

BOOST_AUTO_TEST_CASE(a_peer_that_sends_no_more_is_let_go) {
  with_each([](memory_server& s, const lifecycle::conversation& what) {
    for (std::size_t cut = 0;; cut += 7) {
      const std::string headers = s.open_session(what.revision);
      const std::string bytes = what.bytes(headers);
      {
        memory_server::client c(s, {});
        c.send(std::string_view(bytes).substr(0, cut));
        if (cut < bytes.size()) {
          s.run(long_enough);
          BOOST_TEST(c.peer().closed(), "after " << cut << " bytes");
        }
      }
      s.close_session(headers);
      s.check_baseline();
      if (cut >= bytes.size()) break;
    }
  });
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_no_more_is_let_go) {
  with_each([](memory_server& s, const lifecycle::conversation& what) {
    const std::vector<played> fault_free = play_without_faults(alone(what));
    const std::size_t all = fault_free.back().receptions[0].bytes.size();
    BOOST_TEST_REQUIRE(all > 100U);
    for (std::size_t taken = 0; taken < all; taken += 1 + taken / 8) {
      const std::string headers = s.open_session(what.revision);
      {
        memory_server::client c(s, {});
        c.peer().window(taken);
        c.send(what.bytes(headers));
        s.run(long_enough);
        BOOST_TEST(c.peer().closed(), "after " << taken << " bytes");
        BOOST_TEST(c.peer().output().size() == taken);
        played got;
        got.steps = 1;
        reception& seen = got.receptions.emplace_back();
        seen.bytes = c.peer().output();
        seen.ended = true;
        const std::string wrong = find_lie(got, fault_free);
        BOOST_TEST(wrong.empty(), wrong);
      }
      s.close_session(headers);
      s.check_baseline();
    }
  });
}

BOOST_AUTO_TEST_CASE(bytes_that_come_and_go_one_by_one_are_the_same_conversation) {
  for (const dialogue& what : dialogues())
    BOOST_TEST_CONTEXT(what.name) {
      memory_server s;
      s.expected_warnings = {"did not answer in time"};
      const played at_once = play(s, what);
      const auto check = [&](std::size_t in, std::size_t out) {
        client_options how;
        how.prepare = [=](http_test::memory_peer& peer) {
          peer.read_size(in);
          peer.write_size(out);
        };
        const std::string difference = find_difference(at_once, play(s, what, how));
        BOOST_TEST(difference.empty(), in << " in, " << out << " out: " << difference);
        s.check_baseline();
      };
      constexpr std::size_t many = 1000000;
      check(1, many);
      check(many, 1);
      check(1, 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
