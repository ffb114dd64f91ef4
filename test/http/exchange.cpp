#include "comcp/http/exchange.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>

#include "comcp/scope/event.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"
#include "support/http_memory_wire.hpp"

using namespace std::literals;
using comcp::awaitable;
using comcp::task_group;
using comcp::with_task_group;
using comcp::http::body_status;
using comcp::http::exchange;
using comcp::http::fields;
using comcp::http::half_close;
using comcp::http::response;
using comcp::http::send_result;
using comcp::http::server_limits;
using comcp::http::server_options;
using comcp::http::stream;
using http_test::conversation;
using http_test::converse;

namespace {

const std::string get = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(std::string_view body, std::string_view headers = {}) {
  return "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

const std::string ok_reply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
const std::string error_reply =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 22\r\n\r\nInternal Server Error\n";

awaitable<void> say_ok(exchange ex) {
  co_await std::move(ex).respond(response(200, "text/plain", "ok"));
}

awaitable<void> echo(exchange ex) {
  auto body = co_await ex.read_body();
  BOOST_TEST(bool(body));
  co_await std::move(ex).respond(response(200, "text/plain", std::move(body.body)));
}

server_options with(server_limits limits) {
  server_options options;
  options.limits(limits);
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_exchange)

COMCP_TEST_CORO(a_response_goes_out_in_one_piece_with_its_length) {
  const auto out = co_await converse(say_ok, get);
  BOOST_TEST(out == ok_reply);
}

COMCP_TEST_CORO(a_moved_from_exchange_says_so) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    BOOST_TEST(bool(ex));
    auto other = std::move(ex);
    BOOST_TEST(!ex);
    BOOST_TEST(bool(other));
    auto pending = std::move(other).respond(response(204));
    BOOST_TEST(!other);  // consumed by the call, not by the wait
    const auto sent = co_await std::move(pending);
    BOOST_TEST((sent == send_result::sent));
  };
  const auto out = co_await converse(handle, get);
  BOOST_TEST(out == "HTTP/1.1 204 No Content\r\n\r\n");
}

// R-04 for HTTP: exactly one response, whatever the handler does
COMCP_TEST_CORO(a_dropped_exchange_is_answered_500) {
  const auto drop = [](exchange) -> awaitable<void> { co_return; };
  BOOST_TEST(co_await converse(drop, get + get) == error_reply + error_reply);
  const auto drop_and_go_on = [](exchange ex) -> awaitable<void> {
    {
      auto gone = std::move(ex);
    }
    co_await comcp::sleep(1s);
  };
  BOOST_TEST(co_await converse(drop_and_go_on, get) == error_reply);
}

COMCP_TEST_CORO(a_response_that_is_never_awaited_is_answered_500) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    {
      auto never = std::move(ex).respond(response(200, "text/plain", "ok"));
    }
    co_return;
  };
  BOOST_TEST(co_await converse(handle, get) == error_reply);
}

COMCP_TEST_CORO(an_error_of_the_handler_is_answered_500_without_its_text) {
  const auto fail = [](exchange) -> awaitable<void> {
    throw std::runtime_error("password=hunter2");
    co_return;
  };
  BOOST_TEST(co_await converse(fail, get + get) == error_reply + error_reply);
  const auto fail_oddly = [](exchange) -> awaitable<void> {
    throw 42;
    co_return;
  };
  BOOST_TEST(co_await converse(fail_oddly, get) == error_reply);
}

COMCP_TEST_CORO(an_error_behind_a_response_changes_nothing_on_the_wire) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
    throw std::runtime_error("late");
  };
  BOOST_TEST(co_await converse(handle, get + get) == ok_reply + ok_reply);
}

COMCP_TEST_CORO(an_exchange_that_outlives_its_handler_is_answered_500_and_does_nothing) {
  std::optional<exchange> kept;
  const auto keep = [&](exchange ex) -> awaitable<void> {
    kept = std::move(ex);
    co_return;
  };
  const auto out = co_await converse(keep, get);
  BOOST_TEST(out == error_reply);
  BOOST_TEST(kept->disconnected());
  const auto body = co_await kept->read_body();
  BOOST_TEST((body.status == body_status::disconnected));
  co_await kept->until_disconnected();
  const auto sent = co_await std::move(*kept).respond(response(200));
  BOOST_TEST((sent == send_result::closed));
}

