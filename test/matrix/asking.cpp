// Handlers that ask their client: forms, pages, its model, its roots. The same scenarios in both eras: where
// questions are requests, and where they are results.

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

bool has_forms(const pair& p) {
  return p.rules.elicitation;
}
bool has_pages(const pair& p) {
  return p.rules.elicitation_modes;
}
bool has_completion_of_pages(const pair& p) {
  return p.rules.elicitation_ids;
}
bool has_tools_in_sampling(const pair& p) {
  return p.rules.sampling_tools;
}

constexpr const char* nobody = "nobody can be asked";

json::object what(std::string_view name) {
  json::object o;
  o["what"] = name;
  return o;
}

answerer always(std::string_view result) {
  return [r = obj(result)](const question&) { return r; };
}

constexpr std::string_view paris =
    R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"m","stopReason":"endTurn"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_asking)

COMCP_MATRIX(
    the_answer_to_a_form_reaches_the_handler,
    proves("elicitation:form:action:accept elicitation:form:basic mcpserver:context:elicit "
           "tools:call:elicitation-roundtrip transport:streamable-http:server-to-client")
        .where(nobody, has_questions)
        .where("no forms", has_forms)
        .on_real_routes()) {
  c.answers(always(R"({"action":"accept","content":{"name":"Ada"}})"));
  BOOST_TEST(co_await c.text_of("ask", what("form")) == "accept Ada");
  BOOST_TEST_REQUIRE(c.questions.size() == 1U);
  BOOST_TEST(c.questions[0].method == "elicitation/create");
  BOOST_TEST(c.questions[0].params.at("message") == "Who are you?");
  const json::object& form = c.questions[0].params.at("requestedSchema").as_object();
  BOOST_TEST(form.at("properties").at("name").at("type") == "string");
  BOOST_TEST(form.at("required") == parsed(R"(["name"])"));
}

COMCP_MATRIX(declining_and_closing_a_form_have_no_content,
             proves("elicitation:form:action:decline elicitation:form:action:cancel")
                 .where(nobody, has_questions)
                 .where("no forms", has_forms)) {
  for (const char* action : {"decline", "cancel"}) {
    json::object answer;
    answer["action"] = action;
    c.answers([answer](const question&) { return answer; });
    BOOST_TEST(co_await c.text_of("ask", what("form")) == action);
  }
}

COMCP_MATRIX(an_answer_feeds_the_next_question_and_no_ends_them,
             proves("flow:elicitation:multi-step-form")
                 .where(nobody, has_questions)
                 .where("no forms", has_forms)) {
  c.answers([](const question& q) {
    return obj(q.params.at("message") == "Who are you?"
                   ? R"({"action":"accept","content":{"name":"Ada"}})"
                   : R"({"action":"accept","content":{"name":"Bob"}})");
  });
  BOOST_TEST(co_await c.text_of("ask", what("two forms")) == "Ada and Bob");
  BOOST_TEST(c.questions.back().params.at("message") == "Whom does Ada know?");
  c.answers(always(R"({"action":"decline"})"));
  BOOST_TEST(co_await c.text_of("ask", what("two forms")) == "nobody");
}

COMCP_MATRIX(fields_of_every_kind_reach_the_client,
             proves("elicitation:form:defaults elicitation:form:schema:primitives "
                    "elicitation:form:schema:enum-variants")
                 .where(nobody, has_questions)
                 .where("choices of one only", has_pages)) {
  c.answers(always(R"({"action":"decline"})"));
  co_await c.call("test_elicitation_sep1034_defaults");
  const json::object defaults =
      c.questions.back().params.at("requestedSchema").at("properties").as_object();
  BOOST_TEST(defaults.at("name").at("default") == "John Doe");
  BOOST_TEST(defaults.at("age") == parsed(R"({"type":"integer","default":30})"));
  BOOST_TEST(defaults.at("score").at("type") == "number");
  BOOST_TEST(defaults.at("verified").at("default") == true);
  co_await c.call("test_elicitation_sep1330_enums");
  const json::object choices =
      c.questions.back().params.at("requestedSchema").at("properties").as_object();
  BOOST_TEST(choices.at("untitledSingle").at("enum").as_array().size() == 3U);
  BOOST_TEST(choices.at("titledSingle").at("oneOf").at(0).at("title") == "First Option");
  BOOST_TEST(choices.at("untitledMulti").at("items").at("enum").as_array().size() == 3U);
  BOOST_TEST(choices.at("titledMulti").at("items").at("anyOf").at(2).at("const") == "value3");
}

