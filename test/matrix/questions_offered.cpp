// Tools that ask the client, beside those of the official fixture. "ask" asks what its argument names
// and says how it ended.

#include <boost/describe/class.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "everything_server/everything.hpp"
#include "matrix/servers.hpp"

namespace test::matrix {

namespace {

using namespace std::chrono_literals;
using protocol::create_message_params;
using protocol::role;

struct ask_args {
  std::string what;
};
BOOST_DESCRIBE_STRUCT(ask_args, (), (what))

struct person {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (name))

create_message_params question(std::string text) {
  create_message_params p;
  p.messages.emplace_back(role::user, content_block(std::move(text)));
  p.max_tokens = 100;
  return p;
}

create_message_params rich_question() {
  auto p = question("Look and listen");
  p.messages.emplace_back(role::assistant,
                          content_block(protocol::image_content(everything::png, "image/png")));
  p.messages.emplace_back(role::user,
                          content_block(protocol::audio_content(everything::wav, "audio/wav")));
  p.system_prompt = "Be short";
  p.preferences.hints = {"small"};
  p.preferences.cost_priority = 1;
  p.preferences.speed_priority = 0.5;
  p.preferences.intelligence_priority = 0;
  p.include_context = "thisServer";
  return p;
}

create_message_params question_with_tools() {
  auto p = question("Use a tool");
  p.tools.emplace_back();
  p.tools.back().name = "hammer";
  p.tools.back().input_schema["type"] = "object";
  p.choice = create_message_params::tool_choice::required;
  return p;
}

create_message_params tool_use_in_balance() {
  auto p = question("Use a tool");
  p.messages.emplace_back(role::assistant, to_block(protocol::tool_use("u1", "hammer", {})));
  p.messages.emplace_back(role::user,
                          to_block(protocol::tool_result("u1", call_tool_result::text("bang"))));
  return p;
}

create_message_params tool_use_without_result() {
  auto p = tool_use_in_balance();
  p.messages.pop_back();
  return p;
}

create_message_params tool_result_and_text() {
  auto p = tool_use_in_balance();
  p.messages.back().content.emplace_back("and this");
  return p;
}

std::string kinds_of(const std::vector<content_block>& content) {
  std::string all;
  for (const content_block& block : content) {
    if (const auto* text = std::get_if<protocol::text_content>(&block.value)) all += text->text;
    if (const auto use = as_tool_use(block)) all += "[" + use->name + "]";
  }
  return all;
}

awaitable<std::string> sample(request_context& context, create_message_params p) {
  const auto said = co_await context.sample(std::move(p));
  co_return kinds_of(said.content) + " by " + said.model + ", " + said.stop_reason;
}

const char* name_of_action(protocol::elicit_result::outcome action) {
  constexpr const char* names[] = {"accept", "decline", "cancel"};
  return names[static_cast<int>(action)];
}

awaitable<std::string> form(request_context& context) {
  const auto who = co_await context.elicit<person>("Who are you?");
  co_return std::string(name_of_action(who.action())) + (who ? " " + who->name : std::string());
}

awaitable<std::string> two_forms(request_context& context) {
  const auto who = co_await context.elicit<person>("Who are you?");
  if (!who) co_return "nobody";
  const auto friends = co_await context.elicit<person>("Whom does " + who->name + " know?");
  co_return who->name + (friends ? " and " + friends->name : std::string(" alone"));
}

awaitable<std::string> page(request_context& context) {
  const auto action =
      co_await context.elicit_url("Please sign in", "https://example.org/in?v=1", "visit-1");
  if (action == protocol::elicit_result::outcome::accept)
    co_await context.elicitation_complete("visit-1");
  co_return name_of_action(action);
}

awaitable<std::string> page_first(request_context& context) {
  std::vector<protocol::elicit_url> pages;
  pages.emplace_back("Please sign in", "https://example.org/in", "visit-2");
  throw request_error(protocol::url_elicitation_required(pages, context.rules()));
  co_return "";
}

awaitable<std::string> roots(request_context& context) {
  const auto all = co_await context.roots();
  std::string text = std::to_string(all.size());
  for (const auto& root : all)
    text += " " + root.uri + " " + root.name;
  co_return text;
}

awaitable<std::string> no_form(request_context& context) {
  json::object nested =
      json::parse(R"({"type":"object","properties":{"a":{"type":"object"}}})").as_object();
  co_await context.elicit("Nested?", std::move(nested));
  co_return "asked";
}

/// A client that doesn't answer in time.
awaitable<std::string> briefly(request_context& context) {
  try {
    co_await context.elicit<person>("Quick!", call_options().timeout(10ms));
  } catch (const session_error& e) {
    co_return e.code() == session_errc::timed_out ? "timed out" : "failed otherwise";
  }
  co_return "answered";
}

awaitable<std::string> refused(request_context& context) {
  try {
    co_await context.sample(question("May I?"));
  } catch (const peer_error& e) {
    co_return std::to_string(e.error().code) + " " + e.error().message;
  }
  co_return "allowed";
}

awaitable<std::string> ask(ask_args args, request_context& context) {
  using asking = std::function<awaitable<std::string>(request_context&)>;
  const auto sampling = [](create_message_params (*make)()) -> asking {
    return [make](request_context& c) { return sample(c, make()); };
  };
  static const std::map<std::string, asking> all = {
      {"form", form},
      {"two forms", two_forms},
      {"no form", no_form},
      {"page", page},
      {"page first", page_first},
      {"roots", roots},
      {"briefly", briefly},
      {"refused", refused},
      {"model", sampling([] { return question("Capital of France?"); })},
      {"model richly", sampling(rich_question)},
      {"model with tools", sampling(question_with_tools)},
      {"model in balance", sampling(tool_use_in_balance)},
      {"model without result", sampling(tool_use_without_result)},
      {"model with mixed result", sampling(tool_result_and_text)},
  };
  const auto found = all.find(args.what);
  if (found == all.end()) throw tool_error("there is no question " + args.what);
  return found->second(context);
}

}  // namespace

void add_questions(server& s) {
  s.tool("ask", "Asks the client", ask);
}

}  // namespace test::matrix
