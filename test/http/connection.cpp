// The connection (lib/http/connection.hpp): bytes in, bytes out, in virtual time.
#include "http/connection.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>

#include "comcp/scope/sleep.hpp"
#include "comcp/testing/coro_test.hpp"
#include "support/http_memory_wire.hpp"

using namespace std::literals;
using comcp::awaitable;
using comcp::task_group;
using comcp::with_task_group;
using comcp::http::cors_policy;
using comcp::http::exchange;
using comcp::http::fields;
using comcp::http::origin_policy;
using comcp::http::response;
using comcp::http::server_limits;
using comcp::http::server_options;
using http_test::conversation;
using http_test::converse;

namespace {

const std::string get = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string ok_reply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
const std::string ok_close =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: "
    "close\r\n\r\nok";

awaitable<void> say_ok(exchange ex) {
  co_await std::move(ex).respond(response(200, "text/plain", "ok"));
}

server_options with(server_limits limits) {
  server_options options;
  options.limits(limits);
  return options;
}

std::string status_of(const std::string& answer) {
  return answer.size() < 12 ? answer : answer.substr(9, 3);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_connection)

COMCP_TEST_CORO(requests_are_answered_in_order_wherever_they_are_cut) {
  int count = 0;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    const auto n = count++;
    co_await comcp::sleep(std::chrono::seconds(3 - n % 3));  // later ones are quicker
    const auto body = co_await ex.read_body();
    co_await std::move(ex).respond(response(200, "text/plain", std::to_string(n) + body.body));
  };
  std::string wire, expected;
  for (int i = 0; i < 6; ++i) {
    if (i % 2) {
      wire += "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx\r\n";
    } else {
      wire += get;
    }
    expected += "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                std::string(i % 2 ? "2" : "1") + "\r\n\r\n" + std::to_string(i) +
                (i % 2 ? "x" : "");
  }
  for (std::size_t piece : {1, 3, 50, 10'000}) {
    count = 0;
    const auto out = co_await converse(handle, wire, {}, piece);
    BOOST_TEST(out == expected);
  }
}

COMCP_TEST_CORO(the_connection_closes_when_the_client_asks_for_it) {
  const auto asks = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"s;
  BOOST_TEST(co_await converse(say_ok, asks + get) == ok_close);
  BOOST_TEST(co_await converse(say_ok, "GET /x HTTP/1.0\r\n\r\n" + get) == ok_close);
  const auto out = co_await converse(
      say_ok, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /x HTTP/1.0\r\n\r\n");
  BOOST_TEST(out ==
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
             "Connection: keep-alive\r\n\r\nok" +
                 ok_close);
}

COMCP_TEST_CORO(the_connection_closes_when_handler_or_options_ask_for_it) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    co_await std::move(ex).respond(response(200, "text/plain", "ok").header("Connection", "close"));
  };
  BOOST_TEST(co_await converse(handle, get + get) == ok_close);
  BOOST_TEST(co_await converse(say_ok, get + get, with(server_limits().keep_alive(false))) ==
             ok_close);
}

COMCP_TEST_CORO(framing_headers_of_a_handler_are_left_out) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    response r(200, "text/plain", "ok");
    r.headers.add("Content-Length", "99")
        .add("transfer-encoding", "chunked")
        .add("Keep-Alive", "x");
    co_await std::move(ex).respond(std::move(r));
  };
  BOOST_TEST(co_await converse(handle, get) == ok_reply);
}

