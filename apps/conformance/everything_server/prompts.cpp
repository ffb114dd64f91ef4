#include <boost/describe/class.hpp>
#include <string>
#include <vector>

#include "everything.hpp"

namespace everything {

namespace {

using namespace comcp;
using protocol::role;

struct two_arguments {
  std::string arg1;
  std::string arg2;
};
BOOST_DESCRIBE_STRUCT(two_arguments, (), (arg1, arg2))

struct resource_argument {
  std::string resourceUri;
};
BOOST_DESCRIBE_STRUCT(resource_argument, (), (resourceUri))

awaitable<std::string> simple() {
  co_return "This is a simple prompt for testing.";
}

awaitable<std::string> with_arguments(two_arguments args) {
  co_return "Prompt with arguments: arg1='" + args.arg1 + "', arg2='" + args.arg2 + "'";
}

awaitable<std::vector<prompt_message>> with_resource(resource_argument args) {
  std::vector<prompt_message> messages;
  messages.emplace_back(
      role::user, protocol::embedded_resource(protocol::resource_contents::of_text(
                      args.resourceUri, "Embedded resource content for testing.", "text/plain")));
  messages.emplace_back(role::user, "Please process the embedded resource above.");
  co_return messages;
}

awaitable<std::vector<prompt_message>> with_image() {
  std::vector<prompt_message> messages;
  messages.emplace_back(role::user, protocol::image_content(png, "image/png"));
  messages.emplace_back(role::user, "Please analyze the image above.");
  co_return messages;
}

}  // namespace

void add_prompts(server& server) {
  server.prompt("test_simple_prompt", "A prompt without arguments", simple)
      .prompt("test_prompt_with_arguments", "A prompt with two arguments", with_arguments)
      .prompt("test_prompt_with_embedded_resource", "A prompt that embeds a resource",
              with_resource)
      .prompt("test_prompt_with_image", "A prompt with an image", with_image)
      .completion(completion_target::prompt("test_prompt_with_arguments", "arg1"),
                  {"test value 1", "test value 2", "another value"});
}

}  // namespace everything
