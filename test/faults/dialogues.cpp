#include "faults/dialogues.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

#include "comcp/json/value.hpp"
#include "faults/failing_allocations.hpp"
#include "lifecycle/conversations.hpp"
#include "lifecycle/live_server.hpp"

namespace faults {

using namespace std::chrono_literals;
namespace json = comcp::json;
using lifecycle::call;
using lifecycle::cancel;
using lifecycle::initialize;
using lifecycle::post;
using lifecycle::request;

namespace {

class stopped {};

constexpr auto a_while = 40s;
constexpr const char* initialized = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

std::string modern(int id, const std::string& params) {
  const std::string body = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                           R"(,"method":"tools/call","params":{)" + params +
                           R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}})";
  return post(body,
              "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: ask\r\n");
}

std::string answer_to(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
         R"(,"result":{"action":"accept","content":{"name":"Ada"}}})";
}

/// On one connection, from the handshake to the end of the session.
void whole_session(player& p) {
  const auto c = p.ask(post(initialize("2025-06-18")));
  const std::string headers = "MCP-Protocol-Version: 2025-06-18\r\nMcp-Session-Id: " +
                              p.between(c, "Mcp-Session-Id: ", "\r\n") + "\r\n";
  p.send(c, post(initialized, headers));
  p.expect(c, "202 Accepted");
  p.send(c, post(call(1, "echo", R"({"text":"first"})"), headers));
  p.expect(c, "\"first\"");
  p.send(c, post(call(2, "echo", R"({"text":"second"})"), headers));
  p.expect(c, "\"second\"");
  p.send(c, request("DELETE", headers));
}

void answered_question(player& p) {
  const auto asking = p.ask(post(call(1, "ask", R"({"ms":5000})"), p.headers()));
  const std::string id = p.between(asking, "\"elicitation/create\"", "\"params\"");
  const std::size_t at = id.find("\"id\":");
  // The id may stand before the method, or behind it.
  const std::string number =
      at != std::string::npos ? id.substr(at + 5, id.find(',', at) - at - 5)
                              : p.between(asking, "\"id\":", ",\"method\":\"elicitation/create\"");
  p.tell(post(answer_to(number), p.headers()));
}

void modern_answered_question(player& p) {
  const auto first = p.ask(modern(1, R"("name":"ask","arguments":{"ms":9},)"));
  const std::string key = p.between(first, "\"inputRequests\":{\"", "\"");
  const std::string state = p.between(first, "\"requestState\":\"", "\"");
  p.ask(modern(2, R"("name":"ask","arguments":{"ms":9},"inputResponses":{")" + key +
                      R"(":{"action":"accept","content":{"name":"Ada"}}},"requestState":")" +
                      state + "\","));
}

void cancelled_call(player& p) {
  p.ask(post(call(1, "nap", R"({"ms":100000})"), p.headers()));
  p.tell(post(cancel(1), p.headers()));
}

void end_under_a_call(player& p) {
  p.ask(post(call(1, "nap", R"({"ms":100000})"), p.headers()));
  p.tell(request("DELETE", p.headers()));
}

/// While its streams are being written.
void end_under_streams(player& p) {
  p.ask(request("GET", p.headers()));
  p.ask(post(call(1, "steps", R"({"n":9,"ms":10})", R"({"progressToken":1})"), p.headers()));
  p.run(15ms);
  p.tell(request("DELETE", p.headers()));
}

/// The client goes in the middle of an answer and comes back for the rest.
void resumed_call(player& p) {
  const auto lost =
      p.ask(post(call(1, "steps", R"({"n":4,"ms":10})", R"({"progressToken":1})"), p.headers()));
  p.run(15ms);
  const std::string id = p.between(lost, "\nid: ", "\n");
  p.leave(lost);
  p.run(5ms);
  const auto back = p.ask(request("GET", p.headers() + "Last-Event-ID: " + id + "\r\n"));
  p.continues(back, lost, id);
}

void http_sse(player& p) {
  const auto stream =
      p.ask("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  const std::string url = p.between(stream, "data: ", "\n");
  const auto say = [&](std::string_view body) {
    std::string text = post(body);
    text.replace(text.find("/mcp"), 4, url);
    p.tell(text, stream);
  };
  say(initialize("2024-11-05"));
  p.expect(stream, "serverInfo");
  say(initialized);
  say(call(1, "steps", R"({"n":2,"ms":1})", R"({"progressToken":1})"));
  p.run(10ms);
  say(call(2, "nap", R"({"ms":100000})"));
  say(cancel(2));
  say(call(3, "echo", R"({"text":"third"})"));
}

std::vector<dialogue> each_of(const std::vector<lifecycle::conversation>& conversations) {
  std::vector<dialogue> all;
  for (const lifecycle::conversation& what : conversations)
    all.push_back(
        {what.name, what.revision, [bytes = what.bytes](player& p) { p.ask(bytes(p.headers())); }});
  return all;
}

/// The ids of the requests in it.
std::set<std::string> ids_asked(std::string_view bytes) {
  std::set<std::string> all;
  const std::size_t body = bytes.find("\r\n\r\n");
  if (body == std::string_view::npos || body + 4 == bytes.size()) return all;
  const json::value sent = json::parse(bytes.substr(body + 4));
  const auto add = [&](const json::value& m) {
    const json::object& members = m.as_object();
    if (members.contains("method") && members.contains("id"))
      all.insert(json::serialize(members.at("id")));
  };
  if (!sent.is_array()) {
    add(sent);
    return all;
  }
  for (const json::value& m : sent.as_array())
    add(m);
  return all;
}

}  // namespace

