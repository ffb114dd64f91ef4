#ifndef COMCP_LIB_SESSION_ROUNDS_HPP
#define COMCP_LIB_SESSION_ROUNDS_HPP

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/input_required.hpp"
#include "comcp/session/principal.hpp"
#include "comcp/session/rounds.hpp"

namespace comcp::detail {

/** The questions of one modern request, over all its rounds: what was answered, what is to be asked.
    Decides only; `interview` awaits.

    The state has a line for each answer (key, mark of the question, result), the key and mark of each
    question that was asked last, and the values that the handler keeps. */
class rounds {
 public:
  rounds(const round_keeper& keeper, std::string binding)
      : keeper_(keeper), binding_(std::move(binding)) {}

  /// What is known, for a handler that begins once more in this process.
  rounds replay() const;
  /// The same handler begins once more: its names are free again.
  void begin_again() noexcept;

  /// Takes what came with the request: -32602 when the state is forged, foreign or expired.
  std::optional<jsonrpc::error_object> resume(protocol::input_answers came);

  /// The question's key: the wanted one or its number, with "-2", "-3" when it is taken.
  std::string name(std::string wanted);
  /// Tells questions apart: of the same method and params it is the same.
  static std::string mark(std::string_view method, const json::value& params);

  enum class finding { unanswered, answered, other_question };
  /// What is known of a question. `answer` is set when it is answered, and lasts.
  finding find(const std::string& key, const std::string& mark, const json::value*& answer) const;

  void open(std::string key, std::string mark, protocol::input_request question);
  void withdraw(const std::string& key) noexcept;
  bool has_open() const noexcept { return !open_.empty(); }
  /// The result that asks, or -32603 when a limit is met.
  std::variant<protocol::input_required_result, jsonrpc::error_object> ask() const;

  // Values that a handler computes once.
  std::string value_name(std::string wanted);
  const json::value* kept(const std::string& name) const noexcept;
  void keep(std::string name, json::value v) {
    kept_.insert_or_assign(std::move(name), std::move(v));
  }

 private:
  struct recorded {
    std::string mark;  // of the question; empty: of whatever question has this key
    json::value result;
  };
  struct unanswered_question {
    std::string mark;
    protocol::input_request request;
  };

  std::string content() const;
  std::map<std::string, std::string> read(std::string_view content);

  const round_keeper& keeper_;
  std::string binding_;
  std::size_t round_ = 0;  // that were asked before
  std::map<std::string, recorded> answers_;
  std::map<std::string, unanswered_question> open_;
  std::map<std::string, json::value> kept_;
  std::map<std::string, std::size_t> names_;
  std::map<std::string, std::size_t> value_names_;
  std::size_t unnamed_ = 0;
};

/** What a state is bound to: whoever asks, the method, and the params without `_meta`, `inputResponses`
    and `requestState`, whatever the order of members. */
std::string binding_of(const principal* who, std::string_view method, const json::value& params);

}  // namespace comcp::detail

#endif
