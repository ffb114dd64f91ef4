// What each revision gets of the vocabulary, judged by its official schema.
#include <boost/test/unit_test.hpp>

#include <string>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/completion.hpp"
#include "comcp/protocol/elicitation.hpp"
#include "comcp/protocol/errors.hpp"
#include "comcp/protocol/input_required.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/progress.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/protocol/resources.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/protocol/roots.hpp"
#include "comcp/protocol/sampling.hpp"
#include "comcp/protocol/subscriptions.hpp"
#include "comcp/protocol/tools.hpp"
#include "support/schema_check.hpp"

namespace {
using namespace comcp;
using namespace comcp::protocol;

implementation server_info() {
  implementation me("s", "1.0");
  me.title = "Server";
  me.description = "For tests";
  me.website_url = "https://example.com";
  icon i;
  i.src = "data:image/png;base64,AAAA";
  i.sizes = {"48x48"};
  i.theme = "dark";
  me.icons = {i};
  return me;
}

/// The wire form of a result, complete as the revision demands.
std::string answer(std::string_view name, json::object result, const rules& r) {
  complete_result(result, find_method(name), r, server_info());
  std::string out;
  jsonrpc::encode_result(out, jsonrpc::request_id(1), json::value(std::move(result)));
  return out;
}

void check(std::string_view name, json::object result, const rules& r) {
  const std::string text = answer(name, std::move(result), r);
  BOOST_TEST(test::check_message(text, r, name).empty(), test::check_message(text, r, name));
}

tool full_tool() {
  tool t;
  t.name = "t";
  t.title = "Tool";
  t.description = "Does it";
  t.input_schema =
      json::parse(R"({"type":"object","properties":{"a":{"type":"string"}}})").as_object();
  t.output_schema = json::parse(R"({"type":"object"})");
  t.annotations.read_only = true;
  t.annotations.title = "T";
  t.icons = server_info().icons;
  t.meta["k"] = 1;
  return t;
}

std::vector<content_block> every_block() {
  resource_link link("file:///a", "a");
  link.title = "A";
  link.size = 3;
  content_block annotated("text");
  annotated.annotations.audience = {"user"};
  annotated.annotations.priority = 0.5;
  annotated.annotations.last_modified = "2025-01-01T00:00:00Z";
  annotated.meta["k"] = "v";
  std::vector<content_block> blocks;
  blocks.push_back(std::move(annotated));
  blocks.emplace_back(image_content("AAAA", "image/png"));
  blocks.emplace_back(audio_content("AAAA", "audio/wav"));
  blocks.emplace_back(
      embedded_resource(resource_contents::of_text("file:///t", "t", "text/plain")));
  blocks.emplace_back(embedded_resource(resource_contents::of_bytes("file:///b", "\x01\x02")));
  blocks.emplace_back(std::move(link));
  return blocks;
}

BOOST_AUTO_TEST_SUITE(protocol_values, *boost::unit_test::precondition([](auto) {
                        return boost::test_tools::assertion_result(test::schemas_available());
                      }))

BOOST_AUTO_TEST_CASE(results_satisfy_the_schema_of_every_revision) {
  for (const rules& r : all_rules()) {
    json::object tools;
    tools["tools"] = json::array{encode(full_tool(), r)};
    check("tools/list", std::move(tools), r);

    call_tool_result called = call_tool_result::structured(json::parse(R"({"n":1})"));
    called.content = every_block();
    check("tools/call", encode(called, r), r);
    check("tools/call", encode(call_tool_result::error("no"), r), r);

    resource res("file:///a", "a");
    res.title = "A";
    res.icons = server_info().icons;
    json::object resources;
    resources["resources"] = json::array{encode(res, r)};
    check("resources/list", std::move(resources), r);

    resource_template templ;
    templ.uri_template = "file:///{x}";
    templ.name = "x";
    json::object templates;
    templates["resourceTemplates"] = json::array{encode(templ, r)};
    check("resources/templates/list", std::move(templates), r);

    read_resource_result read;
    read.contents = {resource_contents::of_text("file:///a", "x"),
                     resource_contents::of_bytes("file:///b", "y")};
    check("resources/read", encode(read, r), r);

    prompt p;
    p.name = "p";
    p.arguments = {prompt_argument("a", "An argument", true)};
    json::object prompts;
    prompts["prompts"] = json::array{encode(p, r)};
    check("prompts/list", std::move(prompts), r);

    get_prompt_result got;
    for (content_block& block : every_block())
      got.messages.emplace_back(role::user, std::move(block));
    check("prompts/get", encode(got, r), r);

    check("completion/complete", encode(completion({"a", "b"})), r);

    if (r.era == era::legacy) {
      initialize_result init;
      init.server_info = server_info();
      init.capabilities.tools = init.capabilities.completions = init.capabilities.logging = true;
      init.capabilities.resources = init.capabilities.resources_subscribe = true;
      check("initialize", encode(init, r), r);
    } else {
      initialize_result about;
      about.capabilities.tools = about.capabilities.tools_list_changed = true;
      about.capabilities.extensions["io.modelcontextprotocol/ui"].emplace_object();
      about.instructions = "Use it";
      check("server/discover", encode_discover(about, r), r);
    }
  }
}

std::string request_text(std::string_view name, json::object params) {
  std::string out;
  jsonrpc::encode_request(out, jsonrpc::request_id(1), name, json::value(std::move(params)));
  return out;
}

std::string notification_text(std::string_view name, json::object params) {
  std::string out;
  jsonrpc::encode_notification(out, name, json::value(std::move(params)));
  return out;
}

BOOST_AUTO_TEST_CASE(what_a_server_asks_and_tells_satisfies_the_schema_of_every_revision) {
  const json::object form = json::parse(R"({"type":"object","required":["a"],"properties":{
      "a":{"type":"string","title":"A","format":"email","default":"x@example.com"},
      "b":{"type":"number","minimum":0,"maximum":9,"default":3},
      "c":{"type":"boolean","default":true},
      "d":{"type":"string","oneOf":[{"const":"x","title":"X"}],"default":"x"}}})")
                                .as_object();
  create_message_params sample;
  for (content_block& block : every_block())
    if (block.value.index() < 3) sample.messages.emplace_back(role::user, std::move(block));
  sample.messages.front().content.emplace_back("and another");
  sample.max_tokens = 100;
  sample.preferences.hints = {"claude"};
  sample.preferences.cost_priority = 0.5;
  sample.system_prompt = "Be brief";
  sample.include_context = "thisServer";
  sample.temperature = 0.5;
  sample.stop_sequences = {"END"};
  sample.metadata["k"] = 1;
  sample.tools = {full_tool()};
  sample.choice = create_message_params::tool_choice::automatic;

  for (const rules& r : all_rules()) {
    const auto good = [&](const std::string& text) {
      BOOST_TEST(test::check_message(text, r).empty(), test::check_message(text, r));
    };
    if (r.server_requests) {
      good(request_text(method::create_message, encode(sample, r)));
      good(request_text(method::roots_list, {}));
      if (r.elicitation) good(request_text(method::elicit, encode(elicit_form("?", form), r)));
      if (r.elicitation_modes)
        good(request_text(method::elicit, encode(elicit_url("?", "https://example.com", "e"), r)));
    } else {
      input_required_result asks;
      asks.requests["a"] =
          input_request(std::string(method::elicit), encode(elicit_form("?", form), r));
      asks.requests["b"] = input_request(std::string(method::elicit),
                                         encode(elicit_url("?", "https://example.com"), r));
      asks.requests["c"] = input_request(std::string(method::create_message), encode(sample, r));
      asks.requests["d"] = input_request(std::string(method::roots_list), nullptr);
      asks.state = "sealed";
      check(method::tools_call, encode(asks), r);
      check(method::prompts_get, encode(asks), r);

      subscription_filter granted;
      granted.tools_list_changed = granted.prompts_list_changed = true;
      granted.resources_list_changed = true;
      granted.resources = {"file:///a"};
      good(notification_text(method::subscription_acknowledged, acknowledged_params(granted, 7)));
      json::object ended;
      tag_subscription(ended, "L1");
      check(method::listen, std::move(ended), r);
    }
    good(notification_text(method::progress, encode(progress_update(1, 2, "half"), "t", r)));
    good(notification_text(method::log_message,
                           encode(log_message(logging_level::alert, json::value("x"), "l"))));
    good(notification_text(method::cancelled, encode(cancelled_params(7, "late"))));
    json::object updated;
    updated["uri"] = "file:///a";
    good(notification_text(method::resource_updated, std::move(updated)));
    for (const auto changed :
         {method::tools_changed, method::prompts_changed, method::resources_changed})
      good(notification_text(changed, {}));
  }
}