COMCP_TEST_CORO(a_stray_exchange_does_not_touch_the_next_one) {
  std::vector<exchange> kept;
  const auto keep = [&](exchange ex) -> awaitable<void> {
    if (kept.empty()) {
      kept.push_back(std::move(ex));
    } else {
      auto answered = co_await std::move(kept.front()).respond(response(200, "text/plain", "bad"));
      BOOST_TEST((answered == send_result::closed));
      co_await std::move(ex).respond(response(200, "text/plain", "ok"));
    }
  };
  BOOST_TEST(co_await converse(keep, get + get) == error_reply + ok_reply);
}

COMCP_TEST_CORO(common_headers_are_on_every_response_unless_it_has_its_own) {
  int count = 0;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    ex.set_header("X-A", "1");
    ex.set_header("x-a", "2");
    switch (count++) {
      case 0:
        co_await std::move(ex).respond(response(204));
        break;
      case 1:
        co_await std::move(ex).respond(response(204).header("X-A", "own"));
        break;
      case 2:
        throw 1;
      default: {
        auto s = co_await std::move(ex).start_stream(200, fields());
        co_await std::move(s).finish();
      }
    }
  };
  const auto out = co_await converse(handle, get + get + get + get);
  BOOST_TEST(out ==
             "HTTP/1.1 204 No Content\r\nx-a: 2\r\n\r\n"
             "HTTP/1.1 204 No Content\r\nX-A: own\r\n\r\n"
             "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "x-a: 2\r\nContent-Length: 22\r\n\r\nInternal Server Error\n"
             "HTTP/1.1 200 OK\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

COMCP_TEST_CORO(a_body_is_read_by_length_or_chunked_wherever_it_is_cut) {
  const auto chunked =
      "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"s;
  const auto reply =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"s;
  for (std::size_t piece : {1, 2, 7, 1000}) {
    const auto out = co_await converse(echo, post("hello") + chunked + post("hello"), {}, piece);
    BOOST_TEST(out == reply + reply + reply);
  }
}

COMCP_TEST_CORO(what_is_no_final_status_is_sent_as_500) {
  for (const int status : {0, -1, 100, 199, 1000}) {
    const auto handle = [&](exchange ex) -> awaitable<void> {
      co_await std::move(ex).respond(response(status));
    };
    BOOST_TEST(co_await converse(handle, get) ==
               "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  }
}

COMCP_TEST_CORO(a_second_read_of_the_body_is_empty) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    const auto first = co_await ex.read_body();
    BOOST_TEST(first.body == "hello");
    const auto second = co_await ex.read_body();
    BOOST_TEST(bool(second));
    BOOST_TEST(second.body.empty());
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  BOOST_TEST(co_await converse(handle, post("hello")) == ok_reply);
}

// H-08: 413 before reading
COMCP_TEST_CORO(a_length_above_the_limit_is_known_before_reading) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body(10);
    BOOST_TEST((body.status == body_status::too_large));
    BOOST_TEST(body.body.empty());
    co_await std::move(ex).respond(response(comcp::http::to_http_status(body.status)));
  };
  conversation talk(handle);
  talk.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    BOOST_TEST(co_await talk.settle() ==
               "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    BOOST_TEST(talk.peer().ended());
    BOOST_TEST(!talk.peer().closed());  // lingers so that the answer isn't lost in a reset
    talk.peer().fin();
  };
  co_await with_task_group(body);
  BOOST_TEST(talk.peer().closed());
}

