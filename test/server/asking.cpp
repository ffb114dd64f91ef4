// Handlers that ask their client: one source, every revision. What the wire says of it in the modern
// era is in rounds.cpp.

#include "comcp/session/ask.hpp"

#include "comcp/protocol/methods.hpp"
#include "comcp/session/session.hpp"
#include "server/answering.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>

using namespace test;
using namespace std::chrono_literals;

namespace {

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

[[maybe_unused]] void annotate(json::enum_notes<colour>& about) {
  about.title(colour::red, "Red").title(colour::green, "Green");
}

enum class size { small, large };
BOOST_DESCRIBE_ENUM(size, small, large)

struct order {
  std::string name;
  int count = 2;
  std::optional<double> price;
  bool gift = true;
  colour paint = colour::red;
  std::optional<::size> fit;
  std::vector<colour> more;
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (name, count, price, gift, paint, fit, more, number))

[[maybe_unused]] void annotate(json::notes<order>& about) {
  about("An order").keyword("x", 1);
  about(&order::name, "Whose").title("Name").min_length(1);
  about(&order::count).minimum(1).maximum(9).defaulted();
  about(&order::gift).defaulted();
  about(&order::paint).defaulted();
  about(&order::more).max_items(2).default_value(json::array());
  about(&order::number).default_value(7);
}

struct nested {
  order inner;
};
BOOST_DESCRIBE_STRUCT(nested, (), (inner))

struct person {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (name))

awaitable<std::string> greet(request_context& ctx) {
  const auto who = co_await ctx.elicit<person>("Who are you?");
  if (who.declined()) co_return "declined";
  if (who.cancelled()) co_return "cancelled";
  co_return "Hello, " + who->name;
}

protocol::create_message_params text_question(std::string text) {
  protocol::create_message_params p;
  p.messages.emplace_back(protocol::role::user, content_block(std::move(text)));
  p.max_tokens = 100;
  return p;
}

awaitable<std::string> consult(request_context& ctx) {
  auto question = text_question("Capital of France?");
  question.system_prompt = "Be short";
  question.preferences.hints.push_back("small");
  question.preferences.cost_priority = 0.5;
  const auto said = co_await ctx.sample(std::move(question));
  co_return std::get<protocol::text_content>(said.content.at(0).value).text + " by " + said.model;
}

awaitable<std::string> count_roots(request_context& ctx) {
  const auto all = co_await ctx.roots();
  std::string text = std::to_string(all.size());
  for (const auto& r : all)
    text += " " + r.uri + " " + r.name;
  co_return text;
}

json::value answer_all(const std::string& method, const json::object& params) {
  if (method == "roots/list") return parsed(R"({"roots":[{"uri":"file:///a","name":"A"}]})");
  if (method == "sampling/createMessage")
    return parsed(R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"m"})");
  BOOST_TEST(params.contains("message"));
  return parsed(R"({"action":"accept","content":{"name":"Ada"}})");
}

json::object calling(std::string_view name) {
  json::object params;
  params["name"] = name;
  return params;
}

/// The one tool of a server, called once by a client that answers; in one revision.
awaitable<conversation> call_once(server& s,
                                  revision r,
                                  answers reply,
                                  json::object capabilities = everything()) {
  conversation out;
  co_await with_client(
      s, r,
      [&](client& c) -> awaitable<void> {
        auto talking = converse(c, "tools/call", calling("t"), reply);
        out = co_await std::move(talking);
      },
      std::move(capabilities));
  co_return out;
}

/// Every revision in which clients can be asked to fill forms.
std::vector<revision> with_forms() {
  std::vector<revision> all;
  for (const protocol::rules& r : protocol::all_rules())
    if (r.elicitation) all.push_back(r.id);
  return all;
}

/// Those that also have multiple choices.
std::vector<revision> with_modes() {
  std::vector<revision> all;
  for (const protocol::rules& r : protocol::all_rules())
    if (r.elicitation_modes) all.push_back(r.id);
  return all;
}

answers always(std::string_view answer) {
  return [a = parsed(answer)](const std::string&, const json::object&) { return a; };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(asking)

// tools:call:elicitation-roundtrip tools:call:sampling-roundtrip roots:list:basic
// sampling:create:basic mcpserver:context:elicit
COMCP_TEST_CORO(one_handler_asks_in_every_revision) {
  server s("s", "1");
  s.tool("greet", "", greet).tool("consult", "", consult).tool("roots", "", count_roots);
  co_await on_every_revision(
      s,
      [](client& c) -> awaitable<void> {
        auto asking = converse(c, "tools/call", calling("consult"), answer_all);
        auto got = co_await std::move(asking);
        BOOST_TEST(text_of(got.answer) == "Paris by m");
        asking = converse(c, "tools/call", calling("roots"), answer_all);
        got = co_await std::move(asking);
        BOOST_TEST(text_of(got.answer) == "1 file:///a A");
        BOOST_TEST(got.questions.size() == 1U);
        asking = converse(c, "tools/call", calling("greet"), answer_all);
        got = co_await std::move(asking);
        if (c.rules.elicitation) {
          BOOST_TEST(text_of(got.answer) == "Hello, Ada");
          BOOST_TEST(got.rounds == (c.rules.input_required ? 1 : 0));
        } else {  // what the revision lacks, the client lacks
          BOOST_TEST(is_tool_error(got.answer));
          BOOST_TEST(got.questions.empty());
        }
      },
      everything());
}

// elicitation:form:action:accept elicitation:form:action:decline elicitation:form:action:cancel
COMCP_TEST_CORO(every_way_to_answer_a_form_reaches_the_handler) {
  server s("s", "1");
  s.tool("t", "", greet);
  for (const revision r : with_forms()) {
    const auto said = [&](std::string_view answer) -> awaitable<std::string> {
      auto calling = call_once(s, r, always(answer));
      const auto got = co_await std::move(calling);
      co_return text_of(got.answer);
    };
    BOOST_TEST(co_await said(R"({"action":"accept","content":{"name":"Bob"}})") == "Hello, Bob");
    BOOST_TEST(co_await said(R"({"action":"decline"})") == "declined");
    BOOST_TEST(co_await said(R"({"action":"cancel"})") == "cancelled");
  }
}

// flow:elicitation:multi-step-form
COMCP_TEST_CORO(an_answer_feeds_the_next_question) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    const auto name = co_await ctx.elicit<person>("Name?");
    if (!name) co_return "no name";
    const auto friends = co_await ctx.elicit<person>("Whom does " + name->name + " know?");
    if (!friends) co_return name->name + " alone";
    co_return name->name + " and " + friends->name;
  });
  for (const revision r : with_forms()) {
    const answers both = [](const std::string&, const json::object& q) {
      return q.at("message") == "Name?" ? parsed(R"({"action":"accept","content":{"name":"Ada"}})")
                                        : parsed(R"({"action":"accept","content":{"name":"Bob"}})");
    };
    auto calling = call_once(s, r, both);
    auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "Ada and Bob");
    BOOST_TEST(got.questions.size() == 2U);
    const answers only_one = [](const std::string&, const json::object& q) {
      return q.at("message") == "Name?" ? parsed(R"({"action":"accept","content":{"name":"Ada"}})")
                                        : parsed(R"({"action":"decline"})");
    };
    calling = call_once(s, r, only_one);
    got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "Ada alone");
  }
}

