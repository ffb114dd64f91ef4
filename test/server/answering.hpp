#ifndef COMCP_TEST_SERVER_ANSWERING_HPP
#define COMCP_TEST_SERVER_ANSWERING_HPP

// A client that answers the server's questions, in both eras: the requests of the legacy one, the
// results of the modern one.

#include "server/support.hpp"

namespace test {

inline constexpr auto modern = revision::v2026_07_28;

/// Of a call of a tool.
inline json::object call(std::string_view tool, std::string_view arguments = "{}") {
  json::object params;
  params["name"] = tool;
  params["arguments"] = parsed(arguments);
  return params;
}

/// A form that the user has filled in: its one field.
inline json::object named(std::string_view name) {
  json::object content;
  content["name"] = name;
  json::object answer;
  answer["action"] = "accept";
  answer["content"] = std::move(content);
  return answer;
}

/// What a retry brings: one answer.
inline json::object responses(std::string_view key, json::object answer) {
  json::object all;
  all[key] = std::move(answer);
  return all;
}

/// The answer to a question; throws to make the test fail.
using answers = std::function<json::value(const std::string& method, const json::object& params)>;

/// Everything that a client of the later revisions can declare.
inline json::object everything() {
  return obj(
      R"({"elicitation":{"form":{},"url":{}},"sampling":{"tools":{},"context":{}},"roots":{}})");
}

inline bool asks(const json::value& answer) {
  const auto* result = answer.as_object().if_contains("result");
  const auto* type = result ? result->as_object().if_contains("resultType") : nullptr;
  return type && *type == "input_required";
}

inline const json::object& asked_by(const json::value& answer) {
  return result_of(answer).at("inputRequests").as_object();
}

/// The params of the retry that brings these responses, with the state if there is one.
inline json::object retry(json::object params, const json::value& asking, json::object responses) {
  params["inputResponses"] = std::move(responses);
  if (const auto* state = result_of(asking).if_contains("requestState"))
    params["requestState"] = *state;
  return params;
}

/// What was asked while a request was served.
class conversation {
 public:
  json::value answer;                  // the whole message that ended it
  int rounds = 0;                      // results that asked; modern only
  std::vector<std::string> questions;  // methods, in the order they came
};

/// Asks, answers what the server asks meanwhile, and returns how it ended.
inline awaitable<conversation> converse(client& c,
                                        std::string method,
                                        json::object params,
                                        answers reply) {
  conversation all;
  json::object now = params;
  while (true) {
    const std::int64_t id = 1000 + c.rounds_asked++;
    co_await c.peer.request(id, method, now);
    json::value message;
    while (true) {
      auto text = co_await c.peer.expect_text();
      message = json::parse(text);
      const auto& members = message.as_object();
      if (!members.contains("id") || members.contains("method")) {
        c.check(text, {});
        if (!members.contains("id")) {
          c.notifications.push_back(message);
          continue;
        }
        const std::string asked(members.at("method").as_string());
        all.questions.push_back(asked);
        const auto* with = members.if_contains("params");
        json::value response = reply(asked, with ? with->as_object() : json::object());
        co_await c.peer.respond(members.at("id"), std::move(response));
        continue;
      }
      c.check(text, method);
      break;
    }
    if (!asks(message)) {
      all.answer = std::move(message);
      co_return all;
    }
    ++all.rounds;
    json::object responses;
    for (const auto& member : asked_by(message)) {
      const auto& question = member.value().as_object();
      const std::string asked(question.at("method").as_string());
      all.questions.push_back(asked);
      responses[member.key()] = reply(asked, question.at("params").as_object());
    }
    now = retry(params, message, std::move(responses));
  }
}

}  // namespace test

#endif
