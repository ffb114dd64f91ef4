#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"
#include "comcp/transport/stdio.hpp"
#include "transport/descriptor.hpp"

using namespace comcp;
using namespace std::chrono_literals;
using detail::unique_fd;
using testing::wait_all_tasks_blocked;

namespace {

using texts = std::vector<std::string>;

struct ends {
  unique_fd read;
  unique_fd write;
};

ends make_pipe() {
  int fds[2];
  BOOST_REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
  return {unique_fd(fds[0]), unique_fd(fds[1])};
}

ends make_sockets() {
  int fds[2];
  BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  return {unique_fd(fds[0]), unique_fd(fds[1])};
}

void put(const unique_fd& fd, std::string_view bytes) {
  BOOST_REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) ==
                static_cast<ssize_t>(bytes.size()));
}

// What is there now.
std::string get(const unique_fd& fd) {
  std::string all;
  char buffer[4096];
  pollfd ready{fd.get(), POLLIN, 0};
  while (::poll(&ready, 1, 0) > 0) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n <= 0) break;
    all.append(buffer, static_cast<std::size_t>(n));
  }
  return all;
}

// A transport that reads what the test writes to `in` and writes what the test reads from `out`.
struct harness {
  harness(ends to, ends from, std::size_t max_line = default_max_line_bytes)
      : in(std::move(to.write)),
        out(std::move(from.read)),
        end(make_stream_transport(
            to.read.release(), from.write.release(), stream_options().max_line_bytes(max_line))) {}
  unique_fd in;
  unique_fd out;
  std::unique_ptr<transport> end;
};

awaitable<std::string> read_text(transport& t) {
  const read_result got = co_await t.read();
  if (got.what() == read_result::kind::end) co_return "<end>";
  if (got.what() == read_result::kind::oversize) co_return "<oversize>";
  co_return std::string(got.text());
}

bool is_blocking(const unique_fd& fd) {
  return (fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0;
}

unique_fd temporary_file(std::string_view content = {}) {
  char name[] = "/tmp/comcp-stream-XXXXXX";
  unique_fd fd(mkostemp(name, O_CLOEXEC));
  BOOST_REQUIRE(fd);
  unlink(name);
  put(fd, content);
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_transport)

// transport:stdio:no-embedded-newlines
COMCP_TEST_CORO(D_05_lines_are_cut_from_pipes_and_sockets_and_written_with_one_newline_each) {
  for (const bool sockets : {false, true}) {
    harness h(sockets ? make_sockets() : make_pipe(), sockets ? make_sockets() : make_pipe());
    put(h.in, "{\"a\":1}\r\n\n[2]\nlast");
    BOOST_TEST(co_await read_text(*h.end) == "{\"a\":1}");
    BOOST_TEST(co_await read_text(*h.end) == "[2]");
    const texts messages{"one", "two"};
    BOOST_TEST((co_await h.end->write(messages) == write_status::written));
    BOOST_TEST(get(h.out) == "one\ntwo\n");
  }
}

COMCP_TEST_CORO(D_05_a_last_line_without_newline_is_processed_and_then_it_ends) {
  harness h(make_pipe(), make_pipe());
  put(h.in, "last");
  {
    const unique_fd closes_at_once = std::move(h.in);
  }
  BOOST_TEST(co_await read_text(*h.end) == "last");
  BOOST_TEST(co_await read_text(*h.end) == "<end>");
  BOOST_TEST(co_await read_text(*h.end) == "<end>");
}

COMCP_TEST_CORO(D_07_one_byte_at_a_time_is_one_message) {
  harness h(make_pipe(), make_pipe());
  const std::string message = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  std::string got;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> { got = co_await read_text(*h.end); });
    for (const char c : message + "\n") {
      BOOST_TEST(got == "");
      put(h.in, std::string_view(&c, 1));
      co_await wait_all_tasks_blocked();
    }
  });
  BOOST_TEST(got == message);
}