COMCP_MATRIX(what_is_no_form_is_never_sent,
             proves("elicitation:form:schema:restricted-subset")
                 .where(nobody, has_questions)
                 .where("no forms", has_forms)) {
  const auto refused = co_await c.call("ask", what("no form"));
  BOOST_TEST(is_error(refused));
  BOOST_TEST(c.questions.empty());
}

COMCP_MATRIX(what_the_user_filled_in_is_checked_against_the_form,
             proves("elicitation:form:response-validation")
                 .where(nobody, has_questions)
                 .where("no forms", has_forms)) {
  c.answers(always(R"({"action":"accept","content":{"name":7}})"));
  const auto id = co_await c.start_call("ask", what("form"));
  const auto got = co_await c.answer(id);
  if (c.rules.input_required) {
    BOOST_TEST(error_in(got).at("code") == -32602);
  } else {
    BOOST_TEST(is_error(result_in(got)));
  }
}

COMCP_MATRIX(a_page_is_visited_and_its_end_told,
             proves("elicitation:url:basic elicitation:url:action:accept-no-content "
                    "elicitation:url:decline elicitation:url:cancel")
                 .where(nobody, has_questions)
                 .where("no pages", has_pages)) {
  for (const char* action : {"accept", "decline", "cancel"}) {
    json::object answer;
    answer["action"] = action;
    c.answers([answer](const question&) { return answer; });
    BOOST_TEST(co_await c.text_of("ask", what("page")) == action);
    const json::object& asked = c.questions.back().params;
    BOOST_TEST(asked.at("mode") == "url");
    BOOST_TEST(asked.at("url") == "https://example.org/in?v=1");
    BOOST_TEST(asked.at("message") == "Please sign in");
    BOOST_TEST(asked.contains("elicitationId") == c.rules.elicitation_ids);
  }
}

COMCP_MATRIX(when_a_page_is_done_the_client_is_told,
             proves("elicitation:url:complete-notification")
                 .where(nobody, has_questions)
                 .where("no such notification", has_completion_of_pages)) {
  c.answers(always(R"({"action":"accept"})"));
  co_await c.call("ask", what("page"));
  const note told = co_await c.heard("notifications/elicitation/complete");
  BOOST_TEST(told.params().at("elicitationId") == "visit-1");
}

COMCP_MATRIX(a_call_may_demand_a_page_first,
             proves("elicitation:url:required-error mcpserver:tool:url-elicitation-error")
                 .where("no such error", has_completion_of_pages)) {
  json::object params = obj(R"({"name":"ask","arguments":{"what":"page first"}})");
  const auto refused = co_await c.error("tools/call", std::move(params));
  BOOST_TEST(refused.at("code") == -32042);
  BOOST_TEST(refused.at("data").at("elicitations").at(0).at("elicitationId") == "visit-2");
}

COMCP_MATRIX(the_clients_model_answers_a_handler,
             proves("sampling:create:basic tools:call:sampling-roundtrip")
                 .where(nobody, has_questions)
                 .on_real_routes()) {
  c.answers(always(paris));
  BOOST_TEST(co_await c.text_of("ask", what("model")) == "Paris by m, endTurn");
  BOOST_TEST(c.questions.at(0).method == "sampling/createMessage");
  BOOST_TEST(c.questions[0].params.at("messages").at(0).at("content").at("text") ==
             "Capital of France?");
  BOOST_TEST(c.questions[0].params.at("maxTokens") == 100);
}

