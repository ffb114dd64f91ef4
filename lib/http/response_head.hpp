#ifndef COMCP_LIB_HTTP_RESPONSE_HEAD_HPP
#define COMCP_LIB_HTTP_RESPONSE_HEAD_HPP

// The head of a response as text, without I/O.

#include <cstdint>
#include <string>
#include <string_view>

#include "comcp/http/fields.hpp"

namespace comcp::http {

/// What the server decides about a response's head.
struct head_plan {
  enum class body : std::uint8_t {
    none,   ///< neither body nor length (204, 304)
    sized,  ///< Content-Length
    chunked,
    until_close  ///< HTTP/1.0 streams
  };
  body how = body::sized;
  std::uint64_t length = 0;
  int version = 11;  ///< of the request
  bool close = false;
};

/** Appends a whole head, with the empty line.

    @param own     the response's headers; framing headers (Content-Length, Transfer-Encoding,
                   Connection, Keep-Alive) among them are left out: they are the server's
    @param common  added unless `own` has one of that name
    @param date    value of Date, unless `own` has one
*/
void append_head(std::string& out,
                 int status,
                 const fields& own,
                 const fields& common,
                 const head_plan& plan,
                 std::string_view date);

/** What is the same in every head of a kind of response: a status and its headers, written once.

    @par Thread safety immutable */
class prepared_head {
 public:
  prepared_head(int status, fields own);

  int status() const noexcept { return status_; }
  const fields& headers() const noexcept { return headers_; }
  /// Appends the head of a sized response that keeps its HTTP/1.1 connection, as append_head() would.
  void append_to(std::string& out, std::uint64_t length, std::string_view date) const;

 private:
  int status_;
  fields headers_;
  std::string start_;  // up to the date
};

/// Now, as IMF-fixdate; made once a second per thread.
std::string_view http_date();

}  // namespace comcp::http

#endif
