// Tools and a prompt that ask the client: the user, the model, the folders. In the older revisions by
// requests, in 2026-07-28 by results; the same handlers do both.

#include <boost/describe/class.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <utility>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/scope/task_group.hpp"
#include "everything.hpp"

namespace everything {

namespace {

using namespace comcp;
using protocol::create_message_params;
using protocol::create_message_result;
using protocol::elicit_result;

struct prompt_args {
  std::string prompt;
};
BOOST_DESCRIBE_STRUCT(prompt_args, (), (prompt))

struct message_args {
  std::string message;
};
BOOST_DESCRIBE_STRUCT(message_args, (), (message))

create_message_params one_message(std::string text, std::int64_t max_tokens) {
  create_message_params p;
  p.messages.emplace_back(protocol::role::user, content_block(std::move(text)));
  p.max_tokens = max_tokens;
  return p;
}

std::string text_of(const create_message_result& said) {
  for (const content_block& block : said.content)
    if (const auto* text = std::get_if<protocol::text_content>(&block.value)) return text->text;
  return "(no text)";
}

std::string action_and_content(const elicit_result& answer) {
  constexpr const char* names[] = {"accept", "decline", "cancel"};
  return std::string("action=") + names[static_cast<int>(answer.action)] +
         ", content=" + jsonrpc::to_text(json::value(answer.content));
}

awaitable<std::string> sampling(prompt_args args, request_context& context) {
  auto question = one_message(std::move(args.prompt), 100);
  const auto said = co_await context.sample(std::move(question));
  co_return "LLM response: " + text_of(said);
}

awaitable<std::string> elicitation(message_args args, request_context& context) {
  auto form = json::parse(R"({
    "type": "object",
    "properties": {
      "username": {"type": "string", "description": "Your name here"},
      "email": {"type": "string", "format": "email"}
    },
    "required": ["username", "email"]
  })")
                  .as_object();
  const auto answer = co_await context.elicit(std::move(args.message), std::move(form));
  co_return "User response: " + action_and_content(answer);
}

awaitable<std::string> elicitation_defaults(request_context& context) {
  auto form = json::parse(R"({
    "type": "object",
    "properties": {
      "name": {"type": "string", "default": "John Doe"},
      "age": {"type": "integer", "default": 30},
      "score": {"type": "number", "default": 95.5},
      "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
      "verified": {"type": "boolean", "default": true}
    },
    "required": []
  })")
                  .as_object();
  const auto answer = co_await context.elicit("Please check the defaults", std::move(form));
  co_return "Elicitation completed: " + action_and_content(answer);
}

awaitable<std::string> elicitation_enums(request_context& context) {
  auto form = json::parse(R"({
    "type": "object",
    "properties": {
      "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
      "titledSingle": {"type": "string", "oneOf": [
        {"const": "value1", "title": "First Option"},
        {"const": "value2", "title": "Second Option"},
        {"const": "value3", "title": "Third Option"}]},
      "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"],
                     "enumNames": ["Option One", "Option Two", "Option Three"]},
      "untitledMulti": {"type": "array", "minItems": 1, "maxItems": 3,
                        "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
      "titledMulti": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"anyOf": [
        {"const": "value1", "title": "First Choice"},
        {"const": "value2", "title": "Second Choice"},
        {"const": "value3", "title": "Third Choice"}]}}
    },
    "required": []
  })")
                  .as_object();
  const auto answer = co_await context.elicit("Please choose", std::move(form));
  co_return "Elicitation completed: " + action_and_content(answer);
}

struct name_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(name_form, (), (name))

struct confirm_form {
  bool ok = false;
};
BOOST_DESCRIBE_STRUCT(confirm_form, (), (ok))

struct color_form {
  std::string color;
};
BOOST_DESCRIBE_STRUCT(color_form, (), (color))

struct context_form {
  std::string context;
};
BOOST_DESCRIBE_STRUCT(context_form, (), (context))

call_options named(const char* key) {
  return call_options().key(key);
}

