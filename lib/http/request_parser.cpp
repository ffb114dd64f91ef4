#include "http/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <charconv>
#include <limits>

namespace comcp::http {

/// Fields whose names and values a parser has checked.
class parsed_fields {
 public:
  static void add(fields& to, std::string_view name, std::string_view value) {
    to.append(name, value);
  }
};

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
// Its name has changed between Boost versions; it is only ever copied from.
using beast_view = boost::beast::string_view;

std::string_view view(beast_view text) noexcept {
  return {text.data(), text.size()};
}

// Beast checks the grammar and hands over the parts; no copy into its own containers.
class beast_parser final : public beast_http::basic_parser<true> {
 public:
  beast_parser(request_head& head, std::uint32_t limit) : head_(head) {
    header_limit(limit);
    body_limit(boost::none);
  }

 private:
  void on_request_impl(
      beast_http::verb, beast_view method, beast_view target, int version, error_code&) override {
    head_.method.assign(method.data(), method.size());
    head_.target.assign(target.data(), target.size());
    head_.version = version;
  }
  void on_field_impl(beast_http::field, beast_view name, beast_view value, error_code&) override {
    parsed_fields::add(head_.headers, view(name), trim_ows(view(value)));
  }
  void on_header_impl(error_code&) override {}
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(beast_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  request_head& head_;
};

bool is_known_method(std::string_view method) noexcept {
  for (const std::string_view known :
       {"POST", "GET", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH", "TRACE"})
    if (method == known) return true;
  return false;
}

// The request line ends in a version HTTP/d.d that is not spoken here.
bool names_other_version(std::string_view block) noexcept {
  const auto line = block.substr(0, block.find('\r'));
  if (line.size() < 9) return false;
  const auto version = line.substr(line.size() - 9);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.starts_with(" HTTP/") && digit(version[6]) && version[7] == '.' &&
         digit(version[8]) && version != " HTTP/1.1" && version != " HTTP/1.0";
}

// Origin form, `*` for OPTIONS, or absolute form with an authority and no user info.
bool is_valid_target(const request_head& head) noexcept {
  for (const char c : head.target)
    if (c <= 0x20 || c >= 0x7f || c == '#') return false;
  if (head.target.front() == '/') return true;
  if (head.target == "*") return head.method == "OPTIONS";
  const std::string_view target = head.target;
  const auto at = target.find("://");
  if (at == std::string_view::npos) return false;
  const auto scheme = target.substr(0, at);
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return false;
  const auto authority = target.substr(at + 3, target.find_first_of("/?", at + 3) - at - 3);
  return !authority.empty() && authority.find('@') == std::string_view::npos;
}

}  // namespace

void request_parser::reset() noexcept {
  *this = request_parser(max_bytes_, max_count_);
}

request_parser::progress request_parser::refuse(int status, std::string_view reason) noexcept {
  status_ = status;
  reason_ = reason;
  return progress::refused;
}

request_parser::progress request_parser::read(std::string_view buffered, request_head& head) {
  const auto found = find_end(buffered);
  if (found != progress::done) return found;
  return parse(buffered.substr(start_, scanned_ - start_), head);
}

// Looks at line ends only. A bare LF is refused, not taken as a line end: a proxy in front may have
// taken it otherwise. spec: RFC 9112 §2.2, §5.2 (folded lines)
request_parser::progress request_parser::find_end(std::string_view buffered) {
  while (line_count_ == 0 && buffered.substr(start_).starts_with("\r\n"))
    line_start_ = scanned_ = start_ += 2;  // empty lines before a request, RFC 9112 §2.2
  if (buffered.size() > start_ && line_count_ == 0 && buffered[start_] != '\r' &&
      !is_token(buffered.substr(start_, 1)))
    return refuse(400, "this is no HTTP request (a TLS client on a plain port?)");

  const auto limited = buffered.substr(0, max_bytes_);
  for (;;) {
    const auto lf = limited.find('\n', scanned_);
    if (lf == std::string_view::npos) {
      scanned_ = limited.size();
      if (buffered.size() < max_bytes_) return progress::need_more;
      if (line_count_ == 0) return refuse(414, "the request line is longer than the server allows");
      return refuse(431, "the headers are larger than the server allows");
    }
    scanned_ = lf + 1;
    if (lf == line_start_ || limited[lf - 1] != '\r')
      return refuse(400, "lines must end with CR LF");
    const auto line = limited.substr(line_start_, lf - 1 - line_start_);
    if (line.empty() && line_count_ > 0) return progress::done;
    if (line_count_ > 0 && (line.front() == ' ' || line.front() == '\t'))
      return refuse(400, "folded header lines are not allowed");
    line_start_ = scanned_;
    // the request line is no header
    if (line_count_++ > max_count_)
      return refuse(431, "there are more headers than the server allows");
  }
}

request_parser::progress request_parser::parse(std::string_view block, request_head& head) {
  head.headers.clear();
  beast_parser parser(head, std::numeric_limits<std::uint32_t>::max());
  error_code error;
  parser.put(boost::asio::const_buffer(block.data(), block.size()), error);
  if (error == beast_http::error::bad_version) {
    if (names_other_version(block))
      return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    return refuse(400, "the request line is malformed");
  }
  if (error == beast_http::error::bad_method || error == beast_http::error::bad_target)
    return refuse(400, "the request line is malformed");
  if (error == beast_http::error::bad_content_length ||
      error == beast_http::error::multiple_content_length ||
      error == beast_http::error::bad_transfer_encoding)
    return refuse(400, "the length of the body is ambiguous");
  if (error || !parser.is_header_done()) return refuse(400, "a header line is malformed");
  return check(head);
}

namespace {

/// The headers that decide how a message is read, looked up once.
class framing_headers {
 public:
  explicit framing_headers(const fields& headers) noexcept {
    for (std::size_t i = 0; i < headers.size(); ++i)
      note(headers[i]);
  }

  class header {
   public:
    std::size_t count = 0;
    std::string_view value;  // the first one's
  };
  header host, length, encoding, expect, connection;

 private:
  void note(const fields::field& f) noexcept {
    switch (f.name.size()) {
      case 4:
        return note(host, "Host", f);
      case 6:
        return note(expect, "Expect", f);
      case 10:
        return note(connection, "Connection", f);
      case 14:
        return note(length, "Content-Length", f);
      case 17:
        return note(encoding, "Transfer-Encoding", f);
      default:
        return;
    }
  }
  static void note(header& which, std::string_view name, const fields::field& f) noexcept {
    if (iequals(f.name, name) && ++which.count == 1) which.value = f.value;
  }
};

}  // namespace

// What the grammar allows and two readers may understand differently. spec: RFC 9112 §6.3, §11.2
request_parser::progress request_parser::check(request_head& head) {
  if (!is_valid_target(head)) return refuse(400, "the request target is malformed");
  const framing_headers h(head.headers);
  if (h.host.count > 1 || (h.host.count == 0 && head.version >= 11))
    return refuse(400, "an HTTP/1.1 request needs exactly one Host header");

  if (h.encoding.count > 0) {
    if (h.length.count > 0 || h.encoding.count > 1)
      return refuse(400, "the length of the body is ambiguous");
    if (head.version < 11) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    if (!iequals(h.encoding.value, "chunked"))
      return refuse(501, "the only Transfer-Encoding understood is chunked");
    framing_.how = body_framing::kind::chunked;
  } else if (h.length.count > 0) {
    const auto text = h.length.value;
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, framing_.length);
    if (h.length.count > 1 || text.empty() || error != std::errc{} || end != last)
      return refuse(400, "the length of the body is ambiguous");
    if (framing_.length > 0) framing_.how = body_framing::kind::length;
  }

  // After the framing, so that what is refused here is not also ambiguous.
  if (!is_known_method(head.method)) return refuse(501, "this method is not known here");
  if (head.version >= 11 && h.expect.count > 0) {
    if (h.expect.count > 1 || !iequals(h.expect.value, "100-continue"))
      return refuse(417, "the only expectation understood is 100-continue");
    framing_.expects_continue = framing_.how != body_framing::kind::none;
  }
  head.keep_alive = head.version >= 11;
  if (h.connection.count > 0)
    head.keep_alive = !head.headers.has_token("Connection", "close") &&
                      (head.version >= 11 || head.headers.has_token("Connection", "keep-alive"));
  return progress::done;
}

}  // namespace comcp::http
