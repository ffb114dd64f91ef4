// A TLS connection whose server finds no memory in the middle of it: the connection ends, and nothing stands still.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "comcp/http/server.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "faults/failing_allocations.hpp"
#include "support/tls_identity.hpp"

using namespace comcp;
using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

constexpr std::size_t body_size = std::size_t{1} << 20;

/// A server with TLS on a thread of its own; the thread of the test is its client.
class tls_server {
 public:
  tls_server() {
    std::promise<void> ready;
    thread_ = std::thread([&] { runtime_.run([&](shard&) { return serve(ready); }); });
    ready.get_future().wait();
  }
  ~tls_server() {
    runtime_.at(0).post([this] { listener_->drain(2s); });
    thread_.join();
  }
  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;

  std::uint16_t port() const { return port_; }
  std::size_t open_connections() {
    std::promise<std::size_t> answer;
    runtime_.at(0).post([&] { answer.set_value(listener_->stats().open_connections); });
    return answer.get_future().get();
  }

 private:
  awaitable<void> serve(std::promise<void>& ready) {
    http::tls_options tls;
    tls.certificate_pem(http_test::shared_identity().certificate)
        .key_pem(http_test::shared_identity().key);
    http::server_options options;
    options.tls(tls).limits(http::server_limits().write_timeout(1s).linger_timeout(1s));
    http::server listener(
        [](http::exchange ex) -> awaitable<void> {
          ex.cancel_on_disconnect();  // reads while it waits
          co_await sleep(1ms);
          co_await std::move(ex).respond(
              http::response(200, "text/plain", std::string(body_size, 'x')));
        },
        options);
    listener_ = &listener;
    port_ = listener.port();
    ready.set_value();
    co_await listener.serve();
  }

  runtime runtime_{runtime_options().threads(1)};
  http::server* listener_ = nullptr;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Asks once; the allocation with this number fails behind the handshake (0: none). What came back.
std::size_t ask(std::uint16_t port, std::size_t n, bool& struck) {
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
  std::size_t received = 0;
  auto talk = [&]() -> asio::awaitable<void> {
    error_code ec;
    const asio::ip::tcp::endpoint to(asio::ip::make_address("127.0.0.1"), port);
    co_await stream.next_layer().async_connect(to, asio::use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    std::optional<faults::failing_allocation> armed;
    if (n != 0) armed.emplace(n);
    co_await asio::async_write(stream, asio::buffer(request),
                               asio::redirect_error(asio::use_awaitable, ec));
    std::string chunk(65536, '\0');
    while (!ec)
      received += co_await stream.async_read_some(asio::buffer(chunk),
                                                  asio::redirect_error(asio::use_awaitable, ec));
    struck = armed && armed->struck();
  };
  bool ended = false;
  asio::co_spawn(io, talk, [&](std::exception_ptr e) { ended = !e; });
  io.run_for(20s);
  BOOST_TEST(ended, "allocation " << n);
  return received;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults_tls)

BOOST_AUTO_TEST_CASE(a_connection_without_memory_ends_and_nothing_stands_still) {
  const faults::unfailing mine;
  tls_server server;
  bool struck = true;
  // What a thread of Asio's keeps for reuse differs from run to run: the end is where nothing failed for a while.
  int whole_in_a_row = 0;
  std::size_t n = 1;
  for (; whole_in_a_row != 3 && n != 500; ++n) {
    struck = false;
    ask(server.port(), n, struck);
    whole_in_a_row = struck ? 0 : whole_in_a_row + 1;
    for (int waited = 0; server.open_connections() != 0 && waited != 1000; ++waited)
      std::this_thread::sleep_for(5ms);
    BOOST_TEST_REQUIRE(server.open_connections() == 0U, "allocation " << n);
  }
  BOOST_TEST_MESSAGE(n << " allocations");
  BOOST_TEST(n > 10U);
  BOOST_TEST(whole_in_a_row == 3);
  BOOST_TEST(ask(server.port(), 0, struck) > body_size);
}

BOOST_AUTO_TEST_SUITE_END()
