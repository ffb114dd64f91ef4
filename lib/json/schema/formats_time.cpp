// RFC 3339: dates, times and (appendix A) durations.

#include "formats.hpp"

namespace comcp::json::schema {
namespace {

/// Takes exactly two digits from the front.
bool take_two(std::string_view& text, int& out) noexcept {
  if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return false;
  out = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  return true;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count]))
    ++count;
  text.remove_prefix(count);
  return count > 0;
}

/// The whole text is a chain of "<digits><unit>", each unit followed by the next one or by none: RFC 3339
/// allows neither a different order nor a gap.
bool is_units(std::string_view text, std::string_view units) noexcept {
  std::size_t expected = units.npos;
  while (!text.empty()) {
    if (!take_digits(text) || text.empty()) return false;
    const auto unit = units.find(text.front());
    if (unit == units.npos || (expected != units.npos && unit != expected)) return false;
    text.remove_prefix(1);
    expected = unit + 1;
  }
  return expected != units.npos;
}

}  // namespace

bool is_date(std::string_view text) {
  int century = 0, years = 0, month = 0, day = 0;
  if (!take_two(text, century) || !take_two(text, years) || !take(text, '-') ||
      !take_two(text, month) || !take(text, '-') || !take_two(text, day) || !text.empty()) {
    return false;
  }
  if (month < 1 || month > 12 || day < 1) return false;
  const int year = century * 100 + years;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool is_time(std::string_view text) {
  int hour = 0, minute = 0, second = 0;
  if (!take_two(text, hour) || !take(text, ':') || !take_two(text, minute) || !take(text, ':') ||
      !take_two(text, second)) {
    return false;
  }
  if (hour > 23 || minute > 59 || second > 60) return false;
  if (take(text, '.') && !take_digits(text)) return false;
  int offset = 0;
  if (!take(text, 'Z') && !take(text, 'z')) {
    const bool west = take(text, '-');
    int hours = 0, minutes = 0;
    if ((!west && !take(text, '+')) || !take_two(text, hours) || !take(text, ':') ||
        !take_two(text, minutes) || hours > 23 || minutes > 59) {
      return false;
    }
    offset = (hours * 60 + minutes) * (west ? -1 : 1);
  }
  if (!text.empty()) return false;
  // A leap second is the last one of a day in UTC.
  constexpr int day = 24 * 60;
  return second < 60 || (hour * 60 + minute - offset + 2 * day) % day == day - 1;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && is_date(text.substr(0, 10)) &&
         is_time(text.substr(11));
}

bool is_duration(std::string_view text) {
  if (!take(text, 'P')) return false;
  if (text.size() > 1 && text.back() == 'W') {
    text.remove_suffix(1);
    return take_digits(text) && text.empty();
  }
  const auto middle = text.find('T');
  if (middle == text.npos) return is_units(text, "YMD");
  return (middle == 0 || is_units(text.substr(0, middle), "YMD")) &&
         is_units(text.substr(middle + 1), "HMS");
}

}  // namespace comcp::json::schema
