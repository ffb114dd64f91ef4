#ifndef COMCP_LIB_HTTP_TRANSPORT_STREAMABLE_HTTP_CORE_HPP
#define COMCP_LIB_HTTP_TRANSPORT_STREAMABLE_HTTP_CORE_HPP

// Streamable HTTP without I/O: what one HTTP request means and what becomes of it. 05-transports §5.7.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "comcp/http/message.hpp"
#include "comcp/http_transport/streamable_http_options.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/parameter_header.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/session/options.hpp"
#include "http_transport/refusal.hpp"
#include "http_transport/routing_headers.hpp"

namespace comcp::detail {

/** What the decisions depend on, beside the request. */
class core_options {
 public:
  served_eras eras = served_eras::both;
  answer_form answers = answer_form::as_needed;
  session_use sessions = session_use::kept;
  /// See request_handler::name_param.
  std::function<std::string_view(std::string_view method)> name_param = name_param_of_core;
};

/// The method alone, before a body is read.
enum class verb : std::uint8_t { post, get, del };
std::variant<verb, refusal> route_method(const http::request_head& head,
                                         const core_options& options);

/// How this client expects an error whose request had no readable id: up to 2025-06-18, or without a
/// version header, with a null id; later without one. 01-base §1.2
jsonrpc::missing_id id_form(const http::request_head& head) noexcept;

/// Its version header names a modern revision.
bool states_modern_version(const http::request_head& head) noexcept;

/// A POST whose body isn't worth reading: 415.
std::optional<refusal> check_content_type(const http::request_head& head);

/// `initialize` without a session: a new one.
class open_session {
 public:
  explicit open_session(jsonrpc::request r) : initialize(std::move(r)) {}
  jsonrpc::request initialize;
};

/// For the session with this id, if there is one.
class to_session {
 public:
  to_session(std::string_view s, std::variant<jsonrpc::message, jsonrpc::batch> m)
      : session_id(s), content(std::move(m)) {}
  std::string_view session_id;  // in the request's head
  std::variant<jsonrpc::message, jsonrpc::batch> content;
};

/// Legacy, on a server without sessions: to be answered as if by a session of its own.
class lone_message {
 public:
  /// @param r null for `initialize`
  lone_message(std::variant<jsonrpc::message, jsonrpc::batch> m, const protocol::rules* r)
      : content(std::move(m)), spoken(r) {}
  std::variant<jsonrpc::message, jsonrpc::batch> content;
  const protocol::rules* spoken;
};

/// A request of the modern era whose envelope and headers have been checked.
class modern_call {
 public:
  modern_call(jsonrpc::request&& r, protocol::request_meta&& m)
      : request(std::move(r)), meta(std::move(m)) {}
  jsonrpc::request request;
  protocol::request_meta meta;
};

/// 202, and that is all: a notification without a session.
class dropped {};

using post_route =
    std::variant<open_session, to_session, lone_message, modern_call, dropped, refusal>;

/// The annotated arguments of a tool, null if none: see request_handler::parameter_headers.
using parameter_lookup =
    std::function<std::shared_ptr<const protocol::parameter_headers>(std::string_view tool)>;

/** What becomes of a POST. Checks in this order: repeated headers, Accept, the body's form, the era,
    then the ladder of that era. */
post_route route_post(const http::request_head& head,
                      jsonrpc::decoded&& body,
                      const core_options& options,
                      const parameter_lookup& parameters = {});

/// GET and DELETE: for which session.
class session_verb {
 public:
  explicit session_verb(std::string_view s) : session_id(s) {}
  std::string session_id;
  std::optional<std::string> last_event_id;  ///< of a GET that comes back
};
std::variant<session_verb, refusal> route_get(const http::request_head& head,
                                              const core_options& options);
std::variant<session_verb, refusal> route_delete(const http::request_head& head,
                                                 const core_options& options);

/// Whether a session of this revision takes the array at all: 400 if not. 01-base §2.
std::optional<refusal> check_batch(const jsonrpc::batch& batch, const protocol::rules& rules);

/// The message endpoint of HTTP+SSE (2024-11-05): which session its query names, or 400.
std::variant<std::string, refusal> route_message(const http::request_head& head);

/// Something in it will be answered; otherwise the POST is answered 202.
bool wants_answer(const std::variant<jsonrpc::message, jsonrpc::batch>& content) noexcept;

}  // namespace comcp::detail

#endif