// Every refused head: its status, close, and nothing behind it is looked at.
COMCP_TEST_CORO(refused_heads_are_answered_and_the_connection_is_closed) {
  struct row {
    const char* bytes;
    const char* status;
  };
  const row rows[] = {
      {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"},
      {"GET / HTTP/1.1\nHost: localhost\n\n", "400"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\n\r\n", "505"},
      {"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", "501"},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n", "417"},
      {"\x16\x03\x01", "400"},
  };
  for (const row& r : rows) {
    for (std::size_t piece : {1, 1000}) {
      conversation talk(say_ok);
      talk.peer().read_size(piece);
      talk.send(r.bytes + get);
      std::string out;
      const auto body = [&](task_group& group) -> awaitable<void> {
        talk.start(group);
        out = co_await talk.settle();
        BOOST_TEST(talk.peer().ended());
        talk.peer().fin();
      };
      co_await with_task_group(body);
      BOOST_TEST_CONTEXT(r.bytes) {
        BOOST_TEST(status_of(out) == r.status);
        BOOST_TEST(out.find("Connection: close\r\n") != std::string::npos);
        BOOST_TEST(out.find("\nHTTP/1.1 ") == std::string::npos);
        BOOST_TEST(talk.stats().requests == 0u);
        BOOST_TEST(talk.stats().rejected == 1u);
        BOOST_TEST(talk.stats().open_connections == 0u);
      }
    }
  }
}

COMCP_TEST_CORO(headers_over_the_limits_are_answered_431) {
  const auto limits = server_limits().max_header_bytes(200).max_header_count(5);
  BOOST_TEST(co_await converse(say_ok, get, with(limits)) == ok_reply);
  const auto large =
      "GET /x HTTP/1.1\r\nHost: localhost\r\nA: " + std::string(200, 'x') + "\r\n\r\n";
  BOOST_TEST(status_of(co_await converse(say_ok, large, with(limits))) == "431");
  const auto long_line = "GET /" + std::string(300, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  BOOST_TEST(status_of(co_await converse(say_ok, long_line, with(limits))) == "414");
  std::string many = "GET /x HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 5; ++i)
    many += "A: b\r\n";
  BOOST_TEST(status_of(co_await converse(say_ok, many + "\r\n", with(limits))) == "431");
}

// Slow loris: the limit is for the whole head, however busy the client looks.
COMCP_TEST_CORO(a_head_that_does_not_come_in_time_is_answered_408) {
  conversation talk(say_ok, with(server_limits().header_timeout(10s)));
  const auto start = comcp::this_shard().now();
  comcp::time_point ended{};
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send("GET /x HTTP/1.1\r\n");
    for (int i = 0; i < 100 && !talk.peer().ended(); ++i) {
      co_await comcp::sleep(1s);
      talk.send("A: b\r\n");
      co_await talk.settle();
      ended = comcp::this_shard().now();
    }
    talk.peer().fin();
  };
  co_await with_task_group(body);
  BOOST_TEST((ended - start == 10s));
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(a_slow_head_gets_its_408_as_text) {
  const auto out =
      co_await converse(say_ok, "GET /x HTT", with(server_limits().header_timeout(10s)));
  BOOST_TEST(status_of(out) == "408");
  BOOST_TEST(out.find("Connection: close\r\n") != std::string::npos);
  // also when it is the second request of the connection
  BOOST_TEST((co_await converse(say_ok, get + "G")).find("HTTP/1.1 408") != std::string::npos);
}

COMCP_TEST_CORO(a_connection_without_a_request_is_closed_in_silence) {
  const auto start = comcp::this_shard().now();
  BOOST_TEST((co_await converse(say_ok, "", with(server_limits().header_timeout(5s)))).empty());
  BOOST_TEST((comcp::this_shard().now() - start == 5s));
}

COMCP_TEST_CORO(an_idle_connection_is_closed_in_silence) {
  const auto limits = server_limits().header_timeout(5s).idle_timeout(60s);
  const auto start = comcp::this_shard().now();
  BOOST_TEST(co_await converse(say_ok, get, with(limits)) == ok_reply);
  BOOST_TEST((comcp::this_shard().now() - start == 60s));
}

COMCP_TEST_CORO(no_timeout_runs_while_a_handler_works) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    co_await comcp::sleep(24h);
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  BOOST_TEST(co_await converse(handle, get) == ok_reply);
}

COMCP_TEST_CORO(a_client_that_leaves_within_a_head_is_not_answered) {
  for (const bool by_reset : {false, true}) {
    for (const std::string part : {"", "\r\n", "GET", "GET /x HTTP/1.1\r\nHost: localhost\r\n"}) {
      conversation talk(say_ok);
      talk.send(part);
      const auto body = [&](task_group& group) -> awaitable<void> {
        talk.start(group);
        co_await talk.settle();
        if (by_reset)
          talk.peer().reset();
        else
          talk.peer().fin();
      };
      const auto start = comcp::this_shard().now();
      co_await with_task_group(body);
      BOOST_TEST(talk.peer().output().empty());
      BOOST_TEST(talk.gone());
      BOOST_TEST((comcp::this_shard().now() == start));  // at once, no timeout
    }
  }
}

COMCP_TEST_CORO(an_unread_body_that_is_large_or_of_unknown_length_closes_the_connection) {
  const auto large = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"s;
  BOOST_TEST(co_await converse(say_ok, large + std::string(100'000, 'x') + get) == ok_close);
  const auto chunked =
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s;
  BOOST_TEST(co_await converse(say_ok, chunked + get) == ok_close);
}

COMCP_TEST_CORO(a_small_unread_body_that_never_comes_is_given_up_after_the_body_timeout) {
  const auto start = comcp::this_shard().now();
  const auto out = co_await converse(
      say_ok, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc",
      with(server_limits().body_timeout(8s)));
  BOOST_TEST(out == ok_reply);
  BOOST_TEST((comcp::this_shard().now() - start == 8s));
}

COMCP_TEST_CORO(a_closing_connection_lingers_for_a_bounded_time_and_amount) {
  const auto start = comcp::this_shard().now();
  const auto limits = server_limits().keep_alive(false).linger_timeout(2s);
  BOOST_TEST(co_await converse(say_ok, get, with(limits)) == ok_close);
  BOOST_TEST((comcp::this_shard().now() - start == 2s));
  const auto again = comcp::this_shard().now();
  BOOST_TEST(co_await converse(say_ok, get + std::string(1'000'000, 'x'), with(limits)) ==
             ok_close);
  BOOST_TEST((comcp::this_shard().now() == again));
  const auto at_once = server_limits().keep_alive(false).linger_timeout(0s);
  BOOST_TEST(co_await converse(say_ok, get, with(at_once)) == ok_close);
  BOOST_TEST((comcp::this_shard().now() == again));
}

COMCP_TEST_CORO(a_limit_of_the_longest_time_there_is_never_comes) {
  constexpr auto longest = std::chrono::milliseconds::max();
  const auto limits = server_limits()
                          .idle_timeout(longest)
                          .header_timeout(longest)
                          .body_timeout(longest)
                          .write_timeout(longest)
                          .keep_alive(false);
  BOOST_TEST(co_await converse(say_ok, get, with(limits)) == ok_close);
}

// DNS rebinding and strangers' pages, with the default options.
COMCP_TEST_CORO(strangers_are_refused_by_default_and_the_connection_serves_on) {
  const auto evil_host = "GET /x HTTP/1.1\r\nHost: evil.com\r\n\r\n"s;
  const auto evil_origin = "GET /x HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com\r\n\r\n"s;
  auto out = co_await converse(say_ok, evil_host + evil_origin + get);
  BOOST_TEST(status_of(out) == "403");
  BOOST_TEST(out.find("allow_host") != std::string::npos);
  BOOST_TEST(out.find("allow_origin") != std::string::npos);
  BOOST_TEST(out.ends_with(ok_reply));
  server_options open;
  open.origin(origin_policy::allow_all());
  BOOST_TEST(co_await converse(say_ok, evil_host + evil_origin, open) == ok_reply + ok_reply);
}

COMCP_TEST_CORO(cors_headers_are_on_every_response_of_an_allowed_origin) {
  cors_policy cors;
  cors.allow_loopback_origins().allow_header("Mcp-Session-Id").expose_header("Mcp-Session-Id");
  server_options options;
  options.cors(cors);
  const auto origin = "Origin: http://localhost:5173\r\n"s;
  const auto preflight = "OPTIONS /x HTTP/1.1\r\nHost: localhost\r\n" + origin +
                         "Access-Control-Request-Method: POST\r\n\r\n";
  auto out = co_await converse(say_ok, preflight, options);
  BOOST_TEST(out ==
             "HTTP/1.1 204 No Content\r\n"
             "Access-Control-Allow-Origin: http://localhost:5173\r\nVary: Origin\r\n"
             "Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
             "Access-Control-Allow-Headers: Mcp-Session-Id\r\nAccess-Control-Max-Age: 600\r\n"
             "Access-Control-Expose-Headers: Mcp-Session-Id\r\n\r\n");
  const auto request = "GET /x HTTP/1.1\r\nHost: localhost\r\n" + origin + "\r\n";
  out = co_await converse(say_ok, request, options);
  BOOST_TEST(out.find("Access-Control-Allow-Origin: http://localhost:5173\r\n") !=
             std::string::npos);
  const auto refuse = [](exchange ex) -> awaitable<void> {
    co_await std::move(ex).respond(response(401));
  };
  out = co_await converse(refuse, request, options);
  BOOST_TEST(out.find("Access-Control-Expose-Headers: Mcp-Session-Id\r\n") != std::string::npos);
  const auto drop = [](exchange) -> awaitable<void> { co_return; };
  out = co_await converse(drop, request, options);
  BOOST_TEST(out.find("Access-Control-Allow-Origin") != std::string::npos);
}

COMCP_TEST_CORO(an_origin_of_the_cors_list_passes_the_origin_check_but_not_the_host_check) {
  server_options options;
  options.cors(cors_policy().allow_origin("https://app.example"));
  const auto request = [](std::string_view host, std::string_view origin) {
    return "GET /x HTTP/1.1\r\nHost: " + std::string(host) + "\r\nOrigin: " + std::string(origin) +
           "\r\n\r\n";
  };
  const auto app = request("localhost", "https://app.example");
  BOOST_TEST(status_of(co_await converse(say_ok, app, options)) == "200");
  const auto other = request("localhost", "https://other.example");
  BOOST_TEST(status_of(co_await converse(say_ok, other, options)) == "403");
  const auto rebound = request("evil.com", "https://app.example");
  BOOST_TEST(status_of(co_await converse(say_ok, rebound, options)) == "403");
  const auto both =
      "GET /x HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\n"
      "Origin: https://other.example\r\n\r\n"s;
  BOOST_TEST(status_of(co_await converse(say_ok, both, options)) == "403");
}

COMCP_TEST_CORO(draining_ends_idle_connections_at_once) {
  conversation talk(say_ok);
  const auto start = comcp::this_shard().now();
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get);
    BOOST_TEST(co_await talk.settle() == ok_reply);
    talk.drain();
  };
  co_await with_task_group(body);
  BOOST_TEST(talk.gone());
  BOOST_TEST((comcp::this_shard().now() == start));
}

COMCP_TEST_CORO(draining_lets_the_current_exchange_finish_with_close) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    BOOST_TEST(!ex.draining());
    co_await comcp::sleep(1s);
    BOOST_TEST(ex.draining());
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  conversation talk(handle);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get + get);
    co_await talk.settle();
    talk.drain();
    co_await comcp::sleep(1s);
    BOOST_TEST(co_await talk.settle() == ok_close);
    talk.peer().fin();
  };
  co_await with_task_group(body);
}

