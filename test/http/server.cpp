#include "comcp/http/server.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "comcp/scope/event.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"
#include "support/raw_client.hpp"

using namespace std::literals;
namespace asio = boost::asio;
using comcp::awaitable;
using comcp::task_group;
using comcp::with_task_group;
using comcp::http::exchange;
using comcp::http::fields;
using comcp::http::response;
using comcp::http::send_result;
using comcp::http::server;
using comcp::http::server_limits;
using comcp::http::server_options;
using http_test::raw_client;

namespace {

const std::string get = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(std::string_view body) {
  return "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

awaitable<void> echo(exchange ex) {
  auto body = co_await ex.read_body();
  if (body)
    co_await std::move(ex).respond(response(200, "text/plain", std::move(body.body)));
  else if (const auto status = comcp::http::to_http_status(body.status))
    co_await std::move(ex).respond(response(status));
}

server_options with(server_limits limits) {
  server_options options;
  options.limits(limits);
  return options;
}

std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++n;
  return n;
}

/// Serves around a client's coroutine, then drains.
template <class F>
awaitable<void> serve_for(server& srv, F client) {
  const auto body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&srv] { return srv.serve(); });
    co_await client();
    srv.drain(5s);
  };
  co_await with_task_group(body);
}

bool ends_with_body(const std::string& answer, std::string_view body) {
  return answer.starts_with("HTTP/1.1 200 OK\r\n") &&
         answer.ends_with(std::string("\r\n\r\n") += body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_server)

COMCP_TEST_CORO_REAL(listens_at_once_on_a_free_port) {
  server srv(echo);
  BOOST_TEST(srv.port() != 0);
  BOOST_TEST(srv.url() == "http://127.0.0.1:" + std::to_string(srv.port()));
  raw_client early;
  BOOST_TEST(co_await early.connect(srv.port()));  // before serve() runs
  BOOST_TEST(co_await early.send(post("hello")));
  const auto client = [&]() -> awaitable<void> {
    BOOST_TEST(ends_with_body(co_await early.read_response(), "hello"));
  };
  co_await serve_for(srv, client);
  BOOST_TEST(srv.stats().accepted == 1u);
  BOOST_TEST(srv.stats().requests == 1u);
  BOOST_TEST(srv.stats().open_connections == 0u);
  raw_client late;
  BOOST_TEST(!co_await late.connect(srv.port()));
}

COMCP_TEST_CORO_REAL(all_who_wait_are_accepted_in_one_turn_of_the_loop) {
  server srv(echo);
  std::array<raw_client, 40> clients;
  for (raw_client& c : clients)
    BOOST_TEST_REQUIRE(co_await c.connect(srv.port()));
  int turns = 0;
  const auto client = [&]() -> awaitable<void> {
    for (; srv.stats().accepted < clients.size() && turns < 100; ++turns)
      co_await comcp::checkpoint();
    for (raw_client& c : clients)
      c.close();
  };
  co_await serve_for(srv, client);
  BOOST_TEST(srv.stats().accepted == clients.size());
  BOOST_TEST(turns <= 2);
}

COMCP_TEST_CORO_REAL(what_cannot_be_listened_on_is_named) {
  server first(echo);
  const auto message = [](server_options options) -> std::string {
    try {
      server second(echo, std::move(options));
    } catch (const boost::system::system_error& e) {
      return e.what();
    }
    return "no error";
  };
  const auto taken = message(server_options().port(first.port()));
  BOOST_TEST(taken.find("127.0.0.1 port " + std::to_string(first.port())) != std::string::npos);
  BOOST_TEST(taken.find("Address already in use") != std::string::npos);
  BOOST_TEST(message(server_options().address("localhost")).find("numeric IP") !=
             std::string::npos);
  BOOST_TEST(message(server_options().address("192.0.2.1")).find("192.0.2.1") != std::string::npos);
  co_return;
}

COMCP_TEST_CORO_REAL(serves_ipv6) {
  std::optional<server> srv;
  try {
    srv.emplace(echo, server_options().address("::1"));
  } catch (const boost::system::system_error&) {
    BOOST_TEST_MESSAGE("no IPv6 here");
    co_return;
  }
  BOOST_TEST(srv->url() == "http://[::1]:" + std::to_string(srv->port()));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    BOOST_TEST(co_await c.connect(srv->port(), "::1"));
    co_await c.send("POST / HTTP/1.1\r\nHost: [::1]:1\r\nContent-Length: 2\r\n\r\nhi");
    BOOST_TEST(ends_with_body(co_await c.read_response(), "hi"));
  };
  co_await serve_for(*srv, client);
}