COMCP_TEST_CORO(D_07_over_the_limit_is_reported_once_and_reading_goes_on) {
  harness h(make_pipe(), make_pipe(), 10);
  put(h.in, std::string(5000, 'x') + "\nshort\n");
  BOOST_TEST(co_await read_text(*h.end) == "<oversize>");
  BOOST_TEST(co_await read_text(*h.end) == "short");
}

COMCP_TEST_CORO(a_reader_that_waits_is_woken_by_close_and_by_cancellation) {
  harness h(make_pipe(), make_pipe());
  const bool came =
      co_await move_on_after(1s, [&]() -> awaitable<void> { co_await h.end->read(); });
  BOOST_TEST(!came);
  put(h.in, "still usable\n");
  BOOST_TEST(co_await read_text(*h.end) == "still usable");
  std::string got;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> { got = co_await read_text(*h.end); });
    co_await wait_all_tasks_blocked();
    h.end->close();
    h.end->close();
  });
  BOOST_TEST(got == "<end>");
  const texts one{"x"};
  BOOST_TEST((co_await h.end->write(one) == write_status::closed));
}

COMCP_TEST_CORO(D_03_a_gone_reader_is_closed_and_raises_no_SIGPIPE) {
  // To a pipe in both ways, where the kernel knows both.
  for (const auto& [sockets, by_kernel] :
       {std::pair(false, true), std::pair(false, false), std::pair(true, true)}) {
    detail::kernel_can_hold_back_signals() = by_kernel;
    struct sigaction before{};
    struct sigaction deadly{};
    deadly.sa_handler = SIG_DFL;
    sigaction(SIGPIPE, &deadly, &before);
    harness h(make_pipe(), sockets ? make_sockets() : make_pipe());
    {
      const unique_fd gone = std::move(h.out);
    }
    const texts one{"x"};
    BOOST_TEST((co_await h.end->write(one) == write_status::closed));
    sigset_t pending;
    sigpending(&pending);
    BOOST_TEST(sigismember(&pending, SIGPIPE) == 0);
    sigaction(SIGPIPE, &before, nullptr);
  }
  detail::kernel_can_hold_back_signals() = true;
}

COMCP_TEST_CORO(a_full_pipe_suspends_the_writer_until_the_peer_reads) {
  harness h(make_pipe(), make_pipe());
  const texts big{std::string(300'000, 'x'), "end"};
  write_status status = write_status::closed;
  std::string received;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    bool written = false;
    group.start_soon([&]() -> awaitable<void> {
      status = co_await h.end->write(big);
      written = true;
    });
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!written);
    while (!written) {
      received += get(h.out);
      co_await wait_all_tasks_blocked();
    }
    received += get(h.out);
  });
  BOOST_TEST((status == write_status::written));
  BOOST_TEST((received == big[0] + "\nend\n"));
}

COMCP_TEST_CORO(writing_now_stops_at_a_full_pipe_and_a_write_goes_on_there) {
  for (const bool sockets : {false, true}) {
    harness h(make_pipe(), sockets ? make_sockets() : make_pipe());
    const texts small{"a", "b"};
    BOOST_TEST(h.end->write_now(small));
    BOOST_TEST(get(h.out) == "a\nb\n");
    texts big{"begin", std::string(600'000, 'x')};
    BOOST_TEST(!h.end->write_now(big));
    big.emplace_back("end");
    std::string received;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      bool written = false;
      group.start_soon([&]() -> awaitable<void> {
        const write_status status = co_await h.end->write(big);
        BOOST_TEST((status == write_status::written));
        written = true;
      });
      while (!written) {
        received += get(h.out);
        co_await wait_all_tasks_blocked();
      }
      received += get(h.out);
    });
    BOOST_TEST((received == "begin\n" + big[1] + "\nend\n"));
    BOOST_TEST(h.end->write_now(small));
    BOOST_TEST(get(h.out) == "a\nb\n");
  }
}