COMCP_MATRIX(all_of_a_sampling_question_reaches_the_client,
             proves("sampling:create:system-prompt sampling:create:model-preferences "
                    "sampling:create:include-context sampling:create-message:image-content "
                    "sampling:create-message:audio-content")
                 .where(nobody, has_questions)) {
  c.answers(always(paris));
  co_await c.call("ask", what("model richly"));
  const json::object& asked = c.questions.at(0).params;
  BOOST_TEST(asked.at("systemPrompt") == "Be short");
  BOOST_TEST(asked.at("includeContext") == "thisServer");
  BOOST_TEST(asked.at("modelPreferences").at("hints").at(0).at("name") == "small");
  BOOST_TEST(asked.at("modelPreferences").at("speedPriority") == 0.5);
  BOOST_TEST(asked.at("messages").at(1).at("content").at("type") == "image");
  BOOST_TEST(asked.at("messages").at(2).at("content").at("type") ==
             (c.rules.audio_content ? "audio" : "text"));
}

COMCP_MATRIX(a_model_may_use_tools,
             proves("sampling:create:tools sampling:result:with-tools-array-content "
                    "sampling:message:content-cardinality")
                 .where(nobody, has_questions)
                 .where("no tools in sampling", has_tools_in_sampling)) {
  c.answers(always(
      R"({"role":"assistant","model":"m","stopReason":"toolUse","content":[
            {"type":"text","text":"With a "},{"type":"tool_use","id":"u","name":"hammer","input":{}}]})"));
  BOOST_TEST(co_await c.text_of("ask", what("model with tools")) ==
             "With a [hammer] by m, toolUse");
  const json::object asked = c.questions.at(0).params;
  BOOST_TEST(asked.at("tools").at(0).at("name") == "hammer");
  BOOST_TEST(asked.at("toolChoice") == parsed(R"({"mode":"required"})"));
  c.answers(always(paris));
  BOOST_TEST(co_await c.text_of("ask", what("model in balance")) == "Paris by m, endTurn");
}

COMCP_MATRIX(a_conversation_out_of_balance_is_never_sent,
             proves("sampling:tool-use:server-preflight sampling:tool-use:result-balance "
                    "sampling:tool-result:no-mixed-content")
                 .where(nobody, has_questions)
                 .where("no tools in sampling", has_tools_in_sampling)) {
  for (const char* name : {"model without result", "model with mixed result"}) {
    const auto refused = co_await c.call("ask", what(name));
    BOOST_TEST(is_error(refused));
  }
  BOOST_TEST(c.questions.empty());
}

