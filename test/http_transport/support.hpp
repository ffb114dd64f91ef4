#ifndef COMCP_TEST_HTTP_TRANSPORT_SUPPORT_HPP
#define COMCP_TEST_HTTP_TRANSPORT_SUPPORT_HPP

// A server of a few tools behind Streamable HTTP, and connections to it on memory: exact bytes, in
// virtual time.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/http/event_stream.hpp"
#include "comcp/http_transport/streamable_http_server.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/session/session.hpp"
#include "comcp/testing/coro_test.hpp"
#include "support/http_memory_wire.hpp"
#include "support/schema_check.hpp"

namespace test {

using namespace comcp;  // of the tests' own support only
using namespace std::chrono_literals;

using header_list = std::vector<std::pair<std::string, std::string>>;

/// What became of calls.
struct trace {
  int started = 0;
  int finished = 0;
  int unwound = 0;  ///< left by exception: cancelled
  int session_starts = 0;
  int session_ends = 0;
  std::vector<send_status> statuses;
  std::string error;    ///< of a question to the client
  std::string subject;  ///< the principal of the last call
  std::string scopes;   ///< its scopes, each with a space behind it
  std::string token;    ///< what a handler sees of it
  std::string agent;    ///< its User-Agent header
};

/** tools/call of: echo {text}, slow {ms}, progress {n, ms}, ask, forever, fail {code}, throw, poll {retry,
    ms}, note (a session-wide notification), elsewhere {ms} (a task of the session answers);
    subscriptions/listen until `release`. */
class tool_server : public request_handler {
 public:
  trace seen;
  event release;
  json::object input_schema;  ///< of "annotated"

  protocol::initialize_result describe(const protocol::rules&) const override {
    protocol::initialize_result r;
    r.server_info = protocol::implementation("test", "1");
    r.capabilities.tools = true;
    r.capabilities.tools_list_changed = true;
    r.capabilities.logging = true;
    return r;
  }