COMCP_TEST_CORO(a_request_that_has_begun_when_draining_starts_is_answered) {
  conversation talk(say_ok);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get.substr(0, 10));
    co_await talk.settle();
    talk.drain();
    talk.send(get.substr(10));
    BOOST_TEST(co_await talk.settle() == ok_close);
    talk.peer().fin();
  };
  co_await with_task_group(body);
}

// H-20: a stream that is finished in time ends properly
COMCP_TEST_CORO(a_stream_can_be_finished_while_draining) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    while (!s.draining())
      co_await comcp::sleep(1s);
    co_await std::move(s).finish();
  };
  conversation talk(handle);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get);
    co_await comcp::sleep(1500ms);
    talk.drain();
    co_await comcp::sleep(1s);
    BOOST_TEST(co_await talk.settle() ==
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    talk.peer().fin();
  };
  co_await with_task_group(body);
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(cancelling_the_listener_leaves_nothing) {
  // in each phase: nothing sent, part of a head, part of a body, in the handler, in a stream
  const std::string parts[] = {"", "GET",
                               "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
                               get, "PUT /x HTTP/1.1\r\nHost: localhost\r\n\r\n"};
  for (const auto& part : parts) {
    const auto handle = [](exchange ex) -> awaitable<void> {
      co_await ex.read_body();
      if (ex.request().method == "PUT") {
        auto s = co_await std::move(ex).start_stream(200, fields());
        co_await comcp::sleep_forever();
      }
      co_await comcp::sleep_forever();
    };
    conversation talk(handle);
    talk.send(part);
    const auto body = [&](task_group& group) -> awaitable<void> {
      talk.start(group);
      co_await talk.settle();
      group.cancel("shutdown");
    };
    co_await with_task_group(body);
    BOOST_TEST(talk.peer().closed());
    BOOST_TEST(talk.stats().open_connections == 0u);
    co_await comcp::checkpoint();
    co_await comcp::checkpoint();
    BOOST_TEST(talk.gone());
  }
}