COMCP_MATRIX(roots_reach_the_handler,
             proves("roots:list:basic roots:list:empty roots:uri:file-scheme")
                 .where(nobody, has_questions)) {
  c.answers(always(R"({"roots":[{"uri":"file:///a","name":"A"}]})"));
  BOOST_TEST(co_await c.text_of("ask", what("roots")) == "1 file:///a A");
  c.answers(always(R"({"roots":[]})"));
  BOOST_TEST(co_await c.text_of("ask", what("roots")) == "0");
  c.answers(always(R"({"roots":[{"uri":"https://example.org/"}]})"));
  const auto id = co_await c.start_call("ask", what("roots"));
  const auto other = co_await c.answer(id);
  BOOST_TEST((other.contains("error") || is_error(result_in(other))));
}

COMCP_MATRIX(a_refusal_of_the_client_reaches_the_handler,
             proves("sampling:error:user-rejected roots:list:client-error")
                 .where("questions aren't requests", has_server_requests)) {
  c.answers(always(R"({"error":{"code":-1,"message":"User rejected sampling request"}})"));
  BOOST_TEST(co_await c.text_of("ask", what("refused")) == "-1 User rejected sampling request");
  const auto failed = co_await c.call("ask", what("roots"));
  BOOST_TEST(is_error(failed));
}

COMCP_MATRIX(nobody_is_asked_what_he_did_not_declare,
             proves("sampling:create-message:not-supported roots:list:not-supported "
                    "elicitation:capability:server-respects-mode elicitation:url:not-supported "
                    "sampling:tools:server-gated-by-capability "
                    "sampling:context:server-gated-by-capability")
                 .client("{}")) {
  for (const char* name : {"form", "page", "roots", "model", "model with tools", "model richly"}) {
    const auto id = co_await c.start_call("ask", what(name));
    const auto got = co_await c.answer(id);
    BOOST_TEST_CONTEXT(name) {
      if (c.where.modern()) {
        BOOST_TEST(error_in(got).at("code") == -32021);
        BOOST_TEST(!error_in(got).at("data").at("requiredCapabilities").as_object().empty());
      } else {
        BOOST_TEST(is_error(result_in(got)));
      }
    }
  }
  BOOST_TEST(c.questions.empty());
}

COMCP_MATRIX(a_client_of_forms_is_not_sent_to_pages,
             proves("elicitation:capability:server-respects-mode elicitation:url:not-supported "
                    "sampling:tools:server-gated-by-capability "
                    "sampling:context:server-gated-by-capability")
                 .where("no such capabilities", has_pages)
                 .client(R"({"elicitation":{"form":{}},"sampling":{}})")) {
  for (const char* name : {"page", "model with tools", "model richly"}) {
    const auto id = co_await c.start_call("ask", what(name));
    const auto got = co_await c.answer(id);
    BOOST_TEST((got.contains("error") || is_error(result_in(got))), name);
  }
  BOOST_TEST(c.questions.empty());
}

COMCP_MATRIX(where_nobody_can_be_asked_the_call_fails_at_once,
             proves("transport:streamable-http:stateless-restrictions "
                    "transport:streamable-http:json-response-restrictions")
                 .where("can be asked", [](const pair& p) { return !has_questions(p); })) {
  for (const char* name : {"model", "roots"}) {
    const auto failed = co_await c.call("ask", what(name));
    BOOST_TEST(is_error(failed));
  }
  co_await c.call("steps");
  BOOST_TEST(c.notes.empty());
}

COMCP_MATRIX(a_question_without_answer_is_taken_back,
             proves("protocol:timeout:basic protocol:timeout:sends-cancellation "
                    "protocol:timeout:session-survives protocol:cancel:late-response-ignored "
                    "protocol:cancel:sender-targeting")
                 .where("questions aren't requests", has_server_requests)
                 .where("no forms", has_forms)) {
  c.answers([](const question&) { return json::object(); });  // later, or never
  BOOST_TEST(co_await c.text_of("ask", what("briefly")) == "timed out");
  const note back = co_await c.heard("notifications/cancelled");
  BOOST_TEST(back.params().at("requestId") == c.questions.at(0).id);
  co_await c.respond(c.questions.at(0).id, obj(R"({"action":"decline"})"));
  co_await c.quiet();
  co_await c.still_served();
}

COMCP_MATRIX(a_cancelled_call_takes_its_question_back,
             proves("protocol:cancel:server-to-client protocol:cancel:sender-targeting")
                 .where("questions aren't requests", has_server_requests)
                 // The stream of a cancelled request ends without another word (H-11).
                 .where("its stream ends with it",
                        [](const pair& p) { return !p.via.divided(); })) {
  c.answers([](const question&) { return json::object(); });
  const auto id = co_await c.start_call("ask", what("model"));
  while (c.questions.empty())
    co_await c.result("ping");
  co_await c.abandon(id);
  const note back = co_await c.heard("notifications/cancelled");
  BOOST_TEST(back.params().at("requestId") == c.questions.at(0).id);
  co_await c.quiet();
}

COMCP_MATRIX(
    questions_of_one_session_have_ids_of_their_own,
    proves("protocol:request-id:unique").where("questions aren't requests", has_server_requests)) {
  c.answers(
      [](const question& q) { return obj(q.method == "roots/list" ? R"({"roots":[]})" : paris); });
  for (const char* name : {"model", "roots", "model", "roots"})
    co_await c.call("ask", what(name));
  std::set<std::string> ids;
  for (const question& q : c.questions)
    ids.insert(json::serialize(q.id));
  BOOST_TEST(ids.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