  std::shared_ptr<const protocol::parameter_headers> parameter_headers(
      std::string_view tool, const principal*) const override {
    if (tool != "annotated") return nullptr;
    const json::object schema =
        json::parse(
            R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}})")
            .as_object();
    return std::make_shared<const protocol::parameter_headers>(
        std::get<protocol::parameter_headers>(protocol::find_parameter_headers(schema)));
  }

  void on_session_start(session&) noexcept override { ++seen.session_starts; }
  void on_session_end(session&) noexcept override { ++seen.session_ends; }

  awaitable<void> on_request(jsonrpc::request request,
                             responder answer,
                             request_context& context) override {
    ++seen.started;
    struct unwinding {
      trace& t;
      bool done = false;
      ~unwinding() { ++(done ? t.finished : t.unwound); }
    } end{seen};
    seen.scopes.clear();
    if (const auto& who = context.on_behalf_of()) {
      seen.subject = who->subject;
      for (const std::string& scope : who->scopes)
        seen.scopes += scope + " ";
    }
    if (context.origin()) {
      seen.agent = context.origin()->header("User-Agent").value_or("");
      seen.token = context.origin()->header("authorization").value_or("");
    }
    if (request.method == "tools/list") {
      json::object r = result_for(context);
      r["tools"] = json::array();
      if (context.rules().cache_hints) {
        r["ttlMs"] = 0;
        r["cacheScope"] = "private";
      }
      std::move(answer).reply(json::value(std::move(r)));
    } else if (request.method == "subscriptions/listen") {
      co_await listen(request, context);
      std::move(answer).reply(json::value(tagged(result_for(context), request)));
    } else if (request.method == "tools/call") {
      co_await call(request.params.as_object(), answer, context);
    } else {
      std::move(answer).fail(jsonrpc::error_object(-32601, "Method not found"));
    }
    end.done = true;
  }

 private:
  static json::object result_for(const request_context& context) {
    json::object r;
    if (context.rules().result_type) r["resultType"] = "complete";
    return r;
  }

  static json::object tagged(json::object o, const jsonrpc::request& listen) {
    json::object meta;
    meta["io.modelcontextprotocol/subscriptionId"] = listen.id.to_json();
    o["_meta"] = std::move(meta);
    return o;
  }

  awaitable<void> listen(const jsonrpc::request& request, request_context& context) {
    context.leave_limits();
    json::object ack = tagged({}, request);
    ack["notifications"] = json::object();
    co_await context.notify("notifications/subscriptions/acknowledged",
                            json::value(std::move(ack)));
    co_await release.wait();
  }

  awaitable<void> call(const json::object& params, responder& answer, request_context& context) {
    const json::string& name = params.at("name").as_string();
    const json::value none = json::object();
    const json::value* given = params.if_contains("arguments");
    const json::object& arguments = (given ? *given : none).as_object();
    const auto number = [&](std::string_view key, std::int64_t otherwise) {
      const json::value* v = arguments.if_contains(key);
      return v ? v->as_int64() : otherwise;
    };
    std::string text = "done";
    if (name == "echo") {
      if (const json::value* v = arguments.if_contains("text")) text = v->as_string();
    } else if (name == "slow") {
      co_await sleep(std::chrono::milliseconds(number("ms", 1000)));
    } else if (name == "progress") {
      for (std::int64_t i = 1; i <= number("n", 3); ++i) {
        const auto status = co_await context.report_progress(static_cast<double>(i));
        seen.statuses.push_back(status);
        co_await sleep(std::chrono::milliseconds(number("ms", 10)));
      }
    } else if (name == "ask") {
      try {
        const auto got = co_await context.call_peer(
            "elicitation/create",
            json::parse(R"({"message":"?","requestedSchema":{"type":"object","properties":{}}})"));
        text = json::serialize(got);
      } catch (const session_error& e) {
        seen.error = text = e.code().message();
      }
    } else if (name == "forever") {
      co_await sleep_forever();
    } else if (name == "poll") {
      const std::int64_t delay = number("retry", 0);
      seen.statuses.push_back(delay != 0 ? context.close_stream(std::chrono::milliseconds(delay))
                                         : context.close_stream());
      co_await sleep(std::chrono::milliseconds(number("ms", 100)));
    } else if (name == "fail") {
      throw request_error(
          jsonrpc::error_object(static_cast<int>(number("code", -32602)), "as asked"));
    } else if (name == "throw") {
      throw std::runtime_error("password=hunter2");
    } else if (name == "tidy") {
      std::move(answer).reply(json::value(result_for(context)));
      co_await sleep(std::chrono::milliseconds(number("ms", 1000)));
      co_return;
    } else if (name == "note") {
      context.conversation()->try_notify("notifications/tools/list_changed", json::object());
    } else if (name == "elsewhere") {
      co_await sleep(1ms);
      auto later = std::make_shared<responder>(std::move(answer));
      auto what = json::value(result_for(context));
      auto work = [later, what, ms = number("ms", 1000)](session&) -> awaitable<void> {
        co_await sleep(std::chrono::milliseconds(ms));
        std::move(*later).reply(what);
      };
      context.conversation()->start_soon(work);
      co_return;
    }
    json::object block;
    block["type"] = "text";
    block["text"] = text;
    json::object r = result_for(context);
    r["content"] = json::array{std::move(block)};
    std::move(answer).reply(json::value(std::move(r)));
  }
};

/// One HTTP response, taken apart.
struct reply {
  int status = 0;
  http::fields headers;
  std::string body;
  bool complete = false;                ///< all of the body came: its length, or the last chunk
  std::vector<http::sse_event> events;  ///< priming ones aside
  std::vector<http::sse_event> primed;  ///< empty data: a place to come back to
  std::size_t comments = 0;

  std::string header(std::string_view name) const {
    return std::string(headers.find(name).value_or(""));
  }
  bool streams() const { return header("Content-Type") == "text/event-stream"; }
  json::value json() const { return body.empty() ? json::value() : json::parse(body); }
  std::int64_t code() const {
    const json::value v = json();
    const json::value* error = v.is_object() ? v.get_object().if_contains("error") : nullptr;
    return error ? error->at("code").as_int64() : 0;
  }
  json::value event(std::size_t i) const {
    return i < events.size() && events[i].data ? json::parse(*events[i].data) : json::value();
  }
};