COMCP_TEST_CORO(D_03_a_SIGPIPE_that_somebody_holds_back_stays_his) {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  for (const auto& [pends, by_kernel] : {std::pair(false, true), std::pair(false, false),
                                         std::pair(true, true), std::pair(true, false)}) {
    detail::kernel_can_hold_back_signals() = by_kernel;
    if (pends) pthread_kill(pthread_self(), SIGPIPE);
    harness h(make_pipe(), make_pipe());
    {
      const unique_fd gone = std::move(h.out);
    }
    const texts one{"x"};
    BOOST_TEST(!h.end->write_now(one));
    BOOST_TEST((co_await h.end->write(one) == write_status::closed));
    sigset_t pending;
    sigpending(&pending);
    BOOST_TEST(sigismember(&pending, SIGPIPE) == (pends ? 1 : 0));
    pthread_sigmask(SIG_BLOCK, nullptr, &pending);
    BOOST_TEST(sigismember(&pending, SIGPIPE) == 1);  // still held back
  }
  const timespec at_once{};
  sigtimedwait(&pipe, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  detail::kernel_can_hold_back_signals() = true;
}

COMCP_TEST_CORO(after_a_cancelled_write_nothing_more_is_written) {
  harness h(make_pipe(), make_pipe());
  const texts big{std::string(300'000, 'x')};
  const texts small{"small"};
  const bool done =
      co_await move_on_after(1s, [&]() -> awaitable<void> { co_await h.end->write(big); });
  BOOST_TEST(!done);
  BOOST_TEST((co_await h.end->write(small) == write_status::closed));
  BOOST_TEST(get(h.out).find("small") == std::string::npos);
}

COMCP_TEST_CORO(more_messages_than_one_system_call_takes_arrive_in_order) {
  harness h(make_pipe(), make_pipe());
  texts many;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    many.push_back(std::to_string(i));
    expected += many.back() + "\n";
  }
  BOOST_TEST((co_await h.end->write(many) == write_status::written));
  BOOST_TEST((get(h.out) == expected));
}

COMCP_TEST_CORO(regular_files_and_dev_null_work_although_epoll_refuses_them) {
  unique_fd sink = temporary_file();
  const unique_fd seen(dup(sink.get()));
  auto t =
      make_stream_transport(temporary_file("{\"id\":1}\n{\"id\":2}").release(), sink.release());
  BOOST_TEST(co_await read_text(*t) == "{\"id\":1}");
  BOOST_TEST(co_await read_text(*t) == "{\"id\":2}");
  BOOST_TEST(co_await read_text(*t) == "<end>");
  const texts one{"answer"};
  BOOST_TEST((co_await t->write(one) == write_status::written));
  lseek(seen.get(), 0, SEEK_SET);
  BOOST_TEST(get(seen) == "answer\n");

  auto null = make_stream_transport(open("/dev/null", O_RDONLY | O_CLOEXEC),
                                    open("/dev/null", O_WRONLY | O_CLOEXEC));
  BOOST_TEST(co_await read_text(*null) == "<end>");  // D-01: stdin at EOF from the start
  BOOST_TEST((co_await null->write(one) == write_status::written));
}

COMCP_TEST_CORO(a_terminal_works_and_keeps_its_mode) {
  unique_fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  BOOST_REQUIRE(master);
  BOOST_REQUIRE(grantpt(master.get()) == 0);
  BOOST_REQUIRE(unlockpt(master.get()) == 0);
  unique_fd slave(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios raw{};
  tcgetattr(slave.get(), &raw);
  cfmakeraw(&raw);
  tcsetattr(slave.get(), TCSANOW, &raw);
  const unique_fd shells(dup(slave.get()));
  const int input = dup(slave.get());
  auto t = make_stream_transport(input, slave.release());
  put(master, "typed\n");
  BOOST_TEST(co_await read_text(*t) == "typed");
  const texts one{"shown"};
  co_await t->write(one);
  BOOST_TEST(get(master) == "shown\n");
  BOOST_TEST(is_blocking(shells));
}

COMCP_TEST_CORO(nobody_else_sees_non_blocking_mode) {
  // stdout often is the same description as stderr: its other holders must not get EAGAIN.
  for (const bool sockets : {false, true}) {
    ends to = sockets ? make_sockets() : make_pipe();
    ends from = sockets ? make_sockets() : make_pipe();
    const unique_fd other_reader(dup(to.read.get()));
    const unique_fd other_writer(dup(from.write.get()));
    {
      harness h(std::move(to), std::move(from));
      put(h.in, "x\n");
      co_await read_text(*h.end);
      if (!sockets) {  // pipes are reopened, so not even meanwhile
        BOOST_TEST(is_blocking(other_reader));
        BOOST_TEST(is_blocking(other_writer));
      }
    }
    BOOST_TEST(is_blocking(other_reader));
    BOOST_TEST(is_blocking(other_writer));
  }
}

COMCP_TEST_CORO(one_descriptor_can_be_both_ends) {
  ends pair = make_sockets();
  const int one = pair.read.release();
  auto t = make_stream_transport(one, one);
  put(pair.write, "ping\n");
  BOOST_TEST(co_await read_text(*t) == "ping");
  const texts answer{"pong"};
  co_await t->write(answer);
  BOOST_TEST(get(pair.write) == "pong\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stdio_takeover)

namespace {

// Runs `body` in a child whose stdin, stdout and stderr are pipes; what it wrote and how it ended.
struct child_result {
  std::string out;
  std::string err;
  int status = -1;
};

child_result in_child(std::string_view input, const std::function<void()>& body) {
  ends in = make_pipe();
  ends out = make_pipe();
  ends err = make_pipe();
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(in.read.get(), 0);
    dup2(out.write.get(), 1);
    dup2(err.write.get(), 2);
    in = ends();
    out = ends();
    err = ends();
    try {
      body();
      _exit(0);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s", e.what());
      _exit(3);
    }
  }
  put(in.write, input);
  {
    const unique_fd closes = std::move(in.write);
  }
  {
    const unique_fd closes = std::move(out.write);
  }
  {
    const unique_fd closes = std::move(err.write);
  }
  child_result result;
  char buffer[4096];
  for (ssize_t n; (n = ::read(out.read.get(), buffer, sizeof buffer)) > 0;) {
    result.out.append(buffer, static_cast<std::size_t>(n));
  }
  for (ssize_t n; (n = ::read(err.read.get(), buffer, sizeof buffer)) > 0;) {
    result.err.append(buffer, static_cast<std::size_t>(n));
  }
  waitpid(pid, &result.status, 0);
  return result;
}

}  // namespace

// transport:stdio:stream-purity
BOOST_AUTO_TEST_CASE(S_STD_02_stray_prints_reach_stderr_and_never_the_wire) {
  const auto result = in_child("{\"id\":1}\n", [] {
    testing::virtual_shard vs;
    vs.run([]() -> awaitable<void> {
      std::printf("buffered before\n");
      auto t = take_stdio();
      std::printf("stray print\n");
      std::fflush(stdout);
      const std::string child = "echo from a child process";
      if (std::system(child.c_str()) != 0) throw std::runtime_error("no shell");
      char c = 0;
      if (::read(0, &c, 1) != 0) throw std::runtime_error("input was stolen");
      const std::string text = co_await read_text(*t);
      const texts answer{"answer to " + text};
      co_await t->write(answer);
    });
  });
  BOOST_TEST(result.status == 0, result.err);
  BOOST_TEST(result.out == "answer to {\"id\":1}\n");
  BOOST_TEST(result.err.find("stray print") != std::string::npos);
  BOOST_TEST(result.err.find("from a child process") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_closed_standard_stream_is_a_clear_error) {
  const auto result = in_child("", [] {
    close(0);
    testing::virtual_shard vs;
    vs.run([]() -> awaitable<void> {
      take_stdio();
      co_return;
    });
  });
  BOOST_TEST(WEXITSTATUS(result.status) == 3);
  BOOST_TEST(result.err.find("standard input can't be used") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
