#include "comcp/json/convert.hpp"

#include "number.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace comcp::json {
namespace {

// The largest float as it is written; a little above its value, so that text and back, which may be
// off by a bit in between, arrives.
constexpr double float_bound = 3.4028235e38;

}  // namespace

namespace detail {
namespace {

bool fail_range(const value& in,
                const std::string& min,
                const std::string& max,
                decode_context& at) {
  if (!is_number(in)) return at.fail_kind("an integer", in);
  if (!is_integer(in)) return at.fail("expected an integer, got a number with a fraction");
  return at.fail("integer is out of range: expected " + min + " to " + max);
}

}  // namespace

bool decode_signed(
    const value& in, std::int64_t& out, std::int64_t min, std::int64_t max, decode_context& at) {
  if (is_number(in)) {
    const auto number = to_signed(in);
    if (number && *number >= min && *number <= max) {
      out = *number;
      return true;
    }
  }
  return fail_range(in, std::to_string(min), std::to_string(max), at);
}

bool decode_unsigned(const value& in, std::uint64_t& out, std::uint64_t max, decode_context& at) {
  if (is_number(in)) {
    const auto number = to_unsigned(in);
    if (number && *number <= max) {
      out = *number;
      return true;
    }
  }
  return fail_range(in, "0", std::to_string(max), at);
}

variant_attempt::variant_attempt(decode_context& at)
    : at_(at), policy_(at.options_.unknown()), depth_(depth_of(at.here())) {}

variant_attempt::~variant_attempt() {
  at_.options_.unknown(policy_);
}

bool variant_attempt::begin_round(int number) {
  if (exhausted_) return false;
  if (number == 0) {
    at_.options_.unknown(unknown_members::reject);
    return true;
  }
  if (number > 1 || policy_ == unknown_members::reject) return false;
  at_.options_.unknown(unknown_members::ignore);
  message_.clear();  // the first round's failures may only be about unknown members
  deepest_ = 0;
  several_ = false;
  return true;
}

bool variant_attempt::admit() {
  if (++at_.alternatives_tried_ > at_.options_.max_alternatives()) exhausted_ = true;
  return !exhausted_;
}

void variant_attempt::reject() {
  if (!at_.error_) return;
  auto failure = std::move(*at_.error_);
  at_.error_.reset();
  const std::size_t depth = failure.depth - depth_;
  // An alternative that failed inside got further than one that failed at the door.
  if (message_.empty() || depth > deepest_) {
    path_ = std::move(failure.path);
    message_ = std::move(failure.message);
    deepest_ = depth;
    several_ = false;
  } else if (depth == deepest_ && (failure.path != path_ || failure.message != message_)) {
    several_ = true;
    if (failure.path != path_) {
      path_ = pointer_to(at_.here());
      message_ = "fits none of the alternatives";
      deepest_ = depth;
    } else {
      message_ += "; or: " + failure.message;
    }
  }
}

bool variant_attempt::fail() {
  if (exhausted_)
    return at_.fail("too many alternatives to try; limit is " +
                    std::to_string(at_.options_.max_alternatives()));
  if (!at_.error_) at_.error_ = decode_context::failure{path_, message_, depth_ + deepest_};
  return false;
}

bool check_size(const array& in, std::size_t wanted, decode_context& at) {
  return in.size() == wanted || at.fail("expected " + std::to_string(wanted) + " elements, got " +
                                        std::to_string(in.size()));
}

object type_schema(std::string_view type) {
  object schema;
  schema["type"] = boost::json::string_view(type);
  return schema;
}

object integer_schema(std::int64_t min, std::int64_t max) {
  return schema_builder::integer(min, max);
}
object unsigned_schema(std::uint64_t max) {
  return schema_builder::integer(std::uint64_t{0}, max);
}

object sized_array_schema(object items, std::size_t size) {
  object schema = schema_builder::array_of(std::move(items));
  schema["minItems"] = size;
  schema["maxItems"] = size;
  return schema;
}

}  // namespace detail