/// Takes the first response off the front; a stream may be unfinished.
inline reply take_reply(std::string& bytes) {
  reply r;
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return r;
  const std::string head = bytes.substr(0, head_end + 2);
  bytes.erase(0, head_end + 4);
  r.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    const auto end = head.find("\r\n", at);
    const std::string line = head.substr(at, end - at);
    const auto colon = line.find(':');
    r.headers.add(line.substr(0, colon), http::trim_ows(std::string_view(line).substr(colon + 1)));
    at = end + 2;
  }
  if (r.header("Transfer-Encoding") == "chunked") {
    while (!bytes.empty()) {
      const auto line = bytes.find("\r\n");
      const auto size = std::stoul(bytes.substr(0, line), nullptr, 16);
      if (size != 0) r.body += bytes.substr(line + 2, size);
      bytes.erase(0, line + 2 + size + 2);
      if (size == 0) {
        r.complete = true;
        break;
      }
    }
  } else {
    const std::string length = r.header("Content-Length");
    const std::size_t n = length.empty() ? 0 : std::stoul(length);
    r.complete = bytes.size() >= n;
    r.body = bytes.substr(0, n);
    bytes.erase(0, n);
  }
  if (r.streams()) {
    http::event_parser parser;
    parser.feed(r.body, r.events);
    const auto primes = [](const http::sse_event& e) { return e.data && e.data->empty(); };
    std::copy_if(r.events.begin(), r.events.end(), std::back_inserter(r.primed), primes);
    std::erase_if(r.events, primes);
    for (auto at = r.body.find("\n:"); at != std::string::npos; at = r.body.find("\n:", at + 1))
      ++r.comments;
    if (r.body.starts_with(':')) ++r.comments;
  }
  return r;
}

// Requests as text.

inline std::string request_to(std::string_view target,
                              std::string_view method,
                              const header_list& headers,
                              std::string_view body = {}) {
  std::string text(method);
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return text;
}

inline std::string request_text(std::string_view method,
                                const header_list& headers,
                                std::string_view body = {}) {
  return request_to("/mcp", method, headers, body);
}

inline header_list post_headers(header_list more = {}) {
  header_list all = {{"Content-Type", "application/json"},
                     {"Accept", "application/json, text/event-stream"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

inline std::string post_text(std::string_view body, header_list more = {}) {
  return request_text("POST", post_headers(std::move(more)), body);
}

inline std::string initialize_body(std::string_view version = "2025-11-25",
                                   std::string_view capabilities = R"({"elicitation":{}})") {
  return R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
         std::string(version) + R"(","capabilities":)" + std::string(capabilities) +
         R"(,"clientInfo":{"name":"c","version":"1"}}})";
}

inline constexpr std::string_view initialized_body =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

/// A legacy tools/call; a progress token comes with it.
inline std::string call_body(int id, std::string_view tool, std::string_view arguments = "{}") {
  const std::string number = std::to_string(id);
  return R"({"jsonrpc":"2.0","id":)" + number + R"(,"method":"tools/call","params":{"name":")" +
         std::string(tool) + R"(","arguments":)" + std::string(arguments) +
         R"(,"_meta":{"progressToken":)" + number + "}}}";
}

inline std::string cancel_body(int id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::to_string(id) + "}}";
}

constexpr std::string_view modern_version = "2026-07-28";

inline std::string modern_body(std::string_view id,
                               std::string_view method,
                               std::string_view params = "",
                               std::string_view version = modern_version) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) +
         R"(","params":{)" + std::string(params) + (params.empty() ? "" : ",") +
         R"("_meta":{"progressToken":"t","io.modelcontextprotocol/protocolVersion":")" +
         std::string(version) +
         R"(","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}}}})";
}

inline std::string sse_text(header_list more = {}) {
  more.emplace_back("Accept", "text/event-stream");
  return request_to("/sse", "GET", more);
}

inline std::string message_text(const std::string& url,
                                std::string_view body,
                                header_list more = {}) {
  more.emplace_back("Content-Type", "application/json");
  return request_to(url, "POST", more, body);
}

inline std::string modern_text(std::string_view id,
                               std::string_view method,
                               std::string_view params = "",
                               header_list more = {}) {
  header_list headers = {{"MCP-Protocol-Version", std::string(modern_version)},
                         {"Mcp-Method", std::string(method)}};
  headers.insert(headers.end(), more.begin(), more.end());
  return post_text(modern_body(id, method, params), std::move(headers));
}