// elicitation:form:basic elicitation:form:defaults elicitation:form:schema:enum-variants
// elicitation:form:schema:primitives elicitation:form:schema:restricted-subset
COMCP_TEST_CORO(a_struct_is_a_form) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    const auto got = co_await ctx.elicit<order>("Order");
    BOOST_TEST_REQUIRE(got.accepted());
    BOOST_TEST((*got).name == "Ada");
    BOOST_TEST(got->count == 2);
    BOOST_TEST(!got->price);
    BOOST_TEST((got->paint == colour::green));
    BOOST_TEST(got->more.size() == 2U);
    BOOST_TEST(got->number == 7);
    co_return "ok";
  });
  for (const revision r : with_modes()) {
    json::object form;
    const answers reply = [&](const std::string&, const json::object& q) {
      form = q.at("requestedSchema").as_object();
      return parsed(
          R"({"action":"accept","content":{"name":"Ada","paint":"green","more":["red","green"]}})");
    };
    auto calling = call_once(s, r, reply);
    const auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "ok");
    BOOST_TEST(json::equal(form, parsed(R"({
      "type": "object", "required": ["name"],
      "properties": {
        "name": {"type": "string", "description": "Whose", "title": "Name", "minLength": 1},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2},
        "price": {"type": "number"},
        "gift": {"type": "boolean", "default": true},
        "paint": {"type": "string", "default": "red",
                  "oneOf": [{"const": "red", "title": "Red"}, {"const": "green", "title": "Green"}]},
        "fit": {"type": "string", "enum": ["small", "large"]},
        "more": {"type": "array", "maxItems": 2, "default": [], "items": {
                  "anyOf": [{"const": "red", "title": "Red"}, {"const": "green", "title": "Green"}]}},
        "number": {"type": "integer", "default": 7}
      }})")),
               json::serialize(form));
  }
}

