// Questions to the client with types: the form of each, and the check of its answer.

#include "comcp/session/ask.hpp"

#include <algorithm>
#include <stdexcept>
#include <variant>

#include "comcp/protocol/methods.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/session/session.hpp"
#include "session/crypto.hpp"
#include "session/request_state.hpp"
#include "session/session_core.hpp"

namespace comcp {

namespace detail {
namespace {

json::object checked_form(json::object schema) {
  if (auto why = protocol::check_requested_schema(schema)) {
    throw std::invalid_argument("this is no form: " + *why);
  }
  return schema;
}

json::schema_validator compiled(const json::object& schema) {
  auto made = json::schema_validator::compile(json::value(schema));
  if (!made) {
    throw std::invalid_argument("this is no form: " + made.error().schema_path + ": " +
                                made.error().message);
  }
  return std::move(*made);
}

}  // namespace

form::form(json::object requested_schema)
    : schema_(checked_form(std::move(requested_schema))), validator_(compiled(schema_)) {}

std::optional<std::string> form::complaint(const json::object& content) const {
  const json::value values(content);
  if (validator_.is_valid(values)) return std::nullopt;
  return json::to_text(validator_.validate(values));
}

void throw_unreadable(const json::convert_error& why) {
  throw session_error(session_errc::bad_answer, why.path() + ": " + why.message());
}

}  // namespace detail

namespace {

using protocol::elicit_result;

/// The value that a decoder of the protocol read. Only for results that passed the same decoder.
template <class T>
T decoded(std::variant<T, jsonrpc::error_object> result) {
  if (auto* wrong = std::get_if<jsonrpc::error_object>(&result)) {
    throw session_error(session_errc::bad_answer, wrong->message);
  }
  return std::get<T>(std::move(result));
}

template <class T>
std::optional<std::string> complaint_of(const std::variant<T, jsonrpc::error_object>& result) {
  const auto* wrong = std::get_if<jsonrpc::error_object>(&result);
  return wrong ? std::optional(wrong->message) : std::nullopt;
}

/// For questions that the caller wrote: a result of the right kind.
detail::answer_check plain_check(std::string_view method) {
  if (method == protocol::method::elicit)
    return [](const json::value& v) { return complaint_of(protocol::decode_elicit_result(v)); };
  if (method == protocol::method::create_message)
    return [](const json::value& v) {
      return complaint_of(protocol::decode_create_message_result(v));
    };
  if (method == protocol::method::roots_list)
    return [](const json::value& v) { return complaint_of(protocol::decode_roots(v)); };
  throw session_error(session_errc::not_in_revision,
                      "there is no " + std::string(method) + " in this revision");
}

/// The first parameter of a query or fragment that is named like a secret and has a value.
std::string_view secret_in(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find_first_of("?#&;"), parameters.size());
    const std::string_view one = parameters.substr(0, end);
    const auto equals = one.find('=');
    const bool has_value = equals != std::string_view::npos && equals + 1 < one.size();
    if (has_value && protocol::names_secret(one.substr(0, equals))) return one.substr(0, equals);
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
  return {};
}

// A page that a browser opens: not a script, not a file; and nothing in its URL that lets in whoever
// gets to see it. (S-ELIC-03)
void check_page(std::string_view url) {
  std::string_view rest;
  for (const std::string_view scheme : {"https://", "http://"})
    if (url.starts_with(scheme)) rest = url.substr(scheme.size());
  const bool has_host = !rest.empty() && rest.front() != '/';
  const bool is_clean =
      std::ranges::all_of(url, [](char c) { return static_cast<unsigned char>(c) > ' '; });
  if (!has_host || !is_clean) {
    throw std::invalid_argument("a page to visit needs an http or https URL with a host");
  }
  const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  if (rest.substr(0, authority_end).find('@') != std::string_view::npos) {
    throw std::invalid_argument("the URL of a page to visit must not have a user or a password");
  }
  const auto query = std::min(rest.find_first_of("?#"), rest.size());
  const std::string_view secret = secret_in(rest.substr(query));
  if (!secret.empty()) {
    throw std::invalid_argument("the URL of a page to visit must not carry a secret: '" +
                                std::string(secret) + "'");
  }
}

/// The question to visit a page. std::invalid_argument when it is none.
json::object page_question(std::string message,
                           std::string url,
                           std::string id,
                           const protocol::rules& rules) {
  check_page(url);
  if (id.empty() && rules.elicitation_ids) id = detail::random_text();
  return encode(protocol::elicit_url(std::move(message), std::move(url), std::move(id)), rules);
}

json::object one_capability(std::string_view capability, std::string_view part) {
  json::object inner;
  inner[part] = json::object();
  json::object outer;
  outer[capability] = std::move(inner);
  return outer;
}

}  // namespace

void request_context::need_capability(std::string_view method, const json::value& params) const {
  const session* const s = conversation();
  if (s != nullptr && s->options().sessionless())
    throw session_error(session_errc::no_session, std::string(method));
  if (auto missing =
          detail::missing_capability(client_capabilities(), *state_.rules, method, params)) {
    throw capability_missing_error(std::move(*missing));
  }
}

awaitable<json::value> request_context::ask(std::string method,
                                            json::value params,
                                            call_options options,
                                            detail::answer_check check) {
  if (state_.apart) {
    need_capability(method, params);
    return state_.apart->ask(std::move(method), std::move(params), std::move(options),
                             std::move(check));
  }
  if (state_.questions) {
    need_capability(method, params);
    return state_.questions->ask(std::move(method), std::move(params), options.key(),
                                 std::move(check));
  }
  return [](request_context& self, std::string m, json::value p, call_options o,
            detail::answer_check fits) -> awaitable<json::value> {
    auto asking = self.call_peer(std::move(m), std::move(p), std::move(o));
    json::value answer = co_await std::move(asking);
    if (auto why = fits(answer)) throw session_error(session_errc::bad_answer, *why);
    co_return answer;
  }(*this, std::move(method), std::move(params), std::move(options), std::move(check));
}

