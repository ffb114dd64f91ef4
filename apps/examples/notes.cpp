// Resources, a template, prompts and completion: a server of notes, which tools change while it runs.
#include <comcp/comcp.hpp>

#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace {

class notebook {
 public:
  std::optional<std::string> read(const std::string& name) const {
    const std::scoped_lock hold(mutex_);
    const auto found = notes_.find(name);
    return found == notes_.end() ? std::nullopt : std::optional(found->second);
  }
  void write(const std::string& name, std::string text) {
    const std::scoped_lock hold(mutex_);
    notes_[name] = std::move(text);
  }
  std::vector<std::string> names(const std::string& prefix) const {
    const std::scoped_lock hold(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, text] : notes_) {
      if (name.starts_with(prefix)) out.push_back(name);
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;  // handlers run on every shard
  std::map<std::string, std::string> notes_{{"welcome", "Write more with the tool 'write'."}};
};

struct note_name {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(note_name, (), (name))

struct note {
  std::string name;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (name, text))

}  // namespace

int main(int argc, char** argv) {
  notebook book;
  comcp::server server{"notes", "1.0"};

  server.tool(
      "write", "Writes a note, over one of the same name",
      [&](note args) -> comcp::awaitable<std::string> {
        book.write(args.name, args.text);
        server.resource_updated("note:///" + args.name);  // subscribers are told
        co_return "written";
      },
      comcp::tool_options().read_only(false).destructive(false).idempotent().open_world(false));

  server.resource_template(
      "note:///{name}", "note",
      // An empty optional is "not found", with the code that the client's revision wants.
      [&](note_name args) -> comcp::awaitable<std::optional<std::string>> {
        co_return book.read(args.name);
      },
      comcp::resource_options().mime_type("text/plain"));
  server.completion(
      comcp::completion_target::resource_template("note:///{name}", "name"),
      [&](comcp::completion_request typed) -> comcp::awaitable<std::vector<std::string>> {
        co_return book.names(typed.value);
      });

  server.resource("note:///", "index", [&]() -> comcp::awaitable<std::string> {
    std::string list;
    for (const std::string& name : book.names(""))
      list += "note:///" + name + "\n";
    co_return list;
  });

  server.prompt("summarize", "Asks for a summary of one note",
                [&](note_name args) -> comcp::awaitable<std::string> {
                  const auto text = book.read(args.name);
                  if (!text)
                    throw comcp::invalid_params_error("there is no note '" + args.name + "'");
                  co_return "Summarize this note in one sentence:\n\n" + *text;
                });

  if (argc > 1 && std::string_view(argv[1]) == "--stdio") {
    return comcp::run(server, comcp::stdio());
  }
  return comcp::run(server, comcp::listen_http("127.0.0.1:8080"));
}