COMCP_TEST_CORO(what_is_no_form_is_never_sent) {
  server s("s", "1");
  std::string why;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    try {
      co_await ctx.elicit<nested>("x");
    } catch (const std::invalid_argument& e) {
      why = e.what();
    }
    co_return co_await ctx.elicit("y", obj(R"({"type":"object"})")), "not reached";
  });
  for (const revision r : with_forms()) {
    auto calling = call_once(s, r, answer_all);
    const auto got = co_await std::move(calling);
    BOOST_TEST(is_tool_error(got.answer));
    BOOST_TEST(got.questions.empty());
    BOOST_TEST(why.starts_with("this is no form: /properties/inner must"), why);
  }
}

struct sign_up {
  std::string user;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(sign_up, (), (user, password))

// S-ELIC-01
COMCP_TEST_CORO(a_form_that_asks_for_a_secret_is_never_sent) {
  server s("s", "1");
  std::vector<std::string> refused;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    try {
      co_await ctx.elicit<sign_up>("Sign up");
    } catch (const std::invalid_argument& e) {
      refused.emplace_back(e.what());
    }
    for (const std::string field : {"api_key", "pin"}) {
      json::object schema = obj(R"({"type":"object","properties":{}})");
      schema["properties"].get_object()[field] = obj(R"({"type":"string","format":"password"})");
      try {
        co_await ctx.elicit("Once more", schema);
      } catch (const std::invalid_argument& e) {
        refused.emplace_back(e.what());
      }
    }
    co_return "done";
  });
  for (const revision r : with_forms()) {
    refused.clear();
    auto calling = call_once(s, r, answer_all);
    const auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "done");
    BOOST_TEST(got.questions.empty());
    BOOST_TEST(refused.size() == 3U);
    for (const std::string& why : refused)
      BOOST_TEST((why.find("asks for a secret") != std::string::npos), why);
  }
}

// elicitation:form:response-validation S-MRTR-08
COMCP_TEST_CORO(an_answer_that_breaks_the_form_never_reaches_the_handler) {
  auto sink = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(sink));
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    const auto got = co_await ctx.elicit<order>("Order");
    co_return got.accepted() ? "accepted" : "not";
  });
  for (const revision r : with_modes()) {
    for (const std::string_view bad :
         {R"({"action":"accept","content":{"name":""}})", R"({"action":"accept","content":{}})",
          R"({"action":"accept"})", R"({"action":"accept","content":{"name":"a","count":10}})",
          R"({"action":"accept","content":{"name":"a","paint":"blue"}})",
          R"({"action":"accept","content":[]})", R"({"action":"agree"})", R"({})"}) {
      auto calling = call_once(s, r, always(bad));
      const auto got = co_await std::move(calling);
      if (protocol::rules_of(r).input_required) {
        BOOST_TEST(code_of(got.answer) == -32602);
        const std::string_view text = error_of(got.answer).at("message").as_string();
        BOOST_TEST((text.find("/inputResponses/q1") != text.npos), text);
      } else {
        BOOST_TEST(is_tool_error(got.answer));
      }
    }
  }
  BOOST_TEST(sink->count("the peer's answer does not fit the question") > 0U);
}

