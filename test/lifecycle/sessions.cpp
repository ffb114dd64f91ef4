// Group T: sessions are found, end, and don't pile up.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lifecycle/live_server.hpp"
#include "lifecycle/long_runs.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lifecycle_sessions)

// On two shards, so that stream and message mostly meet elsewhere.
BOOST_AUTO_TEST_CASE(T_01_a_message_finds_the_stream_of_its_session) {
  comcp::http_endpoint_options options;
  options.http_sse();
  live_server s(std::move(options));
  {
    for (int i = 0; i < 20; ++i) {
      sse_client c(s);
      c.say(initialize("2024-11-05"));
      BOOST_TEST(c.stream.read_event()->data.find("\"hello\"") != std::string::npos);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_02_a_session_that_is_gone_is_404_for_every_verb) {
  live_server s;
  {
    const live_session in(s);
    wire bye = s.connect();
    bye.send(request("DELETE", in.headers()));
    BOOST_TEST(bye.read_answer().status / 100 == 2);
    wire c = s.connect();
    c.send(post(list_tools, in.headers()));
    const http_answer a = c.read_answer();
    BOOST_TEST(a.status == 404);
    BOOST_TEST(a.body.find("initialize") != std::string::npos, a.body);
    for (const char* verb : {"GET", "DELETE"}) {
      wire v = s.connect();
      v.send(request(verb, in.headers()));
      BOOST_TEST(v.read_answer().status == 404, verb);
    }
    wire foreign = s.connect();
    foreign.send(post(list_tools,
                      "Mcp-Session-Id: not-one-of-ours\r\nMCP-Protocol-Version: 2025-06-18\r\n"));
    BOOST_TEST(foreign.read_answer().status == 404);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_03_a_request_without_a_session_is_400) {
  live_server s;
  {
    wire c = s.connect();
    c.send(post(list_tools, "MCP-Protocol-Version: 2025-06-18\r\n"));
    BOOST_TEST(c.read_answer().status == 400);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_05_idle_sessions_are_reaped_counted_and_named) {
  constexpr std::size_t count = 500;
  BOOST_TEST((comcp::streamable_http_options().idle_limit() > 0s));  // on by default
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().idle_limit(300ms));
  live_server s(std::move(options));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) {
    wire c = s.connect();
    c.send(post(initialize()));
    ids.push_back(c.read_answer().header("mcp-session-id"));
  }
  s.until("all are reaped", [&] { return s.stats().sessions == 0; });
  BOOST_TEST(s.stats().sessions_reaped == count);
  std::size_t named = 0;
  for (const std::string& line : s.log->lines(comcp::log_level::info))
    named += line.find("was idle for too long") != std::string::npos;
  BOOST_TEST(named == count);
  wire c = s.connect();
  c.send(post(list_tools, "Mcp-Session-Id: " + ids[0] + "\r\n"));
  BOOST_TEST(c.read_answer().status == 404);
  c.close();
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_08_what_fails_to_open_a_session_leaves_none) {
  live_server s;
  {
    const auto refused = [&](const std::string& bytes) {
      wire c = s.connect();
      c.send(bytes);
      const http_answer a = c.read_answer();
      BOOST_TEST(a.status / 100 == 4, bytes);
    };
    refused(post(initialize(), "MCP-Protocol-Version: 1999-01-01\r\nMcp-Session-Id: x\r\n"));
    refused(post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\""));
    refused(request("GET"));
    refused(request("DELETE"));
    std::string text = post(initialize());
    const std::string accept = "application/json, text/event-stream";
    refused(text.replace(text.find(accept), accept.size(), "text/html"));
    BOOST_TEST(s.stats().sessions == 0U);
    BOOST_TEST(s.stats().sessions_opened == 0U);
  }
  s.check_baseline();
}

// Ids find their own session and take away their own, on both shards; also when a session goes late, because
// a handler of it rolls back, and others have come meanwhile.
BOOST_AUTO_TEST_CASE(T_09_an_id_leads_to_its_own_session_and_takes_no_other_away) {
  live_server s;
  {
    constexpr std::size_t count = 20;
    std::vector<std::unique_ptr<live_session>> all;
    std::vector<wire> streams;
    std::vector<wire> calls;
    const auto add = [&] {
      all.push_back(std::make_unique<live_session>(s));
      streams.push_back(s.connect());
      streams.back().send(request("GET", all.back()->headers()));
      BOOST_TEST_REQUIRE(streams.back().read_answer().status == 200);
    };
    for (std::size_t i = 0; i < count; ++i)
      add();
    for (std::size_t i = 0; i < count; ++i)
      calls.push_back(all[i]->send(call(1, "stubborn", R"({"ms":200})")));
    s.until("all run", [&] { return s.counts.started == count; });
    const auto remove = [&](std::size_t i) {
      wire bye = s.connect();
      bye.send(request("DELETE", all[i]->headers()));
      return bye.read_answer().status;
    };
    for (std::size_t i = 0; i < count; i += 2) {
      BOOST_TEST(remove(i) == 204);
      BOOST_TEST(remove(i) == 404);
    }
    for (std::size_t i = 0; i < count / 2; ++i)
      add();
    s.until("half have unwound", [&] { return s.counts.unwound == count / 2; });
    s.until("as many are left", [&] { return s.stats().sessions == count; });
    s.until("as many streams, too", [&] { return s.stats().streams == count; });
    BOOST_TEST(s.stats().sessions_deleted == count / 2);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < all.size(); ++i) {
      ids.insert(all[i]->id());
      const bool is_gone = i < count && i % 2 == 0;
      wire c = all[i]->send(list_tools);
      BOOST_TEST(c.read_answer().status == (is_gone ? 404 : 200));
      if (is_gone) BOOST_TEST(!streams[i].read_event().has_value());
    }
    BOOST_TEST(ids.size() == all.size());
    BOOST_TEST(s.counts.unwound == count / 2);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_10_a_flood_meets_the_cap_and_leaves_others_alone) {
  const auto [tries, is_long] = wanted("COMCP_FLOOD", 2000);
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().max_sessions(20));
  live_server s(std::move(options));
  {
    const live_session in(s);
    int opened = 0;
    int turned_away = 0;
    std::size_t tasks_at_cap = 0;
    long memory_at_cap = 0;
    std::vector<std::string> ids;
    for (int i = 0; i < tries; ++i) {
      if (i == 100) tasks_at_cap = s.tasks();
      if (i == 1000) memory_at_cap = resident_kib();
      wire c = s.connect();
      c.send(post(initialize()));
      const http_answer a = c.read_answer();
      if (a.status == 200) {
        ++opened;
        ids.push_back(a.header("mcp-session-id"));
      } else {
        ++turned_away;
        BOOST_TEST_REQUIRE(a.status == 503);
        BOOST_TEST(!a.header("retry-after").empty());
      }
    }
    BOOST_TEST(opened == 19);
    BOOST_TEST(turned_away == tries - 19);
    BOOST_TEST(s.stats().sessions_turned_away == static_cast<unsigned>(tries - 19));
    s.until("no more tasks than at the cap", [&] { return s.tasks() <= tasks_at_cap; });
    BOOST_TEST(s.stats().sessions == 20U);
    BOOST_TEST_MESSAGE(tries << " tries: " << memory_at_cap << " KiB behind the first thousand, "
                             << resident_kib() << " KiB in the end");
    // Eight bytes for each of 100,000 would be seen.
    if (is_long) BOOST_TEST(resident_kib() < memory_at_cap + 700);
    const http_answer still = in.ask(list_tools);
    BOOST_TEST(still.status == 200);
    for (const std::string& id : ids) {
      wire bye = s.connect();
      bye.send(request("DELETE", "Mcp-Session-Id: " + id + "\r\n"));
      BOOST_TEST(bye.read_answer().status / 100 == 2);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_13_a_request_before_the_handshake_is_complete_spoils_nothing) {
  live_server s;
  {
    wire c = s.connect();
    c.send(post(initialize()));
    const std::string session =
        "Mcp-Session-Id: " + c.read_answer().header("mcp-session-id") + "\r\n";
    c.send(post(list_tools, session));
    http_answer a = c.read_answer();
    const std::string early = answer_of(c, a);
    BOOST_TEST(early.find("error") != std::string::npos, early);
    c.send(post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", session));
    BOOST_TEST(c.read_answer().status == 202);
    c.send(post(list_tools, session));
    a = c.read_answer();
    BOOST_TEST(a.status == 200);
    BOOST_TEST(answer_of(c, a).find("\"result\"") != std::string::npos);
    c.send(request("DELETE", session));
    c.read_answer();
  }
  s.check_baseline();
}

// The server is another one now, and its clients go on as if it were not: each request says that a new
// handshake is due, on both transports, and that works.
BOOST_AUTO_TEST_CASE(T_13_after_a_restart_old_sessions_are_404_and_new_ones_work) {
  const auto options = [] {
    comcp::http_endpoint_options o;
    o.http_sse();
    return o;
  };
  std::string old;
  std::string old_target;
  {
    live_server before(options());
    const live_session in(before);
    sse_client sse(before);
    old = in.headers();
    old_target = sse.target();
  }
  live_server s(options());
  for (const std::string& text :
       {request("GET", old), post(list_tools, old), request("DELETE", old), post(cancel(1), old),
        request("GET", old + "Last-Event-ID: 1\r\n"),
        "POST " + old_target + post(list_tools).substr(std::string("POST /mcp").size())}) {
    wire c = s.connect();
    c.send(text);
    const http_answer a = c.read_answer();
    BOOST_TEST(a.status == 404, text);
    BOOST_TEST(!a.is_stream(), text);
  }
  {
    const live_session in(s);
    const http_answer tools = in.ask(list_tools);
    BOOST_TEST(tools.status == 200);
    sse_client sse(s);
    sse.say(list_tools);  // too early
    BOOST_TEST(sse.stream.read_event()->data.find("\"error\"") != std::string::npos);
    sse.shake_hands();
    sse.say(list_tools);
    BOOST_TEST(sse.stream.read_event()->data.find("\"echo\"") != std::string::npos);
  }
  s.check_baseline();
}

// Without a shared store: another server doesn't know the session, and says so.
BOOST_AUTO_TEST_CASE(T_15_a_session_of_another_replica_is_404) {
  live_server a;
  live_server b;
  {
    const live_session in(a);
    wire c = b.connect();
    c.send(post(list_tools, in.headers()));
    BOOST_TEST(c.read_answer().status == 404);
  }
  b.check_baseline();
}

BOOST_AUTO_TEST_CASE(T_17_requests_of_one_session_share_no_state) {
  live_server s;
  {
    const live_session in(s);
    std::vector<wire> open;
    for (int id = 1; id <= 10; ++id)
      open.push_back(in.send(call(id, "steps", R"({"n":3,"ms":5})",
                                  R"({"progressToken":)" + std::to_string(id) + "}")));
    for (int id = 1; id <= 10; ++id) {
      wire& c = open[static_cast<std::size_t>(id - 1)];
      BOOST_TEST_REQUIRE(c.read_answer().is_stream());
      int steps = 0;
      while (auto e = c.read_event()) {
        if (e->data.find("progressToken") == std::string::npos) continue;
        ++steps;
        BOOST_TEST(e->data.find("\"progressToken\":" + std::to_string(id)) != std::string::npos);
      }
      BOOST_TEST(steps == 3);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
