#ifndef COMCP_TEST_SESSION_SUPPORT_HPP
#define COMCP_TEST_SESSION_SUPPORT_HPP

// A handler whose methods are behaviours, and a connection to it: shared by the session's tests.

#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comcp/log.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/session/request_handler.hpp"
#include "comcp/session/serve.hpp"
#include "comcp/session/session.hpp"
#include "comcp/testing/coro_test.hpp"
#include "comcp/testing/raw_peer.hpp"
#include "comcp/transport/memory.hpp"

namespace test {

using namespace comcp;  // of the tests' own support only

inline json::object obj(std::string_view text) {
  return json::parse(text).as_object();
}

/// Keeps what was logged.
struct recording_sink : log_sink {
  void write(log_level level, std::string_view message) noexcept override {
    lines.push_back(std::string(to_string(level)) + ": " + std::string(message));
  }
  std::size_t count(std::string_view part) const {
    std::size_t n = 0;
    for (const auto& line : lines)
      n += line.find(part) != std::string::npos;
    return n;
  }
  /// Nothing above debug.
  bool quiet() const {
    for (const auto& line : lines) {
      if (!line.starts_with("debug")) return false;
    }
    return true;
  }
  std::vector<std::string> lines;
};

/// What happened to a handler's coroutine.
struct trace {
  int started = 0;
  int finished = 0;  // ran to its end
  int unwound = 0;   // left by exception
  int session_starts = 0;
  int session_ends = 0;
  std::vector<std::string> log_levels;
  std::vector<std::string> notifications;
  std::vector<send_status> statuses;
  std::vector<std::string> errors;       // what a question to the peer threw
  std::vector<std::string> peer_errors;  // what the peer could not attribute to a request
  std::vector<std::string> order;        // names of calls as they begin to run
  int live() const { return started - finished - unwound; }
};

/** Methods of the form test/NAME, added by the tests; `test/echo` answers its params, `test/slow` sleeps
    `ms` milliseconds and answers {"slept":ms}. tools/list answers {"tools":[]}. */
class scripted_handler : public request_handler {
 public:
  using script = std::function<awaitable<void>(jsonrpc::request, responder, request_context&)>;

  scripted_handler() {
    scripts["test/echo"] = [](jsonrpc::request r, responder a,
                              request_context&) -> awaitable<void> {
      std::move(a).reply(r.params);
      co_return;
    };
    scripts["test/slow"] = [](jsonrpc::request r, responder a,
                              request_context&) -> awaitable<void> {
      const auto ms = r.params.at("ms").to_number<std::int64_t>();
      co_await sleep(std::chrono::milliseconds(ms));
      json::object result;
      result["slept"] = ms;
      std::move(a).reply(std::move(result));
    };
    scripts["tools/list"] = [](jsonrpc::request, responder a, request_context&) -> awaitable<void> {
      std::move(a).reply(obj(R"({"tools":[]})"));
      co_return;
    };
  }

  protocol::initialize_result describe(const protocol::rules&) const override {
    if (describe_throws) throw std::runtime_error("describe failed: hunter2");
    protocol::initialize_result result;
    result.server_info = protocol::implementation("scripted", "1");
    result.capabilities.tools = true;
    result.capabilities.logging = logging;
    return result;
  }

  awaitable<void> on_request(jsonrpc::request r, responder answer, request_context& ctx) override {
    const auto found = scripts.find(r.method);
    if (found == scripts.end()) {
      std::move(answer).fail(jsonrpc::error_object(-32601, "Method not found"));
      co_return;
    }
    struct counted {
      explicit counted(trace& t) : t_(t) { ++t_.started; }
      ~counted() { ++(done ? t_.finished : t_.unwound); }
      trace& t_;
      bool done = false;
    } running(seen);
    seen.order.push_back(r.id.to_string());
    co_await found->second(std::move(r), std::move(answer), ctx);
    running.done = true;
  }

  awaitable<void> on_notification(jsonrpc::notification n, session&) override {
    seen.notifications.push_back(n.method);
    if (notification) co_await notification(std::move(n));
  }
  void on_peer_error(session&, const jsonrpc::error_object& e) noexcept override {
    seen.peer_errors.push_back(std::to_string(e.code) + " " + e.message);
  }
  void on_session_start(session&) noexcept override { ++seen.session_starts; }
  void on_session_end(session&) noexcept override { ++seen.session_ends; }
  void on_log_level(session&, protocol::logging_level l) noexcept override {
    seen.log_levels.emplace_back(to_string(l));
  }

  std::map<std::string, script, std::less<>> scripts;
  std::function<awaitable<void>(jsonrpc::notification)> notification;
  trace seen;
  bool logging = true;
  bool describe_throws = false;
};

/// One server on the memory transport, and its peer. `with` runs a test body against it.
struct bench {
  explicit bench(protocol::revision r = protocol::revision::v2025_11_25,
                 json::object capabilities = {})
      : bench(make_memory_transports(), r, std::move(capabilities)) {}

  /// Serves while the body runs; the peer then closes, and serving must end by itself.
  template <class Body>
  awaitable<void> with(Body body) {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([this] { return serve(*server_end, handler, options, &control); }, "serve");
      co_await body(peer);
      peer.close();
    });
    BOOST_TEST(handler.seen.live() == 0);
  }

  scripted_handler handler;
  std::shared_ptr<recording_sink> sink = std::make_shared<recording_sink>();
  session_options options = session_options().log(logger(sink, log_level::debug, 1000, 1000));
  connection_control control;
  std::unique_ptr<transport> server_end;
  testing::raw_peer peer;

 private:
  using ends = std::pair<std::unique_ptr<transport>, std::unique_ptr<transport>>;
  bench(ends both, protocol::revision r, json::object capabilities)
      : server_end(std::move(both.first)),
        peer(std::move(both.second), r, std::move(capabilities)) {}
};

inline json::value result(json::value id, std::string_view object) {
  json::object message;
  message["jsonrpc"] = "2.0";
  message["id"] = std::move(id);
  message["result"] = json::parse(object);
  return message;
}

/// The error's code; 0 when the message is none.
inline int error_code_of(const json::value& message) {
  const auto* error = message.as_object().if_contains("error");
  return error == nullptr ? 0 : error->at("code").to_number<int>();
}

}  // namespace test

#endif