// elicitation:url:basic elicitation:url:action:accept-no-content elicitation:url:decline
// elicitation:url:cancel elicitation:url:complete-notification S-ELIC-02
COMCP_TEST_CORO(a_page_is_visited_where_clients_can) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    using outcome = protocol::elicit_result::outcome;
    const auto got = co_await ctx.elicit_url("Sign in", "https://example.com/in?v=1", "visit-1");
    if (got != outcome::accept) co_return got == outcome::decline ? "declined" : "cancelled";
    const auto told = co_await ctx.elicitation_complete("visit-1");
    co_return told == send_status::sent ? "told" : "visited";
  });
  for (const protocol::rules& r : protocol::all_rules()) {
    json::object question;
    std::string answer = R"({"action":"accept","content":{"ignored":1}})";
    const answers reply = [&](const std::string&, const json::object& q) {
      question = q;
      return parsed(answer);
    };
    auto calling = call_once(s, r.id, reply);
    auto got = co_await std::move(calling);
    if (!r.elicitation_modes) {
      BOOST_TEST(is_tool_error(got.answer));
      BOOST_TEST(got.questions.empty());
      continue;
    }
    BOOST_TEST(text_of(got.answer) == (r.elicitation_ids ? "told" : "visited"));
    BOOST_TEST(question.at("url") == "https://example.com/in?v=1");
    BOOST_TEST(question.contains("elicitationId") == r.elicitation_ids);
    answer = R"({"action":"decline"})";
    calling = call_once(s, r.id, reply);
    got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "declined");
    answer = R"({"action":"cancel"})";
    calling = call_once(s, r.id, reply);
    got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "cancelled");
  }
}

// S-ELIC-03: neither a user nor a secret is in a URL that is sent.
COMCP_TEST_CORO(a_page_without_id_gets_one_and_a_page_that_is_none_is_not_sent) {
  server s("s", "1");
  std::vector<std::string> refused;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    for (const std::string_view url :
         {"javascript:alert(1)", "file:///etc", "https://", "https:///x", "https://a b", "ftp://x",
          "", "https://ann:pw@example.com/", "https://ann@example.com",
          "https://example.com/?a=1&access_token=x", "https://example.com/x?Password=x",
          "https://example.com/x#a=1&apiKey=x"}) {
      try {
        co_await ctx.elicit_url("m", std::string(url));
      } catch (const std::invalid_argument& e) {
        refused.emplace_back(url);
      }
    }
    // An address in a path, an empty parameter, a word that only contains one.
    co_await ctx.elicit_url("m", "http://localhost:1/a@b?password=&passwords=1&change-password");
    co_return "ok";
  });
  std::vector<std::string> ids;
  const answers reply = [&](const std::string&, const json::object& q) {
    ids.emplace_back(q.at("elicitationId").as_string());
    return parsed(R"({"action":"accept"})");
  };
  for (int i = 0; i < 2; ++i) {
    auto calling = call_once(s, revision::v2025_11_25, reply);
    const auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "ok");
  }
  BOOST_TEST(refused.size() == 24U);
  BOOST_TEST_REQUIRE(ids.size() == 2U);
  BOOST_TEST(ids[0].size() == 32U);
  BOOST_TEST(ids[0] != ids[1]);
}

// elicitation:url:required-error mcpserver:tool:url-elicitation-error S-ELIC-05
COMCP_TEST_CORO(a_handler_may_demand_that_pages_are_visited_first) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    std::vector<protocol::elicit_url> pages;
    pages.emplace_back("Link", "https://s/connect", "e1");
    throw request_error(protocol::url_elicitation_required(pages, ctx.rules()));
    co_return "";
  });
  auto calling = call_once(s, revision::v2025_11_25, answer_all);
  const auto got = co_await std::move(calling);
  BOOST_TEST(code_of(got.answer) == -32042);
  BOOST_TEST(error_of(got.answer).at("data").at("elicitations").at(0).at("elicitationId") == "e1");
}

// flow:elicitation:url-required-then-retry
COMCP_TEST_CORO(a_call_that_demanded_a_page_succeeds_when_it_was_visited) {
  server s("s", "1");
  bool visited = false;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    if (!visited) {
      std::vector<protocol::elicit_url> pages;
      pages.emplace_back("Link", "https://s/connect", "e1");
      throw request_error(protocol::url_elicitation_required(pages, ctx.rules()));
    }
    co_return "linked";
  });
  session* conversation = nullptr;
  s.on_session_start([&](session& started) { conversation = &started; });
  co_await with_client(
      s, revision::v2025_11_25,
      [&](client& c) -> awaitable<void> {
        BOOST_TEST(code_of(co_await c.ask("tools/call", calling("t"))) == -32042);
        visited = true;
        json::object params;
        params["elicitationId"] = "e1";
        conversation->try_notify(protocol::method::elicitation_complete,
                                 json::value(std::move(params)));
        const auto told = co_await c.next();
        BOOST_TEST(told.at("method") == "notifications/elicitation/complete");
        BOOST_TEST(told.at("params").at("elicitationId") == "e1");
        BOOST_TEST(text_of(co_await c.ask("tools/call", calling("t"))) == "linked");
      },
      everything());
}

