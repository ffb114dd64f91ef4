#include "comcp/protocol/elicitation.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "comcp/jsonrpc/codec.hpp"

namespace {
using namespace comcp;
using namespace comcp::protocol;

constexpr std::string_view form = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["name"],
  "properties": {
    "name": {"type": "string", "minLength": 1, "default": "Ada"},
    "age": {"type": "integer", "minimum": 0, "default": 30},
    "agree": {"type": "boolean", "default": true},
    "colour": {"type": "string", "oneOf": [{"const": "r", "title": "Red"}, {"const": "g", "title": "Green"}]}
  }})";

json::object parse(std::string_view text) {
  return json::parse(text).as_object();
}

BOOST_AUTO_TEST_SUITE(protocol_elicitation)

BOOST_AUTO_TEST_CASE(a_form_goes_out_as_it_is_where_there_are_modes) {
  const json::object o = encode(elicit_form("Who?", parse(form)), newest());
  BOOST_TEST(o.at("mode").as_string() == "form");
  BOOST_TEST(json::equal(o.at("requestedSchema"), json::parse(form)));
}

BOOST_AUTO_TEST_CASE(a_form_is_put_in_the_words_of_the_first_revision_that_had_them) {
  const json::object o = encode(elicit_form("Who?", parse(form)), rules_of(revision::v2025_06_18));
  BOOST_TEST(!o.contains("mode"));
  BOOST_TEST(json::equal(o.at("requestedSchema"), json::parse(R"({
    "type": "object", "required": ["name"],
    "properties": {
      "name": {"type": "string", "minLength": 1},
      "age": {"type": "integer", "minimum": 0},
      "agree": {"type": "boolean", "default": true},
      "colour": {"type": "string", "enum": ["r", "g"], "enumNames": ["Red", "Green"]}
    }})")));
}

BOOST_AUTO_TEST_CASE(the_id_of_a_page_goes_only_where_the_revision_has_it) {
  const elicit_url page("Sign in", "https://example.com/connect", "e1");
  BOOST_TEST(encode(page, rules_of(revision::v2025_11_25)).contains("elicitationId"));
  BOOST_TEST(!encode(page, newest()).contains("elicitationId"));
}

// S-ELIC-05; sample of 07-errors.
BOOST_AUTO_TEST_CASE(pages_that_must_be_visited_first_are_in_the_error) {
  const auto error = url_elicitation_required({elicit_url("Link", "https://s/connect", "e1")},
                                              rules_of(revision::v2025_11_25));
  BOOST_TEST(error.code == -32042);
  BOOST_TEST(json::equal(*error.data, json::parse(R"({"elicitations":[
    {"mode":"url","elicitationId":"e1","url":"https://s/connect","message":"Link"}]})")));
}

BOOST_AUTO_TEST_CASE(only_accepted_forms_have_content) {
  elicit_result r;
  r.content["a"] = 1;
  BOOST_TEST(jsonrpc::to_text(encode(r)) == R"({"action":"cancel"})");
  r.action = elicit_result::outcome::accept;
  BOOST_TEST(jsonrpc::to_text(encode(r)) == R"({"action":"accept","content":{"a":1}})");
  const auto back = std::get<elicit_result>(
      decode_elicit_result(json::parse(R"({"action":"decline","content":{"a":1}})")));
  BOOST_TEST(back.content.empty());
}

// S-ELIC-01, S-ELIC-03
BOOST_AUTO_TEST_CASE(secrets_are_known_by_their_names) {
  for (const char* name :
       {"password", "Password", "user_password", "userPassword", "pass-phrase", "PASSWD", "api key",
        "apiKey", "x_api_key", "access_token", "refreshToken", "client_secret", "private_key",
        "card.number", "creditCard", "cvv", "credentials"})
    BOOST_TEST(names_secret(name), name);
  for (const char* name : {"", "_", "name", "passwords_left", "token_count", "key", "city", "card",
                           "secretary", "word", "pass", "number"})
    BOOST_TEST(!names_secret(name), name);
}

// S-ELIC-01
BOOST_AUTO_TEST_CASE(a_form_asks_for_no_secret) {
  const auto refused = [](std::string_view field) {
    json::object o = parse(R"({"type":"object"})");
    o["properties"] = parse(field);
    const auto why = check_requested_schema(o);
    return why && why->find("secret") != std::string::npos;
  };
  BOOST_TEST(refused(R"({"password":{"type":"string"}})"));
  BOOST_TEST(refused(R"({"cardNumber":{"type":"integer"}})"));
  BOOST_TEST(refused(R"({"code":{"type":"string","format":"password"}})"));
  BOOST_TEST(refused(R"({"code":{"type":"string","writeOnly":true}})"));
  BOOST_TEST(!refused(R"({"has_password":{"type":"boolean"}})"));
  BOOST_TEST(!refused(R"({"secret":{"type":"string","enum":["yes","no"]}})"));
  BOOST_TEST(!refused(R"({"mail":{"type":"string","format":"email"}})"));
}

// elicitation:form:schema:restricted-subset
BOOST_AUTO_TEST_CASE(a_form_is_flat) {
  BOOST_TEST(!check_requested_schema(parse(form)));
  BOOST_TEST(!check_requested_schema(parse(R"({"type":"object","properties":{
    "many":{"type":"array","items":{"type":"string","enum":["a","b"]}},
    "titled":{"type":"array","items":{"anyOf":[{"const":"a","title":"A"}]}},
    "plain":{"type":"string","enum":["a"],"enumNames":["A"]}}})")));

  const auto complaint = [](std::string_view schema) {
    return check_requested_schema(parse(schema)).value_or("none");
  };
  BOOST_TEST(complaint("{}") == "/type must be \"object\"");
  BOOST_TEST(complaint(R"({"type":"object"})") == "/properties must be an object");
  for (const std::string_view field :
       {R"({"type":"object","properties":{}})", R"({"$ref":"#/$defs/x"})", R"({"type":"null"})",
        R"({"type":["string","null"]})", R"({"type":"array","items":{"type":"object"}})",
        R"({"type":"array","items":{"type":"string"}})", R"({"type":"string","enum":[1]})",
        R"({"type":"string","oneOf":[{"const":1,"title":"x"}]})", "true", "{}"})
    BOOST_TEST(complaint(R"({"type":"object","properties":{"a/b":)" + std::string(field) + "}}")
                   .starts_with("/properties/a~1b must"),
               field);
}

// elicitation:form:schema:enum-variants
BOOST_AUTO_TEST_CASE(the_schema_of_a_struct_becomes_a_form) {
  const auto made = form_schema(parse(R"({
    "type": "object", "title": "T", "description": "D", "additionalProperties": false, "required": ["n"],
    "properties": {
      "n": {"type": "integer", "minimum": -9223372036854775808, "maximum": 9223372036854775807},
      "u": {"type": "integer", "minimum": 0, "maximum": 18446744073709551615},
      "i": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
      "one": {"type": "string", "oneOf": [{"const": "a", "title": "A"}]},
      "many": {"type": "array", "minItems": 1,
               "items": {"type": "string", "oneOf": [{"const": "a", "title": "A"}]}},
      "plain": {"type": "array", "items": {"type": "string", "enum": ["a"]}}
    }})"));
  BOOST_TEST(json::equal(made, json::parse(R"({
    "type": "object", "required": ["n"],
    "properties": {
      "n": {"type": "integer"},
      "u": {"type": "integer", "minimum": 0},
      "i": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
      "one": {"type": "string", "oneOf": [{"const": "a", "title": "A"}]},
      "many": {"type": "array", "minItems": 1, "items": {"anyOf": [{"const": "a", "title": "A"}]}},
      "plain": {"type": "array", "items": {"type": "string", "enum": ["a"]}}
    }})")),
             jsonrpc::to_text(json::value(made)));
  BOOST_TEST(!check_requested_schema(made));
  BOOST_TEST(!check_requested_schema(form_schema(parse(R"({"type":"object"})"))));  // only a button
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
