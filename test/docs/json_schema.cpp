// The code of docs/json-schema.md.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "comcp/json/convert.hpp"
#include "comcp/json/schema.hpp"
#include "comcp/json/validator.hpp"
#include "server/support.hpp"

using namespace test;

namespace {

// [schema-struct]
enum class priority { low, normal, high };
BOOST_DESCRIBE_ENUM(priority, low, normal, high)

struct ticket {
  std::string title;
  priority urgency = priority::normal;
  std::vector<std::string> labels;
  std::map<std::string, int> counts;
  std::optional<std::string> assignee;
};
BOOST_DESCRIBE_STRUCT(ticket, (), (title, urgency, labels, counts, assignee))

inline void annotate(comcp::json::notes<ticket>& about) {
  about("One piece of work");
  about(&ticket::title, "In one line").min_length(1);
  about(&ticket::urgency).defaulted();
  about(&ticket::labels).defaulted().max_items(10).unique_items();
  about(&ticket::counts).defaulted();
}
// [/schema-struct]

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_json_schema)

BOOST_AUTO_TEST_CASE(structs_have_a_schema_and_convert_both_ways) {
  // [schema-derive]
  const comcp::json::object schema = comcp::json::schema_of<ticket>();

  ticket t;
  comcp::json::convert_error error;
  const bool ok = comcp::json::try_decode(
      comcp::json::parse(R"({"title":"fix it","labels":["bug",7]})"), t, error);
  // ok is false, and error says where: error.path() == "/labels/1"
  // [/schema-derive]
  BOOST_TEST(!ok);
  BOOST_TEST(error.path() == "/labels/1");
  BOOST_TEST(schema.at("required") == parsed(R"(["title"])"));
}

BOOST_AUTO_TEST_CASE(validators_are_compiled_once) {
  // [schema-validate]
  const auto compiled = comcp::json::schema_validator::compile(comcp::json::parse(R"({
    "type": "object",
    "properties": {"port": {"type": "integer", "minimum": 1, "maximum": 65535}},
    "required": ["port"]
  })"));
  const comcp::json::schema_validator& validator = compiled.value();

  const auto violations = validator.validate(comcp::json::parse(R"({"port": 70000})"));
  // violations[0].instance_path == "/port", violations[0].keyword == "maximum"
  // [/schema-validate]
  BOOST_TEST_REQUIRE(violations.size() == 1U);
  BOOST_TEST(violations[0].instance_path == "/port");
  BOOST_TEST(violations[0].keyword == "maximum");
}

BOOST_AUTO_TEST_SUITE_END()