class player::connection {
 public:
  connection(memory_server& s, const client_options& how) : client(s, how.between) {
    if (how.prepare) how.prepare(client.peer());
  }
  memory_server::client client;
  reception got;
};

player::player(memory_server& s, client_options how, std::string headers, std::size_t steps)
    : server_(s), how_(std::move(how)), headers_(std::move(headers)), steps_left_(steps) {}

player::place player::open() {
  connections_.push_back(std::make_shared<connection>(server_, how_));
  return connections_.size() - 1;
}

void player::send(place where, std::string_view bytes) {
  if (steps_left_ == 0) stop_here();
  {
    ++steps_;
    --steps_left_;
    connections_[where]->got.asked.merge(ids_asked(bytes));
    connections_[where]->client.send(bytes);
  }
  run({});
}

player::place player::ask(std::string_view bytes) {
  if (steps_left_ == 0) stop_here();
  const place where = open();
  send(where, bytes);
  return where;
}

void player::tell(std::string_view bytes, std::optional<place> answered_on) {
  if (answered_on) connections_[*answered_on]->got.asked.merge(ids_asked(bytes));
  expect(ask(bytes), "HTTP/1.1 20");
}

void player::run(comcp::duration d) {
  const failing_again server;
  server_.run(d);
}

void player::leave(place where) {
  connections_[where]->got.left = true;
  connections_[where]->client.peer().reset();
}

void player::continues(place later, place earlier, std::string last_event) {
  connections_[later]->got.continues = earlier;
  connections_[later]->got.last_event = std::move(last_event);
}

std::string player::between(place where, std::string_view before, std::string_view behind) const {
  const std::string& text = connections_[where]->client.peer().output();
  const std::size_t at = text.rfind(before);
  if (at == std::string::npos) stop_here();
  const std::size_t end = text.find(behind, at + before.size());
  if (end == std::string::npos) stop_here();
  return text.substr(at + before.size(), end - at - before.size());
}

void player::expect(place where, std::string_view text) const {
  if (connections_[where]->client.peer().output().find(text) == std::string::npos) stop_here();
}

void player::stop_here() const {
  throw stopped();
}

played play(memory_server& s, const dialogue& d, client_options how, std::size_t steps) {
  const unfailing mark;
  const std::string headers = s.open_session(d.revision);
  played all;
  {
    player p(s, how, headers, steps);
    const auto talk = [&] {
      try {
        d.steps(p);
      } catch (const stopped&) {
        all.stopped = p.steps_left_ != 0;
      }
      p.run(a_while);
    };
    if (how.around)
      how.around(talk);
    else
      talk();
    all.steps = p.steps_;
    for (const auto& c : p.connections_) {
      c->got.bytes = c->client.peer().output();
      c->got.ended = c->client.peer().ended();
      all.receptions.push_back(c->got);
    }
  }
  s.run();
  s.close_session(headers);
  return all;
}

std::vector<played> play_without_faults(const dialogue& d, comcp::duration leaves) {
  memory_server s;
  s.expected_warnings = {"did not answer in time"};
  std::vector<played> all;
  for (std::size_t steps = 0;; ++steps) {
    played one = play(s, d, {}, steps);
    BOOST_TEST(!one.stopped);
    s.run(leaves);
    if (one.steps < steps) break;
    all.push_back(std::move(one));
  }
  BOOST_TEST_REQUIRE(all.size() > 1U);
  return all;
}

const std::vector<dialogue>& dialogues() {
  static const std::vector<dialogue> all = [] {
    std::vector<dialogue> made = each_of(lifecycle::conversations());
    made.push_back({"whole session", nullptr, whole_session});
    made.push_back({"question that is answered", "2025-11-25", answered_question});
    made.push_back({"modern question that is answered", nullptr, modern_answered_question});
    made.push_back({"call that is cancelled", "2025-06-18", cancelled_call});
    made.push_back({"DELETE under a call", "2025-11-25", end_under_a_call});
    made.push_back({"DELETE under streams", "2025-11-25", end_under_streams});
    made.push_back({"call that is resumed", "2025-11-25", resumed_call});
    made.push_back({"HTTP+SSE from its handshake on", nullptr, http_sse});
    return made;
  }();
  return all;
}

const std::vector<dialogue>& detached_dialogues() {
  static const std::vector<dialogue> all = each_of(lifecycle::detached_conversations());
  return all;
}

}  // namespace faults
