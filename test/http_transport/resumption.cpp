// Streams that outlive their connections: event ids, replay, polling. 2025-03-26 to 2025-11-25.

#include <boost/test/unit_test.hpp>

#include <set>

#include "http_transport/support.hpp"

using namespace test;

namespace {

header_list in(const std::string& id, header_list more = {}) {
  more.emplace_back("Mcp-Session-Id", id);
  return more;
}

std::string get_text(const std::string& id, const std::string& last = {}) {
  header_list headers = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", id}};
  if (!last.empty()) headers.emplace_back("Last-Event-ID", last);
  return request_text("GET", headers);
}

std::string last_id(const reply& r) {
  std::string id;
  for (const auto* events : {&r.primed, &r.events})
    for (const http::sse_event& e : *events)
      if (e.id) id = *e.id;
  return id;
}

/// What the messages say, in short: "p1 p2 r5" for progress 1 and 2 and the answer to request 5.
std::string words(const reply& r) {
  std::string text;
  for (std::size_t i = 0; i < r.events.size(); ++i) {
    if (!r.events[i].data) continue;
    const json::value v = r.event(i);
    std::string word = "?";
    if (const json::value* method = v.as_object().if_contains("method")) {
      word = *method == "notifications/progress"
                 ? "p" + json::serialize(v.at("params").at("progress"))
                 : std::string(std::string_view(method->as_string()).substr(14, 4));
    } else {
      word = "r" + json::serialize(v.at("id"));
    }
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

const char* const revisions[] = {"2025-03-26", "2025-06-18", "2025-11-25"};

}  // namespace

BOOST_AUTO_TEST_SUITE(resumption)

// hosting:resume:event-ids, hosting:resume:priming, S-SESS-11, S-SESS-14, E-06
COMCP_TEST_CORO(every_event_has_an_id_and_only_clients_that_poll_get_a_priming_one) {
  for (const std::string version : revisions) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open(version);
      std::set<std::string> ids;
      std::size_t events = 0;
      const auto check = [&](const reply& r) {
        for (const auto* list : {&r.primed, &r.events})
          for (const http::sse_event& e : *list) {
            BOOST_TEST((e.id && !e.id->empty()));
            ids.insert(e.id.value_or(""));
            ++events;
          }
      };
      world::connection& stream = w.connect();
      const reply open = co_await stream.ask(get_text(id));
      check(open);
      for (int call = 1; call <= 3; ++call) {
        world::connection& c = w.connect();
        const reply begun = co_await c.ask(post_text(call_body(call, "progress"), in(id)));
        BOOST_TEST(begun.primed.size() == (version == "2025-11-25" ? 1U : 0U));
        if (!begun.primed.empty()) {
          BOOST_TEST(begun.body.starts_with("id: "));  // first of all
          BOOST_TEST((begun.primed[0].retry == 1s));
        }
        check(begun);
        co_await sleep(1s);
        const reply rest = co_await c.more();
        check(rest);
        BOOST_TEST(rest.complete);
        co_await c.ask(post_text(call_body(9, "note"), in(id)));
      }
      check(co_await stream.more());
      BOOST_TEST(events > 12U);
      BOOST_TEST(ids.size() == events);
    });
  }
}

// Without a store everything is as it was before there were ids.
COMCP_TEST_CORO(without_a_store_events_have_no_ids_and_streams_end_with_their_connection) {
  world w(streamable_http_options().keep_no_events());
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply begun = co_await c.ask(post_text(call_body(1, "progress"), in(id)));
    BOOST_TEST(begun.primed.empty());
    BOOST_TEST(!begun.events[0].id);
    const reply polls = co_await w.connect().ask(post_text(call_body(2, "poll"), in(id)));
    BOOST_TEST((w.tools.seen.statuses.back() == send_status::skipped));
    BOOST_TEST(polls.status == 0);  // waits for its answer
    // An id that somebody made up is no obstacle to a stream: 05 §4.5.
    const reply plain = co_await w.connect().ask(get_text(id, "x"));
    BOOST_TEST(plain.status == 200);
    BOOST_TEST(plain.primed.empty());
  });
}

