// The smallest server: one tool over HTTP, or over standard input and output with --stdio.
#include <comcp/comcp.hpp>

#include <string_view>

struct greeting_args {
  std::string name;
  std::optional<std::string> language;
};
BOOST_DESCRIBE_STRUCT(greeting_args, (), (name, language))

comcp::awaitable<std::string> greet(greeting_args args) {
  const std::string language = args.language.value_or("en");
  if (language == "en") co_return "Hello, " + args.name + "!";
  if (language == "fr") co_return "Bonjour, " + args.name + " !";
  throw comcp::tool_error("no greeting in '" + language + "': try en or fr");
}

int main(int argc, char** argv) {
  comcp::server server{"hello", "1.0"};
  server.tool("greet", "Greets somebody by name", greet);  // the schema comes from greeting_args
  if (argc > 1 && std::string_view(argv[1]) == "--stdio") {
    return comcp::run(server, comcp::stdio());
  }
  return comcp::run(server, comcp::listen_http("127.0.0.1:8080"));
}