awaitable<std::string> ask_name(request_context& context) {
  const auto who = co_await context.elicit<name_form>("What is your name?", named("user_name"));
  co_return who ? "Hello, " + who->name + "!" : "Hello, stranger!";
}

awaitable<std::string> ask_model(request_context& context) {
  auto question = one_message("What is the capital of France?", 100);
  const auto said = co_await context.sample(std::move(question), named("capital"));
  co_return text_of(said);
}

awaitable<std::string> ask_roots(request_context& context) {
  const auto roots = co_await context.roots(named("client_roots"));
  co_return "The client has " + std::to_string(roots.size()) + " root(s)";
}

awaitable<std::string> confirm(request_context& context) {
  const auto answer = co_await context.elicit<confirm_form>("Please confirm", named("confirm"));
  co_return answer && answer->ok ? "state-ok" : "not confirmed";
}

awaitable<std::string> ask_several(request_context& context) {
  std::string name = "stranger";
  std::string greeting;
  std::size_t roots = 0;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> {
      const auto who = co_await context.elicit<name_form>("What is your name?", named("user_name"));
      if (who) name = who->name;
    });
    group.start_soon([&]() -> awaitable<void> {
      auto question = one_message("Generate a greeting", 50);
      const auto said = co_await context.sample(std::move(question), named("greeting"));
      greeting = text_of(said);
    });
    group.start_soon([&]() -> awaitable<void> {
      const auto all = co_await context.roots(named("client_roots"));
      roots = all.size();
    });
    co_return;
  });
  co_return greeting + " " + name + ", " + std::to_string(roots) + " root(s)";
}

awaitable<std::string> two_steps(request_context& context) {
  const auto who = co_await context.elicit<name_form>("Step 1: What is your name?", named("step1"));
  const auto what =
      co_await context.elicit<color_form>("Step 2: What is your favorite color?", named("step2"));
  co_return (who ? who->name : "Somebody") + " likes " + (what ? what->color : "no color");
}

// Asks what the client can be asked, whatever that is.
awaitable<std::string> ask_what_it_can(request_context& context) {
  const auto& can = context.client_capabilities();
  if (can.elicitation_form) co_return co_await ask_name(context);
  if (can.sampling) co_return co_await ask_model(context);
  if (can.roots) co_return co_await ask_roots(context);
  co_return "This client can't be asked";
}

awaitable<std::string> prompt_that_asks(request_context& context) {
  const auto answer = co_await context.elicit<context_form>("What context should the prompt use?",
                                                            named("user_context"));
  co_return "Prompt with context: " + (answer ? answer->context : "none");
}

}  // namespace

void add_asking(server& server) {
  const auto harmless = tool_options().read_only().open_world(false);
  server.tool("test_sampling", "Asks the client's model", sampling, harmless)
      .tool("test_missing_capability", "Asks the client's model", ask_model, harmless)
      .tool("test_elicitation", "Asks the user", elicitation, harmless)
      .tool("test_elicitation_sep1034_defaults", "Asks with defaults", elicitation_defaults,
            harmless)
      .tool("test_elicitation_sep1330_enums", "Asks with choices", elicitation_enums, harmless)
      .tool("test_streaming_elicitation", "Asks the user", ask_name, harmless);

  const std::string prefix = "test_input_required_result";
  server.tool(prefix + "_elicitation", "Asks for a name", ask_name, harmless)
      .tool(prefix + "_sampling", "Asks the model", ask_model, harmless)
      .tool(prefix + "_list_roots", "Asks for the roots", ask_roots, harmless)
      .tool(prefix + "_request_state", "Asks for a confirmation", confirm, harmless)
      .tool(prefix + "_tampered_state", "Asks for a confirmation", confirm, harmless)
      .tool(prefix + "_multiple_inputs", "Asks three things at once", ask_several, harmless)
      .tool(prefix + "_multi_round", "Asks two things in turn", two_steps, harmless)
      .tool(prefix + "_capabilities", "Asks what the client can answer", ask_what_it_can, harmless)
      .prompt(prefix + "_prompt", "Asks for a context", prompt_that_asks);
}

}  // namespace everything
