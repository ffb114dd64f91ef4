#include "comcp/json/schema.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <map>

namespace json = comcp::json;
using json::parse;
using json::schema_of;

namespace {

enum class level { low, high };
BOOST_DESCRIBE_ENUM(level, low, high)

enum class noted { one, two };
BOOST_DESCRIBE_ENUM(noted, one, two)
void annotate(json::enum_notes<noted>& about) {
  about("Which one").name(noted::two, "2");
}

enum class titled { one, two };
BOOST_DESCRIBE_ENUM(titled, one, two)
void annotate(json::enum_notes<titled>& about) {
  about.name(titled::one, "1").title(titled::one, "The first");
}
struct with_choice {
  std::optional<titled> which;
};
BOOST_DESCRIBE_STRUCT(with_choice, (), (which))
void annotate(json::notes<with_choice>& about) {
  about(&with_choice::which).nullable();
}

struct weather_args {
  std::string city;
  std::optional<int> days;
};
BOOST_DESCRIBE_STRUCT(weather_args, (), (city, days))
void annotate(json::notes<weather_args>& about) {
  about("Which forecast is wanted").title("Weather");
  about(&weather_args::city, "Name of the city")
      .min_length(1)
      .max_length(80)
      .pattern("^[^;]*$")
      .examples({"Paris", "Oslo"})
      .mcp_header("City");
  about(&weather_args::days, "Days ahead").minimum(1).maximum(14);
}

struct numbers {
  std::int8_t small = 0;
  std::uint64_t large = 0;
  unsigned bounded = 0;
  double real = 0;
  float single = 0;
  bool flag = false;
};
BOOST_DESCRIBE_STRUCT(numbers, (), (small, large, bounded, real, single, flag))
void annotate(json::notes<numbers>& about) {
  about(&numbers::small).exclusive_minimum(-5).multiple_of(5);
  about(&numbers::bounded).minimum(-3).maximum(9);
}

struct inner {
  int a = 0;
};
BOOST_DESCRIBE_STRUCT(inner, (), (a))
void annotate(json::notes<inner>& about) {
  about("Inner of itself");
}

struct outer {
  inner first;
  std::optional<inner> second;
  std::vector<inner> more;
  std::map<std::string, inner> by_name;
  std::vector<std::optional<inner>> holes;
};
BOOST_DESCRIBE_STRUCT(outer, (), (first, second, more, by_name, holes))
void annotate(json::notes<outer>& about) {
  about(&outer::first, "The first");
  about(&outer::second).nullable();
}

struct containers {
  std::array<double, 3> fixed{};
  std::vector<std::optional<level>> levels;
  std::variant<std::monostate, int, std::string> any;
  std::vector<json::value> values;
  json::object free;
};
BOOST_DESCRIBE_STRUCT(containers, (), (fixed, levels, any, values, free))

struct defaults {
  int days = 3;
  std::string kind;
  std::vector<int> list = {1, 2};
};
BOOST_DESCRIBE_STRUCT(defaults, (), (days, kind, list))
void annotate(json::notes<defaults>& about) {
  about(&defaults::days).defaulted();
  about(&defaults::kind).default_value("all").one_of({"all", "none"}).name("class");
  about(&defaults::list).defaulted().min_items(1).max_items(5).unique_items();
}

struct tree {
  std::string name;
  std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (name, children))

struct forest {
  tree oldest;
  std::vector<tree> others;
};
BOOST_DESCRIBE_STRUCT(forest, (), (oldest, others))

struct ping;
struct pong {
  std::vector<ping> back;
};
struct ping {
  std::optional<pong> forth;
};
BOOST_DESCRIBE_STRUCT(pong, (), (back))
BOOST_DESCRIBE_STRUCT(ping, (), (forth))

struct large {
  int a = 0;
};
BOOST_DESCRIBE_STRUCT(large, (), (a))
void annotate(json::notes<large>& about) {
  about(std::string(2000, 'x'));
}

struct two_large {
  large left;
  large right;
};
BOOST_DESCRIBE_STRUCT(two_large, (), (left, right))

template <class T>
struct page {
  std::vector<T> items;
  std::vector<page> nested;
};
BOOST_DESCRIBE_STRUCT(page<int>, (), (items, nested))
BOOST_DESCRIBE_STRUCT(page<std::string>, (), (items, nested))
struct pages {
  page<int> numbers;
  page<std::string> texts;
};
BOOST_DESCRIBE_STRUCT(pages, (), (numbers, texts))

struct none {};
BOOST_DESCRIBE_STRUCT(none, (), ())

}  // namespace

BOOST_AUTO_TEST_SUITE(json_schema)

BOOST_AUTO_TEST_CASE(a_struct_becomes_an_object_with_its_notes) {
  BOOST_TEST(json::value(schema_of<weather_args>()) == parse(R"({
    "type": "object",
    "description": "Which forecast is wanted",
    "title": "Weather",
    "properties": {
      "city": {"type": "string", "description": "Name of the city", "minLength": 1, "maxLength": 80,
               "pattern": "^[^;]*$", "examples": ["Paris", "Oslo"], "x-mcp-header": "City"},
      "days": {"type": "integer", "description": "Days ahead", "minimum": 1, "maximum": 14}
    },
    "required": ["city"]
  })"));
}