COMCP_TEST_CORO(a_small_unread_body_is_skipped_and_the_connection_serves_on) {
  BOOST_TEST(co_await converse(say_ok, post("hello") + get, {}, 3) == ok_reply + ok_reply);
  // after too_large as well
  const auto handle = [](exchange ex) -> awaitable<void> {
    co_await ex.read_body(3);
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  BOOST_TEST(co_await converse(handle, post("hello") + get) == ok_reply + ok_reply);
}

COMCP_TEST_CORO(a_chunked_body_over_the_limit_ends_the_connection_behind_the_response) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body(3);
    BOOST_TEST((body.status == body_status::too_large));
    co_await std::move(ex).respond(response(413));
  };
  const auto out =
      co_await converse(handle,
                        "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" +
                            get);
  BOOST_TEST(out ==
             "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

COMCP_TEST_CORO(broken_chunks_are_reported_to_the_handler) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body();
    BOOST_TEST((body.status == body_status::malformed));
    co_await std::move(ex).respond(response(comcp::http::to_http_status(body.status)));
  };
  const auto out = co_await converse(
      handle,
      "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" + get);
  BOOST_TEST(out == "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

// S-01
COMCP_TEST_CORO(a_disconnect_within_the_body_is_a_value_and_nothing_is_answered) {
  for (const bool by_reset : {false, true}) {
    int handled = 0;
    const auto handle = [&](exchange ex) -> awaitable<void> {
      const auto body = co_await ex.read_body();
      BOOST_TEST((body.status == body_status::disconnected));
      BOOST_TEST(comcp::http::to_http_status(body.status) == 0);
      ++handled;
    };
    conversation talk(handle);
    talk.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhello");
    const auto body = [&](task_group& group) -> awaitable<void> {
      talk.start(group);
      co_await talk.settle();
      if (by_reset)
        talk.peer().reset();
      else
        talk.peer().fin();
    };
    co_await with_task_group(body);
    BOOST_TEST(handled == 1);
    BOOST_TEST(talk.peer().output().empty());
    BOOST_TEST(talk.gone());
  }
}

COMCP_TEST_CORO(a_body_that_does_not_come_in_time_is_a_value) {
  comcp::time_point answered{};
  const auto handle = [&](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body();
    BOOST_TEST((body.status == body_status::timed_out));
    answered = comcp::this_shard().now();
    co_await std::move(ex).respond(response(comcp::http::to_http_status(body.status)));
  };
  const auto start = comcp::this_shard().now();
  const auto out = co_await converse(
      handle, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello",
      with(server_limits().body_timeout(7s)));
  BOOST_TEST(out ==
             "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  BOOST_TEST((answered - start == 7s));
}

COMCP_TEST_CORO(a_large_body_finds_no_room_while_others_arrive) {
  std::vector<body_status> read;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    const auto body = co_await ex.read_body();
    read.push_back(body.status);
    co_await std::move(ex).respond(response(comcp::http::to_http_status(body.status)));
  };
  const auto head = [](std::size_t length) {
    return "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n";
  };
  const auto shared = std::make_shared<comcp::http::connection_service>(
      handle, with(server_limits().max_arriving_bytes(300'000)), comcp::this_shard());
  conversation first(shared), second(shared), third(shared);
  const auto body = [&](task_group& group) -> awaitable<void> {
    for (conversation* c : {&first, &second, &third})
      c->start(group);
    first.send(head(250'000) + std::string(200'000, 'x'));
    co_await comcp::testing::wait_all_tasks_blocked();
    second.send(head(250'000) + std::string(150'000, 'x'));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST((read == std::vector<body_status>{body_status::no_room}));
    third.send(head(60'000) + std::string(60'000, 'x'));  // not large
    co_await comcp::testing::wait_all_tasks_blocked();
    first.send(std::string(50'000, 'x'));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(read.size() == 3U);
    first.send(head(250'000) + std::string(250'000, 'x'));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(read.size() == 4U);
    for (conversation* c : {&first, &second, &third})
      c->peer().fin();
  };
  co_await with_task_group(body);
  const std::vector<body_status> expected = {body_status::no_room, body_status::complete,
                                             body_status::complete, body_status::complete};
  BOOST_TEST((read == expected));
  BOOST_TEST(second.peer().output().starts_with("HTTP/1.1 503"));
}

COMCP_TEST_CORO(a_client_that_expects_it_is_told_to_continue_when_the_body_is_read) {
  const auto head =
      "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"s;
  conversation talk(echo);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(head);
    BOOST_TEST(co_await talk.settle() == "HTTP/1.1 100 Continue\r\n\r\n");
    talk.send("hello" + get);
    const auto out = co_await talk.settle();
    BOOST_TEST(out.starts_with(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"));
    talk.peer().fin();
  };
  co_await with_task_group(body);
  // Already there: nothing to continue.
  const auto out = co_await converse(echo, head + "hello");
  BOOST_TEST(out ==
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  // Refused by the head alone: the connection is closed, as the body may or may not follow.
  BOOST_TEST(co_await converse(say_ok, head) ==
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
             "Connection: close\r\n\r\nok");
}

COMCP_TEST_CORO(a_stream_is_chunked_and_the_connection_serves_on) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    fields headers;
    headers.add("Content-Type", "text/event-stream");
    auto s = co_await std::move(ex).start_stream(200, std::move(headers));
    BOOST_TEST(!s.closed());
    BOOST_TEST((co_await s.send("hello") == send_result::sent));
    BOOST_TEST((co_await s.send("") == send_result::sent));
    const std::array<std::string_view, 3> pieces{"a", "", "bcdefghijklmnop"};
    BOOST_TEST((co_await s.send(pieces) == send_result::sent));
    const std::vector<std::string_view> many(40, "x");
    BOOST_TEST((co_await s.send(many) == send_result::sent));
    BOOST_TEST((co_await std::move(s).finish() == send_result::sent));
  };
  const auto reply =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n10\r\nabcdefghijklmnop\r\n28\r\n" +
      std::string(40, 'x') + "\r\n0\r\n\r\n";
  BOOST_TEST(co_await converse(handle, get + get) == reply + reply);
}

COMCP_TEST_CORO(a_stream_to_http_1_0_ends_with_the_connection) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    co_await s.send("hello");
    co_await std::move(s).finish();
  };
  const auto out = co_await converse(
      handle, "GET /x HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
  BOOST_TEST(out == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
}

// H-02, H-01: the end of the connection is the only way to say that a stream failed
COMCP_TEST_CORO(a_dropped_stream_ends_without_its_last_chunk) {
  for (const bool by_error : {false, true}) {
    const auto handle = [&](exchange ex) -> awaitable<void> {
      auto s = co_await std::move(ex).start_stream(200, fields());
      co_await s.send("hello");
      if (by_error) throw std::runtime_error("in the middle");
    };
    conversation talk(handle);
    talk.send(get + get);
    const auto body = [&](task_group& group) -> awaitable<void> {
      talk.start(group);
      BOOST_TEST(co_await talk.settle() ==
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      BOOST_TEST(talk.peer().ended());
      talk.peer().fin();
    };
    co_await with_task_group(body);
    BOOST_TEST(talk.peer().closed());
  }
}

COMCP_TEST_CORO(head_is_answered_without_body_and_its_stream_is_closed) {
  const auto head = "HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n"s;
  BOOST_TEST(co_await converse(say_ok, head + get) ==
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n" + ok_reply);
  const auto handle = [](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    BOOST_TEST(s.closed());
    BOOST_TEST((co_await s.send("hello") == send_result::closed));
    BOOST_TEST((co_await std::move(s).finish() == send_result::sent));
  };
  const auto reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"s;
  BOOST_TEST(co_await converse(handle, head + head) == reply + reply);
}

COMCP_TEST_CORO(two_sends_at_once_are_a_mistake_that_is_named) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> {
        BOOST_TEST((co_await s.send("hello") == send_result::sent));
      });
      co_await comcp::sleep(1s);
      BOOST_CHECK_THROW(co_await s.send("again"), std::logic_error);
    });
    co_await std::move(s).finish();
  };
  conversation talk(handle);
  talk.send(get);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_await talk.settle();
    co_await comcp::sleep(2s);
    talk.peer().window(1000);
    co_await talk.settle();
    talk.peer().fin();
  };
  talk.peer().window(90);  // the head fits, the chunk does not
  co_await with_task_group(body);
}

COMCP_TEST_CORO(a_slow_reader_suspends_the_sender_until_it_reads_on) {
  bool done = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    for (int i = 0; i < 10; ++i)
      BOOST_TEST((co_await s.send(std::string(10, 'x')) == send_result::sent));
    co_await std::move(s).finish();
    done = true;
  };
  for (const bool try_write : {true, false}) {
    conversation talk(handle);
    if (!try_write) talk.peer().no_try_write();
    talk.peer().window(0);
    talk.send(get);
    done = false;
    std::string out;
    const auto body = [&](task_group& group) -> awaitable<void> {
      talk.start(group);
      for (int i = 0; i < 400 && !done; ++i) {
        talk.peer().window(1);
        out += co_await talk.settle();
        co_await comcp::sleep(200ms);  // the whole head goes within the write timeout
      }
      talk.peer().fin();
    };
    co_await with_task_group(body);
    BOOST_TEST(done);
    std::string expected = "HTTP/1.1 200 OK\r\nDate: ";
    BOOST_TEST(out.find("a\r\nxxxxxxxxxx\r\na\r\nxxxxxxxxxx\r\n") != std::string::npos);
    BOOST_TEST(out.ends_with("0\r\n\r\n"));
  }
}

COMCP_TEST_CORO(a_reader_that_stops_is_given_up_after_the_write_timeout) {
  comcp::time_point given_up{};
  const auto handle = [&](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    BOOST_TEST((co_await s.send("hello") == send_result::closed));
    given_up = comcp::this_shard().now();
    BOOST_TEST(s.closed());
    BOOST_TEST((co_await s.send("hello") == send_result::closed));
    BOOST_TEST((co_await std::move(s).finish() == send_result::closed));
  };
  for (const bool try_write : {true, false}) {
    conversation talk(handle, with(server_limits().write_timeout(9s)));
    if (!try_write) talk.peer().no_try_write();
    talk.peer().window(90);  // the head fits, the chunk does not
    talk.send(get);
    const auto start = comcp::this_shard().now();
    const auto body = [&](task_group& group) -> awaitable<void> {
      talk.start(group);
      co_return;
    };
    co_await with_task_group(body);
    BOOST_TEST((given_up - start == 9s));
    BOOST_TEST(talk.peer().closed());
    BOOST_TEST(talk.gone());
  }
}

COMCP_TEST_CORO(a_reader_that_takes_a_byte_now_and_then_is_given_up_as_well) {
  comcp::time_point given_up{};
  const auto handle = [&](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    const std::string much(100'000, 'x');
    BOOST_TEST((co_await s.send(much) == send_result::closed));
    given_up = comcp::this_shard().now();
  };
  conversation talk(handle, with(server_limits().write_timeout(9s)));
  talk.peer().window(200);
  talk.send(get);
  const auto start = comcp::this_shard().now();
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    for (int i = 0; i < 4; ++i) {
      co_await comcp::sleep(2s);
      talk.peer().window(1);
    }
  };
  co_await with_task_group(body);
  BOOST_TEST((given_up - start == 9s));

  // 16 KiB each time are enough.
  conversation slow(handle, with(server_limits().write_timeout(9s)));
  slow.peer().window(200);
  slow.send(get);
  const auto again = comcp::this_shard().now();
  const auto steady = [&](task_group& group) -> awaitable<void> {
    slow.start(group);
    for (int i = 0; i < 4; ++i) {
      co_await comcp::sleep(8s);
      slow.peer().window(std::size_t{16} * 1024);
    }
  };
  co_await with_task_group(steady);
  BOOST_TEST((given_up - again == 32s + 9s));
}

COMCP_TEST_CORO(a_cancelled_send_breaks_the_stream) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    auto s = co_await std::move(ex).start_stream(200, fields());
    const auto stuck = [&]() -> awaitable<void> { co_await s.send("hello"); };
    BOOST_TEST(!co_await comcp::move_on_after(1s, stuck));
    BOOST_TEST((co_await s.send("more") == send_result::closed));
    BOOST_TEST((co_await std::move(s).finish() == send_result::closed));
  };
  conversation talk(handle);
  talk.peer().window(90);  // the head fits, the chunk does not
  talk.send(get + get);
  const auto body = [&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST(talk.peer().closed());
  BOOST_TEST(talk.stats().requests == 1u);
}

