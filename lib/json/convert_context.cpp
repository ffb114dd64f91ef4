#include "comcp/json/convert_context.hpp"

#include <algorithm>
#include <utility>

namespace comcp::json {
namespace {

std::string with_path(const std::string& path, const std::string& message) {
  return path.empty() ? message : path + ": " + message;
}

void append_place(std::string& pointer, const detail::place* innermost) {
  if (!innermost) return;
  append_place(pointer, innermost->outer);
  if (innermost->is_index) {
    pointer += '/';
    pointer += std::to_string(innermost->index);
  } else {
    append_pointer_token(pointer, innermost->key);
  }
}

}  // namespace

namespace detail {

std::string pointer_to(const place* innermost) {
  std::string pointer;
  append_place(pointer, innermost);
  return pointer;
}

std::size_t depth_of(const place* innermost) noexcept {
  std::size_t depth = 0;
  for (; innermost; innermost = innermost->outer)
    ++depth;
  return depth;
}

}  // namespace detail

convert_error::convert_error() : std::runtime_error("no error") {}

convert_error::convert_error(std::string path, std::string message)
    : std::runtime_error(with_path(path, message)),
      path_(std::move(path)),
      message_(std::move(message)) {}

bool decode_context::fail(std::string message) {
  if (!error_) {
    error_ = failure{detail::pointer_to(here()), std::move(message), detail::depth_of(here())};
  }
  return false;
}

bool decode_context::fail_kind(std::string_view wanted, const value& got) {
  std::string message = "expected ";
  message += wanted;
  message += ", got ";
  message += describe_kind(got);
  return fail(std::move(message));
}

bool decode_context::fail_name(std::string_view text, std::span<const std::string_view> names) {
  // What the peer sent may be long and is repeated only in part.
  constexpr std::size_t shown = 40;
  std::string message = "\"";
  message += text.size() <= shown ? text : std::string_view("...");
  message += "\" is not one of:";
  const char* separator = " ";
  for (const std::string_view name : names) {
    message += separator;
    message += name;
    separator = ", ";
  }
  return fail(std::move(message));
}

bool decode_context::fail_missing(std::string_view member) {
  at_member here(*this, member);
  return fail("required member is missing");
}

const object* decode_context::expect_object(const value& in) {
  const object* found = in.if_object();
  if (!found) fail_kind("an object", in);
  return found;
}

const array* decode_context::expect_array(const value& in) {
  const array* found = in.if_array();
  if (!found) fail_kind("an array", in);
  return found;
}

const string* decode_context::expect_string(const value& in) {
  const string* found = in.if_string();
  if (!found) fail_kind("a string", in);
  return found;
}

bool decode_context::check_members(const object& in,
                                   std::span<const std::string_view> names,
                                   unknown_members policy) {
  if (policy == unknown_members::ignore && options_.unknown() == unknown_members::ignore)
    return true;
  for (const auto& member : in) {
    const std::string_view key = member.key();
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    at_member here(*this, key);
    return fail("unknown member");
  }
  return true;
}

convert_error decode_context::error() const {
  return error_ ? convert_error(error_->path, error_->message) : convert_error();
}

void encode_context::fail(std::string message) const {
  throw convert_error(detail::pointer_to(here()), std::move(message));
}

}  // namespace comcp::json
