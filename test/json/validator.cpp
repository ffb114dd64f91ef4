#include "comcp/json/validator.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace json = comcp::json;
using json::parse;
using json::schema_validator;
using json::schema_validator_options;

namespace {

schema_validator compiled(std::string_view schema, const schema_validator_options& options = {}) {
  return schema_validator::compile(parse(schema), options).value();
}

std::vector<json::violation> violations(std::string_view schema, std::string_view instance) {
  return compiled(schema).validate(parse(instance));
}

/// "path keyword schema-path: message" of the only violation.
std::string only(std::string_view schema, std::string_view instance) {
  const auto found = violations(schema, instance);
  if (found.size() != 1) return std::to_string(found.size()) + " violations: " + to_text(found);
  return found[0].instance_path + " " + found[0].keyword + " " + found[0].schema_path + ": " +
         found[0].message;
}

std::string compile_error(std::string_view schema, const schema_validator_options& options = {}) {
  const auto result = schema_validator::compile(parse(schema), options);
  return result ? "no error" : result.error().schema_path + ": " + result.error().message;
}

bool has_limit(const std::vector<json::violation>& found, std::string_view words) {
  return !found.empty() && found[0].keyword.empty() &&
         found[0].message.find(words) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_validator)

BOOST_AUTO_TEST_CASE(a_violation_names_value_keyword_and_schema) {
  constexpr auto schema = R"({"type":"object","properties":{
    "cities":{"type":"array","items":{"$ref":"#/$defs/city"}}},
    "$defs":{"city":{"properties":{"a/b":{"type":"string","minLength":2}}}}})";
  BOOST_TEST(only(schema, R"({"cities":[{"a/b":"ok"},{"a/b":"x"}]})") ==
             "/cities/1/a~1b minLength #/$defs/city/properties/a~1b/minLength: "
             "must have at least 2 characters, has 1");
  BOOST_TEST(only(schema, "[]") == " type #/type: expected object, got an array");
}

BOOST_AUTO_TEST_CASE(every_keyword_says_what_it_wants) {
  const auto message = [](std::string_view schema, std::string_view instance) {
    const auto found = violations(schema, instance);
    return found.empty() ? "none" : found[0].message;
  };
  BOOST_TEST(message(R"({"type":["integer","null"]})", "\"x\"") ==
             "expected integer or null, got a string");
  BOOST_TEST(message(R"({"enum":["a",1,null]})", "2") == R"(must be one of "a", 1, null)");
  BOOST_TEST(message(R"({"const":"a"})", "2") == R"(must be "a")");
  BOOST_TEST(message(R"({"minimum":5})", "4") == "must be at least 5, got 4");
  BOOST_TEST(message(R"({"exclusiveMaximum":5})", "5") == "must be less than 5, got 5");
  BOOST_TEST(message(R"({"multipleOf":5})", "4") == "must be a multiple of 5, got 4");
  BOOST_TEST(message(R"({"pattern":"^a"})", "\"b\"") == "must match the pattern ^a");
  BOOST_TEST(message(R"({"required":["a"]})", "{}") == R"(required property "a" is missing)");
  BOOST_TEST(message(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})") ==
             R"(required property "b" is missing; it goes with "a")");
  BOOST_TEST(message(R"({"properties":{"a":{},"b":{}},"additionalProperties":false})",
                     R"({"c":1})") == R"(unknown property "c"; known are a, b)");
  BOOST_TEST(message(R"({"unevaluatedProperties":false})", R"({"c":1})") ==
             R"(unknown property "c")");
  BOOST_TEST(message(R"({"maxProperties":0})", R"({"c":1})") ==
             "must have at most 0 properties, has 1");
  BOOST_TEST(message(R"({"minItems":2})", "[1]") == "must have at least 2 elements, has 1");
  BOOST_TEST(message(R"({"prefixItems":[true],"items":false})", "[1,2]") ==
             "must have at most 1 elements, has 2");
  BOOST_TEST(message(R"({"uniqueItems":true})", R"([1,{"a":[1]},{"a":[1.0]}])") ==
             "elements must differ, but 1 and 2 are equal");
  BOOST_TEST(message(R"({"contains":{"type":"string"}})", "[1]") ==
             "must contain at least 1 matching element, has 0");
  BOOST_TEST(message(R"({"not":{"type":"string"}})", "\"\"") == "must not fit the schema");
  BOOST_TEST(message(R"({"oneOf":[{"type":"integer"},{"minimum":1}]})", "2") ==
             "fits more than one of the alternatives, must fit exactly one");
  BOOST_TEST(message("false", "2") == "nothing is allowed here");
}

