#include "bench/answer.hpp"

#include <cstddef>
#include <cstring>

namespace comcp::bench {

namespace {

class walker {
 public:
  explicit walker(std::string_view text) noexcept : at_(text.data()), end_(at_ + text.size()) {}

  /// Enters an object.
  bool open() noexcept { return more_ = take('{'); }

  /// The next member of the object that was entered; false behind the last, or where it can't go on.
  bool member(std::string_view& name, std::string_view& value) noexcept {
    skip_space();
    if (!more_ || at_ == end_ || *at_ != '"') return false;
    name = string();
    if (name.size() < 2 || !take(':')) return false;
    name = name.substr(1, name.size() - 2);
    value = any();
    if (value.empty()) return false;
    more_ = take(',');
    if (!more_) complete_ = take('}');
    return true;
  }

  /// The object that was entered has ended, and nothing is behind it.
  bool complete() noexcept {
    skip_space();
    return complete_ && at_ == end_;
  }

 private:
  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
      ++at_;
  }

  bool take(char c) noexcept {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  // From a quote to behind its partner; empty when there is none.
  std::string_view string() noexcept {
    const char* const begin = at_++;
    for (;;) {
      const void* const found = std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_));
      if (!found) return {};
      const char* const quote = static_cast<const char*>(found);
      const char* before = quote;
      while (before - 1 > begin && before[-1] == '\\')
        --before;
      at_ = quote + 1;
      if ((quote - before) % 2 == 0) return from(begin);
    }
  }

  std::string_view any() noexcept {
    skip_space();
    if (at_ == end_) return {};
    const char* const begin = at_;
    if (*at_ == '"') return string();
    if (*at_ == '{' || *at_ == '[') return container();
    while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ != ' ' &&
           *at_ != '\n' && *at_ != '\r' && *at_ != '\t')
      ++at_;
    return from(begin);
  }

  std::string_view container() noexcept {
    const char* const begin = at_;
    int depth = 0;
    while (at_ != end_) {
      switch (*at_) {
        case '"':
          if (string().empty()) return {};
          continue;
        case '{':
        case '[':
          ++depth;
          break;
        case '}':
        case ']':
          if (--depth == 0) {
            ++at_;
            return from(begin);
          }
          break;
        default:
          break;
      }
      ++at_;
    }
    return {};
  }

  std::string_view from(const char* begin) const noexcept {
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  const char* at_;
  const char* end_;
  bool more_ = false;
  bool complete_ = false;
};

bool contains(std::string_view text, std::string_view part) noexcept {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

/// Nearly no answer has such a member; the text of one may.
bool has_member(std::string_view result, std::string_view member, std::string_view as) noexcept {
  if (!contains(result, member)) return false;
  walker w(result);
  if (!w.open()) return false;
  std::string_view name;
  std::string_view value;
  while (w.member(name, value)) {
    if (name == member) return value == as;
  }
  return false;
}

}  // namespace

message_view look_at(std::string_view text) noexcept {
  message_view out;
  walker w(text);
  if (!w.open()) return out;
  std::string_view name;
  std::string_view value;
  bool result = false;
  bool error = false;
  while (w.member(name, value)) {
    if (name == "id") {
      out.id = value;
    } else if (name == "method") {
      out.method = value;
    } else if (name == "result") {
      result = true;
      out.body = value;
    } else if (name == "error") {
      error = true;
      out.body = value;
    }
  }
  if (!w.complete()) return {};
  using kind = message_view::kind;
  if (!out.method.empty()) {
    out.what = out.id.empty() ? kind::notification : kind::request;
  } else if (result != error) {
    out.what = result ? kind::result : kind::error;
  }
  return out;
}

verdict judge(const message_view& answer, std::string_view id, std::string_view wanted) noexcept {
  using kind = message_view::kind;
  if (answer.what == kind::error && (answer.id == id || answer.id.empty() || answer.id == "null"))
    return verdict::rpc_error;
  if (answer.what != kind::result || answer.id != id) return verdict::wrong;
  if (answer.body.empty() || answer.body.front() != '{') return verdict::wrong;
  if (has_member(answer.body, "isError", "true")) return verdict::tool_error;
  if (has_member(answer.body, "resultType", "\"input_required\"")) return verdict::wrong;
  if (!wanted.empty() && !contains(answer.body, wanted)) return verdict::wrong;
  return verdict::right;
}

}  // namespace comcp::bench
