#include "comcp/http/tls.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "comcp/http/server.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/testing/coro_test.hpp"
#include "support/raw_client.hpp"
#include "support/tls_identity.hpp"

using namespace std::literals;
namespace asio = boost::asio;
using comcp::awaitable;
using comcp::task_group;
using comcp::with_task_group;
using comcp::http::exchange;
using comcp::http::fields;
using comcp::http::response;
using comcp::http::server;
using comcp::http::server_limits;
using comcp::http::server_options;
using comcp::http::tls_options;
using error_code = boost::system::error_code;

namespace {

using http_test::make_identity;
using http_test::shared_identity;

tls_options tls_from_memory() {
  tls_options tls;
  tls.certificate_pem(shared_identity().certificate).key_pem(shared_identity().key);
  return tls;
}

server_options tls_server(server_limits limits = {}) {
  server_options options;
  options.tls(tls_from_memory()).limits(limits);
  return options;
}

/// Verifies the certificate against itself, and the name.
class tls_client {
 public:
  tls_client() : context_(trusting_context()), stream_(comcp::this_shard().context(), context_) {
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.set_verify_callback(asio::ssl::host_name_verification("localhost"));
  }
  awaitable<bool> connect(std::uint16_t port) {
    error_code ec;
    const asio::ip::tcp::endpoint to(asio::ip::make_address("127.0.0.1"), port);
    co_await stream_.next_layer().async_connect(to, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return false;
    co_await stream_.async_handshake(asio::ssl::stream_base::client,
                                     asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
  }
  awaitable<void> send(std::string bytes) {
    error_code ec;
    co_await asio::async_write(stream_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, ec));
  }
  awaitable<std::string> read_until(std::string mark) {
    for (;;) {
      const auto at = input_.find(mark);
      if (at != std::string::npos) {
        auto out = input_.substr(0, at + mark.size());
        input_.erase(0, at + mark.size());
        co_return out;
      }
      char chunk[16384];
      const auto n = co_await stream_.async_read_some(
          asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, end_));
      input_.append(chunk, n);
      if (end_) co_return std::exchange(input_, {});
    }
  }
  asio::ssl::stream<asio::ip::tcp::socket>& stream() { return stream_; }
  error_code end() const { return end_; }

 private:
  static asio::ssl::context trusting_context() {
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.add_certificate_authority(asio::buffer(shared_identity().certificate));
    return context;
  }

  asio::ssl::context context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  std::string input_;
  error_code end_;
};

const std::string get = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(std::string_view body) {
  return "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

awaitable<void> echo(exchange ex) {
  BOOST_TEST(ex.peer().tls);
  auto body = co_await ex.read_body();
  if (body) co_await std::move(ex).respond(response(200, "text/plain", body.body + "$"));
}

template <class F>
awaitable<void> serve_for(server& srv, F client) {
  const auto body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&srv] { return srv.serve(); });
    co_await client();
    srv.drain(5s);
  };
  co_await with_task_group(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_tls)

COMCP_TEST_CORO_REAL(requests_and_answers_pass_encrypted) {
  server srv(echo, tls_server());
  BOOST_TEST(srv.url().starts_with("https://127.0.0.1:"));
  const auto client = [&]() -> awaitable<void> {
    tls_client c;
    BOOST_TEST(co_await c.connect(srv.port()));
    co_await c.send(post("hello") + post("world"));  // pipelined
    BOOST_TEST((co_await c.read_until("$")).ends_with("\r\n\r\nhello$"));
    BOOST_TEST((co_await c.read_until("$")).ends_with("\r\n\r\nworld$"));
    for (const char byte : post("slow"))
      co_await c.send(std::string(1, byte));
    BOOST_TEST((co_await c.read_until("$")).ends_with("\r\n\r\nslow$"));
  };
  co_await serve_for(srv, client);
}

COMCP_TEST_CORO_REAL(large_bodies_pass_encrypted) {
  server srv(echo, tls_server());
  const auto client = [&]() -> awaitable<void> {
    tls_client c;
    co_await c.connect(srv.port());
    const std::string body(3'000'000, 'x');
    const auto both = [&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return c.send(post(body)); });
      BOOST_TEST((co_await c.read_until("$")).ends_with(body + "$"));
    };
    co_await with_task_group(both);
  };
  co_await serve_for(srv, client);
}

