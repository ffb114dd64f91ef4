#include "matrix/servers.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "everything_server/everything.hpp"

namespace test::matrix {

namespace {

constexpr std::pair<offer, std::string_view> names[] = {
    {offer::everything, "everything"},
    {offer::nothing, "nothing"},
    {offer::pages, "pages"},
    {offer::no_changes, "no_changes"},
};

server_options who() {
  return server_options()
      .title("The Matrix")
      .instructions("Ask for anything.")
      .cache_lists(protocol::cache_hints());
}

awaitable<std::string> nothing_special() {
  co_return "nothing special";
}

void add_pages(server& s) {
  for (const char* n : {"a", "b", "c", "d", "e"}) {
    const std::string name = n;
    s.tool(name, "", nothing_special);
    s.prompt(name, "", nothing_special);
    s.resource("page:" + name, name, nothing_special);
    s.resource_template("page:" + name + "/{x}", name, nothing_special);
  }
}

}  // namespace

std::string_view name_of(offer what) noexcept {
  for (const auto& [o, name] : names)
    if (o == what) return name;
  return {};
}

offer offer_of(std::string_view name) {
  for (const auto& [o, n] : names)
    if (n == name) return o;
  throw std::invalid_argument("no server " + std::string(name));
}

std::unique_ptr<server> make_server(offer what) {
  server_options options = who();
  if (what == offer::pages) options.page_size(2);
  if (what == offer::no_changes) options.list_changed(false).resource_subscriptions(false);
  auto made = std::make_unique<server>("matrix", "1.0", options);
  if (what == offer::nothing) return made;
  if (what == offer::pages) {
    add_pages(*made);
    return made;
  }
  everything::add_tools(*made);
  everything::add_resources(*made);
  everything::add_prompts(*made);
  everything::add_asking(*made);
  add_tools(*made);
  add_resources_and_prompts(*made);
  add_questions(*made);
  return made;
}

server& shared_server(offer what) {
  static std::map<offer, std::unique_ptr<server>> all;
  auto& made = all[what];
  if (!made) made = make_server(what);
  return *made;
}

}  // namespace test::matrix
