// The code of docs/prompts.md.

#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "server/support.hpp"

using namespace test;

namespace {

// [prompt]
struct review_args {
  std::string language;
  std::string code;
};
BOOST_DESCRIBE_STRUCT(review_args, (), (language, code))

comcp::awaitable<std::vector<comcp::prompt_message>> review(review_args args) {
  using comcp::protocol::role;
  std::vector<comcp::prompt_message> messages;
  messages.emplace_back(role::user, "Review this " + args.language + " code:\n" + args.code);
  messages.emplace_back(role::assistant, "I look at lifetimes first.");
  co_return messages;
}
// [/prompt]

void add(server& server) {
  // [prompt-register]
  server.prompt("review", "Asks for a code review", review,
                comcp::prompt_options().title("Code review"));
  // [/prompt-register]
  // [completion]
  server.completion(comcp::completion_target::prompt("review", "language"),
                    {"c", "c++", "python"});  // those that begin with what was typed
  server.completion(
      comcp::completion_target::prompt("review", "code"),
      [](comcp::completion_request typed) -> comcp::awaitable<std::vector<std::string>> {
        // What was chosen before is context, from revision 2025-06-18 on.
        const bool python = typed.arguments["language"] == "python";
        co_return std::vector<std::string>{python ? "def main():" : "int main()"};
      });
  // [/completion]
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_prompts)

COMCP_TEST_CORO(prompts_and_completion) {
  server s("s", "1");
  add(s);
  co_await with_client(s, revision::v2025_11_25, [](client& c) -> awaitable<void> {
    auto got = co_await c.ask("prompts/get",
                              obj(R"({"name":"review","arguments":{"language":"c","code":"x"}})"));
    BOOST_TEST(result_of(got).at("messages").as_array().size() == 2U);
    got = co_await c.ask("completion/complete", obj(R"({"ref":{"type":"ref/prompt","name":"review"},
                                 "argument":{"name":"language","value":"c"}})"));
    BOOST_TEST(result_of(got).at("completion").at("values") == parsed(R"(["c","c++"])"));
    got = co_await c.ask("completion/complete", obj(R"({"ref":{"type":"ref/prompt","name":"review"},
                                 "argument":{"name":"code","value":""},
                                 "context":{"arguments":{"language":"python"}}})"));
    BOOST_TEST(result_of(got).at("completion").at("values") == parsed(R"(["def main():"])"));
  });
}

BOOST_AUTO_TEST_SUITE_END()
