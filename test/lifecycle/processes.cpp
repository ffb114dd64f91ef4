// Group D, the server's side: standard input and output, signals, ends.

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "comcp/json/value.hpp"
#include "lifecycle/live_server.hpp"
#include "lifecycle/process_baseline.hpp"

using namespace lifecycle;
namespace json = comcp::json;

namespace {

std::string ping(int id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"ping"})";
}

void shake_hands(child& c) {
  c.send(initialize("2025-11-25") + "\n");
  BOOST_TEST_REQUIRE(c.read_line().has_value());
  c.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
         "\n");
}

/// The id of the next answer, as text.
std::string next_id(child& c) {
  const auto line = c.read_line();
  if (!line) return "the end";
  const json::value m = json::parse(*line);
  const json::value* id = m.as_object().if_contains("id");
  return id ? json::serialize(*id) : "none";
}

std::string compute(int id, std::string_view seconds) {
  return call(id, "slow_compute", R"({"seconds":)" + std::string(seconds) + "}");
}

std::string echo(int id, std::string_view text) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":"greet","arguments":{"name":")" +
         std::string(text) + "\"}}}";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lifecycle_processes, process_baseline)

BOOST_AUTO_TEST_CASE(D_01_the_end_of_input_ends_the_process_whatever_it_waits_for) {
  for (const bool is_working : {false, true}) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 3; ++i) {
      child c = everything_server({"--stdio"});
      shake_hands(c);
      if (is_working) {
        c.send(compute(1, "60") + "\n" + ping(2) + "\n");
        BOOST_TEST(next_id(c) == "2");  // by now the other one runs
      }
      const auto before = std::chrono::steady_clock::now();
      c.close_input();
      BOOST_TEST(c.wait() == 0);
      best = std::min(best, std::chrono::steady_clock::now() - before);
      check_end(c);  // who left is sent nothing for it
    }
    BOOST_TEST((best < std::chrono::seconds(1)));
  }
  {
    child c = everything_server({"--stdio"});
    c.close_input();  // before a word
    check_end(c);
  }
  {
    child c = everything_server({"--stdio"});
    shake_hands(c);
    c.send(compute(1, "0.1") + "\n");
    c.close_input();
    BOOST_TEST(next_id(c) == "1");  // what was asked may finish
    check_end(c);
  }
}

// Whoever started the server dies without a word: nobody holds the pipe any more.
BOOST_AUTO_TEST_CASE(D_01_a_parent_that_is_killed_leaves_no_server) {
  int report[2];
  BOOST_TEST_REQUIRE(::pipe(report) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    child c = everything_server({"--stdio"});
    shake_hands(c);
    const pid_t server = c.pid();
    (void)!::write(report[1], &server, sizeof server);
    ::pause();
    ::_exit(0);
  }
  pid_t server = 0;
  BOOST_TEST_REQUIRE(::read(report[0], &server, sizeof server) == sizeof server);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  const auto end = std::chrono::steady_clock::now() + patience;
  const auto is_alive = [&] {  // a zombie of init's is not
    const std::string path = "/proc/" + std::to_string(server) + "/stat";
    std::FILE* f = std::fopen(path.c_str(), "r");
    if (!f) return false;
    char state = 'Z';
    if (std::fscanf(f, "%*d (%*[^)]) %c", &state) != 1) state = 'Z';
    std::fclose(f);
    return state != 'Z';
  };
  while (is_alive() && std::chrono::steady_clock::now() < end)
    ::usleep(5000);
  BOOST_TEST(!is_alive());
  ::close(report[0]);
  ::close(report[1]);
}

