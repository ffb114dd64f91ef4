#include "comcp/protocol/parameter_header.hpp"

#include <boost/test/unit_test.hpp>

using namespace comcp;
using protocol::find_parameter_headers;
using protocol::parameter_headers;

namespace {

std::string error_of(std::string_view schema) {
  const auto result = find_parameter_headers(json::parse(schema).as_object());
  const auto* error = std::get_if<std::string>(&result);
  return error ? *error : "";
}

parameter_headers headers_of(std::string_view schema) {
  auto result = find_parameter_headers(json::parse(schema).as_object());
  BOOST_REQUIRE(std::holds_alternative<parameter_headers>(result));
  return std::get<parameter_headers>(std::move(result));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parameter_header)

BOOST_AUTO_TEST_CASE(annotated_properties_are_found_with_their_path) {
  const auto found = headers_of(R"({"type":"object","properties":{
      "region":{"type":"string","x-mcp-header":"Region"},
      "plain":{"type":"string"},
      "where":{"type":"object","properties":{"zone":{"type":"integer","x-mcp-header":"Zone"}}},
      "dry":{"type":"boolean","x-mcp-header":"Dry-Run"}}})");
  BOOST_REQUIRE(found.size() == 3U);
  BOOST_TEST(found[0].name == "Region");
  BOOST_TEST(found[0].path == std::vector<std::string>{"region"}, boost::test_tools::per_element());
  const std::vector<std::string> nested{"where", "zone"};
  BOOST_TEST(found[1].path == nested, boost::test_tools::per_element());
  BOOST_TEST(found[2].name == "Dry-Run");
}

BOOST_AUTO_TEST_CASE(a_schema_without_annotations_has_none) {
  BOOST_TEST(headers_of(R"({"type":"object"})").empty());
  // A property of that name is no annotation, and data is not looked into.
  BOOST_TEST(headers_of(R"({"type":"object","properties":{"x-mcp-header":{"type":"string"}},
      "default":{"x-mcp-header":"A"},"examples":[{"x-mcp-header":"A"}],"const":{"x-mcp-header":"A"},
      "enum":[{"x-mcp-header":"A"}]})")
                 .empty());
}

// S-TOOL-08: what makes a tool invalid.
BOOST_AUTO_TEST_CASE(annotations_that_no_client_would_accept_are_refused) {
  const std::string_view bad[] = {
      R"({"x-mcp-header":"Root","type":"object"})",
      R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
      R"({"properties":{"a":{"type":"string","x-mcp-header":"two words"}}})",
      R"({"properties":{"a":{"type":"string","x-mcp-header":"a:b"}}})",
      R"({"properties":{"a":{"type":"string","x-mcp-header":7}}})",
      R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
      R"({"properties":{"a":{"type":["string","null"],"x-mcp-header":"A"}}})",
      R"({"properties":{"a":{"x-mcp-header":"A"}}})",
      R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}})",
      R"({"properties":{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}})",
      R"({"properties":{"a":{"anyOf":[{"type":"string","x-mcp-header":"A"}]}}})",
      R"({"allOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})",
      R"({"$defs":{"d":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}}})",
      R"({"additionalProperties":{"type":"string","x-mcp-header":"A"}})",
      R"({"if":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}})",
      R"({"not":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}})",
      R"({"properties":{"a":{"type":"object","patternProperties":{"^b":{"type":"string","x-mcp-header":"A"}}}}})",
  };
  for (const auto schema : bad)
    BOOST_TEST_CONTEXT(schema)
  BOOST_TEST(error_of(schema).find("x-mcp-header") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(arguments_are_found_at_exactly_the_path) {
  const json::value arguments = json::parse(R"({"a":{"b":1,"n":null},"c":"x"})");
  const auto at = [&](std::vector<std::string> path) {
    return protocol::find_argument(arguments, path);
  };
  BOOST_REQUIRE(at({"a", "b"}));
  BOOST_TEST(*at({"a", "b"}) == 1);
  BOOST_TEST(!at({"a", "n"}));
  BOOST_TEST(!at({"a", "x"}));
  BOOST_TEST(!at({"c", "b"}));
  BOOST_TEST(!protocol::find_argument(json::value(), {"a"}));
}

BOOST_AUTO_TEST_SUITE_END()