BOOST_AUTO_TEST_CASE(numbers_have_the_bounds_of_their_type_unless_the_author_is_stricter) {
  const json::value v = schema_of<numbers>();
  BOOST_TEST(v.at("properties") == parse(R"({
    "small": {"type": "integer", "exclusiveMinimum": -5, "maximum": 127, "multipleOf": 5},
    "large": {"type": "integer", "minimum": 0, "maximum": 18446744073709551615},
    "bounded": {"type": "integer", "minimum": 0, "maximum": 9},
    "real": {"type": "number"},
    "single": {"type": "number", "minimum": -3.4028235e38, "maximum": 3.4028235e38},
    "flag": {"type": "boolean"}
  })"));
}

BOOST_AUTO_TEST_CASE(nested_structs_are_written_in_place) {
  BOOST_TEST(json::value(schema_of<outer>()) == parse(R"({
    "type": "object",
    "properties": {
      "first": {"type": "object", "description": "The first",
                "properties": {"a": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}},
                "required": ["a"]},
      "second": {"anyOf": [
                {"type": "object", "description": "Inner of itself",
                 "properties": {"a": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}},
                 "required": ["a"]},
                {"type": "null"}]},
      "more": {"type": "array", "items":
                {"type": "object", "description": "Inner of itself",
                 "properties": {"a": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}},
                 "required": ["a"]}},
      "by_name": {"type": "object", "additionalProperties":
                {"type": "object", "description": "Inner of itself",
                 "properties": {"a": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}},
                 "required": ["a"]}},
      "holes": {"type": "array", "items": {"anyOf": [
                {"type": "object", "description": "Inner of itself",
                 "properties": {"a": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}},
                 "required": ["a"]},
                {"type": "null"}]}}
    },
    "required": ["first", "more", "by_name", "holes"]
  })"));
}

BOOST_AUTO_TEST_CASE(containers_enumerations_and_variants_have_their_schema) {
  BOOST_TEST(json::value(schema_of<containers>()).at("properties") == parse(R"({
    "fixed": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
    "levels": {"type": "array", "items": {"type": ["string", "null"], "enum": ["low", "high", null]}},
    "any": {"anyOf": [{"type": "null"},
                      {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
                      {"type": "string"}]},
    "values": {"type": "array"},
    "free": {"type": "object"}
  })"));
  BOOST_TEST(json::value(schema_of<noted>()) ==
             parse(R"({"type":"string","enum":["one","2"],"description":"Which one"})"));
}

BOOST_AUTO_TEST_CASE(enumerators_with_titles_are_titled_choices) {
  BOOST_TEST(json::value(schema_of<titled>()) == json::parse(R"({"type":"string","oneOf":[
      {"const":"1","title":"The first"},{"const":"two","title":"two"}]})"));
  BOOST_TEST(json::value(schema_of<with_choice>()).at("properties").at("which") ==
             json::parse(R"({"type":["string","null"],"oneOf":[{"const":"1","title":"The first"},
                 {"const":"two","title":"two"},{"const":null,"title":"none"}]})"));
}

BOOST_AUTO_TEST_CASE(members_with_a_default_are_not_required) {
  BOOST_TEST(json::value(schema_of<defaults>()) == parse(R"({
    "type": "object",
    "properties": {
      "days": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647, "default": 3},
      "class": {"type": "string", "default": "all", "enum": ["all", "none"]},
      "list": {"type": "array", "items": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
               "minItems": 1, "maxItems": 5, "uniqueItems": true, "default": [1, 2]}
    }
  })"));
}

BOOST_AUTO_TEST_CASE(a_struct_that_contains_itself_is_referred_to) {
  BOOST_TEST(json::value(schema_of<tree>()) == parse(R"({
    "type": "object",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["name", "children"]
  })"));
  BOOST_TEST(json::value(schema_of<forest>()) == parse(R"({
    "type": "object",
    "properties": {"oldest": {"$ref": "#/$defs/tree"},
                   "others": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    "required": ["oldest", "others"],
    "$defs": {"tree": {
      "type": "object",
      "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
      "required": ["name", "children"]}}
  })"));
  BOOST_TEST(json::value(schema_of<ping>()) == parse(R"({
    "type": "object",
    "properties": {"forth": {"type": "object",
      "properties": {"back": {"type": "array", "items": {"$ref": "#"}}}, "required": ["back"]}}
  })"));
}

BOOST_AUTO_TEST_CASE(a_large_struct_used_twice_is_written_once) {
  const json::value v = schema_of<two_large>();
  BOOST_TEST(v.at("properties") ==
             parse(R"({"left": {"$ref": "#/$defs/large"}, "right": {"$ref": "#/$defs/large"}})"));
  BOOST_TEST(v.at("$defs").at("large").at("type") == json::value("object"));
}

BOOST_AUTO_TEST_CASE(definitions_of_different_types_have_different_names) {
  const json::value v = schema_of<pages>();
  BOOST_TEST(v.at("$defs").get_object().size() == 2u);
  BOOST_TEST(v.at("$defs").get_object().contains("page_int"));
  BOOST_TEST(v.at("$defs").get_object().contains("page_string"));
}

BOOST_AUTO_TEST_CASE(options_close_structs_and_name_the_dialect) {
  BOOST_TEST(json::value(schema_of<none>()) == parse(R"({"type":"object"})"));
  json::schema_options options;
  options.unknown(json::unknown_members::reject).name_dialect(true);
  BOOST_TEST(json::value(schema_of<none>(options)) == parse(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false})"));
}

BOOST_AUTO_TEST_SUITE_END()