BOOST_AUTO_TEST_CASE(what_a_client_answers_and_declares_satisfies_the_schema_of_every_revision) {
  initialize_params offer;
  offer.client_info = server_info();
  offer.capabilities.roots = offer.capabilities.roots_list_changed = true;
  offer.capabilities.sampling = offer.capabilities.sampling_tools = true;
  offer.capabilities.sampling_context = true;
  offer.capabilities.elicitation_form = offer.capabilities.elicitation_url = true;
  offer.capabilities.experimental["x"].emplace_object();
  offer.capabilities.extensions["io.modelcontextprotocol/ui"].emplace_object();

  root folder("file:///a", "a");
  folder.meta["k"] = 1;
  create_message_result said;
  said.content.emplace_back("hello");
  said.model = "m";
  said.stop_reason = "endTurn";
  create_message_result calls = said;
  calls.content.push_back(to_block(tool_use("1", "t", json::object())));
  elicit_result accepted;
  accepted.action = elicit_result::outcome::accept;
  accepted.content["a"] = "x";

  for (const rules& r : all_rules()) {
    const auto good = [&](json::object value, const char* definition) {
      const std::string why = test::check_value(value, r, definition);
      BOOST_TEST(why.empty(), why);
    };
    offer.protocol_version = r.name;
    good(encode(offer.capabilities, r), "ClientCapabilities");
    good(encode(std::vector<root>{folder}, r), "ListRootsResult");
    good(encode(said, r), "CreateMessageResult");
    if (r.sampling_tools) good(encode(calls, r), "CreateMessageResult");
    if (r.elicitation) good(encode(accepted), "ElicitResult");
    if (r.era == era::legacy) {
      const std::string text = request_text(method::initialize, encode(offer, r));
      BOOST_TEST(test::check_message(text, r).empty(), test::check_message(text, r));
    }
    // What was declared is understood again.
    const auto back = decode_client_capabilities(json::value(encode(offer.capabilities, r)));
    BOOST_TEST(back.roots);
    BOOST_TEST(back.roots_list_changed == r.roots_list_changed);
    BOOST_TEST(back.sampling_tools == r.sampling_tools);
    BOOST_TEST(back.elicitation_form == r.elicitation);
    BOOST_TEST(back.elicitation_url == r.elicitation_modes);
    BOOST_TEST(back.extension("io.modelcontextprotocol/ui") == r.extensions);
  }
}

