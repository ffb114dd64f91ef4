#ifndef COMCP_TEST_MATRIX_CONNECTION_HPP
#define COMCP_TEST_MATRIX_CONNECTION_HPP

// A client that knows the protocol and nothing else: JSON in, JSON out, the same for every pair.

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/json/value.hpp"
#include "matrix/carrier.hpp"
#include "matrix/pairs.hpp"

namespace test::matrix {

inline json::value parsed(std::string_view text) {
  return json::parse(text);
}
inline json::object obj(std::string_view text) {
  return json::parse(text).as_object();
}

/// A notification.
class note {
 public:
  note(json::object m, json::value s) : message(std::move(m)), stream(std::move(s)) {}
  json::object message;
  json::value stream;  ///< see arrival

  std::string_view method() const { return message.at("method").as_string(); }
  const json::object& params() const { return message.at("params").as_object(); }
};

/// What the server asked its client.
class question {
 public:
  question(std::string m, json::object p, json::value i)
      : method(std::move(m)), params(std::move(p)), id(std::move(i)) {}
  std::string method;
  json::object params;
  json::value id;  ///< of the request; the key of an input request
};

/// The result that a client gives to a question; or an error, {"error": {...}}, where questions are requests.
using answerer = std::function<json::object(const question&)>;

/** One client.

    Every message of the server is checked: against the official schema of the revision, and that
    nothing is answered twice, after it was given up, or without having been asked. */
class connection {
 public:
  /// One more client of the same server.
  using peers = std::function<awaitable<carrier*>()>;
  connection(const pair& p, carrier& by, json::object capabilities, peers others);

  const pair& where;
  const protocol::rules& rules;

  /// Legacy: the handshake. Modern: server/discover, which a client needn't do but may.
  awaitable<void> open();
  /// What the server said of itself then.
  const json::object& hello() const { return hello_; }
  const json::object& capabilities_of_server() const;

  /// Another client of the same server, opened.
  awaitable<std::unique_ptr<connection>> another();

  /// A request and its answer, the whole message. Questions meanwhile are answered.
  awaitable<json::object> ask(std::string method, json::object params = {});
  /// Its result, or its error; throws when it is the other.
  awaitable<json::object> result(std::string method, json::object params = {});
  awaitable<json::object> error(std::string method, json::object params = {});
  /// Of tools/call.
  awaitable<json::object> call(std::string tool, json::object arguments = {});
  /// The text of its first block.
  awaitable<std::string> text_of(std::string tool, json::object arguments = {});
  /// All entries of a list, page by page.
  awaitable<json::array> list(std::string method, std::string entries);

  /// A small request and its answer: the service goes on.
  awaitable<void> still_served();

  /// The same in two steps, for several at once.
  awaitable<std::int64_t> start(std::string method, json::object params = {});
  awaitable<std::int64_t> start_call(std::string tool, json::object arguments = {});
  awaitable<json::object> answer(std::int64_t id);
  /// Gives a request up, in the way of revision and transport. No answer may come.
  awaitable<void> abandon(std::int64_t id);

  awaitable<void> notify(std::string method, json::object params = {});
  /// Anything, valid or not. Its answers come by `unasked`.
  awaitable<void> send_text(std::string text);
  /// The next error without an id of ours.
  awaitable<json::object> unasked();

  /// How questions are answered; without it a question is an error of the test.
  void answers(answerer a) { answerer_ = std::move(a); }
  std::vector<question> questions;
  /// Sends the answer to a question that the answerer left open by an empty object.
  awaitable<void> respond(json::value id, json::object result);

  /// The next notification of this kind.
  awaitable<note> heard(std::string_view method);
  /// Those that have come and that nobody has asked for yet.
  std::vector<note> notes;
  std::size_t count(std::string_view method) const;
  /// Nothing more comes.
  awaitable<void> quiet();

  /// A name that no other run uses: servers outlive scenarios.
  static json::object unique_name();

  /// From now on hears of changes: of lists, and of this resource.
  awaitable<void> watch(std::string uri = {});

  // Streamable HTTP, by hand: not judged, and not answered by `answer`.
  std::string message_text(std::int64_t id,
                           std::string_view method,
                           json::object params = {}) const;
  header_map headers_for(std::string_view text) const;
  awaitable<http_reply> http(std::string verb, header_map headers, std::string body = {});
  awaitable<http_reply> post(std::string text);

  /// Messages that follow are judged by another revision: the one that was agreed on.
  void judge_by(const protocol::rules& r) { judged_by_ = &r; }
  /// The params as they are sent, with the envelope of the revision.
  json::object with_envelope(json::object params) const;

 private:
  enum class came : std::uint8_t { message, nothing, end };
  awaitable<came> receive(duration patience);
  awaitable<void> receive_or_fail();
  awaitable<void> take(json::value message, const arrival& from);
  awaitable<void> take_answer(json::object message, const json::value& stream);
  awaitable<void> take_question(json::object message);
  awaitable<void> send(json::object message);

  carrier& by_;
  peers others_;
  json::object capabilities_;
  json::object hello_;
  answerer answerer_;
  const protocol::rules* judged_by_;
  std::int64_t last_id_ = 0;
  class asked {
   public:
    std::string method;
    json::object params;
    std::int64_t first = 0;  // the id that the scenario knows
  };
  std::map<std::int64_t, asked> waiting_;
  std::map<std::int64_t, json::object> answered_;  // by the scenario's id
  std::vector<json::object> unasked_;
};

// Reading answers.

inline const json::object& result_in(const json::object& answer) {
  const auto* result = answer.if_contains("result");
  if (!result) throw std::runtime_error("not a result: " + json::serialize(answer));
  return result->as_object();
}
inline const json::object& error_in(const json::object& answer) {
  const auto* error = answer.if_contains("error");
  if (!error) throw std::runtime_error("not an error: " + json::serialize(answer));
  return error->as_object();
}
inline bool is_error(const json::object& call_result) {
  const auto* flag = call_result.if_contains("isError");
  return flag && flag->as_bool();
}
inline std::string text_in(const json::object& call_result, std::size_t block = 0) {
  return std::string(call_result.at("content").as_array().at(block).at("text").as_string());
}
/// The entry whose member has this value; throws when there is none.
inline const json::object& entry(const json::array& of,
                                 std::string_view value,
                                 std::string_view by = "name") {
  for (const json::value& each : of)
    if (each.at(by).as_string() == value) return each.get_object();
  throw std::runtime_error("no entry " + std::string(value));
}

}  // namespace test::matrix

#endif
