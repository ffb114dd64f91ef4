#include "jsonrpc/recover.hpp"

#include <cstddef>
#include <optional>

#include "comcp/json/value.hpp"

namespace comcp::jsonrpc {
namespace {

// Longer ids are legal, but not worth a search in a message that is refused anyway.
constexpr std::size_t longest_id = 1024;

class cursor {
 public:
  explicit cursor(std::string_view bytes) noexcept : left_(bytes) {}

  /// Skips blanks; then takes the character when it is next.
  bool take(char c) noexcept {
    skip_blanks();
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool at_end() noexcept {
    skip_blanks();
    return left_.empty();
  }

  /// A string with its quotes, as it stands in the text.
  std::optional<std::string_view> string() noexcept {
    skip_blanks();
    if (left_.empty() || left_.front() != '"') return std::nullopt;
    for (std::size_t i = 1; i < left_.size(); ++i) {
      if (left_[i] == '\\')
        ++i;
      else if (left_[i] == '"')
        return split(i + 1);
    }
    return std::nullopt;
  }

  /// The text of any value: up to the separator that follows it at this level.
  std::optional<std::string_view> value() noexcept {
    skip_blanks();
    std::size_t depth = 0;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      switch (left_[i]) {
        case '"': {
          cursor inner(left_.substr(i));
          const auto text = inner.string();
          if (!text) return std::nullopt;
          i += text->size() - 1;
          break;
        }
        case '{':
        case '[':
          ++depth;
          break;
        case '}':
        case ']':
          if (depth == 0) return split(i);
          --depth;
          break;
        case ',':
          if (depth == 0) return split(i);
          break;
        default:
          break;
      }
    }
    return std::nullopt;
  }

 private:
  static bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void skip_blanks() noexcept {
    while (!left_.empty() && blank(left_.front()))
      left_.remove_prefix(1);
  }
  std::string_view split(std::size_t n) noexcept {
    const std::string_view head = left_.substr(0, n);
    left_.remove_prefix(n);
    return head;
  }

  std::string_view left_;
};

std::optional<request_id> read_id(std::string_view text) {
  if (text.size() > longest_id) return std::nullopt;
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);  // judges UTF-8, too
  return ec ? std::nullopt : request_id::from_json(value);
}

}  // namespace

void recover_id(malformed& into, std::string_view bytes) {
  cursor at(bytes);
  std::string_view id;
  bool calls = false;
  bool answers = false;
  if (!at.take('{')) return;
  if (!at.take('}')) {
    do {
      const auto key = at.string();
      if (!key || !at.take(':')) return;
      const auto value = at.value();
      if (!value || value->empty()) return;
      if (*key == R"("id")") id = *value;  // of two, the last counts, as in the parser
      if (*key == R"("method")") calls = true;
      if (*key == R"("result")" || *key == R"("error")") answers = true;
    } while (at.take(','));
    if (!at.take('}')) return;
  }
  if (!at.at_end()) return;

  into.is_response = answers && !calls;
  if (id.empty()) return;
  if (into.is_response)
    into.responds_to = read_id(id);
  else if (calls)
    into.id = read_id(id);
}

}  // namespace comcp::jsonrpc