inline std::string modern_call(std::string_view id,
                               std::string_view tool,
                               std::string_view arguments = "{}",
                               header_list more = {}) {
  more.emplace_back("Mcp-Name", tool);
  return modern_text(
      id, "tools/call",
      R"("name":")" + std::string(tool) + R"(","arguments":)" + std::string(arguments),
      std::move(more));
}

/** The server under test with what the tests need of it. Everything must be gone at the end. */
class world {
 public:
  explicit world(streamable_http_options options = {}) : world(nullptr, std::move(options)) {}
  /// With a handler of the test's own; `tools` then sees nothing.
  explicit world(request_handler* instead, streamable_http_options options = {})
      : server(instead != nullptr ? *instead : tools, std::move(options)) {}

  tool_server tools;
  streamable_http_server server;

  /// One connection of a client.
  class connection {
   public:
    connection(streamable_http_server& server, task_group& group)
        : talk_([&server](http::exchange ex) {
            if (ex.request().path() == "/sse") return server.handle_sse(std::move(ex), "/messages");
            if (ex.request().path() == "/messages") return server.handle_sse_message(std::move(ex));
            return server.handle(std::move(ex));
          }) {
      talk_.start(group);
    }
    http_test::memory_peer& peer() { return talk_.peer(); }
    void send(std::string_view bytes) { talk_.send(bytes); }
    /// What has come once nothing more happens before time moves on.
    awaitable<reply> settle() {
      co_await testing::wait_all_tasks_blocked();
      pending_ += talk_.peer().take_output();
      reply r = take_reply(pending_);
      co_return r;
    }
    awaitable<reply> ask(std::string text) {
      send(text);
      co_return co_await settle();
    }
    /// More of a stream that `settle` has begun: its bytes without chunk framing.
    awaitable<reply> more() {
      co_await testing::wait_all_tasks_blocked();
      std::string bytes = talk_.peer().take_output();
      bytes.insert(0,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n");
      co_return take_reply(bytes);
    }

   private:
    http_test::conversation talk_;
    std::string pending_;
  };

  connection& connect() {
    return *connections_.emplace_back(std::make_unique<connection>(server, *group_));
  }

  /// Opens a session over a connection of its own; its id.
  awaitable<std::string> open(std::string version = "2025-11-25",
                              std::string capabilities = R"({"elicitation":{}})",
                              header_list more = {}) {
    connection& c = connect();
    const reply r = co_await c.ask(post_text(initialize_body(version, capabilities), more));
    BOOST_TEST(r.status == 200);
    const std::string id = r.header("Mcp-Session-Id");
    BOOST_TEST(!id.empty());
    more.emplace_back("Mcp-Session-Id", id);
    const reply ok = co_await c.ask(post_text(initialized_body, more));
    BOOST_TEST(ok.status == 202);
    co_return id;
  }

  /// Runs the server and a test body, then closes all connections and drains.
  template <class F>
  awaitable<void> run(F body) {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group_ = &group;
      group.start_soon([this] { return server.run(); }, "server");
      co_await checkpoint();
      co_await body();
      for (auto& c : connections_)
        c->peer().reset();
      server.drain(0s);
    });
    group_ = nullptr;
    const streamable_http_stats left = server.stats();
    BOOST_TEST(left.sessions == 0U);
    BOOST_TEST(left.streams == 0U);
    BOOST_TEST(left.in_flight == 0U);
    BOOST_TEST(tools.seen.started == tools.seen.finished + tools.seen.unwound);
    BOOST_TEST(tools.seen.session_starts == tools.seen.session_ends);
  }

 private:
  task_group* group_ = nullptr;
  std::vector<std::unique_ptr<connection>> connections_;
};

/// Judged by the official schema of the revision, where the schemas are at hand.
inline void check_schema(const std::string& text,
                         std::string_view revision,
                         std::string_view answered = {}) {
  const std::string wrong =
      comcp::test::check_message(text, *protocol::find_rules(revision), answered);
  BOOST_TEST(wrong.empty(), wrong << " in " << text);
}

}  // namespace test

#endif