namespace {

class recording_sink final : public comcp::log_sink {
 public:
  void write(comcp::log_level level, std::string_view message) noexcept override {
    lines.emplace_back(std::string(comcp::to_string(level)) + ": " + std::string(message));
  }
  std::vector<std::string> lines;
};

}  // namespace

// The baseline of the failure catalogue: nobody fills the log by misbehaving.
COMCP_TEST_CORO(only_errors_of_handlers_are_logged) {
  const auto sink = std::make_shared<recording_sink>();
  server_options options;
  options.log(comcp::logger(sink, comcp::log_level::debug));
  for (const std::string bytes :
       {"", "GET", "\x16\x03", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n"})
    co_await converse(say_ok, bytes, options);
  const auto wait = [](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    co_await comcp::sleep_forever();
  };
  conversation talk(wait, options);
  talk.send(get);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_await comcp::sleep(1s);
    talk.peer().reset();
  });
  BOOST_TEST(sink->lines.empty());
  const auto fail = [](exchange) -> awaitable<void> {
    throw std::runtime_error("no disk");
    co_return;
  };
  co_await converse(fail, get, options);
  BOOST_TEST_REQUIRE(sink->lines.size() == 1u);
  BOOST_TEST(sink->lines[0] == "error: http: a handler failed: no disk");
}