COMCP_TEST_CORO_REAL(servers_can_share_a_port) {
  server first(echo, server_options().reuse_port());
  server second(echo, server_options().reuse_port().port(first.port()));
  const auto body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return first.serve(); });
    group.start_soon([&] { return second.serve(); });
    for (int i = 0; i < 50; ++i) {
      raw_client c;
      BOOST_TEST(co_await c.connect(first.port()));
      co_await c.send(post("x"));
      BOOST_TEST(ends_with_body(co_await c.read_response(), "x"));
    }
    first.drain(5s);
    second.drain(5s);
  };
  co_await with_task_group(body);
  BOOST_TEST(first.stats().accepted + second.stats().accepted == 50u);
}

COMCP_TEST_CORO_REAL(requests_may_come_byte_by_byte_or_all_at_once) {
  server srv(echo);
  const auto client = [&]() -> awaitable<void> {
    raw_client slow;
    co_await slow.connect(srv.port());
    for (const char c : post("hello") + post("world"))
      co_await slow.send(std::string(1, c));
    BOOST_TEST(ends_with_body(co_await slow.read_response(), "hello"));
    BOOST_TEST(ends_with_body(co_await slow.read_response(), "world"));

    raw_client fast;
    co_await fast.connect(srv.port());
    std::string all;
    for (int i = 0; i < 500; ++i)
      all += post(std::to_string(i));
    co_await fast.send(all);
    for (int i = 0; i < 500; ++i)
      BOOST_TEST(ends_with_body(co_await fast.read_response(), std::to_string(i)));
  };
  co_await serve_for(srv, client);
  BOOST_TEST(srv.stats().requests == 502u);
}

COMCP_TEST_CORO_REAL(large_bodies_pass_in_both_directions) {
  server srv(echo, with(server_limits().max_body_bytes(20'000'000)));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    std::string body(10'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 997)
      body[i] = static_cast<char>('a' + i % 26);
    const auto sending = [&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> { co_await c.send(post(body)); });
      BOOST_TEST(ends_with_body(co_await c.read_response(), body));
    };
    co_await with_task_group(sending);
  };
  co_await serve_for(srv, client);
}

// H-08: the client is still sending and must nevertheless get the answer, not a reset.
COMCP_TEST_CORO_REAL(an_early_refusal_reaches_a_client_that_is_still_sending) {
  server srv(echo, with(server_limits().max_body_bytes(1000)));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" +
                    std::string(200'000, 'x'));
    const auto answer = co_await c.read_all();
    BOOST_TEST(answer.starts_with("HTTP/1.1 413 "));
    BOOST_TEST((c.end() == asio::error::eof));
  };
  co_await serve_for(srv, client);
}

// A tool that starts a program must not leave it our sockets.
COMCP_TEST_CORO_REAL(sockets_are_not_inherited_by_child_processes) {
  const auto inheritable_sockets = [] {
    int n = 0;
    for (int fd = 0; fd < 1000; ++fd) {
      struct stat what{};
      if (::fstat(fd, &what) == 0 && S_ISSOCK(what.st_mode))
        n += (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0 ? 1 : 0;
    }
    return n;
  };
  const int before = inheritable_sockets();
  server srv(echo);
  BOOST_TEST(inheritable_sockets() == before);
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send(post("x"));
    co_await c.read_response();
    BOOST_TEST(inheritable_sockets() == before + 1);  // the client's own
  };
  co_await serve_for(srv, client);
}

