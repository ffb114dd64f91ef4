#ifndef COMCP_LIB_HTTP_REQUEST_PARSER_HPP
#define COMCP_LIB_HTTP_REQUEST_PARSER_HPP

// Bytes to a request head and to the framing of its body, without I/O. Whatever two HTTP
// implementations could read differently is refused here (request smuggling).

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "comcp/http/message.hpp"

namespace comcp::http {

/// How the end of a request's body is found.
struct body_framing {
  enum class kind : std::uint8_t { none, length, chunked };
  kind how = kind::none;
  std::uint64_t length = 0;
  bool expects_continue = false;
};

/** Reads one request head.

    The caller keeps all bytes of the head in one piece and shows them again with more appended;
    the search for the end goes on where it stopped.
*/
class request_parser {
 public:
  enum class progress : std::uint8_t { need_more, done, refused };

  request_parser(std::size_t max_bytes, std::size_t max_count) noexcept
      : max_bytes_(max_bytes), max_count_(max_count) {}

  /// For the next request.
  void reset() noexcept;

  progress read(std::string_view buffered, request_head& head);

  /// After `done`: bytes of the head, empty lines before it included.
  std::size_t head_size() const noexcept { return scanned_; }
  const body_framing& framing() const noexcept { return framing_; }

  /// After `refused`: the status to answer, and why. The connection can't be used any further.
  int status() const noexcept { return status_; }
  std::string_view reason() const noexcept { return reason_; }

 private:
  progress refuse(int status, std::string_view reason) noexcept;
  progress find_end(std::string_view buffered);
  progress parse(std::string_view block, request_head& head);
  class framing_headers;
  progress check(request_head& head, const framing_headers& h);

  std::size_t max_bytes_;
  std::size_t max_count_;
  std::size_t start_ = 0;       // first byte of the request line
  std::size_t line_start_ = 0;  // first byte of the line being scanned
  std::size_t scanned_ = 0;     // bytes looked at
  std::size_t line_count_ = 0;
  body_framing framing_;
  int status_ = 0;
  std::string_view reason_;
};

}  // namespace comcp::http

#endif
