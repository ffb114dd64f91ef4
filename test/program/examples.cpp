#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "comcp/json/value.hpp"
#include "support/child.hpp"
#include "support/paths.hpp"

// The examples as processes, over standard input and output.

using namespace comcp;
using test::child;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class example {
 public:
  explicit example(const std::string& program)
      : process_(test::program_path(program), {"--stdio"}) {
    request(
        "initialize",
        R"({"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}})");
    process_.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }
  ~example() {
    process_.close_input();
    BOOST_TEST(process_.wait() == 0, process_.errors());
  }
  example(const example&) = delete;
  example& operator=(const example&) = delete;

  void send(std::string_view method, std::string_view params) {
    json::object message{{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}};
    message["params"] = json::parse(params);
    process_.say(json::serialize(message));
  }
  json::value next() { return json::parse(process_.read_line().value()); }
  json::value request(std::string_view method, std::string_view params) {
    send(method, params);
    const json::value answer = next();
    BOOST_TEST(answer.at("id") == json::value(last_id_));
    const auto& members = answer.as_object();
    return members.contains("result") ? members.at("result") : members.at("error");
  }

 private:
  child process_;
  int last_id_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(program_examples)

// test/docs/check sees to it that the README shows this very file.
BOOST_AUTO_TEST_CASE(the_program_of_the_readme_is_short) {
  const auto top = test::source_dir();
  BOOST_TEST_REQUIRE(!top.empty());
  const std::string program = text_of(top / "apps/examples/hello.cpp");
  BOOST_TEST(std::count(program.begin(), program.end(), '\n') < 30);
}

BOOST_AUTO_TEST_CASE(hello_greets_and_says_which_languages_it_knows) {
  example hello("example_hello");
  const json::value greeting =
      hello.request("tools/call", R"({"name":"greet","arguments":{"name":"Ada","language":"fr"}})");
  BOOST_TEST(greeting.at("content").at(0).at("text") == json::value("Bonjour, Ada !"));
  const json::value unknown =
      hello.request("tools/call", R"({"name":"greet","arguments":{"name":"Ada","language":"xx"}})");
  BOOST_TEST(unknown.at("isError").as_bool());
  BOOST_TEST(unknown.at("content").at(0).at("text") ==
             json::value("no greeting in 'xx': try en or fr"));
}

BOOST_AUTO_TEST_CASE(weather_reports_progress_and_returns_a_structure) {
  example weather("example_weather");
  const json::value list = weather.request("tools/list", "{}");
  const auto& tool = list.at("tools").at(0);
  BOOST_TEST(tool.at("inputSchema").at("properties").at("days").at("maximum") == json::value(7));
  BOOST_TEST(tool.at("outputSchema").at("required") ==
             json::value(json::parse(R"(["city","days"])")));

  weather.send(
      "tools/call",
      R"({"name":"weather","arguments":{"city":"Lisbon","days":2},"_meta":{"progressToken":"p"}})");
  for (int i = 0; i < 2; ++i) {
    const json::value progress = weather.next();
    // Progress must grow from the first value on, which may be 0.
    BOOST_TEST(progress.at("method") == json::value("notifications/progress"));
    BOOST_TEST(progress.at("params").at("total").to_number<int>() == 2);
  }
  const json::value answer = weather.next();
  const auto& forecast = answer.at("result").at("structuredContent");
  BOOST_TEST(forecast.at("city") == json::value("Lisbon"));
  BOOST_TEST(forecast.at("days").as_array().size() == 2U);

  const json::value wrong = weather.request(
      "tools/call", R"({"name":"weather","arguments":{"city":"Lisbon","days":99}})");
  BOOST_TEST(wrong.at("isError").as_bool());
}

BOOST_AUTO_TEST_CASE(notes_are_written_read_completed_and_summarized) {
  example notes("example_notes");
  notes.request("resources/subscribe", R"({"uri":"note:///plan"})");
  notes.send("tools/call", R"({"name":"write","arguments":{"name":"plan","text":"sleep"}})");
  int updates = 0;
  for (int i = 0; i < 2; ++i)
    updates += notes.next().as_object().contains("method") ? 1 : 0;
  BOOST_TEST(updates == 1);
  const json::value read = notes.request("resources/read", R"({"uri":"note:///plan"})");
  BOOST_TEST(read.at("contents").at(0).at("text") == json::value("sleep"));
  const json::value index = notes.request("resources/read", R"({"uri":"note:///"})");
  BOOST_TEST(index.at("contents").at(0).at("text") ==
             json::value("note:///plan\nnote:///welcome\n"));
  const json::value none = notes.request("resources/read", R"({"uri":"note:///nothing"})");
  BOOST_TEST(none.at("code") == json::value(-32002));
  const json::value names = notes.request("completion/complete",
                                          R"({"ref":{"type":"ref/resource","uri":"note:///{name}"},
                                              "argument":{"name":"name","value":"pl"}})");
  BOOST_TEST(names.at("completion").at("values").at(0) == json::value("plan"));
  const json::value prompt =
      notes.request("prompts/get", R"({"name":"summarize","arguments":{"name":"plan"}})");
  BOOST_TEST(json::serialize(prompt).find("sleep") != std::string::npos);
  const json::value missing =
      notes.request("prompts/get", R"({"name":"summarize","arguments":{"name":"x"}})");
  BOOST_TEST(missing.at("code") == json::value(-32602));
}

BOOST_AUTO_TEST_SUITE_END()
