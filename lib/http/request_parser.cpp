#include "http/request_parser.hpp"

#include <charconv>

#include "http/tokens.hpp"

namespace comcp::http {

/// Fields whose names and values a parser has checked: parts of the lines they came in.
class parsed_fields {
 public:
  parsed_fields(fields& to, std::string_view lines) : to_(to), lines_(lines) {
    to_.entries_.clear();
    to_.text_.assign(lines);
  }
  void add(std::string_view name, std::string_view value) {
    to_.entries_.push_back(fields::entry{place(name), static_cast<std::uint32_t>(name.size()),
                                         place(value), static_cast<std::uint32_t>(value.size())});
  }

 private:
  std::uint32_t place(std::string_view part) const noexcept {
    return static_cast<std::uint32_t>(part.data() - lines_.data());
  }
  fields& to_;
  std::string_view lines_;
};

namespace {

bool is_known_method(std::string_view method) noexcept {
  for (const std::string_view known :
       {"POST", "GET", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH", "TRACE"})
    if (method == known) return true;
  return false;
}

// The request line ends in a version HTTP/d.d that is not spoken here.
bool names_other_version(std::string_view line) noexcept {
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

/// The headers that decide how a message is read, noted as they come by.
class request_parser::framing_headers {
 public:
  class header {
   public:
    std::size_t count = 0;
    std::string_view value;  // the first one's
  };
  header host, length, encoding, expect, connection;

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

 private:
  static void note(header& which, std::string_view name, const fields::field& f) noexcept {
    if (iequals(f.name, name) && ++which.count == 1) which.value = f.value;
  }
};

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

// The block is whole: lines that end with CR LF, the last one empty, none folded. spec: RFC 9112 §3, §5
request_parser::progress request_parser::parse(std::string_view block, request_head& head) {
  const auto line_at = [block](std::size_t begin) {
    return block.substr(begin, block.find('\n', begin) - 1 - begin);
  };
  const std::string_view first = line_at(0);
  const std::size_t method_size = token_prefix(first);
  const std::size_t target_end = first.find(' ', method_size + 1);
  if (method_size == 0 || method_size >= first.size() || first[method_size] != ' ' ||
      target_end == std::string_view::npos || target_end == method_size + 1)
    return refuse(400, "the request line is malformed");
  const std::string_view version = first.substr(target_end + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (names_other_version(first))
      return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    return refuse(400, "the request line is malformed");
  }
  head.method.assign(first.substr(0, method_size));
  head.target.assign(first.substr(method_size + 1, target_end - method_size - 1));
  head.version = version.back() == '1' ? 11 : 10;

  const std::string_view lines = block.substr(first.size() + 2);
  parsed_fields headers(head.headers, lines);
  framing_headers framing;
  std::size_t at = first.size() + 2;
  for (std::string_view line = line_at(at); !line.empty(); line = line_at(at)) {
    const std::string_view name = line.substr(0, token_prefix(line));
    if (name.empty() || name.size() == line.size() || line[name.size()] != ':')
      return refuse(400, "a header line is malformed");
    const std::string_view value = trim_ows(line.substr(name.size() + 1));
    if (!is_field_value(value)) return refuse(400, "a header line is malformed");
    headers.add(name, value);
    framing.note(fields::field(name, value));
    at += line.size() + 2;
  }
  return check(head, framing);
}

// What the grammar allows and two readers may understand differently. spec: RFC 9112 §6.3, §11.2
request_parser::progress request_parser::check(request_head& head, const framing_headers& h) {
  if (!is_valid_target(head)) return refuse(400, "the request target is malformed");
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
