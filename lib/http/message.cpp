#include "comcp/http/message.hpp"

namespace comcp::http {

namespace {

// "http://host:port/path?query" -> the part after the scheme, else nothing.
std::optional<std::string_view> after_scheme(std::string_view target) noexcept {
  if (target.empty() || target.front() == '/') return std::nullopt;
  const auto at = target.find("://");
  if (at == std::string_view::npos) return std::nullopt;
  const auto scheme = target.substr(0, at);
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return std::nullopt;
  return target.substr(at + 3);
}

// Origin form of the target: path and query.
std::string_view origin_form(std::string_view target) noexcept {
  const auto rest = after_scheme(target);
  if (!rest) return target;
  const auto at = rest->find_first_of("/?");
  return at == std::string_view::npos ? std::string_view{} : rest->substr(at);
}

}  // namespace

std::string_view request_head::path() const noexcept {
  auto form = origin_form(target);
  form = form.substr(0, form.find('?'));
  return form.empty() ? std::string_view("/") : form;
}

std::string_view request_head::query() const noexcept {
  const auto form = origin_form(target);
  const auto at = form.find('?');
  return at == std::string_view::npos ? std::string_view{} : form.substr(at + 1);
}

std::string_view request_head::authority() const noexcept {
  // spec: RFC 9112 §3.2.2: an absolute target overrules Host
  if (const auto rest = after_scheme(target)) return rest->substr(0, rest->find_first_of("/?"));
  return headers.find("Host").value_or(std::string_view{});
}

response text_response(int status, std::string_view text) {
  response answer(status);
  answer.headers.add("Content-Type", "text/plain; charset=utf-8");
  answer.body = text.empty() ? reason_phrase(status) : text;
  answer.body += '\n';
  return answer;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return {};
  }
}

}  // namespace comcp::http