namespace {

/// A tool that asks for everything, one at a time, as its argument says.
awaitable<std::string> ask_for(json::object a, request_context& ctx) {
  const std::string what(a.at("what").as_string());
  auto question = text_question("x");
  if (what == "form") co_await ctx.elicit<person>("m");
  if (what == "url") co_await ctx.elicit_url("m", "https://a/");
  if (what == "roots") co_await ctx.roots();
  if (what == "tools") {
    question.tools.emplace_back();
    question.tools.back().name = "n";
    question.tools.back().input_schema = obj(R"({"type":"object"})");
  }
  if (what == "choice") question.choice = protocol::create_message_params::tool_choice::none;
  if (what == "context") question.include_context = "thisServer";
  if (what == "no context") question.include_context = "none";
  if (what == "sampling" || what == "tools" || what == "choice" || what.ends_with("context"))
    co_await ctx.sample(std::move(question));
  co_return "asked";
}

}  // namespace

// S-ELIC-02 S-SAMP-01 S-MRTR-04 S-MOD-05 elicitation:capability:server-respects-mode
// elicitation:capability:empty-is-form sampling:context:server-gated-by-capability
// sampling:tools:server-gated-by-capability sampling:create-message:not-supported
// roots:list:not-supported elicitation:form:not-supported elicitation:url:not-supported
COMCP_TEST_CORO(nobody_is_asked_what_he_did_not_declare) {
  server s("s", "1");
  s.tool("t", "", ask_for);
  struct row {
    const char* what;
    const char* declared;
    const char* required;  // null: it is asked
  };
  const row rows[] = {
      {"form", "{}", R"({"elicitation":{"form":{}}})"},
      {"form", R"({"elicitation":{}})", nullptr},
      {"form", R"({"elicitation":{"form":{}}})", nullptr},
      {"form", R"({"elicitation":{"url":{}}})", R"({"elicitation":{"form":{}}})"},
      {"url", R"({"elicitation":{}})", R"({"elicitation":{"url":{}}})"},
      {"url", R"({"elicitation":{"url":{}}})", nullptr},
      {"roots", R"({"sampling":{}})", R"({"roots":{}})"},
      {"roots", R"({"roots":{}})", nullptr},
      {"sampling", R"({"roots":{}})", R"({"sampling":{}})"},
      {"sampling", R"({"sampling":{}})", nullptr},
      {"tools", R"({"sampling":{}})", R"({"sampling":{"tools":{}}})"},
      {"choice", R"({"sampling":{}})", R"({"sampling":{"tools":{}}})"},
      {"tools", R"({"sampling":{"tools":{}}})", nullptr},
      {"context", R"({"sampling":{}})", R"({"sampling":{"context":{}}})"},
      {"no context", R"({"sampling":{}})", nullptr},
      {"context", R"({"sampling":{"context":{}}})", nullptr},
  };
  const answers reply = [](const std::string& method, const json::object& params) {
    return answer_all(method, params);
  };
  for (const revision r : {revision::v2025_11_25, revision::v2026_07_28}) {
    for (const row& each : rows) {
      BOOST_TEST_CONTEXT(each.what << " with " << each.declared) {
        conversation got;
        co_await with_client(
            s, r,
            [&](client& c) -> awaitable<void> {
              json::object params = calling("t");
              params["arguments"] = json::object{{"what", each.what}};
              auto talking = converse(c, "tools/call", std::move(params), reply);
              got = co_await std::move(talking);
            },
            obj(each.declared));
        BOOST_TEST(got.questions.empty() == (each.required != nullptr));
        if (!each.required) {
          BOOST_TEST(text_of(got.answer) == "asked");
        } else if (protocol::rules_of(r).input_required) {
          BOOST_TEST(code_of(got.answer) == -32021);
          BOOST_TEST(error_of(got.answer).at("data").at("requiredCapabilities") ==
                     parsed(each.required));
        } else {
          BOOST_TEST(is_tool_error(got.answer));
          BOOST_TEST((text_of(got.answer).find(each.required) != std::string::npos));
        }
      }
    }
  }
}