BOOST_AUTO_TEST_CASE(all_violations_are_found_up_to_the_number_wanted) {
  const auto schema = compiled(R"({"items":{"type":"string"}})");
  const auto instance = parse("[1,2,\"\",3,4]");
  BOOST_TEST(schema.validate(instance).size() == 4u);
  BOOST_TEST(schema.validate(instance, 2).size() == 2u);
  BOOST_TEST(schema.validate(instance, 2)[1].instance_path == "/1");
  BOOST_TEST(schema.validate(instance, 0).size() == 1u);
  BOOST_TEST(schema.validate(parse("[]")).empty());
}

BOOST_AUTO_TEST_CASE(of_alternatives_the_one_of_the_same_kind_is_reported) {
  constexpr auto schema = R"({"anyOf":[{"type":"null"},{"type":"object","required":["a","b"]}]})";
  const auto found = violations(schema, R"({})");
  BOOST_TEST(found.size() == 2u);
  BOOST_TEST(found[0].schema_path == "#/anyOf/1/required");

  const auto all = violations(schema, "5");
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all[0].keyword == "anyOf");
  BOOST_TEST(all[1].schema_path == "#/anyOf/0/type");
  BOOST_TEST(all[2].schema_path == "#/anyOf/1/type");
}

BOOST_AUTO_TEST_CASE(a_failure_is_reported_however_few_violations_are_wanted) {
  for (const char* text : {
           R"({"anyOf":[{"type":"null"},{"required":["a","b"]}]})",
           R"({"anyOf":[{"required":["a","b"]},{"type":"null"}]})",
           R"({"oneOf":[{"type":"null"},{"anyOf":[{"type":"string"},{"required":["a"]}]}]})",
           R"({"allOf":[{"not":{}},{"anyOf":[false,false]}]})",
       }) {
    const auto schema = compiled(text);
    for (std::size_t max = 0; max < 5; ++max) {
      BOOST_TEST(!schema.validate(parse("{}"), max).empty(), text << " with " << max);
    }
    BOOST_TEST(!schema.is_valid(parse("{}")));
  }
}

BOOST_AUTO_TEST_CASE(unevaluated_keywords_stay_quiet_where_another_keyword_failed) {
  BOOST_TEST(
      only(R"({"anyOf":[{"properties":{"a":{"type":"string"}}}],"unevaluatedProperties":false})",
           R"({"a":1})") == "/a type #/anyOf/0/properties/a/type: expected string, got an integer");
}

BOOST_AUTO_TEST_CASE(the_text_of_violations_is_one_line_each) {
  BOOST_TEST(to_text(violations(R"({"type":"string","const":1})", "2")) ==
             "expected string, got an integer\nmust be 1");
  BOOST_TEST(to_text(violations(R"({"items":false})", "[2]")) ==
             "must have at most 0 elements, has 1");
}

