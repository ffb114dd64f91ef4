#include "http_transport/streamable_http_core.hpp"

#include <algorithm>

#include "comcp/http/event_stream.hpp"
#include "comcp/http/media_type.hpp"
#include "comcp/log.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "http_transport/routing_headers.hpp"
#include "http_transport/session_id.hpp"

namespace comcp::detail {

namespace {

constexpr std::string_view json_type = "application/json";

/// What the version header says.
class stated_version {
 public:
  explicit stated_version(const http::fields& headers) {
    const auto stated = headers.look_up(version_header);
    text_ = stated.value;
    repeated_ = stated.count > 1;
    if (text_) rules_ = protocol::find_rules(*text_);
  }
  bool repeated() const noexcept { return repeated_; }
  bool absent() const noexcept { return !text_; }
  bool legacy() const noexcept { return rules_ && rules_->era == protocol::era::legacy; }
  bool modern() const noexcept { return rules_ && rules_->era == protocol::era::modern; }
  std::string_view text() const noexcept { return text_.value_or(std::string_view{}); }
  /// What a legacy message without a session speaks (S-SESS-07).
  const protocol::rules& assumed() const noexcept {
    return rules_ ? *rules_ : protocol::assumed_over_http();
  }
  bool null_ids() const noexcept { return absent() || (rules_ && rules_->null_id_in_errors); }

