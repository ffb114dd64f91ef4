// Typical conversations, left at every step: while they are sent, and while they are answered; by a close,
// a reset, a half-close, and with a cancellation of what runs.

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

#include "comcp/server/server.hpp"
#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

namespace {

/// What is sent, on a connection of its own, in the session where there is one.
class conversation {
 public:
  const char* name;
  const char* revision;  // null: no session
  std::function<std::string(const std::string& headers)> bytes;
};

std::string modern(std::string_view method, std::string_view params, std::string_view name = {}) {
  const std::string meta = R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}})";
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                           R"(","params":{)" + std::string(params) + R"("_meta":)" + meta + "}}";
  std::string headers =
      "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + std::string(method) + "\r\n";
  if (!name.empty()) headers += "Mcp-Name: " + std::string(name) + "\r\n";
  return post(body, headers);
}

const std::vector<conversation>& conversations() {
  using text = const std::string&;
  static const std::vector<conversation> all = {
      {"initialize", nullptr, [](text) { return post(initialize()); }},
      {"call, one answer", "2025-06-18",
       [](text h) { return post(call(1, "echo", R"({"text":"a"})"), h); }},
      {"call with progress", "2025-06-18",
       [](text h) {
         return post(call(1, "steps", R"({"n":3,"ms":1})", R"({"progressToken":1})"), h);
       }},
      {"call with priming event", "2025-11-25",
       [](text h) {
         return post(call(1, "steps", R"({"n":3,"ms":1})", R"({"progressToken":1})"), h);
       }},
      {"batch", "2025-03-26",
       [](text h) {
         return post("[" + call(1, "echo", R"({"text":"a"})") + "," + call(2, "nap") + "]", h);
       }},
      {"GET stream", "2025-06-18", [](text h) { return request("GET", h); }},
      {"question to the client", "2025-11-25",
       [](text h) { return post(call(1, "ask", R"({"ms":20})"), h); }},
      {"modern discover", nullptr, [](text) { return modern("server/discover", ""); }},
      {"modern call, one answer", nullptr,
       [](text) { return modern_call(1, "echo", R"({"text":"a"})"); }},
      {"modern call with progress", nullptr,
       [](text) { return modern_call(1, "steps", R"({"n":3,"ms":1})"); }},
      {"modern question", nullptr,
       [](text) { return modern("tools/call", R"("name":"ask","arguments":{"ms":9},)", "ask"); }},
      {"modern listen", nullptr,
       [](text) {
         return modern("subscriptions/listen", R"("notifications":{"toolsListChanged":true},)");
       }},
      {"HTTP+SSE stream", nullptr,
       [](text) {
         return std::string(
             "GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
       }},
  };
  return all;
}

enum class leaving { close, reset, half_close };
constexpr leaving ways[] = {leaving::close, leaving::reset, leaving::half_close};

void leave(wire& c, leaving how) {
  if (how == leaving::reset) c.reset();
  if (how == leaving::close) c.close();
  if (how == leaving::half_close) c.half_close();
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
    if (!in_ || uses_++ % 50 == 0)
      in_ = std::make_unique<live_session>(server_, what_.revision, R"({"elicitation":{}})");
    return in_->headers();
  }

 private:
  const live_server& server_;
  const conversation& what_;
  std::unique_ptr<live_session> in_;
  int uses_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_sweeps)

BOOST_AUTO_TEST_CASE(leaving_behind_any_byte_of_what_is_sent_leaves_nothing) {
  for (const conversation& what : conversations())
    for (const leaving how : ways)
      BOOST_TEST_CONTEXT(what.name << ", way " << static_cast<int>(how)) {
        live_server s(options());
        s.expected_warnings = {"did not answer in time"};
        {
          maybe_session in(s, what);
          const std::size_t size = what.bytes(in.headers()).size();
          for (std::size_t cut = 0; cut <= size; cut += cut + 5 < size ? 3 : 1) {
            wire c = s.connect();
            const std::string bytes = what.bytes(in.headers());
            c.send(std::string_view(bytes).substr(0, cut));
            leave(c, how);
          }
        }
        s.check_baseline();
      }
}

BOOST_AUTO_TEST_CASE(leaving_behind_any_byte_of_the_answer_leaves_nothing) {
  for (const conversation& what : conversations())
    for (const leaving how : ways)
      BOOST_TEST_CONTEXT(what.name << ", way " << static_cast<int>(how)) {
        live_server s(options());
        s.expected_warnings = {"did not answer in time"};
        {
          maybe_session in(s, what);
          for (std::size_t read = 0; read <= 600; read += 12) {
            wire c = s.connect();
            c.send(what.bytes(in.headers()));
            const bool more = c.read_bytes(read, 30ms);
            leave(c, how);
            if (!more) break;
          }
        }
        s.check_baseline();
      }
}

// The cancellation comes on another connection, after so many bytes of the answer.
BOOST_AUTO_TEST_CASE(cancelling_at_any_step_of_the_answer_leaves_nothing) {
  for (const conversation& what : conversations()) {
    if (!what.revision) continue;
    BOOST_TEST_CONTEXT(what.name) {
      live_server s(options());
      s.expected_warnings = {"did not answer in time"};
      {
        maybe_session in(s, what);
        for (std::size_t read = 0; read <= 600; read += 12) {
          const std::string headers = in.headers();
          wire c = s.connect();
          c.send(what.bytes(headers));
          const bool more = c.read_bytes(read, 30ms);
          wire other = s.connect();
          other.send(post(cancel(1), headers));
          const int status = other.read_answer().status;
          BOOST_TEST((status == 202 || status == 404));
          if (!more) break;
        }
      }
      s.check_baseline();
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