COMCP_TEST_CORO_REAL(connections_above_the_cap_are_told_so) {
  server srv(echo, with(server_limits().max_connections(2)));
  const auto client = [&]() -> awaitable<void> {
    raw_client a, b, c;
    for (raw_client* one : {&a, &b}) {
      co_await one->connect(srv.port());
      co_await one->send(post("x"));
      BOOST_TEST(ends_with_body(co_await one->read_response(), "x"));
    }
    co_await c.connect(srv.port());
    const auto refusal = co_await c.read_all();
    BOOST_TEST(refusal.starts_with("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"));
    BOOST_TEST(refusal.ends_with("\r\n\r\ntoo many connections\n"));
    BOOST_TEST(srv.stats().refused == 1u);
    // the others don't notice, and room comes back
    co_await a.send(post("y"));
    BOOST_TEST(ends_with_body(co_await a.read_response(), "y"));
    b.close();
    std::string answer;
    while (!answer.starts_with("HTTP/1.1 200")) {
      raw_client d;
      co_await d.connect(srv.port());
      co_await d.send(post("z"));
      answer = co_await d.read_response();
    }
  };
  co_await serve_for(srv, client);
}

COMCP_TEST_CORO_REAL(lack_of_descriptors_is_waited_out) {
  struct limited {
    rlimit before{};
    explicit limited(rlim_t n) {
      ::getrlimit(RLIMIT_NOFILE, &before);
      rlimit now = before;
      now.rlim_cur = n;
      ::setrlimit(RLIMIT_NOFILE, &now);
    }
    ~limited() { ::setrlimit(RLIMIT_NOFILE, &before); }
  };
  server srv(echo);
  const auto client = [&]() -> awaitable<void> {
    raw_client first, c;
    co_await first.connect(srv.port());
    co_await first.send(post("x"));
    co_await first.read_response();
    c.socket().open(asio::ip::tcp::v4());
    {
      const limited none(3);
      BOOST_TEST(co_await c.connect(srv.port()));  // by the kernel
      co_await c.send(post("hello"));
      co_await comcp::sleep(20ms);
      co_await first.send(post("y"));  // others are served meanwhile
      BOOST_TEST(ends_with_body(co_await first.read_response(), "y"));
      BOOST_TEST(srv.stats().accepted == 1u);
    }
    BOOST_TEST(ends_with_body(co_await c.read_response(), "hello"));
  };
  co_await serve_for(srv, client);
}

// Each shard has a server of its own on the same port.
BOOST_AUTO_TEST_CASE(shards_serve_side_by_side) {
  comcp::runtime runtime(comcp::runtime_options().threads(2));
  std::atomic<std::uint16_t> port{0};
  std::atomic<int> answered{0};
  std::atomic<std::uint64_t> accepted{0};
  const auto main = [&](comcp::shard& shard) -> awaitable<void> {
    while (shard.index() != 0 && port == 0)
      co_await comcp::sleep(1ms);
    server srv(echo, server_options().reuse_port().port(port));
    if (shard.index() == 0) port = srv.port();
    const auto body = [&](task_group& group) -> awaitable<void> {
      group.start_soon([&srv] { return srv.serve(); });
      for (int i = 0; i < 50; ++i) {
        raw_client c;
        co_await c.connect(port);
        co_await c.send(post("hello"));
        if (ends_with_body(co_await c.read_response(), "hello")) ++answered;
      }
      while (answered < 100)
        co_await comcp::sleep(1ms);  // the other shard's clients come here too
      srv.drain(5s);
    };
    co_await with_task_group(body);
    accepted += srv.stats().accepted;
  };
  runtime.run(main);
  BOOST_TEST(answered == 100);
  BOOST_TEST(accepted == 100u);
}

COMCP_TEST_CORO_REAL(slow_headers_end_in_a_408) {
  server srv(echo, with(server_limits().header_timeout(30ms)));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send("GET / HTTP/1.1\r\nHost:");
    BOOST_TEST((co_await c.read_all()).starts_with("HTTP/1.1 408 "));
    raw_client silent;
    co_await silent.connect(srv.port());
    BOOST_TEST((co_await silent.read_all()).empty());
  };
  co_await serve_for(srv, client);
}

