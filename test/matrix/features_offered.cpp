// Resources, prompts and completions of the servers, beside those of the official fixture.

#include <boost/describe/class.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "everything_server/everything.hpp"
#include "matrix/servers.hpp"

namespace test::matrix {

namespace {

using protocol::role;

struct page_args {
  int number = 0;
};
BOOST_DESCRIBE_STRUCT(page_args, (), (number))

struct greeting_args {
  std::string who;
  std::optional<std::string> tone;
};
BOOST_DESCRIBE_STRUCT(greeting_args, (), (who, tone))

[[maybe_unused]] void annotate(json::notes<greeting_args>& about) {
  about(&greeting_args::who).description("Who is greeted");
}

awaitable<std::string> text() {
  co_return "some text";
}

awaitable<std::string> broken() {
  throw std::runtime_error("password=hunter2");
  co_return "";
}

awaitable<std::string> page(page_args args) {
  co_return "page " + std::to_string(args.number + 1) + " follows";
}

awaitable<std::vector<prompt_message>> dialogue() {
  std::vector<prompt_message> messages;
  messages.emplace_back(role::user, "Knock, knock");
  messages.emplace_back(role::assistant, "Who is there?");
  messages.emplace_back(role::user, protocol::audio_content(everything::wav, "audio/wav"));
  co_return messages;
}

awaitable<std::string> greeting(greeting_args args) {
  co_return args.tone.value_or("Hello") + ", " + args.who;
}

awaitable<std::vector<std::string>> tones(completion_request request) {
  const auto who = request.arguments.find("who");
  std::vector<std::string> out;
  out.push_back("Hello" + (who == request.arguments.end() ? std::string() : " " + who->second));
  co_return out;
}

awaitable<std::vector<std::string>> numbers(completion_request request) {
  std::vector<std::string> out;
  for (int i = 0; i < 150; ++i)
    out.push_back(request.value + std::to_string(i));
  co_return out;
}

}  // namespace

void add_resources_and_prompts(server& s) {
  protocol::annotations for_people;
  for_people.audience = {"user"};
  for_people.priority = 0.5;
  for_people.last_modified = "2026-01-01T00:00:00Z";
  s.resource("test://annotated", "annotated", text,
             resource_options()
                 .title("Annotated")
                 .description("Has all that a resource can have")
                 .mime_type("text/plain")
                 .size(9)
                 .annotations(for_people)
                 .meta("example.org/team", "matrix"))
      .resource("test://broken", "broken", broken)
      .resource_template("test://pages/{number}", "pages", page,
                         resource_options().description("Numbered pages"));
  s.prompt("dialogue", "Several messages", dialogue)
      .prompt("greeting", "Greets somebody", greeting, prompt_options().title("Greeting"))
      .prompt("broken", "Throws", broken);
  s.completion(completion_target::prompt("greeting", "tone"), tones)
      .completion(completion_target::resource_template("test://pages/{number}", "number"), numbers);
}

}  // namespace test::matrix