BOOST_AUTO_TEST_CASE(a_broken_schema_says_where_and_why) {
  struct row {
    const char* schema;
    const char* error;
  };
  const row rows[] = {
      {"null", "#: a schema is an object or a boolean, not null"},
      {R"({"properties":{"a":1}})",
       "#/properties/a: a schema is an object or a boolean, not an integer"},
      {R"({"properties":[]})", "#/properties: must be an object whose members are schemas"},
      {R"({"allOf":{}})", "#/allOf: must be an array of schemas"},
      {R"({"allOf":[]})", "#/allOf: must not be empty"},
      {R"({"items":[{}]})",
       "#/items: must be a schema; in 2020-12 a list of schemas is called prefixItems"},
      {R"({"type":"text"})",
       "#/type: must be one of null, boolean, integer, number, string, array, object"},
      {R"({"type":1})", "#/type: must be the name of a type or an array of such names"},
      {R"({"$defs":{"x":{"minimum":"1"}}})", "#/$defs/x/minimum: must be a number"},
      {R"({"minLength":-1})", "#/minLength: must be an integer of zero or more"},
      {R"({"minLength":1.5})", "#/minLength: must be an integer of zero or more"},
      {R"({"maxContains":"a","contains":{}})", "#/maxContains: must be an integer of zero or more"},
      {R"({"multipleOf":0})", "#/multipleOf: must be greater than zero"},
      {R"({"required":true})", "#/required: must be an array of property names"},
      {R"({"required":[1]})", "#/required: must be an array of property names"},
      {R"({"uniqueItems":1})", "#/uniqueItems: must be a boolean"},
      {R"({"pattern":"("})", "#/pattern: not a regular expression (missing )): ("},
      {R"({"patternProperties":{"[":true}})",
       "#/patternProperties: not a regular expression (missing ]): ["},
      {R"({"$ref":1})", "#/$ref: must be a string"},
      {R"({"$ref":"#/$defs/none"})", "#/$ref: \"#/$defs/none\" leads to no schema"},
      {R"({"$ref":"#none"})", "#/$ref: \"#none\" leads to no schema"},
      {R"({"$ref":"#/const","const":1})", "#/$ref: \"#/const\" leads to no schema"},
      {R"({"$ref":"https://example.com/other.json#/x"})",
       "#/$ref: \"https://example.com/other.json#/x\" leads to \"https://example.com/other.json\", "
       "which is "
       "neither part of the schema nor registered; nothing is fetched from the network"},
      {R"({"$id":1})", "#/$id: must be a string"},
      {R"({"$id":"#a"})",
       "#/$id: must not have a fragment; $anchor names a schema within its document"},
      {R"({"$anchor":""})", "#/$anchor: must be a name"},
      {R"({"$schema":5})", "#/$schema: must be a string"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#"})",
       "#/$schema: unsupported dialect \"http://json-schema.org/draft-04/schema#\"; supported are "
       "2020-12 "
       "(\"https://json-schema.org/draft/2020-12/schema\") and draft-07 "
       "(\"http://json-schema.org/draft-07/schema#\")"},
  };
  for (const row& each : rows)
    BOOST_TEST(compile_error(each.schema) == each.error);
}

// Found by fuzzing: a scheme and nothing behind it.
BOOST_AUTO_TEST_CASE(a_dialect_that_is_no_uri_is_unsupported) {
  for (const std::string dialect : {"http", "https", "https#", "http:", "#", ""})
    BOOST_TEST(compile_error(R"({"$schema":")" + dialect + R"("})")
                   .starts_with("#/$schema: unsupported dialect \"" + dialect + "\""));
}

BOOST_AUTO_TEST_CASE(using_the_result_of_a_broken_schema_throws) {
  BOOST_CHECK_EXCEPTION(compiled(R"({"type":1})"), std::invalid_argument,
                        [](const std::exception& e) {
                          return std::string(e.what()).starts_with("JSON Schema, #/type: ");
                        });
}

BOOST_AUTO_TEST_CASE(the_dialect_is_the_named_one_or_the_default) {
  BOOST_TEST((compiled("{}").schema_dialect() == json::dialect::draft_2020_12));
  BOOST_TEST(
      (compiled(R"({"$schema":"http://json-schema.org/draft-07/schema"})").schema_dialect() ==
       json::dialect::draft_07));
  schema_validator_options options;
  options.default_dialect(json::dialect::draft_07);
  const auto tuple = compiled(R"({"items":[{"type":"string"}],"additionalItems":false})", options);
  BOOST_TEST(tuple.is_valid(parse(R"(["a"])")));
  BOOST_TEST(!tuple.is_valid(parse(R"(["a","b"])")));
}

BOOST_AUTO_TEST_CASE(registered_schemas_are_found_and_nothing_else) {
  schema_validator_options options;
  options.add_schema("https://example.com/name.json#",
                     parse(R"({"type":"string","$defs":{"n":{"minimum":1}}})"));
  const auto schema =
      compiled(R"({"$id":"https://example.com/root.json","properties":{"a":{"$ref":"name.json"},
                   "b":{"$ref":"name.json#/$defs/n"}}})",
               options);
  BOOST_TEST(schema.is_valid(parse(R"({"a":"x","b":1})")));
  const auto found = schema.validate(parse(R"({"a":1,"b":0})"));
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].schema_path == "https://example.com/name.json#/type");
  BOOST_TEST(found[1].schema_path == "https://example.com/name.json#/$defs/n/minimum");
  BOOST_TEST(compile_error(R"({"$ref":"https://example.com/none.json"})", options)
                 .find("nor registered") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(formats_are_checked_only_on_demand) {
  constexpr auto schema = R"({"format":"email"})";
  BOOST_TEST(compiled(schema).is_valid("nobody"));
  schema_validator_options options;
  options.assert_formats(true);
  BOOST_TEST(!compiled(schema, options).is_valid("nobody"));
  BOOST_TEST(compiled(schema, options).is_valid("nobody@example.com"));
  BOOST_TEST(compiled(R"({"format":"unheard-of"})", options).is_valid("nobody"));
}

BOOST_AUTO_TEST_CASE(a_compiled_schema_owns_what_it_needs_and_can_be_copied) {
  auto first = [] {
    const json::value schema =
        parse(R"({"properties":{"a":{"enum":["x",{"y":1}]}},"required":["a"]})");
    return schema_validator::compile(schema).value();
  }();
  const schema_validator second = first;
  first = compiled("true");
  BOOST_TEST(second.is_valid(parse(R"({"a":{"y":1}})")));
  BOOST_TEST(!second.is_valid(parse(R"({"a":{"y":2}})")));
}

BOOST_AUTO_TEST_CASE(one_schema_serves_many_threads) {
  const auto schema =
      compiled(R"({"items":{"pattern":"^(a|b)+$","minLength":2},"uniqueItems":true})");
  const auto good = parse(R"(["ab","ba"])");
  const auto bad = parse(R"(["ab","c"])");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        count += !schema.is_valid(good);
        count += schema.validate(bad).size() != 2;
      }
    });
  }
  for (auto& each : threads)
    each.join();
  for (const int count : wrong)
    BOOST_TEST(count == 0);
}

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(a_schema_that_is_too_deep_or_too_large_is_refused) {
  schema_validator_options options;
  options.max_schema_depth(3).max_subschemas(6).max_pattern_bytes(10);
  BOOST_TEST(compile_error(R"({"not":{"not":{"not":{}}}})", options) == "no error");
  BOOST_TEST(compile_error(R"({"not":{"not":{"not":{"not":{}}}}})", options) ==
             "#/not/not/not/not: the schema is nested more than 3 levels deep");
  BOOST_TEST(compile_error(R"({"allOf":[{},{},{},{},{}]})", options) == "no error");
  BOOST_TEST(compile_error(R"({"allOf":[{},{},{},{},{},{}]})", options) ==
             "#/allOf/5: the schema has more than 6 subschemas");
  BOOST_TEST(compile_error(R"({"pattern":"0123456789a"})", options) ==
             "#/pattern: the regular expression is longer than 10 bytes");
}