// S-01 and H-02 on real sockets: FIN or RST in each phase; the server goes on and nothing is left.
COMCP_TEST_CORO_REAL(clients_may_leave_in_any_phase) {
  int cancelled = 0;
  comcp::event* entered = nullptr;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body();
    if (!body) co_return;
    if (ex.request().path() == "/x") {
      co_await std::move(ex).respond(response(200, "text/plain", body.body));
      co_return;
    }
    ex.cancel_on_disconnect();
    try {
      if (ex.request().path() == "/stream") {
        auto s = co_await std::move(ex).start_stream(200, fields());
        co_await s.send("hello");
        entered->set();
        co_await comcp::sleep_forever();
      }
      entered->set();
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      ++cancelled;
      throw;
    }
  };
  const auto before = open_descriptors();
  {
    server srv(handle);
    const std::string phases[] = {
        "", "GET /x HTTP/1.1\r\nHo",
        "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc",
        "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"};
    const auto client = [&]() -> awaitable<void> {
      for (const auto& bytes : phases) {
        for (const bool by_reset : {false, true}) {
          comcp::event here;
          entered = &here;
          raw_client c;
          co_await c.connect(srv.port());
          co_await c.send(bytes);
          if (bytes.find("/wait") != std::string::npos ||
              bytes.find("/stream") != std::string::npos)
            co_await here.wait();
          if (by_reset)
            c.reset();
          else
            c.close();
          raw_client fresh;
          co_await fresh.connect(srv.port());
          co_await fresh.send(post("still here"));
          BOOST_TEST(ends_with_body(co_await fresh.read_response(), "still here"));
        }
      }
      while (srv.stats().open_connections > 0)
        co_await comcp::sleep(1ms);
    };
    co_await serve_for(srv, client);
    BOOST_TEST(cancelled == 4);
  }
  BOOST_TEST(open_descriptors() == before);
}

COMCP_TEST_CORO_REAL(draining_finishes_what_is_under_way) {
  comcp::event entered, go_on;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    if (ex.request().path() == "/x") co_return co_await echo(std::move(ex));
    entered.set();
    co_await go_on.wait();
    co_await std::move(ex).respond(response(200, "text/plain", "done"));
  };
  server srv(handle);
  const auto body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return srv.serve(); });
    raw_client idle, busy;
    co_await idle.connect(srv.port());
    co_await idle.send(post("x"));
    co_await idle.read_response();
    co_await busy.connect(srv.port());
    co_await busy.send("GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n");
    co_await entered.wait();
    srv.drain(10s);
    BOOST_TEST((co_await idle.read_all()).empty());
    go_on.set();
    const auto answer = co_await busy.read_all();
    BOOST_TEST(answer.find("Connection: close\r\n") != std::string::npos);
    BOOST_TEST(ends_with_body(answer, "done"));
  };
  co_await with_task_group(body);
}

COMCP_TEST_CORO_REAL(draining_cancels_what_is_left_after_the_limit) {
  comcp::event entered;
  bool cancelled = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    entered.set();
    try {
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      cancelled = true;
      throw;
    }
    co_await std::move(ex).respond(response(200));
  };
  server srv(handle);
  const auto body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return srv.serve(); });
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send(get);
    co_await entered.wait();
    srv.drain(std::chrono::milliseconds::max());
    srv.drain(20ms);  // a second signal
    BOOST_TEST((co_await c.read_all()).empty());
  };
  co_await with_task_group(body);
  BOOST_TEST(cancelled);
  BOOST_TEST(srv.stats().open_connections == 0u);
}

COMCP_TEST_CORO_REAL(a_server_that_is_drained_before_it_serves_ends_at_once) {
  server srv(echo);
  srv.drain(1h);
  co_await srv.serve();
}

COMCP_TEST_CORO_REAL(cancelling_closes_everything_at_once) {
  const auto before = open_descriptors();
  {
    server srv(echo);
    std::vector<raw_client> clients(10);
    const auto body = [&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return srv.serve(); });
      for (auto& c : clients) {
        co_await c.connect(srv.port());
        co_await c.send(post("x"));
        co_await c.read_response();
      }
      group.cancel();
    };
    co_await with_task_group(body);
    BOOST_TEST(srv.stats().open_connections == 0u);
  }
  co_await comcp::sleep(1ms);
  BOOST_TEST(open_descriptors() == before);
}

