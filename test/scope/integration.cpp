// Cases where time matters once more: with the clock of the system and TCP on the loopback
// interface. Nothing here sleeps to let something happen.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "comcp/scope/runtime.hpp"
#include "comcp/scope/sleep.hpp"
#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

namespace {

struct connection {
  connection() : client{this_shard().context()}, server{this_shard().context()} {
    tcp::acceptor acceptor{this_shard().context(), loopback()};
    client.connect(acceptor.local_endpoint());
    server = acceptor.accept();
  }
  static tcp::endpoint loopback() { return {asio::ip::address_v4::loopback(), 0}; }
  tcp::socket client;
  tcp::socket server;
};

awaitable<char> read_byte(tcp::socket& s) {
  char c = 0;
  co_await s.async_read_some(asio::buffer(&c, 1), asio::use_awaitable);
  co_return c;
}

awaitable<void> write_byte(tcp::socket& s, char c) {
  co_await asio::async_write(s, asio::buffer(&c, 1), asio::use_awaitable);
}

awaitable<void> echo(tcp::socket s) {
  try {
    for (;;) {
      const char c = co_await read_byte(s);
      co_await write_byte(s, c);
    }
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::eof) throw;
  }
}

awaitable<void> serve_echo(task_status<tcp::endpoint> ready) {
  tcp::acceptor acceptor{this_shard().context(), connection::loopback()};
  std::move(ready).started(acceptor.local_endpoint());
  co_await with_task_group(
      [&](task_group& connections) -> awaitable<void> {
        for (;;) {
          tcp::socket s = co_await acceptor.async_accept(asio::use_awaitable);
          connections.start_soon([s = std::move(s)]() mutable { return echo(std::move(s)); },
                                 "connection");
        }
      },
      scope_options().name("echo server"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_integration)

// S01, S33
COMCP_TEST_CORO_REAL(a_deadline_ends_a_read_and_the_socket_stays_usable) {
  connection c;
  const time_point start = this_shard().now();
  const bool completed = co_await move_on_after(
      20ms, [&]() -> awaitable<void> { (void)co_await read_byte(c.server); });
  BOOST_TEST(!completed);
  BOOST_TEST((this_shard().now() - start >= 20ms));
  co_await write_byte(c.client, 'x');
  const char got = co_await fail_after(10s, [&] { return read_byte(c.server); });
  BOOST_TEST(got == 'x');
}

// S22
COMCP_TEST_CORO_REAL(a_peer_that_does_not_read_ends_a_long_write_with_a_timeout) {
  connection c;
  const std::string much(64 << 20, 'x');
  EXPECT_THROWS(co_await fail_after(20ms,
                                    [&]() -> awaitable<void> {
                                      co_await asio::async_write(c.client, asio::buffer(much),
                                                                 asio::use_awaitable);
                                    }),
                timeout_error);
}

// S14
COMCP_TEST_CORO_REAL(a_shielded_exchange_completes_after_the_cancel) {
  connection c;
  char got = 0;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    auto exchange = [&]() -> awaitable<void> {
      s.cancel();
      co_await write_byte(c.client, 'y');
      got = co_await read_byte(c.server);
    };
    co_await shielded(std::ref(exchange), scope_options().after(10s));
    (void)co_await read_byte(c.server);
  });
  BOOST_TEST(!completed);
  BOOST_TEST(got == 'y');
}

// T12, T22
COMCP_TEST_CORO_REAL(cancelling_a_server_ends_its_connections) {
  std::size_t tasks = 0;
  bool eof = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    std::optional<task_handle<void>> server;
    event bound;
    tcp::endpoint where;
    // A handle to cancel, and the port as soon as it is known.
    server.emplace(g.spawn([&]() -> awaitable<void> {
      co_await with_task_group([&](task_group& inner) -> awaitable<void> {
        where = co_await inner.start<tcp::endpoint>(serve_echo);
        bound.set();
      });
    }));
    co_await bound.wait();
    std::vector<tcp::socket> clients;
    for (char i = 0; i != 3; ++i) {
      clients.emplace_back(this_shard().context());
      co_await clients.back().async_connect(where, asio::use_awaitable);
      co_await write_byte(clients.back(), i);
      const char got = co_await read_byte(clients.back());
      BOOST_TEST(got == i);
    }
    tasks = this_shard().live_tasks();
    server->cancel("the test is over");
    co_await server->wait();
    BOOST_TEST((server->status() == task_state::cancelled));
    try {
      (void)co_await read_byte(clients.front());
    } catch (const boost::system::system_error& e) {
      eof = e.code() == asio::error::eof || e.code() == asio::error::connection_reset;
    }
  });
  BOOST_TEST(tasks == 6u);  // the test, the handle, the server, three connections
  BOOST_TEST(eof);
}

// T06, T09
COMCP_TEST_CORO_REAL(a_broken_connection_ends_its_siblings) {
  connection a;
  connection b;
  EXPECT_THROWS(co_await with_task_group([&](task_group& g) -> awaitable<void> {
                  g.start_soon([&]() -> awaitable<void> { (void)co_await read_byte(a.server); });
                  g.start_soon([&]() -> awaitable<void> { (void)co_await read_byte(b.server); });
                  co_await checkpoint();
                  b.client.close();  // b's reader gets eof, a's reader is cancelled
                }),
                exception_group);
  co_await write_byte(a.client, 'z');
  const char got = co_await read_byte(a.server);
  BOOST_TEST(got == 'z');
}

// S31
COMCP_TEST_CORO_REAL(another_thread_cancels_an_accept) {
  tcp::acceptor acceptor{this_shard().context(), connection::loopback()};
  std::jthread other;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    other = std::jthread{[stop = s.remote()] { stop.cancel("enough"); }};
    (void)co_await acceptor.async_accept(asio::use_awaitable);
  });
  BOOST_TEST(!completed);
}

// S36: what can't be cancelled is waited for.
COMCP_TEST_CORO_REAL(a_name_resolution_is_not_cut_short_and_its_task_notices_afterwards) {
  tcp::resolver resolver{this_shard().context()};
  bool resolved = false;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    asio::post(this_shard().context(), [&s] { s.cancel(); });
    const auto results = co_await resolver.async_resolve("127.0.0.1", "80", asio::use_awaitable);
    resolved = !results.empty();
    co_await sleep_forever();  // on a busy machine the result comes before the cancellation
  });
  BOOST_TEST(!completed);
  BOOST_TEST(resolved);
}

BOOST_AUTO_TEST_SUITE_END()