BOOST_AUTO_TEST_CASE(a_schema_that_refers_to_itself_without_end_gives_up) {
  for (const char* text :
       {R"({"$ref":"#"})", R"({"anyOf":[{"$ref":"#"}]})",
        R"({"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"$ref":"#"}}}})"}) {
    const auto schema = compiled(text);
    BOOST_TEST(has_limit(schema.validate(1), "without end"), text);
    BOOST_TEST(!schema.is_valid(1));
  }
}

BOOST_AUTO_TEST_CASE(work_is_bounded_by_steps) {
  // Each definition applies the one below twice.
  std::string text = "{}";
  for (int i = 0; i < 20; ++i)
    text = R"({"allOf":[{"$ref":"#/$defs/)" + std::to_string(i) + R"("}]})";
  std::string defs = R"("0":{"type":"integer"})";
  for (int i = 1; i <= 30; ++i) {
    const std::string below = R"({"$ref":"#/$defs/)" + std::to_string(i - 1) + "\"}";
    defs += ",\"" + std::to_string(i) + R"(":{"allOf":[)" + below + "," + below + "]}";
  }
  const auto schema = compiled(R"({"$ref":"#/$defs/30","$defs":{)" + defs + "}}");
  BOOST_TEST(has_limit(schema.validate(1), "more than 5000000 steps"));
}

