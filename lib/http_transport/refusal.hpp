#ifndef COMCP_LIB_HTTP_TRANSPORT_REFUSAL_HPP
#define COMCP_LIB_HTTP_TRANSPORT_REFUSAL_HPP

// Answers that the transport itself gives, without asking a session or a handler.

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "comcp/http/message.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp::detail {

/** A request answered with an HTTP error status and a JSON-RPC error. */
class refusal {
 public:
  refusal(int http_status, jsonrpc::error_object e) : status(http_status), error(std::move(e)) {}
  /// -32600: most of what is wrong with a request before anybody looks at its method.
  refusal(int http_status, std::string text)
      : status(http_status), error(jsonrpc::error_code::invalid_request, std::move(text)) {}

  refusal&& with_id(std::optional<jsonrpc::request_id> of_request) && {
    id = std::move(of_request);
    return std::move(*this);
  }
  refusal&& allowing(std::string methods) && {
    allow = std::move(methods);
    return std::move(*this);
  }
  refusal&& retrying_after(std::chrono::seconds s) && {
    retry_after = s;
    return std::move(*this);
  }

  http::response to_response() const;

  int status;
  jsonrpc::error_object error;
  std::optional<jsonrpc::request_id> id;  ///< whenever it was readable (S-HTTP-24)
  jsonrpc::missing_id without_id = jsonrpc::missing_id::omitted;
  std::string allow;  ///< of a 405
  std::optional<std::chrono::seconds> retry_after;
};

/// The session is gone, never was, or is another principal's: clients start again (T-02).
refusal unknown_session();

/// The HTTP status of an answer of the modern era; legacy answers are 200. 07-errors §3.
int modern_status(int error_code) noexcept;

/// A JSON answer, already text.
http::response json_response(int status, std::string text);

}  // namespace comcp::detail

#endif
