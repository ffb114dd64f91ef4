#include "session/interview.hpp"

#include <utility>

#include "comcp/protocol/errors.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/session/request_handler.hpp"
#include "session/request_state.hpp"
#include "session/wire.hpp"

namespace comcp::detail {

namespace {
constexpr std::string_view why_cancelled = "the client is asked, the request will come again";
}

/// On the list of what is asked, unless its wait ends before the attempt does.
class interview::open_question {
 public:
  open_question(interview& all, std::string key, std::string mark, protocol::input_request question)
      : all_(all), key_(std::move(key)) {
    all_.rounds_.open(key_, std::move(mark), std::move(question));
  }
  ~open_question() {
    if (!all_.ended_.is_set()) all_.rounds_.withdraw(key_);
  }
  open_question(const open_question&) = delete;
  open_question& operator=(const open_question&) = delete;

 private:
  interview& all_;
  std::string key_;
};

awaitable<json::value> interview::ask(std::string method,
                                      json::value params,
                                      std::string wanted_key,
                                      answer_check check) {
  if (ended_.is_set()) throw cancelled(why_cancelled);
  const std::string key = rounds_.name(std::move(wanted_key));
  std::string mark = rounds::mark(method, params);
  const json::value* answer = nullptr;
  switch (rounds_.find(key, mark, answer)) {
    case rounds::finding::answered: {
      const auto wrong = check(*answer);
      if (!wrong) co_return *answer;
      // S-MRTR-08
      std::string path = "/inputResponses";
      json::append_pointer_token(path, key);
      refuse(protocol::invalid_params(path + ": " + *wrong), {});
      break;
    }
    case rounds::finding::other_question:
      refuse(protocol::invalid_params("the question \"" + key +
                                      "\" has changed since it was answered: send the request "
                                      "again without requestState and inputResponses"),
             "asked another question \"" + key + "\" when it was replayed");
      break;
    case rounds::finding::unanswered: {
      protocol::input_request question(std::move(method), std::move(params));
      const open_question open(*this, key, std::move(mark), std::move(question));
      co_await checkpoint();
      if (!ended_.is_set()) ask_client();
      break;
    }
  }
  co_await ended_.wait();
  throw cancelled(why_cancelled);
}

void interview::ask_client() {
  auto asked = rounds_.ask();
  if (auto* error = std::get_if<jsonrpc::error_object>(&asked)) {
    refuse(std::move(*error), "can't ask its client: " + error->message);
    return;
  }
  json::object result = protocol::encode(std::get<protocol::input_required_result>(asked));
  if (state_.rules->server_info_in_meta) {
    json::object meta;
    meta[protocol::meta_key::server_info] =
        protocol::encode(handler_.describe(*state_.rules).server_info, *state_.rules);
    result["_meta"] = std::move(meta);
  }
  end(result_frame(state_.id, json::value(std::move(result))));
}

void interview::refuse(jsonrpc::error_object error, std::string_view for_log) {
  if (!for_log.empty() && state_.log.enabled(log_level::warning)) {
    state_.log.write_limited(log_level::warning, state_.method + " " + std::string(for_log),
                             this_shard().now());
  }
  end(error_frame(state_.id, error));
}

void interview::end(frame answer) {
  state_.answer(std::move(answer));
  ended_.set();
  if (state_.scope() != nullptr) state_.scope()->cancel(why_cancelled);
}

// S-MRTR-01: the table says which methods may ask.
std::optional<jsonrpc::error_object> begin_interview(request_state& state,
                                                     const jsonrpc::request& request,
                                                     const request_handler& handler) {
  if (!state.rules->input_required) return std::nullopt;
  const auto* info = protocol::find_method(request.method);
  if (info == nullptr || !info->may_ask) return std::nullopt;
  // Most clients of most requests can't be asked and answer nothing: they don't pay for more.
  const protocol::request_meta& client = state.meta;
  const bool can_be_asked = client.declares_any({"elicitation", "sampling", "roots"});
  if (!can_be_asked && !protocol::has_input_answers(request.params)) return std::nullopt;
  auto came = protocol::decode_input_answers(request.params);
  if (auto* error = std::get_if<jsonrpc::error_object>(&came)) return std::move(*error);
  auto& answers = std::get<protocol::input_answers>(came);
  rounds known(handler.rounds(), binding_of(state.who.get(), request.method, request.params));
  if (auto error = known.resume(std::move(answers))) return error;
  state.questions = std::make_unique<interview>(state, handler, std::move(known));
  return std::nullopt;
}

}  // namespace comcp::detail
