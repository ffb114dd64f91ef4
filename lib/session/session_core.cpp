#include "session/session_core.hpp"

#include <utility>

#include "comcp/protocol/methods.hpp"

namespace comcp::detail {

namespace {

using jsonrpc::error_object;
namespace error_code = jsonrpc::error_code;
namespace method = protocol::method;

answer_error refuse(const jsonrpc::request& r, int code, std::string message) {
  return {r.id, error_object(code, std::move(message))};
}

answer_error method_not_found(const jsonrpc::request& r) {
  return refuse(r, error_code::method_not_found, "Method not found");
}

bool is_client_request(const protocol::method_info* info) noexcept {
  return info != nullptr && !info->is_notification &&
         info->from != protocol::direction::from_server;
}

// A method that the table knows, but not for this revision and direction. What the table doesn't know
// may be the handler's own.
bool ruled_out(std::string_view name, const protocol::rules& rules) noexcept {
  const auto* info = protocol::find_method(name);
  return info != nullptr && !(is_client_request(info) && info->exists_in(rules));
}

// What it starts goes on after its answer.
bool needs_session(std::string_view name) noexcept {
  const auto* info = protocol::find_method(name);
  return info != nullptr && info->needs == protocol::gate::resources_subscribe;
}

const json::value* member(const json::value& params, std::string_view name) noexcept {
  const auto* object = params.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

json::object needs(std::string_view capability, std::string_view part = {}) {
  json::object inner;
  if (!part.empty()) inner[part] = json::object();
  json::object outer;
  outer[capability] = std::move(inner);
  return outer;
}

}  // namespace

session_core::session_core(const session_options& options)
    : options_(options),
      modern_(options.eras() == served_eras::modern ? &protocol::newest() : nullptr),
      log_level_(options.initial_log_level()) {
  if (options.spoken() == nullptr) return;
  rules_ = options.spoken();
  phase_ = phase::ready;
}

const protocol::implementation* session_core::client_info() const noexcept {
  return phase_ == phase::fresh || options_.spoken() != nullptr ? nullptr : &client_.client_info;
}

const protocol::client_capabilities& session_core::client_capabilities() const noexcept {
  return client_.capabilities;
}

action session_core::on_message(jsonrpc::message message) {
  return std::visit([this](auto& m) -> action { return on_other(std::move(m)); }, message);
}

action session_core::on_batch_message(jsonrpc::message message, shared_charges& of_batch) {
  if (auto* r = std::get_if<jsonrpc::request>(&message)) return on(std::move(*r), &of_batch);
  return on_message(std::move(message));
}

// Answering a bad response would look like the answer to a request of the peer's own.
action session_core::on_malformed(jsonrpc::malformed malformed) {
  if (!malformed.is_response) {
    return answer_error{std::move(malformed.id), std::move(malformed.error)};
  }
  pending_call* call = malformed.responds_to ? take_call(*malformed.responds_to) : nullptr;
  if (call == nullptr) return ignore{"a malformed response"};
  return resolve_call{call, std::move(malformed.error)};
}

// spec: basic#batching, 2025-03-26 only
std::optional<answer_error> session_core::refuse_batch() const {
  if (rules_ != nullptr && rules_->batching) return std::nullopt;
  return answer_error{std::nullopt,
                      error_object(error_code::invalid_request,
                                   "Batches are not part of this protocol revision: send one "
                                   "message at a time")};
}

action session_core::on(jsonrpc::request&& r, shared_charges* of_batch) {
  // Answered without an id: with it, the answer would be taken for that of the request that is running.
  if (in_flight_.contains(r.id)) {
    return answer_error{std::nullopt,
                        error_object(error_code::invalid_request,
                                     "The request id " + r.id.to_string() + " is already in use")};
  }
  if (options_.eras() == served_eras::modern ||
      (options_.eras() == served_eras::both && protocol::has_modern_envelope(r.params))) {
    return on_modern(std::move(r), of_batch);
  }

  if (r.method == method::initialize) return on_initialize(std::move(r), of_batch);
  if (r.method == method::ping) return answer_empty{std::move(r.id)};
  const bool too_early =
      phase_ == phase::fresh ||
      (phase_ == phase::initializing && options_.handshake() == handshake_check::complete);
  if (too_early) return refuse_too_early(r);
  if (ruled_out(r.method, *rules_)) return method_not_found(r);
  if (!r.params.is_null() && !r.params.is_object()) {
    return refuse(r, error_code::invalid_params, "params must be an object");
  }
  if (needs_session(r.method) && options_.sessionless()) {
    return refuse(r, error_code::method_not_found,
                  r.method + " needs a session, and this server keeps none");
  }
  if (r.method == method::set_level) return on_set_level(r);
  auto meta = protocol::decode_legacy_meta(r.params);
  return admit(std::move(r), std::move(meta), *rules_, of_batch);
}

// An unknown method is unknown in any state: clients probe with one. (T-13, 01-base §4)
action session_core::refuse_too_early(const jsonrpc::request& r) const {
  const auto* info = protocol::find_method(r.method);
  const bool known =
      is_client_request(info) && info->exists_in(rules_ ? *rules_ : protocol::newest_legacy());
  if (!known) return method_not_found(r);
  return refuse(r, error_code::invalid_request,
                phase_ == phase::fresh
                    ? "The session is not initialized: send \"initialize\" first"
                    : "The handshake is not complete: send \"notifications/initialized\" first");
}

std::variant<protocol::request_meta, jsonrpc::error_object> admit_modern(jsonrpc::request& r) {
  auto decoded = protocol::decode_modern_envelope(r.params);
  auto* meta = std::get_if<protocol::request_meta>(&decoded);
  if (meta == nullptr) return decoded;
  if (auto error = protocol::check_version(*meta)) return std::move(*error);
  if (auto error = refuse_method(r.method, *meta->rules)) return std::move(*error);
  return decoded;
}

void leave_out_what_needs_a_session(protocol::server_capabilities& capabilities) noexcept {
  capabilities.tools_list_changed = false;
  capabilities.resources_list_changed = false;
  capabilities.prompts_list_changed = false;
  capabilities.resources_subscribe = false;
  capabilities.logging = false;
  capabilities.tasks = false;
}

std::optional<error_object> refuse_method(std::string_view name, const protocol::rules& rules) {
  if (!ruled_out(name, rules)) return std::nullopt;
  return error_object(error_code::method_not_found, "Method not found");
}

// Legacy state is neither looked at nor touched here (S-MOD-06).
action session_core::on_modern(jsonrpc::request&& r, shared_charges* of_batch) {
  if (r.method == method::initialize && !protocol::has_modern_envelope(r.params)) {
    const auto* asked = member(r.params, "protocolVersion");
    const auto* text = asked != nullptr ? asked->if_string() : nullptr;
    return answer_error{std::move(r.id), protocol::unsupported_version(
                                             text != nullptr ? std::string_view(*text) : "")};
  }
  auto admitted = admit_modern(r);
  if (auto* error = std::get_if<error_object>(&admitted)) {
    return answer_error{std::move(r.id), std::move(*error)};
  }
  auto& meta = std::get<protocol::request_meta>(admitted);
  modern_ = meta.rules;
  return admit(std::move(r), std::move(meta), *modern_, of_batch);
}

bool session_core::has_room_for(std::size_t bytes) {
  if (bytes <= request_budget::counted_from) return true;
  if (!large_) large_ = std::make_shared<request_budget>(options_.max_request_bytes());
  return large_->has_room(bytes);
}

action session_core::on_initialize(jsonrpc::request&& r, const shared_charges* of_batch) {
  if (of_batch != nullptr) {
    return refuse(r, error_code::invalid_request, "initialize must not be part of a batch");
  }
  if (phase_ != phase::fresh) {
    return refuse(r, error_code::invalid_request, "The session is already initialized");
  }
  if (draining_) return refuse_draining(r);
  auto decoded = protocol::decode_initialize(r.params);
  if (auto* error = std::get_if<error_object>(&decoded)) {
    return answer_error{std::move(r.id), std::move(*error)};
  }
  client_ = std::move(std::get<protocol::initialize_params>(decoded));
  rules_ = &protocol::negotiate(client_.protocol_version);
  phase_ = phase::initializing;
  return answer_initialize{std::move(r.id), rules_};
}

void session_core::initialize_failed() noexcept {
  phase_ = phase::fresh;
  rules_ = nullptr;
  client_ = {};
}

action session_core::on_set_level(const jsonrpc::request& r) {
  if (!logging_declared_) return method_not_found(r);
  const auto* level = member(r.params, "level");
  const auto* text = level != nullptr ? level->if_string() : nullptr;
  const auto parsed =
      text != nullptr ? protocol::parse_logging_level(std::string_view(*text)) : std::nullopt;
  if (!parsed) {
    return refuse(r, error_code::invalid_params,
                  "level must be one of debug, info, notice, warning, error, critical, alert, "
                  "emergency");
  }
  log_level_ = *parsed;
  return answer_log_level{r.id, *parsed};
}

action session_core::refuse_draining(const jsonrpc::request& r) {
  return refuse(r, error_code::internal_error, "The server is shutting down");
}

action session_core::admit(jsonrpc::request&& r,
                           protocol::request_meta meta,
                           const protocol::rules& rules,
                           shared_charges* of_batch) {
  if (draining_) return refuse_draining(r);
  const std::size_t running_at_most = options_.max_concurrent_requests();
  if (in_flight_.size() >= running_at_most &&
      in_flight_.size() - running_at_most >= options_.max_queued_requests()) {
    return refuse(r, error_code::internal_error,
                  "The server is busy: " + std::to_string(in_flight_.size()) +
                      " requests are in progress, try again later");
  }
  shared_charges charges = of_batch != nullptr ? *of_batch : nullptr;
  if (!charges) {
    const auto& shared = options_.budget();
    if (!has_room_for(r.bytes) || (shared && !shared->has_room(r.bytes))) {
      return refuse(
          r, error_code::internal_error,
          "The server is busy: the requests in progress are too large in all, try again later");
    }
    charges =
        request_charges::make(r.bytes, large_, shared);  // before the rest: it may find no memory
    if (of_batch != nullptr) *of_batch = charges;
  }
  request_state*& running = in_flight_[r.id];
  // The first request says the same as the notification that isn't asked for.
  const bool completes = phase_ == phase::initializing && rules.era == protocol::era::legacy;
  if (completes) phase_ = phase::ready;
  return start_request{std::move(r), std::move(meta), &rules,
                       &running,     completes,       std::move(charges)};
}

action session_core::on_other(jsonrpc::notification&& n) {
  if (n.method == method::cancelled) return on_cancelled(n);
  if (phase_ == phase::fresh) return ignore{"a notification came before initialize"};
  if (n.method == method::initialized) {
    if (phase_ == phase::ready) return ignore{"notifications/initialized came twice"};
    phase_ = phase::ready;
    return handshake_complete{};
  }
  if (phase_ != phase::ready)
    return ignore{"a notification came before the handshake was complete"};
  if (n.method == method::progress) return on_progress(std::move(n));
  return notify_handler{std::move(n)};
}

// The token of a call is its id. What has another may be the handler's own.
// spec: basic/utilities/progress
action session_core::on_progress(jsonrpc::notification&& n) {
  auto decoded = protocol::decode_progress(n.params);
  auto* known = std::get_if<protocol::progress_params>(&decoded);
  const auto found = known != nullptr ? pending_.find(known->token) : pending_.end();
  if (found == pending_.end()) return notify_handler{std::move(n)};
  return call_progress{found->second, std::move(known->update)};
}

// In-flight ids of both eras. spec: basic/utilities/cancellation; S-CANC-01, C-05
action session_core::on_cancelled(const jsonrpc::notification& n) {
  const auto* raw = member(n.params, "requestId");
  const auto id = raw != nullptr ? jsonrpc::request_id::from_json(*raw) : std::nullopt;
  if (!id) return ignore{"notifications/cancelled without a readable requestId"};
  const auto found = in_flight_.find(*id);
  if (found == in_flight_.end()) {
    return ignore{"notifications/cancelled for a request that is unknown or over"};
  }
  cancel_request result{found->second, {}};
  in_flight_.erase(found);
  if (const auto* reason = member(n.params, "reason"); reason != nullptr && reason->is_string()) {
    result.reason = std::string_view(reason->get_string());
  }
  return result;
}

action session_core::on_other(jsonrpc::response&& r) {
  pending_call* call = take_call(r.id);
  if (call == nullptr) return ignore{"a response whose id is unknown or over"};
  return resolve_call{call, std::move(r.result)};
}

action session_core::on_other(jsonrpc::error_response&& r) {
  if (!r.id) return report_error{std::move(r.error)};
  pending_call* call = take_call(*r.id);
  if (call == nullptr) return ignore{"an error response whose id is unknown or over"};
  return resolve_call{call, std::move(r.error)};
}

pending_call* session_core::take_call(const jsonrpc::request_id& id) noexcept {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return nullptr;
  pending_call* call = found->second;
  pending_.erase(found);
  return call;
}

// spec: basic/lifecycle; S-LIFE-04: nothing but ping before notifications/initialized.
std::optional<session_errc> session_core::may_call(std::string_view name) const {
  if (options_.sessionless()) return session_errc::no_session;
  const protocol::rules& rules = rules_ != nullptr ? *rules_ : protocol::newest_legacy();
  const auto* info = protocol::find_method(name);
  if (info != nullptr &&
      (info->from == protocol::direction::from_client || !info->exists_in(rules))) {
    return session_errc::not_in_revision;
  }
  if (phase_ != phase::ready && name != method::ping) return session_errc::not_initialized;
  if (pending_.size() >= options_.max_peer_calls()) return session_errc::too_many_calls;
  return std::nullopt;
}

jsonrpc::request_id session_core::begin_call(pending_call& call) {
  const jsonrpc::request_id id(++last_call_);
  pending_.emplace(id, &call);
  return id;
}

std::optional<json::object> missing_capability(const protocol::client_capabilities& declared,
                                               const protocol::rules& rules,
                                               std::string_view name,
                                               const json::value& params) {
  if (name == method::roots_list && !declared.roots) return needs("roots");
  if (name == method::create_message) {
    if (!declared.sampling) return needs("sampling");
    const bool tools =
        member(params, "tools") != nullptr || member(params, "toolChoice") != nullptr;
    if (tools && !(declared.sampling_tools && rules.sampling_tools)) {
      return needs("sampling", "tools");
    }
    // Before there was a capability for it, every client with sampling took a context.
    const auto* context = member(params, "includeContext");
    if (context != nullptr && *context != "none" && rules.sampling_tools &&
        !declared.sampling_context) {
      return needs("sampling", "context");
    }
  }
  if (name == method::elicit) {
    const auto* mode = member(params, "mode");
    const bool url = mode != nullptr && *mode == "url";
    if (url && !(declared.elicitation_url && rules.elicitation_modes)) {
      return needs("elicitation", "url");
    }
    if (!url && !(declared.elicitation_form && rules.elicitation)) {
      return needs("elicitation", rules.elicitation_modes ? "form" : "");
    }
  }
  return std::nullopt;
}

}  // namespace comcp::detail