// sampling:create:system-prompt sampling:create:model-preferences sampling:create:include-context
// sampling:create:tools sampling:create-message:audio-content sampling:create-message:image-content
// sampling:message:content-cardinality sampling:result:no-tools-single-content
COMCP_TEST_CORO(all_of_a_sampling_question_reaches_the_client) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    auto p = text_question("x");
    p.messages.emplace_back(protocol::role::assistant,
                            content_block(protocol::image_content("aGk=", "image/png")));
    p.messages.emplace_back(protocol::role::user,
                            content_block(protocol::audio_content("aGk=", "audio/wav")));
    p.messages.back().content.emplace_back("and this");
    p.system_prompt = "Be short";
    p.preferences.hints = {"small", "any"};
    p.preferences.cost_priority = 1;
    p.preferences.speed_priority = 0.5;
    p.preferences.intelligence_priority = 0;
    p.include_context = "thisServer";
    p.temperature = 0.25;
    p.stop_sequences = {"."};
    p.metadata["k"] = 1;
    p.tools.emplace_back();
    p.tools.back().name = "n";
    p.tools.back().input_schema = obj(R"({"type":"object"})");
    p.choice = protocol::create_message_params::tool_choice::required;
    const auto said = co_await ctx.sample(std::move(p));
    const auto use = as_tool_use(said.content.at(0));
    co_return said.stop_reason + " " + use.value().name + " " + said.model;
  });
  for (const revision r : with_modes()) {
    json::object question;
    const answers reply = [&](const std::string&, const json::object& q) {
      question = q;
      return parsed(R"({"role":"assistant","model":"m","stopReason":"toolUse",
                        "content":{"type":"tool_use","id":"u","name":"n","input":{}}})");
    };
    auto calling = call_once(s, r, reply);
    const auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "toolUse n m");
    BOOST_TEST(json::equal(question, parsed(R"({
      "messages": [
        {"role":"user","content":{"type":"text","text":"x"}},
        {"role":"assistant","content":{"type":"image","data":"aGk=","mimeType":"image/png"}},
        {"role":"user","content":[{"type":"audio","data":"aGk=","mimeType":"audio/wav"},
                                  {"type":"text","text":"and this"}]}],
      "maxTokens": 100, "systemPrompt": "Be short", "includeContext": "thisServer",
      "modelPreferences": {"hints":[{"name":"small"},{"name":"any"}],
                           "costPriority":1,"speedPriority":0.5,"intelligencePriority":0},
      "temperature": 0.25, "stopSequences": ["."], "metadata": {"k":1},
      "tools": [{"name":"n","inputSchema":{"type":"object"}}], "toolChoice": {"mode":"required"}})")),
               json::serialize(question));
  }
}

// sampling:tool-use:server-preflight sampling:tool-use:result-balance
// sampling:tool-result:no-mixed-content S-SAMP-02
COMCP_TEST_CORO(a_conversation_out_of_balance_is_never_sent) {
  server s("s", "1");
  std::vector<std::string> complaints;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    const auto refuses = [&](protocol::create_message_params p) -> awaitable<void> {
      try {
        co_await ctx.sample(std::move(p));
        complaints.emplace_back("sent");
      } catch (const std::invalid_argument& e) {
        complaints.emplace_back(e.what());
      }
    };
    co_await refuses(protocol::create_message_params());
    auto p = text_question("x");
    p.max_tokens = 0;
    co_await refuses(p);
    p.max_tokens = 1;
    p.messages.emplace_back(protocol::role::assistant, to_block(protocol::tool_use("u1", "n", {})));
    co_await refuses(p);
    p.messages.emplace_back(protocol::role::user,
                            to_block(protocol::tool_result("u1", call_tool_result::text("r"))));
    p.messages.back().content.emplace_back("mixed");
    co_await refuses(p);
    p.messages.back().content.pop_back();
    const auto said = co_await ctx.sample(std::move(p));
    co_return said.stop_reason;
  });
  for (const revision r : {revision::v2025_11_25, revision::v2026_07_28}) {
    complaints.clear();
    // sampling:result:with-tools-array-content
    const auto reply = always(
        R"({"role":"assistant","model":"m","stopReason":"toolUse","content":[
             {"type":"text","text":"a"},{"type":"tool_use","id":"u2","name":"n","input":{}}]})");
    auto calling = call_once(s, r, reply);
    const auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "toolUse");
    BOOST_TEST(got.questions.size() == 1U);
    BOOST_TEST(complaints.size() % 4 == 0U);
    BOOST_TEST(std::count(complaints.begin(), complaints.end(), "sent") == 0);
  }
}