// H-04: no truncated 200 when the server starts and stops under load.
COMCP_TEST_CORO_REAL(answers_are_complete_or_there_are_none_while_the_server_restarts) {
  const auto before = open_descriptors();
  for (int round = 0; round < 20; ++round) {
    server srv(echo);
    int complete = 0, none = 0, truncated = 0;
    const auto one = [&]() -> awaitable<void> {
      raw_client c;
      if (!co_await c.connect(srv.port()) || !co_await c.send(post("hello"))) {
        ++none;
        co_return;
      }
      const auto answer = co_await c.read_response();
      ++(answer.empty() ? none : ends_with_body(answer, "hello") ? complete : truncated);
    };
    const auto body = [&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return srv.serve(); });
      for (int i = 0; i < 40; ++i)
        group.start_soon(one);
      while (complete < 5 + round)
        co_await comcp::checkpoint();
      srv.drain(5s);
    };
    co_await with_task_group(body);
    BOOST_TEST(complete + none == 40);
    BOOST_TEST(truncated == 0);
  }
  co_await comcp::sleep(1ms);
  BOOST_TEST(open_descriptors() == before);
}

COMCP_TEST_CORO_REAL(a_stream_reaches_its_reader_piece_by_piece) {
  comcp::event next;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    fields headers;
    headers.add("Content-Type", "text/event-stream");
    auto s = co_await std::move(ex).start_stream(200, std::move(headers));
    co_await s.send("data: 1\n\n");
    co_await next.wait();
    co_await s.send("data: 2\n\n");
    BOOST_TEST((co_await std::move(s).finish() == send_result::sent));
  };
  server srv(handle);
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send(get);
    const auto head = co_await c.read_until("data: 1\n\n");
    BOOST_TEST(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    next.set();
    BOOST_TEST(co_await c.read_until("0\r\n\r\n") == "\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n");
    co_await c.send(get);  // the connection serves on
    BOOST_TEST((co_await c.read_until("0\r\n\r\n")).starts_with("HTTP/1.1 200 OK\r\n"));
  };
  co_await serve_for(srv, client);
}

// A reader that stops reading suspends its own producer; it is given up after the write timeout.
COMCP_TEST_CORO_REAL(a_reader_that_stops_reading_is_given_up) {
  bool given_up = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    const std::string piece(100'000, 'x');
    for (;;) {
      const auto sent = co_await s.send(piece);
      if (sent == send_result::closed) break;
    }
    given_up = true;
  };
  server srv(handle, with(server_limits().write_timeout(50ms)));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send(get);
    while (!given_up)
      co_await comcp::sleep(5ms);
  };
  co_await serve_for(srv, client);
}

namespace {

int option_of(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, level, name, &value, &size);
  return value;
}

/// The socket of this process whose peer has this port; -1: there is none.
int socket_towards(std::uint16_t port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
      return fd;
  }
  return -1;
}

}  // namespace

// What TCP then does with a peer that is gone is the kernel's; a network that loses everything isn't here to try it.
COMCP_TEST_CORO_REAL(accepted_connections_notice_peers_that_vanish) {
  server srv(echo, with(server_limits().dead_peer_timeout(16s)));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send(get);
    const auto answer = co_await c.read_some();
    BOOST_TEST(answer.starts_with("HTTP/1.1 200"));
    const int accepted = socket_towards(c.port());
    BOOST_TEST_REQUIRE(accepted != -1);
    BOOST_TEST(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE) == 1);
    BOOST_TEST(option_of(accepted, IPPROTO_TCP, TCP_KEEPIDLE) == 8);
    BOOST_TEST(option_of(accepted, IPPROTO_TCP, TCP_KEEPINTVL) == 2);
    BOOST_TEST(option_of(accepted, IPPROTO_TCP, TCP_KEEPCNT) == 4);
    BOOST_TEST(option_of(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT) == 16000);
  };
  co_await serve_for(srv, client);
}

COMCP_TEST_CORO_REAL(a_flooded_watch_still_sees_a_reset) {
  bool cancelled = false;
  comcp::event entered;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    entered.set();
    try {
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      cancelled = true;
      throw;
    }
  };
  server srv(handle, with(server_limits().max_read_ahead_bytes(8192)));
  const auto client = [&]() -> awaitable<void> {
    raw_client c;
    co_await c.connect(srv.port());
    co_await c.send(get + std::string(50'000, 'x'));
    co_await entered.wait();
    co_await comcp::sleep(20ms);
    c.reset();
    while (srv.stats().open_connections > 0)
      co_await comcp::sleep(1ms);
    BOOST_TEST(cancelled);
  };
  co_await serve_for(srv, client);
}

BOOST_AUTO_TEST_SUITE_END()