// C-16, E-03, S-SESS-12, S-SESS-13, hosting:resume:replay, hosting:http:disconnect-not-cancel,
// flow:resume:tool-call-resumption-token, hosting:http:response-same-connection,
// transport:streamable-http:resumability: wherever the
// connection breaks, nothing is lost and nothing comes twice.
COMCP_TEST_CORO(a_call_survives_the_loss_of_its_connection_at_any_moment) {
  for (const std::string version : revisions)
    for (int lost = 0; lost <= 50; lost += 5)        // ms after the call
      for (const int back : {1, 12, 45, 500})        // ms after the loss
        for (const bool early_id : {false, true}) {  // what came last didn't reach the client
          world w;
          co_await w.run([&]() -> awaitable<void> {
            const std::string id = co_await w.open(version);
            world::connection& c = w.connect();
            const reply begun =
                co_await c.ask(post_text(call_body(5, "progress", R"({"n":4,"ms":10})"), in(id)));
            co_await sleep(std::chrono::milliseconds(lost));
            const reply seen = co_await c.more();
            c.peer().reset();
            std::string text = words(begun);
            std::string last = last_id(begun);
            if (!early_id && !seen.events.empty()) {
              text += " " + words(seen);
              last = last_id(seen);
            }
            co_await sleep(std::chrono::milliseconds(back));
            world::connection& again = w.connect();
            const reply rest = co_await again.ask(get_text(id, last));
            BOOST_TEST(rest.status == 200);
            co_await sleep(1s);
            const reply live = co_await again.more();
            for (const reply* r : {&rest, &live})
              if (!r->events.empty()) text += " " + words(*r);
            BOOST_TEST_CONTEXT(version << " lost " << lost << " back " << back)
            BOOST_TEST(text == "p1 p2 p3 p4 r5");
            BOOST_TEST((rest.complete || live.complete));
            BOOST_TEST(w.tools.seen.finished == 1);
            BOOST_TEST(w.server.stats().streams_resumed == 1U);
          });
        }
}

// E-01, hosting:resume:stream-scoped
COMCP_TEST_CORO(replay_gives_only_what_belongs_to_the_stream) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& stream = w.connect();
    const reply open = co_await stream.ask(get_text(id));
    world::connection& a = w.connect();
    const reply a1 =
        co_await a.ask(post_text(call_body(1, "progress", R"({"n":3,"ms":10})"), in(id)));
    world::connection& b = w.connect();
    const reply b1 =
        co_await b.ask(post_text(call_body(2, "progress", R"({"n":5,"ms":10})"), in(id)));
    a.peer().reset();
    co_await w.connect().ask(post_text(call_body(3, "note"), in(id)));
    co_await sleep(1s);
    const reply resumed = co_await w.connect().ask(get_text(id, last_id(a1)));
    BOOST_TEST(words(resumed) == "p2 p3 r1");
    BOOST_TEST(resumed.complete);
    const reply b2 = co_await b.more();
    BOOST_TEST(words(b2) == "p2 p3 p4 p5 r2");  // untouched
    const reply noted = co_await stream.more();
    BOOST_TEST(words(noted) == "tool");  // S-SESS-10
    // The GET stream of the session isn't the one that was resumed: it goes on.
    co_await w.connect().ask(post_text(call_body(3, "note"), in(id)));
    const reply again = co_await stream.more();
    BOOST_TEST(words(again) == "tool");
  });
}

// hosting:resume:close-stream, S-SESS-15; what the suite's server-sse-polling does.
COMCP_TEST_CORO(a_handler_ends_the_connection_and_the_client_comes_back_for_the_answer) {
  world w(streamable_http_options().poll_delay(700ms));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply left = co_await c.ask(post_text(call_body(5, "poll", R"({"ms":100})"), in(id)));
    BOOST_TEST(left.complete);
    BOOST_REQUIRE(left.primed.size() == 1U);
    BOOST_REQUIRE(left.events.size() == 1U);
    BOOST_TEST((left.events[0].retry == 700ms));
    BOOST_TEST(!left.events[0].data);
    BOOST_TEST((w.tools.seen.statuses.back() == send_status::sent));
    BOOST_TEST(w.server.stats().in_flight == 0U);
    // The connection can be used for it.
    const reply early = co_await c.ask(get_text(id, last_id(left)));
    BOOST_TEST(early.primed.size() == 1U);
    BOOST_TEST(early.events.empty());
    co_await sleep(1s);
    const reply rest = co_await c.more();
    BOOST_TEST(words(rest) == "r5");
    BOOST_TEST(rest.complete);
    // Its own word on when to come back; and back only after the end.
    const reply other =
        co_await c.ask(post_text(call_body(6, "poll", R"({"retry":2500})"), in(id)));
    BOOST_TEST((other.events.back().retry == 2500ms));
    co_await sleep(3s);
    const reply late = co_await c.ask(get_text(id, last_id(other)));
    BOOST_TEST(words(late) == "r6");
    BOOST_TEST(late.complete);
  });
}

