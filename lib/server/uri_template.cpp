#include "comcp/server/uri_template.hpp"

#include <algorithm>
#include <stdexcept>

namespace comcp {
namespace {

constexpr std::size_t longest_uri = 8192;
// About a millisecond. A walk back through 500 characters for each of 500 ends is less.
constexpr std::size_t most_steps = std::size_t{1} << 17;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool is_reserved(char c) {
  return std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool keeps_reserved(char op) {
  return op == '+' || op == '#';
}
bool is_named(char op) {
  return op == '?' || op == '&';
}

// What stands before the first value and between values.
std::string_view first_of(char op) {
  switch (op) {
    case '#':
      return "#";
    case '.':
      return ".";
    case '/':
      return "/";
    case '?':
      return "?";
    case '&':
      return "&";
    default:
      return "";
  }
}
char separator_of(char op) {
  switch (op) {
    case '.':
      return '.';
    case '/':
      return '/';
    case '?':
    case '&':
      return '&';
    default:
      return ',';
  }
}

void append_encoded(std::string& out, std::string_view value, bool keep_reserved) {
  constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : value) {
    if (is_unreserved(c) || (keep_reserved && is_reserved(c))) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// Every % begins a byte written as %41.
bool has_whole_escapes(std::string_view text) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 3)) {
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
      return false;
  }
  return true;
}

[[noreturn]] void refuse(std::string_view text, std::size_t at, const std::string& why) {
  throw std::invalid_argument("URI template \"" + std::string(text) + "\", at " +
                              std::to_string(at) + ": " + why);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.back() != '.' && has_whole_escapes(name) &&
         std::ranges::all_of(
             name, [](char c) { return (is_unreserved(c) && c != '-' && c != '~') || c == '%'; });
}

}  // namespace

uri_template::uri_template(std::string_view text) : text_(text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find_first_of("{}", at);
    if (open != at) {
      part literal;
      literal.literal = text.substr(at, open - at);
      if (!has_whole_escapes(literal.literal))
        refuse(text, at, "a % that is not followed by two hexadecimal digits");
      parts_.push_back(std::move(literal));
      if (open == std::string_view::npos) break;
    }
    if (text[open] == '}') refuse(text, open, "a } without its {");
    const std::size_t close = text.find_first_of("{}", open + 1);
    if (close == std::string_view::npos || text[close] == '{')
      refuse(text, open, "a { without its }");

    std::string_view inside = text.substr(open + 1, close - open - 1);
    part expression;
    expression.op = ' ';
    if (!inside.empty() &&
        std::string_view("+#./?&").find(inside.front()) != std::string_view::npos) {
      expression.op = inside.front();
      inside.remove_prefix(1);
    }
    while (true) {
      const std::size_t comma = inside.find(',');
      std::string_view name = inside.substr(0, comma);
      if (name.ends_with('*')) {
        if (expression.op != '/' || comma != std::string_view::npos || !expression.names.empty())
          refuse(text, open, "* is understood in {/name*} only");
        expression.explode = true;
        name.remove_suffix(1);
      }
      if (!is_name(name))
        refuse(text, open,
               "\"" + std::string(name) +
                   "\" is not a variable that is understood (letters, digits, _ and .; operators + "
                   "# . / ? &)");
      if (std::ranges::find(variables_, name) != variables_.end())
        refuse(text, open, "the variable \"" + std::string(name) + "\" appears twice");
      expression.names.emplace_back(name);
      variables_.emplace_back(name);
      if (comma == std::string_view::npos) break;
      inside.remove_prefix(comma + 1);
    }
    parts_.push_back(std::move(expression));
    at = close + 1;
  }
}

std::string uri_template::expand(const values& v) const {
  std::string out;
  for (const part& p : parts_) {
    if (p.op == 0) {
      out += p.literal;
      continue;
    }
    bool first = true;
    for (const std::string& name : p.names) {
      const auto found = v.find(name);
      if (found == v.end()) continue;
      if (first) {
        out += first_of(p.op);
      } else {
        out += separator_of(p.op);
      }
      first = false;
      if (is_named(p.op)) out += name + "=";
      if (p.explode) {
        std::string_view rest = found->second;
        for (std::size_t slash = rest.find('/'); slash != std::string_view::npos;
             slash = rest.find('/')) {
          append_encoded(out, rest.substr(0, slash), false);
          out += '/';
          rest.remove_prefix(slash + 1);
        }
        append_encoded(out, rest, false);
      } else {
        append_encoded(out, found->second, keeps_reserved(p.op));
      }
    }
  }
  return out;
}

/// One attempt: depth first, remembering which (place in the template, place in the URI) failed.
class uri_template::matcher {
 public:
  matcher(const uri_template& t, std::string_view uri) : template_(t), uri_(uri) {
    for (const part& p : t.parts_)
      places_ += p.names.size() + 1;
    failed_.resize((places_ + 1) * (uri.size() + 1));
  }