// Decision 7: disconnect = cancel, for those who ask for it
COMCP_TEST_CORO(a_watched_handler_is_cancelled_when_the_peer_leaves) {
  for (const bool by_reset : {false, true}) {
    bool cancelled = false;
    const auto handle = [&](exchange ex) -> awaitable<void> {
      ex.cancel_on_disconnect();
      try {
        co_await comcp::sleep_forever();
      } catch (const comcp::cancelled& e) {
        cancelled = true;
        BOOST_TEST(e.reason() == "peer disconnected");
        BOOST_TEST(ex.disconnected());
        throw;
      }
    };
    conversation talk(handle);
    talk.send(get);
    const auto body = [&](task_group& group) -> awaitable<void> {
      talk.start(group);
      co_await comcp::sleep(1h);
      BOOST_TEST(!cancelled);
      if (by_reset)
        talk.peer().reset();
      else
        talk.peer().fin();
    };
    co_await with_task_group(body);
    BOOST_TEST(cancelled);
    BOOST_TEST(talk.peer().output().empty());
    BOOST_TEST(talk.gone());
  }
}

// L25: a disconnect is no cancellation. And an ordinary answer still reaches a half-closed peer.
COMCP_TEST_CORO(an_unwatched_handler_runs_on_when_the_peer_leaves) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    co_await comcp::sleep(1h);
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  conversation talk(handle);
  talk.send(get);
  talk.peer().fin();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_return;
  });
  BOOST_TEST(conversation::without_date(talk.peer().output()) == ok_reply);
}

