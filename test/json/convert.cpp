#include "comcp/json/convert.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <unordered_map>

namespace json = comcp::json;
using json::decode;
using json::encode;
using json::parse;

namespace {

enum class color { red, green };
BOOST_DESCRIBE_ENUM(color, red, green)

enum class unit { celsius, per_cent };
BOOST_DESCRIBE_ENUM(unit, celsius, per_cent)
void annotate(json::enum_notes<unit>& about) {
  about.name(unit::per_cent, "%");
}

struct point {
  int x = 0;
  std::optional<int> y;
  bool operator==(const point&) const = default;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

struct line {
  std::vector<point> points;
  color paint = color::red;
  bool operator==(const line&) const = default;
};
BOOST_DESCRIBE_STRUCT(line, (), (points, paint))

struct tree {
  std::string name;
  std::vector<tree> children;
  bool operator==(const tree&) const = default;
};
BOOST_DESCRIBE_STRUCT(tree, (), (name, children))

struct base {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(base, (), (id))
struct derived : base {
  int extra = 0;
};
BOOST_DESCRIBE_STRUCT(derived, (base), (extra))

struct with_defaults {
  std::string meta = "none";
  int days = 3;
  std::string city;
};
BOOST_DESCRIBE_STRUCT(with_defaults, (), (meta, days, city))
void annotate(json::notes<with_defaults>& about) {
  about(&with_defaults::meta).name("_meta").defaulted();
  about(&with_defaults::days).default_value(7);
}

struct closed {
  int a = 0;
};
BOOST_DESCRIBE_STRUCT(closed, (), (a))
void annotate(json::notes<closed>& about) {
  about.reject_unknown_members();
}

struct verbatim {
  json::value any;
  std::optional<json::value> maybe;
  json::object members;
  json::array elements;
};
BOOST_DESCRIBE_STRUCT(verbatim, (), (any, maybe, members, elements))

struct circle {
  double radius = 0;
};
BOOST_DESCRIBE_STRUCT(circle, (), (radius))
struct ring {
  double radius = 0;
  double width = 0;
};
BOOST_DESCRIBE_STRUCT(ring, (), (radius, width))
using shape = std::variant<circle, ring>;

struct loop {
  std::vector<std::variant<loop, int>> next;
  int first = 0;
};
BOOST_DESCRIBE_STRUCT(loop, (), (next, first))

// A type with its own converter.
struct hex {
  unsigned value = 0;
};

struct empty {};
BOOST_DESCRIBE_STRUCT(empty, (), ())

template <class T>
std::string error_of(std::string_view text, const json::decode_options& options = {}) {
  boost::json::parse_options deep;
  deep.max_depth = 200;
  T out{};
  json::convert_error error;
  if (json::try_decode(parse(text, {}, deep), out, error, options)) return "no error";
  return error.what();
}

}  // namespace

template <>
struct comcp::json::converter<hex> {
  static bool decode(const value& in, hex& out, decode_context& at) {
    const string* text = at.expect_string(in);
    if (!text) return false;
    if (!text->starts_with("0x")) return at.fail("expected a number like 0x1f");
    out.value = static_cast<unsigned>(std::stoul(text->c_str(), nullptr, 16));
    return true;
  }
  static void encode(const hex& in, value& out, encode_context&) {
    out = in.value == 31 ? "0x1f" : "0x0";
  }
};

BOOST_AUTO_TEST_SUITE(json_convert)

BOOST_AUTO_TEST_CASE(structs_come_back_as_they_were_written) {
  const line l{{{1, 2}, {3, std::nullopt}}, color::green};
  const json::value v = encode(l);
  BOOST_TEST(v == parse(R"({"points":[{"x":1,"y":2},{"x":3}],"paint":"green"})"));
  BOOST_TEST((decode<line>(v) == l));

  const tree t{"root", {{"left", {}}, {"right", {{"leaf", {}}}}}};
  BOOST_TEST((decode<tree>(encode(t)) == t));

  BOOST_TEST(encode(empty{}) == parse("{}"));
  decode<empty>(parse("{}"));
}

BOOST_AUTO_TEST_CASE(inherited_members_are_members) {
  derived d;
  d.id = "x";
  d.extra = 1;
  BOOST_TEST(encode(d) == parse(R"({"id":"x","extra":1})"));
  BOOST_TEST(decode<derived>(parse(R"({"id":"y","extra":2})")).id == "y");
}

BOOST_AUTO_TEST_CASE(optional_members_may_be_absent_or_null) {
  BOOST_TEST(!decode<point>(parse(R"({"x":1})")).y.has_value());
  BOOST_TEST(!decode<point>(parse(R"({"x":1,"y":null})")).y.has_value());
  BOOST_TEST(decode<point>(parse(R"({"x":1,"y":2})")).y.value() == 2);
}

BOOST_AUTO_TEST_CASE(optional_elements_are_null) {
  const std::vector<std::optional<int>> v{1, std::nullopt};
  BOOST_TEST(encode(v) == parse("[1,null]"));
  BOOST_TEST((decode<std::vector<std::optional<int>>>(parse("[1,null]")) == v));
}

BOOST_AUTO_TEST_CASE(every_error_names_its_place) {
  BOOST_TEST(error_of<line>("[]") == "expected an object, got an array");
  BOOST_TEST(error_of<line>(R"({"paint":"red"})") == "/points: required member is missing");
  BOOST_TEST(error_of<line>(R"({"points":[{"x":1},{"x":"1"}],"paint":"red"})") ==
             "/points/1/x: expected an integer, got a string");
  BOOST_TEST(error_of<line>(R"({"points":[],"paint":"blue"})") ==
             "/paint: \"blue\" is not one of: red, green");
  BOOST_TEST(error_of<line>(R"({"points":[],"paint":7})") ==
             "/paint: expected a string, got an integer");
  BOOST_TEST((error_of<std::map<std::string, int>>(R"({"a/b~c":true})")) ==
             "/a~1b~0c: expected an integer, got a boolean");
  BOOST_TEST((error_of<std::unordered_map<std::string, std::string>>(R"({"k":null})")) ==
             "/k: expected a string, got null");
  BOOST_TEST((error_of<std::array<int, 2>>("[1]")) == "expected 2 elements, got 1");
  BOOST_TEST(error_of<std::vector<bool>>("[true,1]") == "/1: expected a boolean, got an integer");
  BOOST_TEST(error_of<hex>(R"("12")") == "expected a number like 0x1f");
  BOOST_TEST(error_of<std::vector<hex>>("[1]") == "/0: expected a string, got an integer");
}

BOOST_AUTO_TEST_CASE(the_thrown_error_has_path_and_message_apart) {
  try {
    decode<line>(parse(R"({"points":[{}],"paint":"red"})"));
    BOOST_FAIL("did not throw");
  } catch (const json::convert_error& error) {
    BOOST_TEST(error.path() == "/points/0/x");
    BOOST_TEST(error.message() == "required member is missing");
  }
}

BOOST_AUTO_TEST_CASE(long_text_of_the_peer_is_not_repeated) {
  const std::string text = "\"" + std::string(10'000, 'x') + "\"";
  BOOST_TEST(error_of<color>(text).size() < 100u);
}

BOOST_AUTO_TEST_CASE(integers_are_checked_against_their_type) {
  BOOST_TEST(error_of<std::int8_t>("128") == "integer is out of range: expected -128 to 127");
  BOOST_TEST(error_of<std::uint8_t>("-1") == "integer is out of range: expected 0 to 255");
  BOOST_TEST(error_of<std::uint8_t>("256") == "integer is out of range: expected 0 to 255");
  BOOST_TEST(error_of<int>("1.5") == "expected an integer, got a number with a fraction");
  BOOST_TEST(error_of<int>("1e10") ==
             "integer is out of range: expected -2147483648 to 2147483647");
  BOOST_TEST(error_of<std::int64_t>("9223372036854775808").starts_with("integer is out of range"));
  BOOST_TEST(
      error_of<std::uint64_t>("18446744073709551616").starts_with("integer is out of range"));
  BOOST_TEST(error_of<int>("true") == "expected an integer, got a boolean");
  BOOST_TEST(decode<int>(parse("5.0")) == 5);
  BOOST_TEST(decode<std::uint64_t>(parse("18446744073709551615")) ==
             std::numeric_limits<std::uint64_t>::max());
  BOOST_TEST(decode<std::int64_t>(parse("-9223372036854775808")) ==
             std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(encode(std::uint64_t{5}).is_uint64());
  BOOST_TEST(encode(std::int8_t{-5}) == json::value(-5));
}

BOOST_AUTO_TEST_CASE(floating_point_members_take_any_number_in_range) {
  BOOST_TEST(decode<double>(parse("1")) == 1.0);
  BOOST_TEST(decode<double>(parse("18446744073709551615")) == 18446744073709551615.0);
  BOOST_TEST(decode<float>(parse("0.5")) == 0.5f);
  constexpr float largest = std::numeric_limits<float>::max();
  BOOST_TEST(decode<float>(parse(json::serialize(encode(-largest)))) == -largest);
  BOOST_TEST(error_of<float>("1e300") == "number is out of range");
  BOOST_TEST(error_of<double>("\"1\"") == "expected a number, got a string");
}

BOOST_AUTO_TEST_CASE(what_has_no_json_form_is_refused_with_its_place) {
  const std::vector<circle> circles{{1}, {std::numeric_limits<double>::quiet_NaN()}};
  BOOST_CHECK_EXCEPTION(encode(circles), json::convert_error, [](const json::convert_error& e) {
    return e.path() == "/1/radius" && e.message().find("not finite") != std::string::npos;
  });
  BOOST_CHECK_THROW(encode(static_cast<color>(9)), json::convert_error);
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored_unless_rejected) {
  BOOST_TEST(decode<point>(parse(R"({"x":1,"z":2})")).x == 1);
  json::decode_options strict;
  strict.unknown(json::unknown_members::reject);
  BOOST_TEST(error_of<point>(R"({"x":1,"z":2})", strict) == "/z: unknown member");
  BOOST_TEST(error_of<line>(R"({"points":[{"x":1,"z":2}],"paint":"red"})", strict) ==
             "/points/0/z: unknown member");
  BOOST_TEST(error_of<closed>(R"({"a":1,"b":2})") == "/b: unknown member");
}

BOOST_AUTO_TEST_CASE(notes_rename_members_and_give_defaults) {
  const auto d = decode<with_defaults>(parse(R"({"city":"Oslo"})"));
  BOOST_TEST(d.meta == "none");
  BOOST_TEST(d.days == 7);
  BOOST_TEST(decode<with_defaults>(parse(R"({"city":"Oslo","_meta":"m","days":1})")).meta == "m");
  BOOST_TEST(encode(d) == parse(R"({"_meta":"none","days":7,"city":"Oslo"})"));
  BOOST_TEST(error_of<with_defaults>("{}") == "/city: required member is missing");
  BOOST_TEST(error_of<with_defaults>(R"({"city":"","_meta":null})") ==
             "/_meta: expected a string, got null");
}

BOOST_AUTO_TEST_CASE(notes_rename_enumerators) {
  BOOST_TEST(encode(unit::per_cent) == json::value("%"));
  BOOST_TEST((decode<unit>("%") == unit::per_cent));
  BOOST_TEST(error_of<unit>(R"("per_cent")") == "\"per_cent\" is not one of: celsius, %");
}

BOOST_AUTO_TEST_CASE(json_values_are_carried_verbatim) {
  const json::value v =
      parse(R"({"any":{"deep":[1,1.0,null]},"maybe":null,"members":{"a":1},"elements":[true]})");
  const auto out = decode<verbatim>(v);
  BOOST_TEST(out.maybe.has_value());
  BOOST_TEST(encode(out) == v);
  BOOST_TEST(error_of<verbatim>(R"({"any":1,"members":[],"elements":[]})") ==
             "/members: expected an object, got an array");
  BOOST_TEST(error_of<verbatim>(R"({"members":{},"elements":[]})") ==
             "/any: required member is missing");
}

BOOST_AUTO_TEST_CASE(a_variant_takes_the_alternative_that_fits) {
  using mixed = std::variant<std::monostate, int, double, std::string, std::vector<int>>;
  BOOST_TEST(decode<mixed>(parse("null")).index() == 0u);
  BOOST_TEST(decode<mixed>(parse("5")).index() == 1u);
  BOOST_TEST(decode<mixed>(parse("5.5")).index() == 2u);
  BOOST_TEST(decode<mixed>(parse("\"5\"")).index() == 3u);
  BOOST_TEST(decode<mixed>(parse("[5]")).index() == 4u);
  BOOST_TEST(encode(mixed("x")) == json::value("x"));
  BOOST_TEST(encode(mixed{}) == json::value(nullptr));
}

BOOST_AUTO_TEST_CASE(a_variant_prefers_the_struct_that_knows_all_members) {
  BOOST_TEST(decode<shape>(parse(R"({"radius":1})")).index() == 0u);
  BOOST_TEST(decode<shape>(parse(R"({"radius":1,"width":2})")).index() == 1u);
  BOOST_TEST(decode<shape>(parse(R"({"radius":1,"other":2})")).index() == 0u);
}

BOOST_AUTO_TEST_CASE(a_variant_reports_the_alternative_that_got_furthest) {
  using mixed = std::variant<std::string, line>;
  BOOST_TEST(error_of<mixed>(R"({"points":[{"x":null}],"paint":"red"})") ==
             "/points/0/x: expected an integer, got null");
  BOOST_TEST((error_of<std::variant<int, std::string>>("[]")) ==
             "expected an integer, got an array; or: expected a string, got an array");
}

BOOST_AUTO_TEST_CASE(a_recursive_variant_cant_be_made_to_backtrack_without_end) {
  std::string text = R"({"next":[],"first":"no"})";
  for (int i = 0; i < 25; ++i)
    text = R"({"next":[)" + text + R"(],"first":0})";
  json::decode_options options;
  options.max_alternatives(1000);
  const std::string error = error_of<loop>(text, options);
  BOOST_TEST(error != "no error");
}

BOOST_AUTO_TEST_CASE(own_types_have_their_converter) {
  const std::map<std::string, hex> m{{"a", hex{31}}};
  BOOST_TEST(encode(m) == parse(R"({"a":"0x1f"})"));
  BOOST_TEST((decode<std::map<std::string, hex>>(encode(m)).at("a").value) == 31u);
  static_assert(!json::has_schema<hex>);
}

BOOST_AUTO_TEST_CASE(views_and_plain_chars_are_not_read) {
  static_assert(json::encodable<std::string_view> && !json::decodable<std::string_view>);
  static_assert(!json::decodable<char> && !json::encodable<char>);
  static_assert(!json::decodable<int*>);
  BOOST_TEST(encode(std::string_view("x")) == json::value("x"));
}

BOOST_AUTO_TEST_CASE(the_result_lives_in_the_given_storage) {
  boost::json::monotonic_resource arena;
  const json::value v = encode(line{{{1, 2}}, color::red}, &arena);
  BOOST_TEST((v.storage().get() == &arena));
  BOOST_TEST((v.at("points").at(0).storage().get() == &arena));
}

BOOST_AUTO_TEST_SUITE_END()
