// The code of docs/asking-the-client.md, run in every revision.

#include "comcp/protocol/methods.hpp"
#include "comcp/server/server.hpp"
#include "comcp/session/session.hpp"

#include "server/answering.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

using namespace test;

namespace {

// [asking-titles]
enum class seat { window, aisle };
BOOST_DESCRIBE_ENUM(seat, window, aisle)

inline void annotate(comcp::json::enum_notes<seat>& about) {
  about.title(seat::window, "At the window").title(seat::aisle, "At the aisle");
}
// [/asking-titles]

// [asking-form]
struct trip {
  std::string city;
  int days = 3;
  std::optional<seat> where;
};
BOOST_DESCRIBE_STRUCT(trip, (), (city, days, where))

inline void annotate(comcp::json::notes<trip>& about) {
  about(&trip::city, "Where to").min_length(1);
  about(&trip::days, "How long").minimum(1).maximum(30).defaulted();
}

comcp::awaitable<std::string> plan(comcp::request_context& ctx) {
  const auto answer = co_await ctx.elicit<trip>("Where would you like to go?");
  if (answer.declined()) co_return "Another time, then.";
  if (!answer) co_return "Nothing was chosen.";
  co_return std::to_string(answer->days) + " days in " + answer->city;
}
// [/asking-form]

// [asking-page]
comcp::awaitable<std::string> sign_in(comcp::request_context& ctx) {
  const std::string visit = "visit-7";  // one that the page knows
  const auto answer = co_await ctx.elicit_url("Connect your calendar",
                                              "https://example.com/connect?visit=" + visit, visit);
  if (answer != comcp::protocol::elicit_result::outcome::accept) co_return "Not connected.";
  co_await ctx.elicitation_complete(visit);  // once the page was really visited
  co_return "Connected.";
}
// [/asking-page]

// [asking-model]
comcp::awaitable<std::string> summarize(comcp::request_context& ctx) {
  comcp::protocol::create_message_params question;
  question.messages.emplace_back(comcp::protocol::role::user,
                                 comcp::content_block("Summarize: ..."));
  question.max_tokens = 100;
  const auto said = co_await ctx.sample(std::move(question));
  const auto* text = std::get_if<comcp::protocol::text_content>(&said.content.at(0).value);
  co_return text ? text->text : "(no text)";
}

comcp::awaitable<std::string> folders(comcp::request_context& ctx) {
  std::string list;
  for (const auto& root : co_await ctx.roots())
    list += root.uri + "\n";
  co_return list;
}
// [/asking-model]

struct booking {
  int number = 0;
  std::string price;
};
BOOST_DESCRIBE_STRUCT(booking, (), (number, price))

struct consent {
  bool agree = false;
};
BOOST_DESCRIBE_STRUCT(consent, (), (agree))

int bookings = 0;

comcp::awaitable<booking> reserve() {
  booking made;
  made.number = ++bookings;
  made.price = "20 EUR";
  co_return made;
}

// [asking-once]
comcp::awaitable<std::string> buy(comcp::request_context& ctx) {
  const auto made = co_await ctx.once("booking", reserve);
  const auto sure = co_await ctx.elicit<consent>("Pay " + made.price + "?");
  if (!sure || !sure->agree) co_return "Not bought.";
  co_return "Bought, booking " + std::to_string(made.number);
}
// [/asking-once]

// [asking-at-once]
comcp::awaitable<std::string> introduce(comcp::request_context& ctx) {
  std::string name;
  std::size_t count = 0;
  co_await comcp::with_task_group([&](comcp::task_group& group) -> comcp::awaitable<void> {
    group.start_soon([&]() -> comcp::awaitable<void> {
      const auto answer =
          co_await ctx.elicit<trip>("Where to?", comcp::call_options().key("destination"));
      name = answer ? answer->city : "nowhere";
    });
    group.start_soon([&]() -> comcp::awaitable<void> {
      const auto all = co_await ctx.roots(comcp::call_options().key("folders"));
      count = all.size();
    });
    co_return;
  });
  co_return name + " with " + std::to_string(count) + " folders";
}
// [/asking-at-once]

void register_parked(comcp::server& server) {
  // [asking-parked]
  server.tool("plan_once", "Plans a trip", plan, comcp::tool_options().parked());
  // [/asking-parked]
}

// [asking-session]
comcp::awaitable<void> invite(comcp::session& s) {
  co_await s.until_listening();  // the client takes messages that answer nothing
  const auto answer = co_await s.elicit_url("Sign in first", "https://example.com/in?visit=8", "8");
  if (answer != comcp::protocol::elicit_result::outcome::accept) s.close("nobody signed in");
}

void invite_everybody(comcp::server& server) {
  server.on_session_start([](comcp::session& s) { s.start_soon(invite); });
}
// [/asking-session]

std::size_t known_roots = 0;

void follow_roots(comcp::server& server) {
  // [asking-roots-changed]
  server.on_notification(
      comcp::protocol::method::roots_changed,
      [](const comcp::json::value&, comcp::session& from) -> comcp::awaitable<void> {
        const auto now = co_await from.roots();
        known_roots = now.size();
      });
  // [/asking-roots-changed]
}

comcp::server_options keys(const std::string& the_new_one, const std::string& the_old_one) {
  // [asking-keys]
  comcp::server_options options;
  options.rounds(comcp::round_options().key(the_new_one).key(the_old_one));
  // [/asking-keys]
  return options;
}

json::value answer(const std::string& method, const json::object& params) {
  if (method == "roots/list") return parsed(R"({"roots":[{"uri":"file:///a"}]})");
  if (method == "sampling/createMessage")
    return parsed(R"({"role":"assistant","content":{"type":"text","text":"Short."},"model":"m"})");
  if (params.contains("url")) return parsed(R"({"action":"accept"})");
  if (params.at("requestedSchema").at("properties").as_object().contains("agree"))
    return parsed(R"({"action":"accept","content":{"agree":true}})");
  return parsed(R"({"action":"accept","content":{"city":"Porto"}})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_asking)

COMCP_TEST_CORO(it_does_what_the_page_says) {
  bookings = 0;
  comcp::server server{"examples", "1.0", keys(std::string(32, 'n'), std::string(32, 'o'))};
  server.tool("plan", "Plans a trip", plan)
      .tool("sign_in", "Connects a calendar", sign_in)
      .tool("summarize", "Summarizes", summarize)
      .tool("folders", "Lists folders", folders)
      .tool("buy", "Buys a ticket", buy)
      .tool("introduce", "Asks two things at once", introduce);
  register_parked(server);
  co_await on_every_revision(
      server,
      [](client& c) -> awaitable<void> {
        const auto says = [&](const char* tool) -> awaitable<std::string> {
          json::object params;
          params["name"] = tool;
          auto talking = converse(c, "tools/call", std::move(params), answer);
          const auto got = co_await std::move(talking);
          co_return text_of(got.answer);
        };
        BOOST_TEST(co_await says("summarize") == "Short.");
        BOOST_TEST(co_await says("folders") == "file:///a\n");
        if (c.rules.elicitation) {
          BOOST_TEST(co_await says("plan") == "3 days in Porto");
          BOOST_TEST(co_await says("plan_once") == "3 days in Porto");
          BOOST_TEST(co_await says("introduce") == "Porto with 1 folders");
          const int before = bookings;
          BOOST_TEST(co_await says("buy") == "Bought, booking " + std::to_string(before + 1));
        }
        if (c.rules.elicitation_modes) BOOST_TEST(co_await says("sign_in") == "Connected.");
      },
      everything());
  BOOST_TEST(bookings == 3);
}

COMCP_TEST_CORO(outside_of_a_call_too) {
  comcp::server server{"examples", "1.0"};
  invite_everybody(server);
  follow_roots(server);
  co_await with_client(
      server, revision::v2025_11_25,
      [](client& c) -> awaitable<void> {
        const json::value question = co_await c.next();
        BOOST_TEST(question.at("params").at("url") == "https://example.com/in?visit=8");
        co_await c.peer.respond(question.at("id"), obj(R"({"action":"accept"})"));
        co_await c.peer.notify("notifications/roots/list_changed");
        const json::value roots = co_await c.next();
        co_await c.peer.respond(roots.at("id"), obj(R"({"roots":[{"uri":"file:///a"}]})"));
        co_await testing::wait_all_tasks_blocked();
      },
      everything());
  BOOST_TEST(known_roots == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