COMCP_TEST_CORO(live_exchanges_have_their_name_in_the_tree) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    co_await comcp::sleep(1s);
    co_await std::move(ex).respond(response(204));
  };
  conversation talk(handle);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get);
    co_await talk.settle();
    BOOST_TEST(comcp::this_shard().dump_scopes().find("GET /x") != std::string::npos);
    talk.peer().fin();
  };
  co_await with_task_group(body);
}

// The peer goes away after N bytes of what the server sends, for every N, and before and after
// every byte that it sends itself.
COMCP_TEST_CORO(a_peer_may_leave_at_any_byte) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body();
    if (ex.request().method == "PUT") {
      auto s = co_await std::move(ex).start_stream(200, fields());
      s.cancel_on_disconnect();
      for (int i = 0; i < 3; ++i) {
        co_await s.send(body.body);
        co_await comcp::sleep(1s);
      }
      co_await std::move(s).finish();
    } else {
      ex.cancel_on_disconnect();
      co_await comcp::sleep(1s);
      co_await std::move(ex).respond(response(200, "text/plain", body.body));
    }
  };
  const auto wire =
      "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
      "PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
      get;
  for (const bool by_reset : {false, true}) {
    for (std::size_t n = 0; n <= wire.size(); ++n) {
      conversation talk(handle);
      talk.send(std::string_view(wire).substr(0, n));
      const auto body = [&](task_group& group) -> awaitable<void> {
        talk.start(group);
        co_await comcp::sleep(std::chrono::milliseconds(500 * (n % 20)));
        if (by_reset)
          talk.peer().reset();
        else
          talk.peer().fin();
      };
      co_await with_task_group(body);
      BOOST_TEST(talk.stats().open_connections == 0u);
    }
  }
  for (std::size_t n = 0; n < 700; n += 3) {
    conversation talk(handle, with(server_limits().write_timeout(3s)));
    if (n % 2) talk.peer().no_try_write();
    talk.peer().window(n);
    talk.send(wire);
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      talk.start(group);
      co_return;
    });
    BOOST_TEST(talk.stats().open_connections == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
