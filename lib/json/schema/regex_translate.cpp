// ECMA-262 (Unicode mode, with the leniency of its annex B where patterns in the wild need it) to the
// syntax of PCRE2. What the two read differently is rewritten; what only PCRE2 knows is refused, so
// that a pattern means the same here and in a client written in JavaScript.

#include "regex.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace comcp::json::schema {
namespace {

// ECMA's \s and its complement, as contents of a class.
constexpr std::string_view space_set =
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}"
    "\\x{3000}"
    "\\x{feff}";
constexpr std::string_view not_space_set =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{"
    "2027}"
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{"
    "10ffff}";
// ECMA's dot: all but line ends.
constexpr std::string_view dot = "[^\\x{a}\\x{d}\\x{2028}\\x{2029}]";

// General categories by the long names and aliases that ECMA admits and PCRE2 doesn't know.
constexpr std::array<std::pair<std::string_view, std::string_view>, 40> categories{{
    {"digit", "Nd"},
    {"punct", "P"},
    {"Cased_Letter", "L&"},
    {"Close_Punctuation", "Pe"},
    {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"},
    {"Currency_Symbol", "Sc"},
    {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"},
    {"Enclosing_Mark", "Me"},
    {"Final_Punctuation", "Pf"},
    {"Format", "Cf"},
    {"Initial_Punctuation", "Pi"},
    {"LC", "L&"},
    {"Letter", "L"},
    {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"},
    {"Lowercase_Letter", "Ll"},
    {"Mark", "M"},
    {"Math_Symbol", "Sm"},
    {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"},
    {"Nonspacing_Mark", "Mn"},
    {"Number", "N"},
    {"Open_Punctuation", "Ps"},
    {"Other", "C"},
    {"Other_Letter", "Lo"},
    {"Other_Number", "No"},
    {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"},
    {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"},
    {"Punctuation", "P"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"},
    {"Unassigned", "Cn"},
}};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) noexcept {
  return is_digit(c) || is_letter(c) || c == '_';
}

struct syntax_error {
  std::string message;
};

class translator {
 public:
  explicit translator(std::string_view pattern) : in_(pattern) {}

  std::string run() {
    bool repeatable = false;  // whether a quantifier may follow
    std::size_t open_groups = 0;
    while (!done()) {
      const char c = in_[at_];
      switch (c) {
        case '\\':
          repeatable = escape();
          continue;
        case '[':
          character_class();
          repeatable = true;
          continue;
        case '(':
          ++open_groups;
          group();
          repeatable = false;
          continue;
        case ')':
          if (open_groups-- == 0) throw syntax_error{"unmatched )"};
          out_ += ')';
          repeatable = true;
          break;
        case '.':
          out_ += dot;
          repeatable = true;
          break;
        case '*':
        case '+':
        case '?':
          if (!repeatable) throw syntax_error{"nothing to repeat before " + std::string(1, c)};
          out_ += c;
          ++at_;
          lazy();
          repeatable = false;
          continue;
        case '{':
          if (std::string_view counts = repeat_counts(); !counts.empty()) {
            if (!repeatable) throw syntax_error{"nothing to repeat before {"};
            out_ += counts;
            at_ += counts.size();
            lazy();
            repeatable = false;
            continue;
          }
          out_ += "\\{";
          repeatable = true;
          break;
        case '}':
        case ']':
          (out_ += '\\') += c;
          repeatable = true;
          break;
        case '^':
        case '$':
        case '|':
          out_ += c;
          repeatable = false;
          break;
        default:
          out_ += c;
          repeatable = true;
          break;
      }
      ++at_;
    }
    if (open_groups != 0) throw syntax_error{"missing )"};
    return std::move(out_);
  }

 private:
  bool done() const noexcept { return at_ >= in_.size(); }
  char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0';
  }
  bool rest_starts_with(std::string_view text) const noexcept {
    return in_.substr(at_).starts_with(text);
  }

  void lazy() {
    if (peek() == '?') {
      out_ += '?';
      ++at_;
    }
  }

  // "{2}", "{2,}" or "{2,3}" at the current place; empty when the brace is only a character.
  std::string_view repeat_counts() const noexcept {
    std::size_t i = at_ + 1;
    const auto digits = [&] {
      const std::size_t from = i;
      while (i < in_.size() && is_digit(in_[i]))
        ++i;
      return i > from;
    };
    if (!digits()) return {};
    if (i < in_.size() && in_[i] == ',') {
      ++i;
      digits();
    }
    if (i >= in_.size() || in_[i] != '}') return {};
    return in_.substr(at_, i + 1 - at_);
  }

  void group() {
    ++at_;
    if (peek() == '*') throw syntax_error{"nothing to repeat before *"};
    if (peek() != '?') {
      out_ += '(';
      return;
    }
    for (const std::string_view form : {"?:", "?=", "?!", "?<=", "?<!"}) {
      if (rest_starts_with(form)) {
        (out_ += '(') += form;
        at_ += form.size();
        return;
      }
    }
    if (!rest_starts_with("?<")) throw syntax_error{"unknown kind of group (?"};
    at_ += 2;
    out_ += "(?<" + group_name() + ">";
  }

  std::string group_name() {
    std::string name;
    while (is_word(peek()))
      name += in_[at_++];
    if (name.empty() || is_digit(name.front()) || peek() != '>') {
      throw syntax_error{"group names are made of letters, digits and _"};
    }
    ++at_;
    return name;
  }

  std::uint32_t hex(std::size_t min, std::size_t max) {
    std::uint32_t code = 0;
    std::size_t count = 0;
    for (; count < max; ++count) {
      const char c = peek();
      if (is_digit(c)) {
        code = code * 16 + static_cast<std::uint32_t>(c - '0');
      } else if (is_letter(c) && (c | 0x20) <= 'f') {
        code = code * 16 + static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
      } else {
        break;
      }
      ++at_;
    }
    if (count < min) throw syntax_error{"hexadecimal digits are missing"};
    return code;
  }

  // Behind "\u".
  std::uint32_t unicode_escape() {
    std::uint32_t code = 0;
    if (peek() == '{') {
      ++at_;
      code = hex(1, 6);
      if (peek() != '}') throw syntax_error{"\\u{ is not closed"};
      ++at_;
    } else {
      code = hex(4, 4);
      if (code >= 0xd800 && code < 0xdc00 && rest_starts_with("\\u")) {
        at_ += 2;
        const std::uint32_t low = hex(4, 4);
        if (low < 0xdc00 || low > 0xdfff) throw syntax_error{"lone surrogate"};
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      }
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw syntax_error{"\\u is not a character"};
    }
    return code;
  }

  void character(std::uint32_t code) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    do {
      text.insert(text.begin(), digits[code % 16]);
      code /= 16;
    } while (code != 0);
    out_ += "\\x{" + text + "}";
  }

  // Behind "\p" or "\P".
  void property(char p) {
    if (peek() != '{') throw syntax_error{"\\p needs a name in braces"};
    const auto end = in_.find('}', at_);
    if (end == in_.npos) throw syntax_error{"\\p{ is not closed"};
    std::string_view name = in_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    for (const std::string_view key : {"General_Category=", "gc="}) {
      if (name.starts_with(key)) name.remove_prefix(key.size());
    }
    std::string mapped(name);
    for (const auto& [long_name, short_name] : categories) {
      if (name == long_name) mapped = short_name;
    }
    for (const auto& [long_key, short_key] :
         {std::pair{"Script_Extensions=", "scx:"}, std::pair{"Script=", "sc:"},
          std::pair{"scx=", "scx:"}, std::pair{"sc=", "sc:"}}) {
      if (name.starts_with(long_key))
        mapped = short_key + mapped.substr(std::string_view(long_key).size());
    }
    const auto plain = [](char c) { return is_word(c) || c == ':' || c == '&'; };
    if (mapped.empty() || !std::all_of(mapped.begin(), mapped.end(), plain)) {
      throw syntax_error{"unknown property in \\p"};
    }
    if (mapped == "ASCII") mapped = p == 'p' ? "" : "^";
    if (mapped.empty() || mapped == "^") {
      out_ += in_class_ ? (mapped.empty() ? "\\x{0}-\\x{7f}" : "\\x{80}-\\x{10ffff}")
                        : (mapped.empty() ? "[\\x{0}-\\x{7f}]" : "[\\x{80}-\\x{10ffff}]");
      return;
    }
    ((out_ += '\\') += p) += "{" + mapped + "}";
  }

  void set(std::string_view contents) {
    if (in_class_) {
      out_ += contents;
    } else {
      (out_ += '[') += contents;
      out_ += ']';
    }
  }

  // At a backslash. Returns whether a quantifier may follow.
  bool escape() {
    ++at_;
    if (done()) throw syntax_error{"\\ at the end"};
    const char c = in_[at_++];
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
        (out_ += '\\') += c;
        return true;
      case 's':
        set(space_set);
        return true;
      case 'S':
        set(not_space_set);
        return true;
      case 't':
        character(9);
        return true;
      case 'n':
        character(10);
        return true;
      case 'v':
        character(11);
        return true;
      case 'f':
        character(12);
        return true;
      case 'r':
        character(13);
        return true;
      case 'x':
        character(hex(2, 2));
        return true;
      case 'u':
        character(unicode_escape());
        return true;
      case 'p':
      case 'P':
        property(c);
        return true;
      case 'c':
        if (!is_letter(peek())) throw syntax_error{"\\c needs a letter"};
        character(static_cast<std::uint32_t>(in_[at_++]) % 32);
        return true;
      case '0':
        if (is_digit(peek())) throw syntax_error{"octal escapes are not supported"};
        character(0);
        return true;
      case 'b':
        if (in_class_) {
          character(8);
          return true;
        }
        out_ += "\\b";
        return false;
      case 'B':
        if (in_class_) throw syntax_error{"\\B in a class"};
        out_ += "\\B";
        return false;
      case 'k':
        if (in_class_ || peek() != '<') throw syntax_error{"\\k needs a group name"};
        ++at_;
        out_ += "\\k<" + group_name() + ">";
        return true;
      default:
        break;
    }
    if (c >= '1' && c <= '9') {
      if (in_class_) throw syntax_error{"back reference in a class"};
      std::string number(1, c);
      while (is_digit(peek()))
        number += in_[at_++];
      out_ += "\\g{" + number + "}";
      return true;
    }
    if (is_letter(c)) throw syntax_error{std::string("\\") + c + " is not an ECMA-262 escape"};
    // Annex B: any other character stands for itself.
    if (static_cast<unsigned char>(c) < 0x80) {
      if (is_word(c)) {
        out_ += c;
      } else {
        (out_ += '\\') += c;
      }
    } else {
      out_ += c;
    }
    return true;
  }

  static bool names_set(char escaped) noexcept {
    return std::string_view("dDwWsSpP").find(escaped) != std::string_view::npos;
  }

  void character_class() {
    ++at_;
    const bool negated = peek() == '^';
    if (negated) ++at_;
    if (peek() == ']') {
      ++at_;
      out_ += negated ? "[\\x{0}-\\x{10ffff}]" : "(?!)";
      return;
    }
    out_ += negated ? "[^" : "[";
    in_class_ = true;
    bool after_set = false;
    while (!done() && in_[at_] != ']') {
      const char c = in_[at_];
      if (c == '\\') {
        after_set = names_set(peek(1));
        escape();
        continue;
      }
      // Next to \w and the like a hyphen can only be itself; PCRE2 takes it for a broken range.
      if (c == '-' && (after_set || (peek(1) == '\\' && names_set(peek(2))))) out_ += '\\';
      after_set = false;
      // PCRE2 would see the start of [:alpha:] here.
      if (c == '[') out_ += '\\';
      // A leading ^ was handled; later ones are plain for both.
      out_ += c;
      ++at_;
    }
    if (done()) throw syntax_error{"missing ]"};
    ++at_;
    out_ += ']';
    in_class_ = false;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::string out_;
  bool in_class_ = false;
};

}  // namespace

bool translate_regex(std::string_view pattern, std::string& out, std::string& error) {
  try {
    out = translator(pattern).run();
    return true;
  } catch (const syntax_error& failure) {
    error = failure.message;
    return false;
  }
}

}  // namespace comcp::json::schema
