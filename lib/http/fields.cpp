#include "comcp/http/fields.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "http/tokens.hpp"

namespace comcp::http {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Eight bytes at once: one of them is below 0x20, or 0x7f. (Bit tricks: "any byte less than n".)
bool has_control(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101;
  const std::uint64_t no_delete = bytes ^ (each * 0x7f);
  const std::uint64_t below = (bytes - each * 0x20) & ~bytes;
  const std::uint64_t zero = (no_delete - each) & ~no_delete;
  return ((below | zero) & (each * 0x80)) != 0;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  if (a == b) return true;  // nearly always, when they are equal at all
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && token_prefix(text) == text.size();
}

bool is_field_value(std::string_view text) noexcept {
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; text.size() - at >= sizeof bytes; at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (has_control(bytes)) break;  // maybe a tab only
  }
  if (const std::size_t left = text.size() - at; left < 8 && text.size() >= 8) {
    std::uint64_t last = 0;
    std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
    if (!has_control(last)) return true;
  }
  for (const char c : text.substr(at)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

fields::fields() noexcept = default;

fields& fields::add(std::string_view name, std::string_view value) {
  value = trim_ows(value);
  if (!is_token(name))
    throw std::invalid_argument("a header name has characters that are not allowed");
  if (!is_field_value(value))
    throw std::invalid_argument("the value of header '" + std::string(name) +
                                "' has control characters");
  append(name, value);
  return *this;
}

void fields::append(std::string_view name, std::string_view value) {
  const auto name_at = static_cast<std::uint32_t>(text_.size());
  // First what is taken back when memory runs out for the second.
  entries_.push_back(entry{name_at, static_cast<std::uint32_t>(name.size()),
                           static_cast<std::uint32_t>(name_at + name.size()),
                           static_cast<std::uint32_t>(value.size())});
  try {
    text_.append(name).append(value);
  } catch (...) {
    entries_.pop_back();
    text_.resize(name_at);
    throw;
  }
}

fields& fields::set(std::string_view name, std::string_view value) {
  const std::string copy(value);  // may be a view into this object
  const std::string name_copy(name);
  erase(name_copy);
  return add(name_copy, copy);
}

std::size_t fields::erase(std::string_view name) {
  const auto before = entries_.size();
  std::erase_if(entries_,
                [&](const entry& e) { return iequals(view(e.name_at, e.name_size), name); });
  return before - entries_.size();
}

void fields::clear() noexcept {
  text_.clear();
  entries_.clear();
}

std::optional<std::string_view> fields::find(std::string_view name) const noexcept {
  for (const entry& e : entries_)
    if (e.name_size == name.size() && iequals(view(e.name_at, e.name_size), name))
      return view(e.value_at, e.value_size);
  return std::nullopt;
}

fields::lookup fields::look_up(std::string_view name) const noexcept {
  lookup found;
  for (const entry& e : entries_)
    if (e.name_size == name.size() && iequals(view(e.name_at, e.name_size), name) &&
        ++found.count == 1)
      found.value = view(e.value_at, e.value_size);
  return found;
}

std::size_t fields::count(std::string_view name) const noexcept {
  return look_up(name).count;
}

std::string fields::joined(std::string_view name) const {
  std::string all;
  for (const entry& e : entries_) {
    if (!iequals(view(e.name_at, e.name_size), name)) continue;
    if (!all.empty()) all += ", ";
    all += view(e.value_at, e.value_size);
  }
  return all;
}

bool fields::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const entry& e : entries_) {
    if (!iequals(view(e.name_at, e.name_size), name)) continue;
    list_reader list(view(e.value_at, e.value_size));
    while (const auto element = list.next())
      if (iequals(*element, token)) return true;
  }
  return false;
}

fields::field fields::operator[](std::size_t index) const noexcept {
  const entry& e = entries_[index];
  return field(view(e.name_at, e.name_size), view(e.value_at, e.value_size));
}

}  // namespace comcp::http