 private:
  std::optional<std::string_view> text_;
  const protocol::rules* rules_ = nullptr;
  bool repeated_ = false;
};

bool serves(protocol::era era, served_eras eras) noexcept {
  return eras == served_eras::both ||
         (eras == served_eras::modern) == (era == protocol::era::modern);
}

/// -32022, listing only what this endpoint serves. The literal "Unsupported protocol version" is what
/// clients of other makes look for.
jsonrpc::error_object unsupported(std::string_view requested, served_eras eras) {
  jsonrpc::error_object error = protocol::unsupported_version(requested);
  if (json::object* data = error.data ? error.data->if_object() : nullptr) {
    json::array& all = data->at("supported").as_array();
    json::array served;
    for (const json::value& name : all) {
      const protocol::rules* r = protocol::find_rules(name.as_string());
      if (r && serves(r->era, eras)) served.push_back(name);
    }
    all = std::move(served);
  }
  error.message += ": " + quoted_for_log(requested, 40);
  return error;
}

std::optional<refusal> check_repeated(const stated_version& version) {
  if (version.repeated()) return refusal(400, header_mismatch("MCP-Protocol-Version is repeated"));
  return std::nullopt;
}

/// The id of whatever it is, if it has one to answer.
std::optional<jsonrpc::request_id> id_of(const jsonrpc::decoded& body) {
  if (const auto* bad = std::get_if<jsonrpc::malformed>(&body)) return bad->id;
  if (const auto* m = std::get_if<jsonrpc::message>(&body))
    if (const auto* r = std::get_if<jsonrpc::request>(m)) return r->id;
  return std::nullopt;
}

std::optional<refusal> check_accept(const http::request_head& head, answer_form form) {
  // What nearly every client sends, word for word.
  constexpr std::string_view both = "application/json, text/event-stream";
  const auto accept = head.headers.look_up("Accept");
  if (accept.count == 1 && accept.value == both) return std::nullopt;
  const auto takes = [&](std::string_view type) {
    return http::accepts(head.headers, type, http::absent_accept::refuses);
  };
  if (form == answer_form::json_only) {
    if (takes(json_type)) return std::nullopt;
    return refusal(406, "Not acceptable: the Accept header must list application/json");
  }
  if (takes(json_type) && takes(http::event_stream_type)) return std::nullopt;
  return refusal(406,
                 "Not acceptable: the Accept header must list both application/json and "
                 "text/event-stream");
}

post_route refuse(int status, jsonrpc::error_object error, const jsonrpc::request_id& id) {
  return refusal(status, std::move(error)).with_id(id);
}

post_route route_modern_request(const http::request_head& head,
                                jsonrpc::request&& request,
                                const core_options& options,
                                const parameter_lookup& parameters,
                                const stated_version& version) {
  // A body that names no version, behind a header that names one nobody knows: that is the news.
  if (!version.modern() && !protocol::has_modern_envelope(request.params))
    return refuse(400, unsupported(version.text(), options.eras), request.id);

  // The ladder of 01-base §5: envelope, headers, version, parameter headers.
  auto envelope = protocol::decode_modern_envelope(request.params);
  if (auto* error = std::get_if<jsonrpc::error_object>(&envelope))
    return refuse(400, std::move(*error), request.id);
  const auto& meta = std::get<protocol::request_meta>(envelope);
  if (auto error = check_routing_headers(head.headers, request, meta.version(),
                                         options.name_param(request.method)))
    return refuse(400, std::move(*error), request.id);
  if (auto error = protocol::check_version(std::get<protocol::request_meta>(envelope))) {
    if (error->code == jsonrpc::error_code::unsupported_protocol_version)
      error = unsupported(meta.version(), options.eras);
    return refuse(400, std::move(*error), request.id);
  }
  if (request.method == protocol::method::tools_call && parameters) {
    const json::object* params = request.params.if_object();
    const json::value* name = params ? params->if_contains("name") : nullptr;
    if (name && name->is_string()) {
      const auto annotated = parameters(std::string_view(name->get_string()));
      if (annotated)
        if (auto error = check_parameter_headers(head.headers, request, *annotated))
          return refuse(400, std::move(*error), request.id);
    }
  }
  // A subscription is a stream even where answers are not.
  if (request.method == protocol::method::listen &&
      !http::accepts(head.headers, http::event_stream_type, http::absent_accept::refuses))
    return refusal(406, "Not acceptable: subscriptions/listen answers with text/event-stream")
        .with_id(std::move(request.id));
  return modern_call(std::move(request), std::get<protocol::request_meta>(std::move(envelope)));
}

post_route route_modern(const http::request_head& head,
                        jsonrpc::decoded&& body,
                        const core_options& options,
                        const parameter_lookup& parameters,
                        const stated_version& version) {
  if (!serves(protocol::era::modern, options.eras))
    return refusal(400, unsupported(version.text(), options.eras)).with_id(id_of(body));
  auto* message = std::get_if<jsonrpc::message>(&body);
  if (!message) return refusal(400, "Batches are not part of this protocol version");
  if (auto* request = std::get_if<jsonrpc::request>(message))
    return route_modern_request(head, std::move(*request), options, parameters, version);
  if (!version.modern()) return refusal(400, unsupported(version.text(), options.eras));
  if (std::holds_alternative<jsonrpc::notification>(*message)) return dropped{};
  return refusal(400, "Clients of this protocol version send no responses");
}

bool is_initialize(const jsonrpc::message& m) noexcept {
  const auto* r = std::get_if<jsonrpc::request>(&m);
  return r && r->method == protocol::method::initialize;
}

/// A server without the legacy era meets a client of it: tell it what is spoken here (S-MOD-14).
refusal refuse_legacy(jsonrpc::decoded&& body,
                      const core_options& options,
                      const stated_version& version) {
  std::optional<jsonrpc::request_id> id = id_of(body);
  const auto* message = std::get_if<jsonrpc::message>(&body);
  if (!version.absent())
    return refusal(400, unsupported(version.text(), options.eras)).with_id(std::move(id));
  if (message && is_initialize(*message)) {
    const json::object* params = std::get<jsonrpc::request>(*message).params.if_object();
    const json::value* named = params ? params->if_contains("protocolVersion") : nullptr;
    const std::string_view requested =
        named && named->is_string() ? std::string_view(named->get_string()) : std::string_view();
    return refusal(400, unsupported(requested, options.eras)).with_id(std::move(id));
  }
  return refusal(400, header_mismatch("MCP-Protocol-Version is missing")).with_id(std::move(id));
}

/// The session header, or why it can't be used.
std::variant<std::string_view, refusal> session_of(const http::request_head& head) {
  const auto [id, count] = head.headers.look_up(session_header);
  if (!id || id->empty())
    return refusal(400,
                   "Mcp-Session-Id header is missing: send initialize first, then the id of its "
                   "response with every request");
  if (count > 1) return refusal(400, "Mcp-Session-Id header is repeated");
  return *id;
}

bool has_initialize(const jsonrpc::batch& batch) noexcept {
  return std::any_of(batch.elements.begin(), batch.elements.end(), [](const auto& element) {
    const auto* m = std::get_if<jsonrpc::message>(&element);
    return m && is_initialize(*m);
  });
}

refusal no_initialize_in_batch() {
  return {400, "initialize must not be part of a batch"};
}

/// A server without sessions.
post_route route_lone(std::variant<jsonrpc::message, jsonrpc::batch>&& content,
                      const stated_version& version) {
  const protocol::rules* spoken = &version.assumed();
  if (const auto* batch = std::get_if<jsonrpc::batch>(&content)) {
    if (auto no = check_batch(*batch, *spoken)) return std::move(*no);
  } else {
    const auto& message = std::get<jsonrpc::message>(content);
    if (is_initialize(message)) spoken = nullptr;
  }
  if (wants_answer(content)) return lone_message(std::move(content), spoken);
  const auto* message = std::get_if<jsonrpc::message>(&content);
  if (message == nullptr || std::holds_alternative<jsonrpc::notification>(*message))
    return dropped{};
  return refusal(400, "This server keeps no sessions: it has asked nothing");
}

post_route route_legacy(const http::request_head& head,
                        jsonrpc::decoded&& body,
                        const core_options& options,
                        const stated_version& version) {
  auto* message = std::get_if<jsonrpc::message>(&body);
  if (message) {
    auto* request = std::get_if<jsonrpc::request>(message);
    if (request && protocol::has_modern_envelope(request->params) &&
        serves(protocol::era::modern, options.eras))
      return refuse(
          400,
          header_mismatch(version.absent() ? "MCP-Protocol-Version is missing; it must repeat the "
                                             "version in params._meta"
                                           : "MCP-Protocol-Version names another version than "
                                             "params._meta"),
          request->id);
  }
  if (!serves(protocol::era::legacy, options.eras))
    return refuse_legacy(std::move(body), options, version);

  if (options.sessions == session_use::none) {
    if (message) return route_lone(std::move(*message), version);
    return route_lone(std::move(std::get<jsonrpc::batch>(body)), version);
  }
  const bool in_session = head.headers.contains(session_header);
  if (!message && !in_session && has_initialize(std::get<jsonrpc::batch>(body)))
    return no_initialize_in_batch();
  if (message && is_initialize(*message) && !in_session)
    return open_session(std::move(std::get<jsonrpc::request>(*message)));

  auto session = session_of(head);
  if (auto* bad = std::get_if<refusal>(&session)) return std::move(*bad).with_id(id_of(body));
  const std::string_view id = std::get<std::string_view>(session);
  if (message) return to_session(id, std::move(*message));
  return to_session(id, std::move(std::get<jsonrpc::batch>(body)));
}

bool has_session_verbs(const core_options& options) noexcept {
  return serves(protocol::era::legacy, options.eras) && options.sessions == session_use::kept;
}

std::string allowed_methods(const core_options& options) {
  return has_session_verbs(options) ? "GET, POST, DELETE" : "POST";
}

/// What GET and DELETE share: both belong to the legacy era.
std::variant<session_verb, refusal> route_session_verb(const http::request_head& head,
                                                       const core_options& options) {
  const stated_version version(head.headers);
  if (auto bad = check_repeated(version)) return std::move(*bad);
  if (version.modern())
    return refusal(405, "Method not allowed in this protocol version: everything is a POST")
        .allowing("POST");
  if (!version.absent() && !version.legacy())
    return refusal(400, unsupported(version.text(), options.eras));
  auto session = session_of(head);
  if (auto* bad = std::get_if<refusal>(&session)) return std::move(*bad);
  return session_verb(std::get<std::string_view>(session));
}

}  // namespace

std::variant<verb, refusal> route_method(const http::request_head& head,
                                         const core_options& options) {
  if (head.method == "POST") return verb::post;
  const bool legacy = has_session_verbs(options);
  if (legacy && head.method == "GET") return verb::get;
  if (legacy && head.method == "DELETE") return verb::del;
  std::string allowed = allowed_methods(options);
  return refusal(405, "Method not allowed here: use " + allowed).allowing(std::move(allowed));
}

jsonrpc::missing_id id_form(const http::request_head& head) noexcept {
  return stated_version(head.headers).null_ids() ? jsonrpc::missing_id::null
                                                 : jsonrpc::missing_id::omitted;
}

bool states_modern_version(const http::request_head& head) noexcept {
  return stated_version(head.headers).modern();
}

std::optional<refusal> check_content_type(const http::request_head& head) {
  const auto type = head.header("Content-Type");
  if (type && http::is_media_type(*type, json_type)) return std::nullopt;
  return refusal(415, "Unsupported media type: the body must be application/json");
}

post_route route_post(const http::request_head& head,
                      jsonrpc::decoded&& body,
                      const core_options& options,
                      const parameter_lookup& parameters) {
  const stated_version version(head.headers);
  if (auto bad = check_repeated(version)) return std::move(*bad).with_id(id_of(body));
  if (auto bad = check_accept(head, options.answers)) return std::move(*bad).with_id(id_of(body));
  if (auto* bad = std::get_if<jsonrpc::malformed>(&body))
    return refusal(400, std::move(bad->error)).with_id(std::move(bad->id));
  if (version.absent() || version.legacy())
    return route_legacy(head, std::move(body), options, version);
  return route_modern(head, std::move(body), options, parameters, version);
}

std::variant<session_verb, refusal> route_get(const http::request_head& head,
                                              const core_options& options) {
  auto route = route_session_verb(head, options);
  auto* verb = std::get_if<session_verb>(&route);
  if (verb == nullptr) return route;
  if (!http::accepts(head.headers, http::event_stream_type, http::absent_accept::refuses))
    return refusal(406, "Not acceptable: the Accept header must list text/event-stream");
  if (head.headers.count(event_header) > 1) return refusal(400, "Last-Event-ID header is repeated");
  const auto last = head.header(event_header);
  if (last && !last->empty()) verb->last_event_id = std::string(*last);
  return route;
}

std::variant<session_verb, refusal> route_delete(const http::request_head& head,
                                                 const core_options& options) {
  return route_session_verb(head, options);
}

std::optional<refusal> check_batch(const jsonrpc::batch& batch, const protocol::rules& rules) {
  if (!rules.batching)
    return refusal(400, "Batches are not part of protocol version " + std::string(rules.name));
  if (has_initialize(batch)) return no_initialize_in_batch();
  bool responses = false;
  bool others = false;
  for (const auto& element : batch.elements) {
    const auto* m = std::get_if<jsonrpc::message>(&element);
    if (!m) continue;
    const bool is_response = std::holds_alternative<jsonrpc::response>(*m) ||
                             std::holds_alternative<jsonrpc::error_response>(*m);
    (is_response ? responses : others) = true;
  }
  if (responses && others)
    return refusal(400, "A batch has either responses or requests and notifications, not both");
  return std::nullopt;
}

std::variant<std::string, refusal> route_message(const http::request_head& head) {
  constexpr std::string_view name = "sessionId=";
  std::string_view query = head.query();
  std::optional<std::string_view> id;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    if (!one.starts_with(name)) continue;
    if (id) return refusal(400, "sessionId is repeated");
    id = one.substr(name.size());
  }
  if (!id || !is_session_id(*id))
    return refusal(
        400,
        "sessionId is missing or malformed: send messages to the address of the stream's "
        "endpoint event");
  return std::string(*id);
}

bool wants_answer(const std::variant<jsonrpc::message, jsonrpc::batch>& content) noexcept {
  if (const auto* m = std::get_if<jsonrpc::message>(&content))
    return std::holds_alternative<jsonrpc::request>(*m);
  const auto& elements = std::get<jsonrpc::batch>(content).elements;
  return std::any_of(elements.begin(), elements.end(), [](const auto& element) {
    if (const auto* bad = std::get_if<jsonrpc::malformed>(&element)) return !bad->is_response;
    return std::holds_alternative<jsonrpc::request>(std::get<jsonrpc::message>(element));
  });
}

}  // namespace comcp::detail