// Its input stays open: only the output tells.
BOOST_AUTO_TEST_CASE(D_03_a_closed_output_is_a_client_that_left) {
  std::chrono::microseconds used[2];
  for (const bool is_closed : {false, true}) {
    child c = everything_server({"--stdio"});
    shake_hands(c);
    if (is_closed) c.close_output();
    for (int i = 0; i < 100; ++i)
      c.send(ping(i) + "\n");
    if (!is_closed) {
      for (int i = 0; i < 100; ++i)
        BOOST_TEST(next_id(c) == std::to_string(i));
      c.close_input();
    }
    check_end(c);
    used[is_closed ? 1 : 0] = c.time_used();
  }
  // No busy loop: it takes no more of the processor than one whose client stays.
  BOOST_TEST(used[1].count() < 3 * used[0].count() + 500'000);
}

BOOST_AUTO_TEST_CASE(D_05_lines_are_split_at_LF_and_written_without_one_inside) {
  child c = everything_server({"--stdio"});
  shake_hands(c);
  c.send(ping(1) + "\r\n\r\n\n  \n" + ping(2) + "\n");
  BOOST_TEST(next_id(c) == "1");
  BOOST_TEST(next_id(c) == "2");
  c.send(echo(3, "a\\nb \xE2\x80\xA8 c \\u2028 \\r") + "\n");
  const auto line = c.read_line();
  BOOST_TEST_REQUIRE(line.has_value());
  const json::value said = json::parse(*line);
  BOOST_TEST(std::string(said.at("result").at("content").at(0).at("text").as_string()) ==
             "Hello, a\nb \xE2\x80\xA8 c \xE2\x80\xA8 \r!");
  c.send(ping(4));  // the last line has no end
  c.close_input();
  BOOST_TEST(next_id(c) == "4");
  check_end(c);
}

BOOST_AUTO_TEST_CASE(D_07_however_the_bytes_come_the_messages_are_the_same) {
  child c = everything_server({"--stdio"});
  shake_hands(c);
  for (const char byte : ping(1) + "\n")
    c.send(std::string_view(&byte, 1));
  BOOST_TEST(next_id(c) == "1");
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += ping(i) + "\n";
  c.send(many);
  for (int i = 0; i < 1000; ++i)
    BOOST_TEST_REQUIRE(next_id(c) == std::to_string(i));
  const std::string large(15 << 20, 'x');
  c.send(echo(1, large) + "\n");
  BOOST_TEST(next_id(c) == "1");
  c.send(std::string(17 << 20, 'x') + "\n" + ping(2) + "\n");
  const auto refusal = c.read_line();
  BOOST_TEST_REQUIRE(refusal.has_value());
  BOOST_TEST(refusal->find("-32700") != std::string::npos, *refusal);
  BOOST_TEST(next_id(c) == "2");
  c.close_input();
  check_end(c);
}

// One thread serves: it reads the cancellation while the handler that it cancels runs, or a minute later.
BOOST_AUTO_TEST_CASE(C_15_a_cancel_is_read_while_a_handler_runs) {
  child c = everything_server({"--stdio"});
  shake_hands(c);
  int id = 0;
  const auto took = live_server::fastest(10, [&] {
    const int work = ++id;
    const int ping_before = ++id;
    const int ping_behind = ++id;
    c.send(compute(work, "60") + "\n" + ping(ping_before) + "\n" + cancel(work) + "\n" +
           ping(ping_behind) + "\n");
    BOOST_TEST(next_id(c) == std::to_string(ping_before));
    BOOST_TEST(next_id(c) == std::to_string(ping_behind));
  });
  BOOST_TEST(took.count() < 100);
  c.signal(SIGTERM);  // a shutdown names what it cancels
  check_end(c);       // no answer to one that was cancelled
  BOOST_TEST(c.errors().find("cancelling") == std::string::npos, c.errors());
}

// Scenarios of our own.

BOOST_AUTO_TEST_CASE(D_own_a_client_that_reads_nothing_does_not_keep_the_process) {
  child c = everything_server({"--stdio"});
  shake_hands(c);
  const std::string large(100'000, 'x');
  for (int i = 0; i < 8; ++i)  // more than a pipe holds, less than lets the server stop reading
    c.send(echo(i, large) + "\n");
  c.close_input();
  BOOST_TEST(c.wait() == 0);
  c.close_output();  // unread
  check_end(c);
}

BOOST_AUTO_TEST_CASE(D_own_lines_that_are_no_messages_do_not_stop_the_next_one) {
  child c = everything_server({"--stdio"});
  shake_hands(c);
  const std::string_view with_zero("{\"jsonrpc\":\"2.0\",\0\"id\":1}", 25);
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  int id = 100;
  for (const std::string_view line :
       {std::string_view("{"), std::string_view("\xFF\xFE\x80"), std::string_view("[]"),
        std::string_view("null"), std::string_view("\"text\""), with_zero, std::string_view(deep),
        std::string_view(R"({"jsonrpc":"1.0","id":1,"method":"ping"})"),
        std::string_view(R"({"jsonrpc":"2.0","id":{},"method":"ping"})"),
        std::string_view(R"({"jsonrpc":"2.0","id":7,"result":{}})")}) {
    c.send(std::string(line) + "\n" + ping(++id) + "\n");
    int answers = 0;
    for (std::string got = next_id(c); got != std::to_string(id); got = next_id(c)) {
      BOOST_TEST_REQUIRE(got != "the end", line.substr(0, 100));
      ++answers;
    }
    BOOST_TEST(answers <= 1, line.substr(0, 100));
  }
  c.close_input();
  check_end(c);
}

BOOST_AUTO_TEST_CASE(D_own_half_a_message_at_the_end_of_input_is_refused) {
  child c = everything_server({"--stdio"});
  shake_hands(c);
  c.send(std::string_view(ping(1)).substr(0, 20));
  c.close_input();
  const auto refusal = c.read_line();
  BOOST_TEST_REQUIRE(refusal.has_value());
  BOOST_TEST(refusal->find("-32700") != std::string::npos, *refusal);
  BOOST_TEST(!c.read_line().has_value());
  check_end(c);
}

BOOST_AUTO_TEST_CASE(D_own_a_signal_lets_what_runs_finish_and_a_second_one_does_not) {
  for (const bool twice : {false, true}) {
    child c = everything_server({"--stdio"});
    shake_hands(c);
    c.send(compute(1, twice ? "60" : "0.3") + "\n" + ping(2) + "\n");
    BOOST_TEST(next_id(c) == "2");  // by now the other one runs
    c.signal(SIGTERM);
    if (twice) {
      c.read_errors_until("shutting down");
      c.signal(SIGTERM);
    } else {
      BOOST_TEST(next_id(c) == "1");
    }
    check_end(c, twice ? 128 + SIGTERM : 0);
  }
}

BOOST_AUTO_TEST_CASE(D_own_children_that_are_killed_at_any_moment_leave_nothing_to_their_parent) {
  for (int i = 0; i < 40; ++i) {
    child c = everything_server({"--stdio"});
    if (i % 4 != 0) c.send(initialize("2025-11-25") + "\n");
    if (i % 4 == 2) BOOST_TEST(c.read_line().has_value());
    if (i % 4 == 3) c.send(echo(1, "a") + "\n");
    c.signal(SIGKILL);
    BOOST_TEST(c.wait() == -SIGKILL);
  }
}

BOOST_AUTO_TEST_CASE(H_20_a_first_signal_drains_and_a_second_one_ends) {
  for (const bool twice : {false, true}) {
    child c = everything_server({"--listen", "127.0.0.1:0"});
    const std::uint16_t port = c.port();
    wire slow(port);
    slow.send(modern_call(1, "slow_compute", R"({"seconds":60})"));
    wire other(port);
    other.send(modern_call(1, "greet", R"({"name":"a"})"));
    BOOST_TEST(other.read_answer().status == 200);
    const auto before = std::chrono::steady_clock::now();
    c.signal(SIGTERM);
    if (twice) {
      c.read_errors_until("shutting down");
      c.signal(SIGTERM);
    }
    check_end(c, twice ? 128 + SIGTERM : 0);
    const auto took = std::chrono::steady_clock::now() - before;
    BOOST_TEST((took < std::chrono::seconds(twice ? 4 : 9)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
