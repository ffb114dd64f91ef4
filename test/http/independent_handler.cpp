// Handlers that go on behind their exchange (lib/http/independent_handler.hpp).
#include "http/independent_handler.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

#include "comcp/scope/event.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"
#include "support/http_memory_wire.hpp"

using namespace std::literals;
using comcp::awaitable;
using comcp::task_group;
using comcp::with_task_group;
using comcp::http::exchange;
using comcp::http::response;
using http_test::conversation;

namespace {

std::string get(std::string_view path, std::string_view headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
         "\r\n";
}

const std::string ok_reply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

/// `/work` is answered, then goes on until it is told to end; `/silent` isn't even answered.
class worker {
 public:
  awaitable<void> operator()(exchange ex) {
    const bool answers = ex.request().path() != "/silent";
    if (ex.request().path() == "/quick") {
      co_await std::move(ex).respond(response(200, "text/plain", "ok"));
      co_return;
    }
    working by_itself(*this, ex);
    if (answers) {
      co_await std::move(ex).respond(response(200, "text/plain", "ok"));
      by_itself.leave();
    }
    auto work = [this] { return done.wait(); };
    co_await comcp::shielded(work);
    ++finished;
  }

  comcp::event done;
  int left_alone = 0;
  int finished = 0;

 private:
  class working final : comcp::http::independent_handler {
   public:
    working(worker& w, const exchange& ex) : worker_(w) {
      is_handling(ex);
      watch_peer();
    }
    void leave() { leave_connection(); }

   private:
    void on_peer_gone() noexcept override {
      ++worker_.left_alone;
      leave_connection();
    }
    worker& worker_;
  };
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_independent_handler)

COMCP_TEST_CORO(its_connection_serves_the_next_request_while_it_works) {
  worker work;
  conversation talk([&](exchange ex) { return work(std::move(ex)); });
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    for (int i = 0; i < 3; ++i) {
      talk.send(get("/work"));
      BOOST_TEST(co_await talk.settle() == ok_reply);
    }
    talk.send(get("/quick") + get("/quick"));
    BOOST_TEST(co_await talk.settle() == ok_reply + ok_reply);
    BOOST_TEST(talk.stats().open_connections == 1u);
    BOOST_TEST(work.finished == 0);
    work.done.set();
    talk.peer().fin();
    co_await talk.settle();
    BOOST_TEST(work.finished == 3);
    BOOST_TEST(talk.stats().open_connections == 0u);
  });
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(requests_that_were_pipelined_behind_it_are_served_at_once) {
  worker work;
  conversation talk([&](exchange ex) { return work(std::move(ex)); });
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get("/work") + get("/quick") + get("/work"));
    BOOST_TEST(co_await talk.settle() == ok_reply + ok_reply + ok_reply);
    work.done.set();
    talk.peer().fin();
  });
  BOOST_TEST(work.finished == 2);
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(a_connection_that_is_to_close_closes_while_it_works) {
  worker work;
  conversation talk([&](exchange ex) { return work(std::move(ex)); });
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get("/work", "Connection: close\r\n"));
    const auto out = co_await talk.settle();
    BOOST_TEST(out.ends_with("\r\n\r\nok"), out);
    BOOST_TEST(talk.peer().ended());
    talk.peer().fin();
    co_await talk.settle();
    BOOST_TEST(talk.stats().open_connections == 0u);
    BOOST_TEST(work.finished == 0);
    work.done.set();
  });
  BOOST_TEST(work.finished == 1);
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(a_client_that_leaves_takes_its_connection_along_and_not_the_work) {
  for (const bool resets : {true, false}) {
    for (const char* path : {"/silent", "/work"}) {
      worker work;
      conversation talk([&](exchange ex) { return work(std::move(ex)); });
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        talk.start(group);
        talk.send(get(path));
        co_await talk.settle();
        if (resets)
          talk.peer().reset();
        else
          talk.peer().fin();
        co_await talk.settle();
        BOOST_TEST(talk.stats().open_connections == 0u);
        BOOST_TEST(work.left_alone == (path == "/silent"sv ? 1 : 0));
        BOOST_TEST(work.finished == 0);
        work.done.set();
      });
      BOOST_TEST(work.finished == 1);
      BOOST_TEST(talk.gone());
    }
  }
}

COMCP_TEST_CORO(a_client_that_left_before_is_told_of_at_once) {
  worker work;
  conversation talk([&](exchange ex) { return work(std::move(ex)); });
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get("/silent"));
    talk.peer().fin();
    co_await talk.settle();
    BOOST_TEST(work.left_alone == 1);
    BOOST_TEST(talk.stats().open_connections == 0u);
    work.done.set();
  });
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(a_drain_ends_the_connection_and_not_the_work) {
  worker work;
  conversation talk([&](exchange ex) { return work(std::move(ex)); });
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get("/work"));
    BOOST_TEST(co_await talk.settle() == ok_reply);
    talk.drain();
    talk.peer().fin();
    co_await talk.settle();
    BOOST_TEST(talk.stats().open_connections == 0u);
    BOOST_TEST(work.finished == 0);
    work.done.set();
  });
  BOOST_TEST(work.finished == 1);
  BOOST_TEST(talk.gone());
}

COMCP_TEST_CORO(what_is_cancelled_while_it_works_leaves_nothing_behind) {
  worker work;
  conversation talk([&](exchange ex) { return work(std::move(ex)); });
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    talk.start(group);
    talk.send(get("/work") + get("/silent"));
    co_await talk.settle();
    group.cancel("the server stops");
    work.done.set();
  });
  BOOST_TEST(work.finished == 2);
  BOOST_TEST(talk.stats().open_connections == 0u);
  co_await comcp::testing::wait_all_tasks_blocked();  // the read under way ends with the socket
  BOOST_TEST(talk.gone());
}

BOOST_AUTO_TEST_SUITE_END()