COMCP_TEST_CORO(a_client_that_cannot_poll_keeps_its_connection) {
  for (const std::string version : {"2025-03-26", "2025-06-18"}) {
    world w(streamable_http_options().stream_limit(1s));
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open(version);
      world::connection& c = w.connect();
      const reply waits =
          co_await c.ask(post_text(call_body(5, "poll", R"({"ms":20000})"), in(id)));
      BOOST_TEST(waits.status == 0);
      BOOST_TEST((w.tools.seen.statuses.back() == send_status::skipped));
      co_await sleep(30s);
      const reply answer = co_await c.settle();
      BOOST_TEST(words(answer) == "r5");
      BOOST_TEST(!answer.events.back().retry);
    });
  }
}

COMCP_TEST_CORO(a_connection_carries_a_stream_no_longer_than_the_limit) {
  world w(streamable_http_options().stream_limit(10s).keep_alive(4s));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& get = w.connect();
    const reply opened = co_await get.ask(get_text(id));
    world::connection& c = w.connect();
    const reply begun =
        co_await c.ask(post_text(call_body(5, "progress", R"({"n":3,"ms":7000})"), in(id)));
    co_await sleep(9900ms);
    const reply not_yet = co_await get.more();
    BOOST_TEST(!not_yet.complete);
    co_await sleep(200ms);
    const reply get_left = co_await get.more();
    BOOST_TEST(get_left.complete);
    BOOST_TEST((get_left.events.back().retry == 1s));
    const reply left = co_await c.more();
    BOOST_TEST(left.complete);
    BOOST_TEST(words(left) == "p2");
    co_await sleep(60s);
    const reply rest = co_await c.ask(get_text(id, left.events.front().id.value()));
    BOOST_TEST(words(rest) == "p3 r5");
    const reply get_again = co_await get.ask(get_text(id, last_id(opened)));
    BOOST_TEST(get_again.status == 200);
    BOOST_TEST(!get_again.complete);
  });
}

COMCP_TEST_CORO(without_a_keep_alive_the_limit_of_a_connection_counts_all_the_same) {
  world w(streamable_http_options().stream_limit(10s).keep_alive(0s));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& get = w.connect();
    const reply opened = co_await get.ask(get_text(id));
    BOOST_TEST(!opened.complete);
    co_await sleep(10100ms);
    const reply left = co_await get.more();
    BOOST_TEST(left.complete);
    BOOST_TEST(words(left).empty());
  });
}

// hosting:resume:buffered-replay, S-SESS-09, S-SESS-10
COMCP_TEST_CORO(what_comes_while_no_get_stream_is_open_waits_for_the_next) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const auto note = [&]() -> awaitable<void> {
      co_await w.connect().ask(post_text(call_body(9, "note"), in(id)));
    };
    co_await note();  // nobody has asked for any yet: dropped
    world::connection& first = w.connect();
    const reply open = co_await first.ask(get_text(id));
    BOOST_TEST(open.events.empty());
    co_await note();
    const reply one = co_await first.more();
    BOOST_TEST(words(one) == "tool");
    first.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    co_await note();
    co_await note();
    // From where it was given up to, or from where the client says.
    world::connection& second = w.connect();
    const reply two = co_await second.ask(get_text(id));
    BOOST_TEST(words(two) == "tool tool");
    world::connection& third = w.connect();
    const reply three = co_await third.ask(get_text(id, last_id(one)));
    BOOST_TEST(words(three) == "tool tool");
    const reply replaced = co_await second.more();  // E-05: the newer wins, the older ends properly
    BOOST_TEST(replaced.complete);
    BOOST_TEST(replaced.events.empty());
    world::connection& fourth = w.connect();
    const reply from_start = co_await fourth.ask(get_text(id, last_id(open)));
    BOOST_TEST(words(from_start) == "tool tool tool");
    co_await note();
    const reply live = co_await fourth.more();
    BOOST_TEST(words(live) == "tool");
    const reply silent = co_await third.more();
    BOOST_TEST(silent.events.empty());
    BOOST_TEST(w.server.stats().streams == 1U);
  });
}

