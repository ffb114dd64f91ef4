// Conversations over lines on a socket pair, as over standard input and output, whose N-th allocation fails, for
// every N: each request has its answer, an error, or the end of the connection; nobody is told anything wrong, and
// the next connection is served.

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/json/value.hpp"
#include "comcp/server/server.hpp"
#include "comcp/session/serve.hpp"
#include "comcp/testing/virtual_time.hpp"
#include "comcp/transport/stdio.hpp"
#include "faults/failing_allocations.hpp"
#include "faults/honesty.hpp"
#include "lifecycle/live_server.hpp"

using namespace faults;
using namespace comcp;
using namespace std::chrono_literals;
using lifecycle::call;

namespace {

/// The tools of test/lifecycle on a shard in virtual time; connections come one after the other.
class line_server {
 public:
  line_server() { lifecycle::add_tools(server_, counts_); }

  /// Its end of the pair is served until the client closes, or memory is short.
  void serve_on(int fd) {
    const failing_again server;
    fd_ = fd;
    auto serving = [this]() -> awaitable<void> {
      const int mine = std::exchange(fd_, -1);
      const auto end = make_stream_transport(mine, mine);
      co_await serve(*end, server_, session_options().log(logger(log, log_level::debug)));
    };
    auto ended = [this](const std::exception_ptr&) { drop(); };
    try {
      time_.shard().start_root(serving, "connection", ended);
    } catch (const std::bad_alloc&) {
      drop();
    }
  }

  void run(duration d) {
    const failing_again server;
    for (const time_point end = time_.now() + d;;) {
      try {
        return time_.advance(end - time_.now());
      } catch (const std::bad_alloc&) {
      }
    }
  }

  void check_nothing_is_left() {
    BOOST_TEST(time_.leftovers() == "");
    BOOST_TEST(server_.running_calls() == 0U);
  }

  // A process ends that can't begin to serve.
  void drop() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  std::shared_ptr<lifecycle::recorded_log> log = std::make_shared<lifecycle::recorded_log>();

 private:
  testing::virtual_shard time_;
  server server_{"lines", "1.0", server_options().log(logger(log, log_level::debug))};
  lifecycle::tool_counts counts_;
  int fd_ = -1;  // nobody's yet
};

/// The client's end. What it does itself never lacks memory.
class line_client {
 public:
  explicit line_client(line_server& s) : server_(s) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    fd_ = ends[1];
    server_.serve_on(ends[0]);
  }
  ~line_client() { ::close(fd_); }
  line_client(const line_client&) = delete;
  line_client& operator=(const line_client&) = delete;

  void say(const std::string& message) {
    note_asked(message);
    const std::string line = message + "\n";
    [[maybe_unused]] const auto n = ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
    run({});
  }
  void run(duration d) {
    server_.run(d);
    std::array<char, 65536> chunk{};
    for (;;) {
      const auto n = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) {
        got.ended = true;
        return;
      }
      got.bytes.append(chunk.data(), static_cast<std::size_t>(n));
      server_.run({});
    }
  }
  bool has(std::string_view text) const { return got.bytes.find(text) != std::string::npos; }
  /// No more is said.
  void finish() {
    ended_before_ = got.ended;
    ::shutdown(fd_, SHUT_WR);
    run(1min);
    BOOST_TEST(got.ended);
    got.ended = ended_before_;  // by the server: behind the client's end it is no excuse
  }

  reception got;

 private:
  void note_asked(const std::string& message) {
    boost::system::error_code ec;
    const json::value v = json::parse(message, ec);
    if (ec) got.asked.insert("null");  // whose error has no id
    if (ec || !v.is_object()) return;
    const json::object& members = v.as_object();
    if (members.contains("method") && members.contains("id"))
      got.asked.insert(json::serialize(members.at("id")));
  }

  line_server& server_;
  int fd_ = -1;
  bool ended_before_ = false;
};

class line_dialogue {
 public:
  const char* name;
  std::function<void(line_client&)> play;
};

std::string modern(int id, std::string_view method, std::string_view params) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) +
         R"(","params":{)" + std::string(params) +
         R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
         R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},)"
         R"("progressToken":1}}})";
}

bool shake_hands(line_client& c) {
  c.say(lifecycle::initialize("2025-11-25", R"({"elicitation":{}})"));
  if (!c.has("serverInfo")) return false;
  c.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  return true;
}

const line_dialogue dialogues[] = {
    {"legacy",
     [](line_client& c) {
       if (!shake_hands(c)) return;
       c.say(call(1, "echo", R"({"text":"first"})"));
       c.say(call(2, "steps", R"({"n":2,"ms":1})", R"({"progressToken":1})"));
       c.run(10ms);
       c.say("no message");
       c.say(R"({"jsonrpc":"2.0","id":3,"method":"no/such"})");
       c.say(call(4, "nap", R"({"ms":100000})"));
       c.say(lifecycle::cancel(4));
       c.say(call(5, "echo", R"({"text":"last"})"));
     }},
    {"legacy, a question",
     [](line_client& c) {
       if (!shake_hands(c)) return;
       c.say(call(1, "ask", R"({"ms":5000})"));
       if (!c.has("elicitation/create")) return;
       c.say(R"({"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":{"name":"Ada"}}})");
     }},
    {"modern",
     [](line_client& c) {
       c.say(modern(1, "server/discover", ""));
       c.say(modern(2, "tools/call", R"("name":"echo","arguments":{"text":"first"},)"));
       c.say(modern(3, "tools/call", R"("name":"steps","arguments":{"n":2,"ms":1},)"));
       c.run(10ms);
       c.say(modern(4, "tools/call", R"("name":"ask","arguments":{"ms":9},)"));
       c.say(modern(5, "subscriptions/listen", R"("notifications":{"toolsListChanged":true},)"));
       c.say(modern(6, "tools/call", R"("name":"nap","arguments":{"ms":100000},)"));
       c.say(lifecycle::cancel(6));
       c.say(modern(7, "tools/call", R"("name":"echo","arguments":{"text":"last"},)"));
     }},
};

/// Whether there were so many allocations.
bool play(line_server& s, const line_dialogue& what, std::size_t n, reception& got) {
  const unfailing mark;
  const failing_allocation armed(n);
  line_client c(s);
  what.play(c);
  c.finish();
  got = c.got;
  return armed.struck();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failing_allocations_of_lines)

BOOST_AUTO_TEST_CASE(an_allocation_that_fails_costs_its_connection_at_most) {
  constexpr std::size_t none = 1000000;
  for (const line_dialogue& what : dialogues)
    BOOST_TEST_CONTEXT(what.name) {
      line_server s;
      reception fault_free;
      play(s, what, none, fault_free);
      BOOST_TEST(!fault_free.ended);
      s.check_nothing_is_left();
      std::size_t n = 1;
      std::size_t whole = 0;
      for (bool struck = true; struck; ++n)
        BOOST_TEST_CONTEXT("allocation " << n) {
          reception got;
          struck = play(s, what, n, got);
          const std::string wrong = find_lie_in_lines(got, fault_free);
          BOOST_TEST(wrong.empty(), wrong);
          s.check_nothing_is_left();
          whole += !got.ended;
          BOOST_TEST_REQUIRE(n < 20000U);
        }
      BOOST_TEST(n > 100U);
      BOOST_TEST(whole > 1U);
      reception again;
      play(s, what, none, again);
      BOOST_TEST(find_lie_in_lines(again, fault_free) == "");
      BOOST_TEST_MESSAGE(what.name << ": " << n << " allocations, " << whole << " not the end");
    }
}

BOOST_AUTO_TEST_SUITE_END()
