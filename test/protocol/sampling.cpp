#include "comcp/protocol/sampling.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "comcp/jsonrpc/codec.hpp"

namespace {
using namespace comcp;
using namespace comcp::protocol;

sampling_message uses(std::initializer_list<const char*> ids) {
  sampling_message m;
  m.role = role::assistant;
  for (const char* id : ids)
    m.content.push_back(to_block(tool_use(id, "t", json::object())));
  return m;
}

sampling_message results(std::initializer_list<const char*> ids) {
  sampling_message m;
  m.role = role::user;
  for (const char* id : ids)
    m.content.push_back(to_block(tool_result(id, call_tool_result::text("done"))));
  return m;
}

BOOST_AUTO_TEST_SUITE(protocol_sampling)

BOOST_AUTO_TEST_CASE(several_blocks_become_several_messages_where_a_message_has_one) {
  create_message_params p;
  sampling_message m(role::user, "a");
  m.content.emplace_back("b");
  p.messages.push_back(m);
  p.max_tokens = 10;
  BOOST_TEST(encode(p, newest()).at("messages").as_array().size() == 1U);
  BOOST_TEST(encode(p, newest()).at("messages").at(0).at("content").is_array());
  const auto old = encode(p, rules_of(revision::v2025_06_18));
  BOOST_TEST(jsonrpc::to_text(old.at("messages")) ==
             R"([{"role":"user","content":{"type":"text","text":"a"}},)"
             R"({"role":"user","content":{"type":"text","text":"b"}}])");
}

// S-SAMP-01
BOOST_AUTO_TEST_CASE(tools_go_only_where_the_revision_has_them) {
  create_message_params p;
  p.messages.emplace_back(role::user, "a");
  p.tools.emplace_back();
  p.choice = create_message_params::tool_choice::required;
  BOOST_TEST(encode(p, newest()).at("toolChoice").at("mode").as_string() == "required");
  BOOST_TEST(encode(p, newest()).contains("tools"));
  const auto old = encode(p, rules_of(revision::v2025_06_18));
  BOOST_TEST(!old.contains("tools"));
  BOOST_TEST(!old.contains("toolChoice"));
}

BOOST_AUTO_TEST_CASE(a_wish_to_call_a_tool_is_found_among_the_blocks) {
  const auto back = std::get<create_message_result>(decode_create_message_result(json::parse(
      R"({"role":"assistant","model":"m","content":{"type":"tool_use","id":"1","name":"t","input":{"a":1}}})")));
  BOOST_TEST_REQUIRE(back.content.size() == 1U);
  const auto use = as_tool_use(back.content[0]);
  BOOST_TEST_REQUIRE(use.has_value());
  BOOST_TEST(use->name == "t");
  BOOST_TEST(use->input.at("a").as_int64() == 1);
  BOOST_TEST(!as_tool_use(content_block("text")));
}

// S-SAMP-02, sampling:tool-use:result-balance
BOOST_AUTO_TEST_CASE(every_tool_use_is_answered_at_once_and_by_nothing_else) {
  const sampling_message question(role::user, "?");
  const sampling_message answer(role::assistant, "!");
  sampling_message mixed = results({"1"});
  mixed.content.emplace_back("and by the way");
  sampling_message wrong_role = results({"1"});
  wrong_role.role = role::assistant;

  using conversation = std::vector<sampling_message>;
  for (const conversation& good :
       {conversation{}, conversation{question, answer},
        conversation{question, uses({"1", "2"}), results({"2", "1"}), answer, question},
        conversation{question, uses({"1"}), results({"1"}), uses({"1"}), results({"1"})}})
    BOOST_TEST(!check_tool_results(good));
  for (const conversation& bad :
       {conversation{question, uses({"1"})}, conversation{question, uses({"1"}), question},
        conversation{question, uses({"1", "2"}), results({"1"})},
        conversation{question, uses({"1"}), results({"1", "2"})},
        conversation{question, results({"1"})}, conversation{question, uses({"1"}), mixed},
        conversation{question, uses({"1"}), wrong_role},
        conversation{question, uses({"1"}), answer, results({"1"})}})
    BOOST_TEST(check_tool_results(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