// S-RPC-05, S-MOD-13, 07-errors
BOOST_AUTO_TEST_CASE(errors_have_the_code_and_the_data_of_the_revision) {
  for (const rules& r : all_rules()) {
    const auto good = [&](const jsonrpc::error_object& error) {
      std::string out;
      jsonrpc::encode_error(out, jsonrpc::request_id("x"), error);
      BOOST_TEST(test::check_message(out, r).empty(), test::check_message(out, r));
    };
    good(method_not_found("no/such"));
    good(invalid_params("because"));
    good(internal_error());
    good(resource_not_found("file:///x", r));
    if (r.era == era::modern) {
      good(header_mismatch("Mcp-Name", "is missing"));
      json::object needed;
      needed["sampling"].emplace_object();
      good(missing_client_capability(std::move(needed)));
      good(unsupported_version("1900-01-01"));
    }
    if (r.elicitation_ids)
      good(url_elicitation_required({elicit_url("?", "https://example.com", "e")}, r));
  }
  BOOST_TEST(unsupported_version("x").data->at("supported").at(0).as_string() == newest().name);
  BOOST_TEST(
      unsupported_version("x", all_rules().last(1)).data->at("supported").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_judge_refuses_what_is_wrong) {
  const rules& r = newest();
  const auto wrong = [&](const char* text, const char* answered) {
    return !test::check_message(text, r, answered).empty();
  };
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","id":1,"result":{"tools":[]}})", "tools/list"));
  BOOST_TEST(wrong(R"({"jsonrpc":"1.0","id":1,"result":{}})", ""));
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})", ""));
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", ""));
  for (const int code : {-32002, -32042, -32025})
    BOOST_TEST(wrong(
        (R"({"jsonrpc":"2.0","id":1,"error":{"message":"m","code":)" + std::to_string(code) + "}}")
            .c_str(),
        ""));
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","id":1,"error":{"message":"m","code":-32022}})", ""));
  // Members that the revision lacks, anywhere in the message.
  const auto extra = [&](const char* text) {
    const rules& old = rules_of(revision::v2024_11_05);
    return test::check_message(text, old, "tools/list", test::scrutiny::open).empty() &&
           !test::check_message(text, old, "tools/list").empty();
  };
  BOOST_TEST(extra(R"({"jsonrpc":"2.0","id":1,"result":{"tools":[],"ttlMs":1}})"));
  BOOST_TEST(extra(
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"n","title":"t","inputSchema":{"type":"object"}}]}})"));
  BOOST_TEST(extra(R"({"jsonrpc":"2.0","id":1,"extra":1,"result":{"tools":[]}})"));
}