BOOST_AUTO_TEST_CASE(running_out_is_never_valid_even_below_not) {
  schema_validator_options options;
  options.max_steps(50);
  for (const char* text : {R"({"not":{"items":{"type":"string"}}})",
                           R"({"if":{"items":{"type":"integer"}},"else":true})",
                           R"({"contains":{"type":"integer"},"minContains":0,"maxContains":1000})",
                           R"({"anyOf":[{"items":{"type":"integer"}},true]})"}) {
    json::array elements;
    for (int i = 0; i < 100; ++i)
      elements.emplace_back(i);
    const auto schema = compiled(text, options);
    BOOST_TEST(!schema.is_valid(elements) == has_limit(schema.validate(elements), "steps"), text);
  }
  json::array strings;
  for (int i = 0; i < 100; ++i)
    strings.emplace_back("x");
  BOOST_TEST(!compiled(R"({"not":{"items":{"type":"string"}}})", options).is_valid(strings));
}

BOOST_AUTO_TEST_CASE(a_value_that_is_too_deep_gives_up) {
  const auto schema = compiled(R"({"items":{"$ref":"#"}})");
  json::value deep = 1;
  for (int i = 0; i < 128; ++i)
    deep = json::array{std::move(deep)};
  BOOST_TEST(schema.is_valid(deep));
  deep = json::array{std::move(deep)};
  BOOST_TEST(has_limit(schema.validate(deep), "nested more than 128 levels"));
}

BOOST_AUTO_TEST_CASE(a_regular_expression_cant_take_exponential_or_quadratic_time) {
  for (const char* pattern :
       {"^(a+)+$", "^(a|a)*b", "(a*)*[cd]", "^(.*)(.*)(.*)(.*)[xy]$", "(.*)\\\\1\\\\1[yz]"}) {
    const auto schema = compiled(R"({"pattern":")" + std::string(pattern) + "\"}");
    const json::value text(std::string(20'000, 'a') + "!");
    BOOST_TEST(has_limit(schema.validate(text), "takes too many steps"), pattern);
  }
  // Quadratic: each start runs over the rest.
  const auto schema = compiled(R"({"pattern":"a*b|c"})");
  BOOST_TEST(has_limit(schema.validate(json::value(std::string(1'000'000, 'a'))), "steps"));
}

BOOST_AUTO_TEST_CASE(many_equal_and_many_different_elements_are_compared_in_time) {
  const auto schema = compiled(R"({"uniqueItems":true})");
  json::array elements;
  for (int i = 0; i < 100'000; ++i)
    elements.emplace_back(i);
  BOOST_TEST(schema.is_valid(elements));
  elements.emplace_back(5.0);
  BOOST_TEST(!schema.is_valid(elements));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
