#ifndef COMCP_TEST_CONFORMANCE_RECORDER_HPP
#define COMCP_TEST_CONFORMANCE_RECORDER_HPP

// What goes over the wire, written down: a client that keeps every line, and the files that its
// lines are compared with. A line is what the client (">") or the server ("<") sent; what is
// different each time has a name in it, <task-1>, <state-2>, <time>.

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "everything_server/everything.hpp"
#include "server/answering.hpp"
#include "support/paths.hpp"

namespace test {

/// Gives names to ids, sealed states and times.
class masks {
 public:
  void learn(const json::value& in) {
    if (const auto* list = in.if_array()) {
      for (const json::value& element : *list)
        learn(element);
    }
    if (const auto* members = in.if_object()) {
      for (const auto& [key, value] : *members) {
        if (!value.is_string()) {
          learn(value);
        } else if (key == "taskId") {
          name(value.as_string(), "task", tasks_);
        } else if (key == "requestState") {
          name(value.as_string(), "state", states_);
        } else if (key == "createdAt" || key == "lastUpdatedAt") {
          name(value.as_string(), "time", times_);
        }
      }
    }
  }
  std::string apply(std::string line) const {
    for (const auto& [what, as] : known_) {
      for (auto at = line.find(what); at != std::string::npos; at = line.find(what, at)) {
        line.replace(at, what.size(), as);
        at += as.size();
      }
    }
    return line;
  }

 private:
  void name(std::string_view what, const std::string& kind, int& count) {
    for (const auto& [known, as] : known_) {
      if (known == what) return;
    }
    // How many moments there were depends on the machine.
    const std::string number = kind == "time" ? std::string() : "-" + std::to_string(++count);
    known_.emplace_back(what, "<" + kind + number + ">");
  }

  std::vector<std::pair<std::string, std::string>> known_;
  int tasks_ = 0;
  int states_ = 0;
  int times_ = 0;
};

/// A client that writes down what is said.
class recorder {
 public:
  recorder(std::unique_ptr<transport> end, const protocol::rules& r, json::object capabilities)
      : rules(r),
        capabilities_(json::serialize(capabilities)),
        peer_(std::move(end), r.id, std::move(capabilities)) {}

  awaitable<void> say(std::string text) {
    lines_.push_back("> " + masks_.apply(text));
    co_await peer_.send(std::move(text));
  }
  /// The next message, checked against the schema of its revision: of an answer, as one to `method`.
  awaitable<json::value> hear(std::string method = {}) {
    const std::string text = co_await peer_.expect_text();
    json::value message = written_down(text);
    const bool is_answer = !message.as_object().contains("method");
    const std::string wrong =
        comcp::test::check_message(text, rules, is_answer ? method : std::string());
    BOOST_TEST(wrong.empty(), wrong);
    co_return message;
  }
  /// The next message, of an extension: the schemas don't know it.
  awaitable<json::value> hear_of_extension() {
    const std::string text = co_await peer_.expect_text();
    co_return written_down(text);
  }
  /// Sends a request; its id.
  awaitable<std::int64_t> begin(std::string method, json::object params) {
    const std::int64_t id = ++last_id_;
    co_await say(peer_.request_text(id, method, std::move(params)));
    co_return id;
  }
  /// Whatever comes until the answer, which is returned. What the server asks on the way is answered.
  awaitable<json::value> answer(std::int64_t id, std::string method) {
    for (;;) {
      json::value message = co_await hear(method);
      const json::object& members = message.as_object();
      if (!members.contains("method")) {
        if (members.at("id") == id) co_return message;
      } else if (members.contains("id")) {
        json::object response;
        response["jsonrpc"] = "2.0";
        response["id"] = members.at("id");
        response["result"] = reply_to(members);
        co_await say(json::serialize(response));
      }
    }
  }
  awaitable<json::value> ask(std::string method, std::string_view params = "{}") {
    const std::int64_t id = co_await begin(method, obj(params));
    co_return co_await answer(id, std::move(method));
  }
  awaitable<json::value> call(std::string tool, std::string arguments = "{}") {
    const std::string params = R"({"name":")" + tool + R"(","arguments":)" + arguments + "}";
    co_return co_await ask("tools/call", params);
  }
  /// What this client says when it is asked for something. "decline" in the text is taken literally.
  static json::value reply_to(const json::object& question) {
    const json::value& method = question.at("method");
    if (method == "roots/list") return obj(R"({"roots":[{"uri":"file:///golden"}]})");
    if (method == "sampling/createMessage") {
      return obj(
          R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"golden"})");
    }
    const json::object& params = question.at("params").as_object();
    if (params.at("message").as_string().find("decline") != json::string::npos)
      return obj(R"({"action":"decline"})");
    json::object content;
    const json::object& form = params.at("requestedSchema").as_object();
    if (const auto* required = form.if_contains("required")) {
      for (const json::value& name : required->as_array()) {
        const json::value& type = form.at("properties").at(name.as_string()).at("type");
        if (type == "boolean")
          content[name.as_string()] = true;
        else
          content[name.as_string()] = name == "email" ? "ada@example.org" : "Ada";
      }
    }
    json::object result = obj(R"({"action":"accept"})");
    result["content"] = std::move(content);
    return result;
  }