  std::optional<values> run() {
    if (!from_part(0, 0, 0)) return std::nullopt;
    values result;
    for (const auto& [name, raw] : raw_) {
      auto value = decoded(raw);
      if (!value) return std::nullopt;
      result.emplace(name, std::move(*value));
    }
    return result;
  }

 private:
  // `place` numbers the parts and the variables inside them, for the memory of failures.
  bool from_part(std::size_t part_index, std::size_t place, std::size_t at) {
    if (part_index == template_.parts_.size()) return at == uri_.size();
    if (was_tried(place, at)) return false;
    const part& p = template_.parts_[part_index];
    const std::size_t next_place = place + p.names.size() + 1;
    if (p.op == 0) {
      return uri_.substr(at).starts_with(p.literal) &&
             from_part(part_index + 1, next_place, at + p.literal.size());
    }
    if (is_named(p.op)) return from_query(p, part_index, next_place, at);
    const std::string_view first = first_of(p.op);
    if (uri_.substr(at).starts_with(first) &&
        from_variable(p, 0, part_index, place + 1, at + first.size()))
      return true;
    // With all its values missing, an expression that begins with its operator leaves nothing.
    return !first.empty() && from_part(part_index + 1, next_place, at);
  }

  bool from_variable(
      const part& p, std::size_t index, std::size_t part_index, std::size_t place, std::size_t at) {
    if (was_tried(place, at)) return false;
    std::size_t most = at;
    while (most < uri_.size() && takes(p, uri_[most]))
      ++most;
    const bool last = index + 1 == p.names.size();
    for (std::size_t end = most; end > at || (end == at && keeps_reserved(p.op)); --end) {
      if (!spend(1)) return false;
      if (splits_escape(at, end)) continue;
      const std::size_t before = raw_.size();
      raw_.emplace_back(p.names[index], uri_.substr(at, end - at));
      if (last && from_part(part_index + 1, place + (p.names.size() - index), end)) return true;
      // The values at the end of a list may be missing.
      if (!last && (from_part(part_index + 1, place + (p.names.size() - index), end) ||
                    (end < uri_.size() && uri_[end] == separator_of(p.op) &&
                     from_variable(p, index + 1, part_index, place + 1, end + 1))))
        return true;
      raw_.resize(before);
      if (end == 0) break;
    }
    return false;
  }

  bool from_query(const part& p, std::size_t part_index, std::size_t next_place, std::size_t at) {
    if (at == uri_.size() || uri_[at] != p.op) return from_part(part_index + 1, next_place, at);
    const std::size_t end = std::min(uri_.find('#', at), uri_.size());
    if (!spend(end - at)) return false;
    const std::size_t before = raw_.size();
    std::string_view rest = uri_.substr(at + 1, end - at - 1);
    while (!rest.empty()) {
      const std::size_t amp = rest.find('&');
      const std::string_view pair = rest.substr(0, amp);
      const std::size_t equals = pair.find('=');
      const auto known = std::ranges::find(p.names, pair.substr(0, equals));
      const auto given_before = [&](const auto& r) { return r.first == *known; };
      if (known != p.names.end() && std::ranges::none_of(raw_, given_before))
        raw_.emplace_back(*known, equals == std::string_view::npos ? std::string_view()
                                                                   : pair.substr(equals + 1));
      rest = amp == std::string_view::npos ? std::string_view() : rest.substr(amp + 1);
    }
    if (from_part(part_index + 1, next_place, end)) return true;
    raw_.resize(before);
    return false;
  }

  static bool takes(const part& p, char c) {
    if (keeps_reserved(p.op)) return p.names.size() == 1 || c != ',';
    if (c == '?' || c == '#') return false;
    if (c == '/') return p.explode;
    return p.names.size() == 1 || c != separator_of(p.op);
  }

  /// A value ends behind %41, not inside of it.
  bool splits_escape(std::size_t begin, std::size_t end) const {
    return end < uri_.size() && ((end >= begin + 1 && uri_[end - 1] == '%') ||
                                 (end >= begin + 2 && uri_[end - 2] == '%'));
  }

  // Each pair of places is tried once: whatever follows doesn't depend on how one got there.
  bool was_tried(std::size_t place, std::size_t at) {
    auto mark = failed_[place * (uri_.size() + 1) + at];
    if (mark) return true;
    mark = true;
    return false;
  }

  /// False: there were too many. What fails on the way back then fails quickly.
  bool spend(std::size_t steps) noexcept {
    left_ -= std::min(left_, steps);
    return left_ > 0;
  }

  const uri_template& template_;
  std::string_view uri_;
  std::size_t left_ = most_steps;
  std::size_t places_ = 0;
  std::vector<bool> failed_;
  std::vector<std::pair<std::string_view, std::string_view>> raw_;
};

std::optional<uri_template::values> uri_template::match(std::string_view uri) const {
  if (uri.size() > longest_uri) return std::nullopt;
  return matcher(*this, uri).run();
}

}  // namespace comcp