COMCP_TEST_CORO(half_close_is_no_disconnect_when_that_is_configured) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    co_await comcp::sleep(1s);
    BOOST_TEST(!ex.disconnected());
    auto s = co_await std::move(ex).start_stream(200, fields());
    BOOST_TEST((co_await s.send("hello") == send_result::sent));
    co_await std::move(s).finish();
  };
  conversation talk(handle, with(server_limits().on_half_close(half_close::is_allowed)));
  talk.send(get);
  talk.peer().fin();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_return;
  });
  BOOST_TEST(conversation::without_date(talk.peer().output()) ==
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
             "5\r\nhello\r\n0\r\n\r\n");
}

COMCP_TEST_CORO(a_reset_behind_a_half_close_is_a_disconnect) {
  bool was_cancelled = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    try {
      co_await comcp::sleep_forever();
    } catch (...) {
      was_cancelled = true;
      throw;
    }
  };
  conversation talk(handle, with(server_limits().on_half_close(half_close::is_allowed)));
  talk.send(get);
  talk.peer().fin();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(!was_cancelled);
    talk.peer().reset();
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(was_cancelled);
    group.cancel();
  });
}

COMCP_TEST_CORO(until_disconnected_ends_with_the_peer_or_with_the_exchange) {
  int ended = 0;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    const auto body = [&](task_group& group) -> awaitable<void> {
      auto gone = ex.until_disconnected();
      group.start_soon([&ended, gone = std::move(gone)]() mutable -> awaitable<void> {
        co_await std::move(gone);
        ++ended;
      });
      auto s = co_await std::move(ex).start_stream(200, fields());
      co_await s.until_disconnected();
      ++ended;
      BOOST_TEST(s.closed());
      BOOST_TEST((co_await s.send("x") == send_result::closed));
    };
    co_await with_task_group(body);
  };
  conversation talk(handle);
  talk.send(get);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_await comcp::sleep(1h);
    BOOST_TEST(ended == 0);
    talk.peer().fin();
  });
  BOOST_TEST(ended == 2);

  // A watcher outside of the handler is released when the exchange is over.
  std::optional<awaitable<void>> watcher;
  const auto quick = [&](exchange ex) -> awaitable<void> {
    watcher = ex.until_disconnected();
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  BOOST_TEST(co_await converse(quick, get) == ok_reply);
  co_await std::move(*watcher);
}