  void close() { peer_.close(); }
  const std::string& capabilities() const { return capabilities_; }
  const std::vector<std::string>& lines() const { return lines_; }

  const protocol::rules& rules;

 private:
  json::value written_down(const std::string& text) {
    json::value message = json::parse(text);
    masks_.learn(message);
    lines_.push_back("< " + masks_.apply(text));
    return message;
  }

  std::string capabilities_;
  testing::raw_peer peer_;
  masks masks_;
  std::int64_t last_id_ = 0;
  std::vector<std::string> lines_;
};

/// How a conversation begins in each era.
inline awaitable<void> opening(recorder& c) {
  if (c.rules.era == protocol::era::modern) {
    co_await c.ask("server/discover");
    co_return;
  }
  const std::string params = R"({"protocolVersion":")" + std::string(c.rules.name) +
                             R"(","capabilities":)" + c.capabilities() +
                             R"(,"clientInfo":{"name":"golden","version":"1"}})";
  co_await c.ask("initialize", params);
  co_await c.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
}

/// What a client with these capabilities and the server say on one connection.
inline awaitable<std::vector<std::string>> recorded(
    server& s,
    const protocol::rules& r,
    json::object capabilities,
    std::function<awaitable<void>(recorder&)> script) {
  auto ends = make_memory_transports();
  recorder c(std::move(ends.second), r, std::move(capabilities));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(s, *ends.first); }, "server");
    co_await opening(c);
    auto running = script(c);
    co_await std::move(running);
    c.close();
  });
  co_return c.lines();
}

/// Compares with golden/<name>.jsonl, or writes it; what is different, empty when nothing is.
inline std::string differs_from_golden(const std::string& name,
                                       const std::vector<std::string>& lines) {
  const auto file = comcp::test::source_dir() / "test/conformance/golden" / (name + ".jsonl");
  const char* mode = std::getenv("COMCP_GOLDEN");  // NOLINT: one thread
  if (mode && std::string_view(mode) == "write") {
    std::ofstream out(file);
    for (const std::string& line : lines)
      out << line << '\n';
    return {};
  }
  std::ifstream in(file);
  std::string expected;
  for (std::size_t i = 0; i != lines.size(); ++i) {
    if (!std::getline(in, expected)) return "ends before " + lines[i];
    if (expected != lines[i]) {
      return "line " + std::to_string(i + 1) + "\n  expected " + expected + "\n  got      " +
             lines[i];
    }
  }
  return std::getline(in, expected) ? "goes on with " + expected : std::string();
}

}  // namespace test

#endif
