#ifndef COMCP_TEST_SERVER_SUPPORT_HPP
#define COMCP_TEST_SERVER_SUPPORT_HPP

// A server in memory, a client that says exactly what the test says, and the official schemas between.

#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/log.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/server/run.hpp"
#include "comcp/server/server.hpp"
#include "comcp/testing/coro_test.hpp"
#include "comcp/testing/raw_peer.hpp"
#include "comcp/transport/memory.hpp"
#include "support/schema_check.hpp"

namespace test {

using namespace comcp;  // of the tests' own support only
using protocol::revision;

inline json::value parsed(std::string_view text) {
  return json::parse(text);
}
inline json::object obj(std::string_view text) {
  return json::parse(text).as_object();
}

/// Keeps what was logged.
class recording_sink final : public log_sink {
 public:
  void write(log_level level, std::string_view message) noexcept override {
    const std::lock_guard held(mutex_);
    lines_.push_back(std::string(to_string(level)) + ": " + std::string(message));
  }
  std::size_t count(std::string_view part) const {
    const std::lock_guard held(mutex_);
    std::size_t n = 0;
    for (const auto& line : lines_)
      n += line.find(part) != std::string::npos;
    return n;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline server_options logging_to(const std::shared_ptr<recording_sink>& sink) {
  return server_options().log(logger(sink, log_level::debug));
}

/** One client of one revision: asks, and checks every message that comes back against the official
    schema of its revision. */
class client {
 public:
  client(std::unique_ptr<transport> end, revision r, json::object capabilities = {})
      : peer(std::move(end), r, std::move(capabilities)), rules(protocol::rules_of(r)) {}

  /// The whole answer; notifications that come before it are kept.
  awaitable<json::value> ask(std::string method, json::object params = {}) {
    const std::int64_t id = next_id_++;
    co_await peer.request(id, method, std::move(params));
    co_return co_await answer(id, method);
  }
  awaitable<json::value> answer(std::int64_t id, std::string method) {
    while (true) {
      auto text = co_await peer.expect_text();
      auto message = json::parse(text);
      const auto* its_id = message.as_object().if_contains("id");
      const bool is_answer = its_id && !message.as_object().contains("method") &&
                             its_id->is_int64() && its_id->get_int64() == id;
      check(text, is_answer ? method : std::string());
      if (is_answer) co_return message;
      notifications.push_back(std::move(message));
    }
  }
  /// The next message, whatever it is.
  awaitable<json::value> next(std::string answered = {}) {
    auto text = co_await peer.expect_text();
    check(text, answered);
    co_return json::parse(text);
  }
  void check(const std::string& text, const std::string& answered) const {
    const std::string wrong = comcp::test::check_message(text, rules, answered);
    BOOST_TEST(wrong.empty(), wrong);
  }

  testing::raw_peer peer;
  const protocol::rules& rules;
  std::vector<json::value> notifications;
  std::int64_t rounds_asked = 0;  // see answering.hpp

 private:
  std::int64_t next_id_ = 1;
};

inline const json::object& result_of(const json::value& answer) {
  const auto* result = answer.as_object().if_contains("result");
  if (!result) throw std::runtime_error("not a result: " + json::serialize(answer));
  return result->as_object();
}
inline const json::object& error_of(const json::value& answer) {
  const auto* error = answer.as_object().if_contains("error");
  if (!error) throw std::runtime_error("not an error: " + json::serialize(answer));
  return error->as_object();
}
inline std::int64_t code_of(const json::value& answer) {
  return error_of(answer).at("code").as_int64();
}
inline std::string text_of(const json::value& answer, std::size_t block = 0) {
  return std::string(result_of(answer).at("content").as_array().at(block).at("text").as_string());
}
inline bool is_tool_error(const json::value& answer) {
  const auto* flag = result_of(answer).if_contains("isError");
  return flag && flag->as_bool();
}

/// Serves one client of the revision while `scenario` runs, then closes.
inline awaitable<void> with_client(server& s,
                                   revision r,
                                   std::function<awaitable<void>(client&)> scenario,
                                   json::object capabilities = {},
                                   session_options options = {}) {
  auto ends = make_memory_transports();
  client c(std::move(ends.second), r, std::move(capabilities));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(s, *ends.first, options); }, "server");
    auto hello = co_await c.peer.handshake();
    if (!hello.is_null()) {
      const std::string wrong = comcp::test::check_message(
          R"({"jsonrpc":"2.0","id":1,"result":)" + json::serialize(hello) + "}", c.rules,
          "initialize");
      BOOST_TEST(wrong.empty(), wrong);
    }
    co_await checkpoint();
    auto running = scenario(c);
    co_await std::move(running);
    c.peer.close();
  });
}

/// The same for every revision, one after the other.
inline awaitable<void> on_every_revision(server& s,
                                         std::function<awaitable<void>(client&)> scenario,
                                         json::object capabilities = {}) {
  for (const protocol::rules& r : protocol::all_rules()) {
    BOOST_TEST_CONTEXT(r.name) {
      co_await with_client(s, r.id, scenario, capabilities);
    }
  }
}

}  // namespace test

#endif