COMCP_TEST_CORO(watching_keeps_pipelined_requests) {
  const auto handle = [](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    co_await comcp::sleep(1s);
    co_await std::move(ex).respond(response(200, "text/plain", "ok"));
  };
  for (std::size_t piece : {1, 5, 1000}) {
    const auto out = co_await converse(handle, get + post("hello") + get, {}, piece);
    BOOST_TEST(out == ok_reply + ok_reply + ok_reply);
  }
}

COMCP_TEST_CORO(read_ahead_is_bounded_and_a_reset_is_still_seen) {
  bool cancelled = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    ex.cancel_on_disconnect();
    try {
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      cancelled = true;
      throw;
    }
  };
  conversation talk(handle, with(server_limits().max_read_ahead_bytes(10'000)));
  talk.send(get + std::string(100'000, 'x'));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_await comcp::sleep(1h);
    BOOST_TEST(talk.peer().unread() > 80'000u);
    talk.peer().reset();
  });
  BOOST_TEST(cancelled);
  BOOST_TEST(talk.gone());
}

// A disconnect that was there before the handler asked
COMCP_TEST_CORO(watching_a_peer_that_is_gone_cancels_at_once) {
  bool cancelled = false;
  const auto handle = [&](exchange ex) -> awaitable<void> {
    co_await comcp::sleep(1s);
    ex.cancel_on_disconnect();
    try {
      co_await comcp::sleep(1s);
      co_await comcp::sleep_forever();
    } catch (const comcp::cancelled&) {
      cancelled = true;
      throw;
    }
  };
  conversation talk(handle);
  talk.send(get);
  talk.peer().fin();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    co_return;
  });
  BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_SUITE_END()
