#ifndef COMCP_SESSION_ERRORS_HPP
#define COMCP_SESSION_ERRORS_HPP

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp {

/// Why a question to the peer got no answer: local conditions, never codes of the wire.
enum class session_errc {
  closed = 1,          ///< the connection, stream or session is gone
  timed_out,           ///< the peer did not answer in time; it was told to stop
  not_initialized,     ///< the handshake isn't complete, only ping may be asked
  no_session,          ///< the server keeps no sessions: the client can't be asked
  capability_missing,  ///< the client did not declare what the question needs
  not_in_revision,     ///< the revision has no such request from server to client
  too_many_calls,      ///< too many questions to this peer are open already
  bad_answer           ///< what the peer answered isn't an answer to the question
};

const boost::system::error_category& session_category() noexcept;
boost::system::error_code make_error_code(session_errc) noexcept;

/// Thrown by calls to the peer; `code()` is a `session_errc`.
class session_error : public boost::system::system_error {
 public:
  explicit session_error(session_errc e) : system_error(make_error_code(e)) {}
  session_error(session_errc e, const std::string& what) : system_error(make_error_code(e), what) {}
};

/** The client lacks a capability that the request needs.

    A handler that lets it pass gets the right answer for the era: -32021 with `requiredCapabilities` in
    the modern one, -32602 in the legacy one.
*/
class capability_missing_error : public session_error {
 public:
  /// @param required a ClientCapabilities object that names what is missing, e.g. {"sampling":{}}
  explicit capability_missing_error(json::object required);
  const json::object& required() const noexcept { return required_; }

 private:
  json::object required_;
};

/// The peer answered a question with an error.
class peer_error : public std::runtime_error {
 public:
  explicit peer_error(jsonrpc::error_object error)
      : std::runtime_error("the peer answered with an error: " + error.message),
        error_(std::move(error)) {}
  const jsonrpc::error_object& error() const noexcept { return error_; }

 private:
  jsonrpc::error_object error_;
};

/** Thrown by a handler to answer its request with exactly this error.

    Any other exception becomes -32603 with a generic text; its own text goes to the log only.
*/
class request_error : public std::runtime_error {
 public:
  explicit request_error(jsonrpc::error_object error)
      : std::runtime_error(error.message), error_(std::move(error)) {}
  const jsonrpc::error_object& error() const noexcept { return error_; }

 private:
  jsonrpc::error_object error_;
};

}  // namespace comcp

template <>
struct boost::system::is_error_code_enum<comcp::session_errc> : std::true_type {};

#endif