awaitable<json::value> request_context::call_peer(std::string method,
                                                  json::value params,
                                                  call_options options) {
  need_capability(method, params);
  if (state_.apart) {
    detail::answer_check check = plain_check(method);
    return state_.apart->ask(std::move(method), std::move(params), std::move(options),
                             std::move(check));
  }
  if (state_.questions) {
    detail::answer_check check = plain_check(method);
    return state_.questions->ask(std::move(method), std::move(params), options.key(),
                                 std::move(check));
  }
  if (!state_.rules->server_requests || conversation() == nullptr) {
    throw session_error(session_errc::not_in_revision, state_.method + " can't ask the client");
  }
  if (state_.over()) throw session_error(session_errc::closed, "the request is over");
  return state_.owner->call(state_.box(), std::move(method), std::move(params), std::move(options));
}

// elicitation:form:response-validation
awaitable<elicit_result> request_context::elicit_form(std::string message,
                                                      const detail::form& form,
                                                      call_options options) {
  const protocol::elicit_form question(std::move(message), form.schema());
  detail::answer_check check = [&form](const json::value& v) -> std::optional<std::string> {
    const auto answer = protocol::decode_elicit_result(v);
    if (auto why = complaint_of(answer)) return why;
    const auto& result = std::get<elicit_result>(answer);
    if (result.action != elicit_result::outcome::accept) return std::nullopt;
    return form.complaint(result.content);
  };
  auto asking = ask(std::string(protocol::method::elicit), encode(question, rules()),
                    std::move(options), std::move(check));
  json::value answer = co_await std::move(asking);
  co_return decoded(protocol::decode_elicit_result(answer));
}

awaitable<elicit_result> request_context::elicit(std::string message,
                                                 json::object requested_schema,
                                                 call_options options) {
  const detail::form form(std::move(requested_schema));
  auto asking = elicit_form(std::move(message), form, std::move(options));
  co_return co_await std::move(asking);
}

awaitable<elicit_result::outcome> request_context::elicit_url(std::string message,
                                                              std::string url,
                                                              std::string id,
                                                              call_options options) {
  json::object question = page_question(std::move(message), std::move(url), std::move(id), rules());
  detail::answer_check check = plain_check(protocol::method::elicit);
  auto asking = ask(std::string(protocol::method::elicit), std::move(question), std::move(options),
                    std::move(check));
  const json::value answer = co_await std::move(asking);
  co_return decoded(protocol::decode_elicit_result(answer)).action;
}

awaitable<send_status> request_context::elicitation_complete(std::string id) {
  if (!rules().elicitation_ids) co_return send_status::skipped;
  json::object params;
  params["elicitationId"] = std::move(id);
  co_return co_await notify(std::string(protocol::method::elicitation_complete), std::move(params));
}

// S-SAMP-01, S-SAMP-02
awaitable<protocol::create_message_result> request_context::sample(
    protocol::create_message_params what, call_options options) {
  if (what.messages.empty()) throw std::invalid_argument("sampling needs a message");
  if (what.max_tokens <= 0) throw std::invalid_argument("sampling needs max_tokens above 0");
  if (auto why = protocol::check_tool_results(what.messages)) throw std::invalid_argument(*why);
  const bool has_tools = rules().sampling_tools && client_capabilities().sampling_tools;
  if (protocol::uses_tools(what) && !has_tools) {
    throw capability_missing_error(one_capability("sampling", "tools"));
  }
  detail::answer_check check = plain_check(protocol::method::create_message);
  auto asking = ask(std::string(protocol::method::create_message), encode(what, rules()),
                    std::move(options), std::move(check));
  const json::value answer = co_await std::move(asking);
  co_return decoded(protocol::decode_create_message_result(answer));
}

awaitable<std::vector<protocol::root>> request_context::roots(call_options options) {
  detail::answer_check check = plain_check(protocol::method::roots_list);
  auto asking = ask(std::string(protocol::method::roots_list), json::object(), std::move(options),
                    std::move(check));
  const json::value answer = co_await std::move(asking);
  co_return decoded(protocol::decode_roots(answer));
}

// Outside of a request: the questions of the session itself.

awaitable<elicit_result::outcome> session::elicit_url(std::string message,
                                                      std::string url,
                                                      std::string id,
                                                      call_options options) {
  const protocol::rules& rules = negotiated() ? *negotiated() : protocol::newest_legacy();
  json::object question = page_question(std::move(message), std::move(url), std::move(id), rules);
  auto asking =
      call_peer(std::string(protocol::method::elicit), std::move(question), std::move(options));
  const json::value answer = co_await std::move(asking);
  co_return decoded(protocol::decode_elicit_result(answer)).action;
}

awaitable<std::vector<protocol::root>> session::roots(call_options options) {
  auto asking =
      call_peer(std::string(protocol::method::roots_list), json::object(), std::move(options));
  const json::value answer = co_await std::move(asking);
  co_return decoded(protocol::decode_roots(answer));
}

detail::rounds* request_context::known() const noexcept {
  return state_.known();
}

std::string request_context::value_name(std::string key) {
  return known() ? known()->value_name(std::move(key)) : key;
}

const json::value* request_context::kept(const std::string& name) const noexcept {
  return known() ? known()->kept(name) : nullptr;
}

void request_context::keep(std::string name, json::value v) {
  if (known()) known()->keep(std::move(name), std::move(v));
}

}  // namespace comcp