COMCP_TEST_CORO_REAL(the_end_is_announced_by_a_farewell) {
  server srv(echo, tls_server());
  const auto client = [&]() -> awaitable<void> {
    tls_client c;
    co_await c.connect(srv.port());
    co_await c.send("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    co_await c.read_until("never comes");
    BOOST_TEST((c.end() == asio::error::eof));  // and not stream_truncated
  };
  co_await serve_for(srv, client);
}

// H-08
COMCP_TEST_CORO_REAL(an_early_refusal_reaches_an_encrypted_client_that_is_still_sending) {
  const auto refuse = [](exchange ex) -> awaitable<void> {
    co_await std::move(ex).respond(response(413));
  };
  server srv(refuse, tls_server());
  const auto client = [&]() -> awaitable<void> {
    for (int i = 0; i < 5; ++i) {
      tls_client c;
      BOOST_TEST_REQUIRE(co_await c.connect(srv.port()));
      co_await c.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n");
      for (int piece = 0; piece < 20; ++piece)
        co_await c.send(std::string(10'000, 'x'));
      const auto answer = co_await c.read_until("never");
      BOOST_TEST(answer.starts_with("HTTP/1.1 413 "));
      BOOST_TEST((c.end() == asio::error::eof));
    }
  };
  co_await serve_for(srv, client);
}

COMCP_TEST_CORO_REAL(streams_and_disconnects_work_encrypted) {
  bool cancelled = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    s.cancel_on_disconnect();
    co_await s.send("hello");
    try {
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      cancelled = true;
      throw;
    }
  };
  for (const bool politely : {false, true}) {
    cancelled = false;
    server srv(handle, tls_server());
    const auto client = [&]() -> awaitable<void> {
      tls_client c;
      co_await c.connect(srv.port());
      co_await c.send(get);
      co_await c.read_until("hello\r\n");
      error_code ignored;
      if (politely) {
        co_await c.stream().async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
      } else {
        c.stream().next_layer().close(ignored);
      }
      while (srv.stats().open_connections > 0)
        co_await comcp::sleep(1ms);
    };
    co_await serve_for(srv, client);
    BOOST_TEST(cancelled);
  }
}

COMCP_TEST_CORO_REAL(a_reset_behind_a_half_close_is_noticed_encrypted) {
  bool started = false;
  bool cancelled = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    started = true;
    try {
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      cancelled = true;
      throw;
    }
  };
  server srv(handle,
             tls_server(server_limits().on_half_close(comcp::http::half_close::is_allowed)));
  const auto client = [&]() -> awaitable<void> {
    tls_client c;
    co_await c.connect(srv.port());
    co_await c.send(get);
    auto& socket = c.stream().next_layer();
    socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    while (!started)
      co_await comcp::sleep(1ms);
    // Time to read the end, which nothing shows. Too little, and it is the read that hears of the reset.
    co_await comcp::sleep(20ms);
    BOOST_TEST(!cancelled);
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
    while (srv.stats().open_connections > 0)
      co_await comcp::sleep(1ms);
  };
  co_await serve_for(srv, client);
  BOOST_TEST(cancelled);
}

COMCP_TEST_CORO_REAL(plain_and_silent_clients_are_turned_away) {
  server srv(echo, tls_server(server_limits().header_timeout(50ms)));
  const auto client = [&]() -> awaitable<void> {
    http_test::raw_client plain;
    co_await plain.connect(srv.port());
    co_await plain.send(get);
    BOOST_TEST((co_await plain.read_all()).find("HTTP") == std::string::npos);
    http_test::raw_client silent;
    co_await silent.connect(srv.port());
    BOOST_TEST((co_await silent.read_all()).empty());
    http_test::raw_client leaves;
    co_await leaves.connect(srv.port());
    co_await leaves.send("\x16\x03\x01");
    leaves.reset();
  };
  co_await serve_for(srv, client);
  BOOST_TEST(srv.stats().open_connections == 0u);
}

COMCP_TEST_CORO_REAL(certificates_come_from_files_too_and_keys_may_be_encrypted) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("comcp_tls_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  };
  tls_options tls;
  tls.certificate_file(write("cert.pem", shared_identity().certificate))
      .key_file(write("key.pem", shared_identity().encrypted_key))
      .key_password("secret");
  {
    server_options options;
    options.tls(tls);
    server srv(echo, options);
    const auto client = [&]() -> awaitable<void> {
      tls_client c;
      BOOST_TEST(co_await c.connect(srv.port()));
      co_await c.send(post("hello"));
      BOOST_TEST((co_await c.read_until("$")).ends_with("hello$"));
    };
    co_await serve_for(srv, client);
  }
  std::filesystem::remove_all(folder);
}

COMCP_TEST_CORO_REAL(what_is_wrong_with_certificate_or_key_is_named) {
  const auto message = [](tls_options tls) -> std::string {
    try {
      server_options options;
      options.tls(std::move(tls));
      server srv(echo, options);
    } catch (const boost::system::system_error& e) {
      return e.what();
    }
    return "no error";
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  BOOST_TEST(has(message(tls_options()), "TLS certificate is missing"));
  BOOST_TEST(has(message(tls_options().certificate_file("/no/such/file")),
                 "TLS certificate file '/no/such/file'"));
  BOOST_TEST(
      has(message(tls_from_memory().certificate_pem("rubbish")), "TLS certificate (PEM text)"));
  BOOST_TEST(has(message(tls_from_memory().key_pem("")), "TLS key is missing"));
  BOOST_TEST(
      has(message(tls_from_memory().key_file("/no/such/key")), "TLS key file '/no/such/key'"));
  BOOST_TEST(has(message(tls_from_memory().key_pem(make_identity().key)), "TLS key"));
  BOOST_TEST(
      has(message(tls_from_memory().key_pem(shared_identity().encrypted_key).key_password("no")),
          "TLS key"));
  co_return;
}

BOOST_AUTO_TEST_SUITE_END()