BOOST_AUTO_TEST_CASE(a_revision_gets_only_what_it_has) {
  const rules& oldest = rules_of(revision::v2024_11_05);
  const json::object t = encode(full_tool(), oldest);
  for (const char* member : {"title", "outputSchema", "annotations", "icons", "_meta"})
    BOOST_TEST(!t.contains(member), member);
  BOOST_TEST(!encode(call_tool_result::structured(json::parse("{}")), oldest)
                  .contains("structuredContent"));
  const json::array blocks = encode(every_block(), oldest);
  BOOST_TEST(blocks.at(2).at("type").as_string() == "text");  // audio
  BOOST_TEST(blocks.at(5).at("type").as_string() == "text");  // link

  // A structured value alone is text for those who lack it (S-TOOL-05).
  call_tool_result bare;
  bare.structured_content = json::parse(R"({"x":0.5})");
  for (const rules& r : all_rules())
    BOOST_TEST(encode(bare, r).at("content").at(0).at("text").as_string() == R"({"x":0.5})");

  // A structured value that is no object travels inside of one, before 2026-07-28; its schema likewise.
  const call_tool_result number = call_tool_result::structured(json::value(5));
  BOOST_TEST(encode(number, newest_legacy()).at("structuredContent") ==
             json::parse(R"({"result":5})"));
  BOOST_TEST(encode(number, newest()).at("structuredContent") == json::value(5));
  tool scalar = full_tool();
  scalar.output_schema = json::parse(R"({"type":"integer"})");
  BOOST_TEST(encode(scalar, newest_legacy()).at("outputSchema").at("type") == "object");
  BOOST_TEST(encode(scalar, newest()).at("outputSchema").at("type") == "integer");
}

// C-TOOL-02; before 2026-07-28 the schema of a property is an object.
BOOST_AUTO_TEST_CASE(schemas_are_carried_verbatim_but_for_booleans_where_objects_are_wanted) {
  tool t;
  t.name = "t";
  t.input_schema = json::parse(R"({"$schema":"https://json-schema.org/draft/2020-12/schema",
      "type":"object","properties":{"any":true,"none":false,"some":{"type":"string","x-mine":[1]}},
      "$defs":{"a":{"$anchor":"b","if":true,"then":{"not":{}}}},"additionalProperties":false,
      "allOf":[{"anyOf":[{},{"oneOf":[true]}]}],"required":["some"]})")
                       .as_object();
  t.output_schema = t.input_schema;
  BOOST_TEST(json::equal(encode(t, newest()).at("inputSchema"), json::value(t.input_schema)));
  BOOST_TEST(json::equal(encode(t, newest()).at("outputSchema"), *t.output_schema));
  for (const rules& r : all_rules()) {
    const json::object encoded = encode(t, r);
    const std::string why = test::check_value(encoded, r, "Tool");
    BOOST_TEST(why.empty(), why);
    json::object expected = t.input_schema;
    if (r.era == era::legacy) {
      expected["properties"].get_object()["any"].emplace_object();
      expected["properties"].get_object()["none"] = json::parse(R"({"not":{}})");
    }
    BOOST_TEST(json::equal(encoded.at("inputSchema"), json::value(expected)));
  }
}

// S-COMP-01
BOOST_AUTO_TEST_CASE(a_completion_has_at_most_a_hundred_values_and_says_that_there_are_more) {
  completion many;
  for (int i = 0; i < 150; ++i)
    many.values.push_back(std::to_string(i));
  const json::object inner = encode(many).at("completion").as_object();
  BOOST_TEST(inner.at("values").as_array().size() == 100U);
  BOOST_TEST(inner.at("total").to_number<int>() == 150);
  BOOST_TEST(inner.at("hasMore").as_bool());
}

BOOST_AUTO_TEST_CASE(base64_pads_to_a_multiple_of_four) {
  BOOST_TEST(to_base64("") == "");
  BOOST_TEST(to_base64("f") == "Zg==");
  BOOST_TEST(to_base64("fo") == "Zm8=");
  BOOST_TEST(to_base64("foo") == "Zm9v");
  BOOST_TEST(to_base64("\xff\xfe") == "//4=");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
