#include "jsonrpc/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "jsonrpc/utf8.hpp"

namespace comcp::jsonrpc {
namespace {

template <class Number>
void append_number(std::string& out, Number number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  out.append(buffer, end);
}

void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  const std::size_t begin = out.size();
  append_number(out, number);
  // What was a floating-point number stays one for receivers that tell them apart.
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

void append_escaped(std::string& out, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += digits[c >> 4U];
      out += digits[c & 0xFU];
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  for (;;) {
    const unsigned char* run = p;
    p = skip_plain(p, end);
    while (p != end && *p >= 0x80) {
      const std::size_t length = utf8_length(p, static_cast<std::size_t>(end - p));
      if (length == 0) break;
      p += length;
    }
    out.append(reinterpret_cast<const char*>(run), static_cast<std::size_t>(p - run));
    if (p == end) break;
    if (is_plain(*p)) continue;
    if (*p >= 0x80)
      out += "\xEF\xBF\xBD";
    else
      append_escaped(out, *p);
    ++p;
  }
  out += '"';
}

// Recursive like the destructor of a value: what can exist can be written.
void append_value(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64:
      append_number(out, value.get_int64());
      break;
    case json::kind::uint64:
      append_number(out, value.get_uint64());
      break;
    case json::kind::double_:
      append_double(out, value.get_double());
      break;
    case json::kind::string:
      append_string(out, std::string_view(value.get_string()));
      break;
    case json::kind::array: {
      char before = '[';
      for (const json::value& element : value.get_array()) {
        out += before;
        append_value(out, element);
        before = ',';
      }
      out += before == '[' ? "[]" : "]";
      break;
    }
    case json::kind::object: {
      char before = '{';
      for (const auto& [key, member] : value.get_object()) {
        out += before;
        append_string(out, std::string_view(key));
        out += ':';
        append_value(out, member);
        before = ',';
      }
      out += before == '{' ? "{}" : "}";
      break;
    }
  }
}

void append_raw(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out += text;
  // In JSON they can only stand between tokens.
  const auto from = out.begin() + static_cast<std::ptrdiff_t>(begin);
  if (text.find('\n') != std::string_view::npos) std::replace(from, out.end(), '\n', ' ');
  if (text.find('\r') != std::string_view::npos) std::replace(from, out.end(), '\r', ' ');
}

}  // namespace comcp::jsonrpc