// E-05 for the stream of a call: two clients can't both read it.
COMCP_TEST_CORO(a_resumed_stream_is_replaced_by_a_newer_reader) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply begun =
        co_await c.ask(post_text(call_body(5, "progress", R"({"n":3,"ms":1000})"), in(id)));
    world::connection& newer = w.connect();  // the old connection isn't known to be dead
    const reply resumed = co_await newer.ask(get_text(id, last_id(begun)));
    BOOST_TEST(!resumed.complete);
    const reply older = co_await c.more();
    BOOST_TEST(older.complete);
    BOOST_TEST(older.events.empty());
    co_await sleep(5s);
    const reply rest = co_await newer.more();
    BOOST_TEST(words(rest) == "p2 p3 r5");
    // Over, but still known.
    const reply again = co_await c.ask(get_text(id, last_id(begun)));
    BOOST_TEST(words(again) == "p2 p3 r5");
    BOOST_TEST(again.complete);
  });
}

// hosting:resume:bad-event-id
COMCP_TEST_CORO(ids_that_name_no_place_are_refused) {
  world w(streamable_http_options().keep_events(event_store_limits().max_age(60s)));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const std::string other = co_await w.open();
    world::connection& c = w.connect();
    world::connection& d = w.connect();
    co_await w.connect().ask(get_text(id));
    const reply mine = co_await c.ask(post_text(call_body(5, "progress"), in(id)));
    const reply theirs = co_await d.ask(post_text(call_body(5, "progress"), in(other)));
    co_await sleep(1s);
    const std::string good = last_id(mine);
    const std::string prefix = good.substr(0, good.rfind('.') + 1);
    const std::string session = good.substr(0, good.find('.') + 1);
    for (const std::string& bad : {std::string("garbage"), last_id(theirs), good + "x", prefix,
                                   prefix + "-1", session + "7.0", session + "0.7"}) {
      const reply r = co_await w.connect().ask(get_text(id, bad));
      BOOST_TEST_CONTEXT(bad) {
        BOOST_TEST(r.status == 400);
        BOOST_TEST(r.code() == -32600);
        BOOST_TEST(r.body.find("Last-Event-ID") != std::string::npos);
      }
    }
    header_list doubled = {{"Accept", "text/event-stream"}, {"Last-Event-ID", good}};
    doubled.emplace_back("Last-Event-ID", good);
    const reply twice = co_await w.connect().ask(request_text("GET", in(id, doubled)));
    BOOST_TEST(twice.status == 400);
    const reply still = co_await w.connect().ask(get_text(id, good));
    BOOST_TEST(still.status == 200);
    co_await sleep(120s);  // forgotten by age
    const reply gone = co_await w.connect().ask(get_text(id, good));
    BOOST_TEST(gone.status == 400);
    // It harms nothing else.
    const reply next = co_await w.connect().ask(post_text(call_body(7, "echo"), in(id)));
    BOOST_TEST(next.status == 200);
  });
}

// E-09: what there is no room for is missing, the newest is there; and it is counted.
COMCP_TEST_CORO(a_full_store_gives_what_it_has_the_answer_first_of_all) {
  world w(streamable_http_options().keep_events(event_store_limits().max_stream_events(2)));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply begun =
        co_await c.ask(post_text(call_body(5, "progress", R"({"n":6,"ms":10})"), in(id)));
    c.peer().reset();
    co_await sleep(1s);
    BOOST_TEST(w.server.stats().events_evicted == 5U);
    BOOST_TEST(w.server.stats().event_bytes > 0U);
    const reply rest = co_await w.connect().ask(get_text(id, last_id(begun)));
    BOOST_TEST(words(rest) == "p6 r5");
    BOOST_TEST(rest.complete);
  });
  BOOST_TEST(w.server.stats().event_bytes == 0U);  // forgotten with the session
}

// A slow reader is not a lost one: who sends waits for it, and nothing is pushed out meanwhile.
COMCP_TEST_CORO(a_reader_that_is_slow_holds_its_handler_back) {
  world w(streamable_http_options()
              .conversation(session_options().max_outgoing_bytes(500))
              .keep_events(event_store_limits().max_stream_events(2)));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    c.peer().window(600);
    c.send(post_text(call_body(5, "progress", R"({"n":200,"ms":1})"), in(id)));
    co_await sleep(10s);
    BOOST_TEST(w.tools.seen.statuses.size() < 30U);
    BOOST_TEST(w.tools.seen.finished == 0);
    // Gone, it holds nobody.
    c.peer().reset();
    co_await sleep(10s);
    BOOST_TEST(w.tools.seen.statuses.size() == 200U);
    BOOST_TEST(w.tools.seen.finished == 1);
  });
}