// sampling:error:user-rejected roots:list:client-error
COMCP_TEST_CORO(a_refusal_of_the_client_reaches_the_handler) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    std::string why;
    try {
      co_await ctx.sample(text_question("x"));
    } catch (const peer_error& e) {
      why = std::to_string(e.error().code) + " " + e.error().message;
    }
    co_return why;
  });
  co_await with_client(
      s, revision::v2025_11_25,
      [](client& c) -> awaitable<void> {
        co_await c.peer.request(1, "tools/call", calling("t"));
        const auto question = co_await c.next();
        json::object refusal = obj(R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"}})");
        refusal["id"] = question.at("id");
        co_await c.peer.send(json::serialize(refusal));
        BOOST_TEST(text_of(co_await c.next("tools/call")) == "-1 no");
      },
      everything());
}

// roots:list:empty roots:uri:file-scheme
COMCP_TEST_CORO(roots_may_be_none_and_are_files) {
  server s("s", "1");
  s.tool("t", "", count_roots);
  for (const protocol::rules& r : protocol::all_rules()) {
    auto calling = call_once(s, r.id, always(R"({"roots":[]})"));
    auto got = co_await std::move(calling);
    BOOST_TEST(text_of(got.answer) == "0");
    calling = call_once(s, r.id, always(R"({"roots":[{"uri":"https://a/"}]})"));
    got = co_await std::move(calling);
    if (r.input_required) {
      BOOST_TEST(code_of(got.answer) == -32602);
    } else {
      BOOST_TEST(is_tool_error(got.answer));
    }
  }
}

// protocol:cancel:server-to-client
COMCP_TEST_CORO(a_call_that_is_cancelled_while_it_asks_takes_its_question_back) {
  server s("s", "1");
  s.tool("t", "", greet);
  for (const revision r : with_forms()) {
    if (protocol::rules_of(r).input_required) continue;  // nobody waits there
    co_await with_client(
        s, r,
        [](client& c) -> awaitable<void> {
          co_await c.peer.request(1, "tools/call", calling("t"));
          const auto question = co_await c.next();
          co_await c.peer.cancel(1);
          const auto back = co_await c.next();
          BOOST_TEST(back.at("method") == "notifications/cancelled");
          BOOST_TEST(back.at("params").at("requestId") == question.at("id"));
          co_await c.peer.respond(question.at("id"),
                                  answer_all("elicitation/create", obj("{\"message\":1}")));
          co_await c.peer.expect_silence();
        },
        everything());
  }
}

// The client goes away, or cancels, after any number of turns: nothing is left.
COMCP_TEST_CORO(a_call_may_end_at_any_moment_of_a_question) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    co_await checkpoint();
    const auto a = co_await ctx.elicit<person>("One?");
    const auto b = co_await ctx.elicit<person>("Two?");
    co_return a->name + b->name;
  });
  for (const revision r : with_forms()) {
    for (int step = 0; step < 40; ++step) {
      auto ends = make_memory_transports();
      client c(std::move(ends.second), r, everything());
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        group.start_soon([&] { return serve(s, *ends.first); }, "server");
        co_await c.peer.handshake();
        co_await move_on_after(1h, [&](cancel_scope& scope) -> awaitable<void> {
          co_await with_task_group([&](task_group& both) -> awaitable<void> {
            both.start_soon([&, step]() -> awaitable<void> {
              for (int i = 0; i < step; ++i)
                co_await checkpoint();
              scope.cancel("enough");
            });
            auto talking = converse(c, "tools/call", calling("t"), answer_all);
            const auto got = co_await std::move(talking);
            BOOST_TEST(text_of(got.answer) == "AdaAda");
            scope.cancel("done");
          });
        });
        c.peer.close();
      });
      BOOST_TEST(s.running_calls() == 0U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