bool converter<bool>::decode(const value& in, bool& out, decode_context& at) {
  const bool* flag = in.if_bool();
  if (!flag) return at.fail_kind("a boolean", in);
  out = *flag;
  return true;
}
object converter<bool>::schema(schema_builder&) {
  return detail::type_schema("boolean");
}

bool converter<double>::decode(const value& in, double& out, decode_context& at) {
  if (const auto* i = in.if_int64()) {
    out = static_cast<double>(*i);
  } else if (const auto* u = in.if_uint64()) {
    out = static_cast<double>(*u);
  } else if (const auto* d = in.if_double()) {
    if (!std::isfinite(*d)) return at.fail("number is out of range");
    out = *d;
  } else {
    return at.fail_kind("a number", in);
  }
  return true;
}
void converter<double>::encode(double in, value& out, encode_context& at) {
  if (!std::isfinite(in)) at.fail("a number that is not finite has no JSON form");
  out.emplace_double() = in;
}
object converter<double>::schema(schema_builder&) {
  return detail::type_schema("number");
}

bool converter<float>::decode(const value& in, float& out, decode_context& at) {
  constexpr double max = std::numeric_limits<float>::max();
  double wide = 0;
  if (!converter<double>::decode(in, wide, at)) return false;
  if (!(std::fabs(wide) <= float_bound)) return at.fail("number is out of range");
  out = static_cast<float>(std::clamp(wide, -max, max));
  return true;
}
void converter<float>::encode(float in, value& out, encode_context& at) {
  converter<double>::encode(in, out, at);
}
object converter<float>::schema(schema_builder&) {
  object schema = detail::type_schema("number");
  schema["minimum"] = -float_bound;
  schema["maximum"] = float_bound;
  return schema;
}

bool converter<std::string>::decode(const value& in, std::string& out, decode_context& at) {
  const string* text = at.expect_string(in);
  if (!text) return false;
  out.assign(text->data(), text->size());
  return true;
}
object converter<std::string>::schema(schema_builder&) {
  return detail::type_schema("string");
}
object converter<std::string_view>::schema(schema_builder&) {
  return detail::type_schema("string");
}

bool converter<std::monostate>::decode(const value& in, std::monostate&, decode_context& at) {
  return in.is_null() || at.fail_kind("null", in);
}
object converter<std::monostate>::schema(schema_builder&) {
  return detail::type_schema("null");
}

bool converter<value>::decode(const value& in, value& out, decode_context&) {
  out = in;
  return true;
}
void converter<value>::encode(const value& in, value& out, encode_context&) {
  out = in;
}
object converter<value>::schema(schema_builder&) {
  return {};
}

bool converter<object>::decode(const value& in, object& out, decode_context& at) {
  const object* members = at.expect_object(in);
  if (!members) return false;
  out = *members;
  return true;
}
void converter<object>::encode(const object& in, value& out, encode_context&) {
  out.emplace_object() = in;
}
object converter<object>::schema(schema_builder&) {
  return detail::type_schema("object");
}

bool converter<array>::decode(const value& in, array& out, decode_context& at) {
  const array* elements = at.expect_array(in);
  if (!elements) return false;
  out = *elements;
  return true;
}
void converter<array>::encode(const array& in, value& out, encode_context&) {
  out.emplace_array() = in;
}
object converter<array>::schema(schema_builder&) {
  return detail::type_schema("array");
}

bool converter<string>::decode(const value& in, string& out, decode_context& at) {
  const string* text = at.expect_string(in);
  if (!text) return false;
  out = *text;
  return true;
}
void converter<string>::encode(const string& in, value& out, encode_context&) {
  out.emplace_string() = in;
}
object converter<string>::schema(schema_builder&) {
  return detail::type_schema("string");
}

}  // namespace comcp::json