// E-09: or events that nobody comes for would fill what all sessions share.
COMCP_TEST_CORO(old_events_are_forgotten_in_quiet_sessions_too) {
  for (const duration idle : {duration(30min), duration(0s)}) {
    world w(streamable_http_options().idle_limit(idle));
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open();
      co_await w.connect().ask(post_text(call_body(5, "progress"), in(id)));
      co_await sleep(1min);
      BOOST_TEST(w.server.stats().event_bytes > 0U);
      co_await sleep(15min);
      BOOST_TEST(w.server.stats().event_bytes == 0U);
      BOOST_TEST(w.server.stats().sessions == 1U);
    });
  }
}

COMCP_TEST_CORO(a_session_is_deleted_while_a_finished_stream_is_read_again) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply begun = co_await c.ask(post_text(call_body(5, "progress"), in(id)));
    BOOST_TEST_REQUIRE(!begun.primed.empty());
    co_await sleep(1s);
    const reply rest = co_await c.more();
    BOOST_TEST(rest.complete);
    world::connection& again = w.connect();
    again.peer().no_try_write();
    again.peer().window(0);
    again.send(get_text(id, *begun.primed[0].id));
    co_await testing::wait_all_tasks_blocked();
    const reply gone = co_await w.connect().ask(request_text("DELETE", in(id)));
    BOOST_TEST(gone.status == 204);
    co_await testing::wait_all_tasks_blocked();
    again.peer().reset();
    co_await testing::wait_all_tasks_blocked();
  });
}

// S-SESS-12: a handler that has ended and left its answer to a task of the session is no reason to lose it.
COMCP_TEST_CORO(an_answer_from_elsewhere_outlives_the_connection) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    c.send(post_text(call_body(5, "elsewhere", R"({"ms":120000})"), in(id)));
    co_await sleep(60s);
    const reply begun = co_await c.settle();
    BOOST_TEST_REQUIRE(begun.primed.size() == 1U);
    c.peer().reset();
    co_await sleep(70s);
    const reply rest = co_await w.connect().ask(get_text(id, *begun.primed[0].id));
    BOOST_TEST(words(rest) == "r5");
    BOOST_TEST(rest.complete);
  });
}

// S-04, H-20: what waits for a client that may come back holds nothing up.
COMCP_TEST_CORO(sessions_end_with_streams_that_nobody_reads) {
  for (const bool drained : {false, true}) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open();
      world::connection& get = w.connect();
      co_await get.ask(get_text(id));
      world::connection& c = w.connect();
      const reply begun =
          co_await c.ask(post_text(call_body(5, "progress", R"({"n":100,"ms":1000})"), in(id)));
      get.peer().reset();
      c.peer().reset();
      co_await sleep(3s);
      if (drained) {
        w.server.drain(2s);
        co_await sleep(3s);
      } else {
        co_await w.connect().ask(request_text("DELETE", in(id)));
        co_await testing::wait_all_tasks_blocked();
        const reply gone = co_await w.connect().ask(get_text(id, last_id(begun)));
        BOOST_TEST(gone.status == 404);
      }
      BOOST_TEST(w.tools.seen.unwound == 1);
      BOOST_TEST(w.server.stats().sessions == 0U);
      BOOST_TEST(w.server.stats().event_bytes == 0U);
    });
  }
}

// C-16 for a call that is silent: with this knob it can be resumed from its first moment.
COMCP_TEST_CORO(a_silent_call_can_be_a_stream_at_once) {
  world w(streamable_http_options().stream_after(0s));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    c.send(post_text(call_body(5, "slow", R"({"ms":5000})"), in(id)));
    co_await sleep(1ms);
    const reply begun = co_await c.settle();
    BOOST_TEST(begun.primed.size() == 1U);
    c.peer().reset();
    co_await sleep(6s);
    BOOST_TEST(w.tools.seen.finished == 1);
    const reply rest = co_await w.connect().ask(get_text(id, last_id(begun)));
    BOOST_TEST(words(rest) == "r5");
    BOOST_TEST(rest.complete);
    const reply quick = co_await w.connect().ask(post_text(call_body(6, "echo"), in(id)));
    BOOST_TEST(quick.json().at("id") == 6);  // an answer that is there is JSON all the same
  });
}

BOOST_AUTO_TEST_SUITE_END()
