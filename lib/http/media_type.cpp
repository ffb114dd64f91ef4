#include "comcp/http/media_type.hpp"

#include <optional>

#include "http/tokens.hpp"

namespace comcp::http {

namespace {

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths.
std::optional<int> parse_quality(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int value = (text[0] - '0') * 1000;
  if (text.size() == 1) return value;
  if (text[1] != '.' || text.size() > 5) return std::nullopt;
  int unit = 100;
  for (char c : text.substr(2)) {
    if (c < '0' || c > '9') return std::nullopt;
    value += (c - '0') * unit;
    unit /= 10;
  }
  if (value > 1000) return std::nullopt;
  return value;
}

}  // namespace

std::string_view media_essence(std::string_view content_type) noexcept {
  const auto essence = trim_ows(content_type.substr(0, content_type.find(';')));
  const auto slash = essence.find('/');
  if (slash == std::string_view::npos || !is_token(essence.substr(0, slash)) ||
      !is_token(essence.substr(slash + 1)))
    return {};
  return essence;
}

bool is_media_type(std::string_view content_type, std::string_view essence) noexcept {
  if (content_type == essence) return !essence.empty();
  return !essence.empty() && iequals(media_essence(content_type), essence);
}

int accept_quality(std::string_view accept, std::string_view essence) noexcept {
  const auto type = essence.substr(0, essence.find('/'));
  int best = 0;
  int best_rank = 0;  // how specific the range was: 1 */*, 2 type/*, 3 type/subtype
  list_reader ranges(accept);
  while (const auto element = ranges.next()) {
    list_reader parts(*element, ';');
    const auto range = media_essence(parts.next().value_or(std::string_view{}));
    if (range.empty()) continue;
    const auto slash = range.find('/');
    const auto range_type = range.substr(0, slash);
    const auto range_subtype = range.substr(slash + 1);
    int rank = 0;
    if (iequals(range, essence))
      rank = 3;
    else if (range_subtype == "*" && iequals(range_type, type))
      rank = 2;
    else if (range == "*/*")
      rank = 1;
    if (rank < best_rank || rank == 0) continue;

    int quality = 1000;
    bool readable = true;
    while (const auto parameter = parts.next()) {
      const auto equals = parameter->find('=');
      if (equals == std::string_view::npos || !iequals(trim_ows(parameter->substr(0, equals)), "q"))
        continue;
      const auto parsed = parse_quality(trim_ows(parameter->substr(equals + 1)));
      readable = parsed.has_value();
      quality = parsed.value_or(0);
      break;
    }
    if (!readable) continue;
    best = rank > best_rank || quality > best ? quality : best;
    best_rank = rank;
  }
  return best;
}

bool accepts(const fields& headers, std::string_view essence, absent_accept when_absent) {
  if (!headers.contains("Accept")) return when_absent == absent_accept::takes_all;
  return accept_quality(headers.joined("Accept"), essence) > 0;
}

}  // namespace comcp::http
