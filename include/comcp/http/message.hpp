#ifndef COMCP_HTTP_MESSAGE_HPP
#define COMCP_HTTP_MESSAGE_HPP

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/http/fields.hpp"

namespace comcp::http {

/** The head of a request that passed the checks of the server: the framing is unambiguous, names
   and values have no forbidden characters, an HTTP/1.1 request has exactly one Host.

    Nothing is decoded: paths are compared as they were sent.
*/
class request_head {
 public:
  request_head() noexcept {}

  std::string method;  ///< as sent; methods are case-sensitive
  std::string target;  ///< as sent: origin form, absolute form, or `*`
  int version = 11;    ///< 10 or 11
  fields headers;
  bool keep_alive = true;  ///< what the client asked for; the server may still close

  /// The path of the target, without query; "*" for `OPTIONS *`.
  std::string_view path() const noexcept;
  /// The query without its `?`; empty when there is none.
  std::string_view query() const noexcept;
  /// Whom the client meant: the authority of an absolute target, else the Host header. May be
  /// empty.
  std::string_view authority() const noexcept;
  /// The value of the first header of that name.
  std::optional<std::string_view> header(std::string_view name) const noexcept {
    return headers.find(name);
  }
};

/** A complete response. Content-Length, Date and Connection are added by the server.

    @par Errors `header` throws std::invalid_argument for a name or value with forbidden characters
*/
class response {
 public:
  response() noexcept {}
  explicit response(int status_code) noexcept : status(status_code) {}
  response(int status_code, std::string_view content_type, std::string text)
      : status(status_code), body(std::move(text)) {
    headers.add("Content-Type", content_type);
  }

  response& header(std::string_view name, std::string_view value) & {
    headers.set(name, value);
    return *this;
  }
  response&& header(std::string_view name, std::string_view value) && {
    headers.set(name, value);
    return std::move(*this);
  }

  int status = 200;  ///< 200 to 999; anything else is sent as 500
  fields headers;
  std::string body;
};

/// A response with the status' reason (or the given text) as a line of plain text.
response text_response(int status, std::string_view text = {});

/// "Not Found" for 404; an empty view for codes that have no phrase.
std::string_view reason_phrase(int status) noexcept;

}  // namespace comcp::http

#endif
