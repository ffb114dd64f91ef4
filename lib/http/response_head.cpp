#include "http/response_head.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <utility>

#include "comcp/http/message.hpp"

namespace comcp::http {

namespace {

bool is_framing(std::string_view name) noexcept {
  switch (name.size()) {
    case 10:
      return iequals(name, "Connection") || iequals(name, "Keep-Alive");
    case 14:
      return iequals(name, "Content-Length");
    case 17:
      return iequals(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_status_line(std::string& out, int status) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(status));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
}

}  // namespace

prepared_head::prepared_head(int status, fields own) : status_(status), headers_(std::move(own)) {
  append_status_line(start_, status_);
  for (std::size_t i = 0; i < headers_.size(); ++i)
    append_field(start_, headers_[i].name, headers_[i].value);
  start_ += "Date: ";
}

void prepared_head::append_to(std::string& out, std::uint64_t length, std::string_view date) const {
  out += start_;
  out += date;
  out += "\r\nContent-Length: ";
  append_number(out, length);
  out += "\r\n\r\n";
}

void append_head(std::string& out,
                 int status,
                 const fields& own,
                 const fields& common,
                 const head_plan& plan,
                 std::string_view date) {
  append_status_line(out, status);
  bool own_date = false;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto field = own[i];
    if (is_framing(field.name)) continue;
    own_date = own_date || iequals(field.name, "Date");
    append_field(out, field.name, field.value);
  }
  for (std::size_t i = 0; i < common.size(); ++i) {
    const auto field = common[i];
    if (!is_framing(field.name) && !own.contains(field.name))
      append_field(out, field.name, field.value);
  }
  if (!own_date) append_field(out, "Date", date);
  switch (plan.how) {
    case head_plan::body::none:
    case head_plan::body::until_close:
      break;
    case head_plan::body::sized:
      out += "Content-Length: ";
      append_number(out, plan.length);
      out += "\r\n";
      break;
    case head_plan::body::chunked:
      out += "Transfer-Encoding: chunked\r\n";
      break;
  }
  if (plan.close)
    out += "Connection: close\r\n";
  else if (plan.version < 11)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

std::string_view http_date() {
  // The one wall clock of the module: Date is for caches, nothing is decided by it.
  thread_local std::time_t made_at = -1;
  thread_local std::array<char, 32> text;
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    // strftime's names depend on the locale
    const int n = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                days[static_cast<std::size_t>(parts.tm_wday) % 7], parts.tm_mday,
                                months[static_cast<std::size_t>(parts.tm_mon) % 12],
                                parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    size = n > 0 ? static_cast<std::size_t>(n) : 0;
    made_at = now;
  }
  return {text.data(), size};
}

}  // namespace comcp::http
