#include "comcp/http_transport/http_endpoint.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <stdexcept>

#include "comcp/scope/blocking.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/scope/with_scope.hpp"
#include "http_transport/support.hpp"
#include "support/raw_client.hpp"

using namespace test;

namespace {

/// One request on a connection of its own; whatever form the answer has.
awaitable<reply> ask(std::uint16_t port, std::string text) {
  http_test::raw_client c;
  BOOST_TEST(co_await c.connect(port));
  co_await c.send(std::move(text));
  std::string bytes = co_await c.read_response();
  if (bytes.find("Content-Type: text/event-stream") != std::string::npos)
    bytes += co_await c.read_until("\r\n0\r\n\r\n");
  reply r = take_reply(bytes);
  co_return r;
}

std::string plain(std::string_view method, std::string_view path, std::string_view more = {}) {
  std::string text(method);
  text += ' ';
  text += path;
  text += " HTTP/1.1\r\n";
  if (more.find("Host:") == std::string_view::npos) text += "Host: localhost\r\n";
  text += more;
  text += "\r\n";
  return text;
}

/// Serves around a client's coroutine, then drains.
template <class F>
awaitable<void> serve_for(http_endpoint& at, request_handler& handler, F client) {
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return at.serve(handler); });
    while (at.port() == 0)
      co_await checkpoint();
    co_await client();
    at.drain(1s);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_endpoint_)

COMCP_TEST_CORO_REAL(serves_mcp_on_a_real_socket) {
  tool_server tools;
  const auto at = listen_http("127.0.0.1:0");
  BOOST_TEST(at->uses_every_shard());
  std::vector<std::string> told;
  at->on_serving([&] { told.push_back(at->url()); });
  auto client = [&]() -> awaitable<void> {
    BOOST_TEST(at->url() == "http://127.0.0.1:" + std::to_string(at->port()) + "/mcp");
    BOOST_TEST(at->name() == at->url());
    BOOST_TEST(told == std::vector{at->url()});  // with the port that was taken
    const reply hello = co_await ask(at->port(), post_text(initialize_body()));
    const header_list session = {{"Mcp-Session-Id", hello.header("Mcp-Session-Id")}};
    const reply ok = co_await ask(at->port(), post_text(initialized_body, session));
    BOOST_TEST(ok.status == 202);
    const reply legacy =
        co_await ask(at->port(), post_text(call_body(1, "progress", R"({"n":2,"ms":1})"), session));
    BOOST_TEST(legacy.events.size() == 3U);
    const reply modern = co_await ask(at->port(), modern_call("1", "echo"));
    BOOST_TEST(modern.status == 200);
    BOOST_TEST(at->stats().sessions == 1U);
  };
  co_await serve_for(*at, tools, client);
  BOOST_TEST(at->stats().sessions == 0U);
  BOOST_TEST(tools.seen.session_ends == 1);
}

// flow:compat:dual-transport-server, S-OLD-01..03: old clients beside new ones, on a real socket.
COMCP_TEST_CORO_REAL(serves_http_sse_beside_it) {
  tool_server tools;
  const auto at = listen_http("127.0.0.1:0", http_endpoint_options().http_sse("/old", "/old/post"));
  auto client = [&]() -> awaitable<void> {
    http_test::raw_client stream;
    BOOST_TEST(co_await stream.connect(at->port()));
    co_await stream.send(plain("GET", "/old", "Accept: text/event-stream\r\n"));
    const std::string head = co_await stream.read_until("\r\n\r\n");
    BOOST_TEST(head.starts_with("HTTP/1.1 200"));
    const std::string first = co_await stream.read_until("data: ");
    BOOST_TEST(first.find("event: endpoint\n") != std::string::npos);
    std::string url = co_await stream.read_until("\n");
    url.pop_back();
    BOOST_TEST(url.starts_with("/old/post?sessionId="));
    const header_list json = {{"Content-Type", "application/json"}};
    for (const std::string& body :
         {initialize_body("2024-11-05"), std::string(initialized_body), call_body(7, "echo")}) {
      const reply r = co_await ask(at->port(), request_to(url, "POST", json, body));
      BOOST_TEST(r.status == 202);
    }
    const std::string answers = co_await stream.read_until("\"id\":7");
    BOOST_TEST(answers.find("event: message\n") != std::string::npos);
    BOOST_TEST(answers.find("\"protocolVersion\":\"2024-11-05\"") != std::string::npos);
    const reply modern = co_await ask(at->port(), modern_call("1", "echo"));
    BOOST_TEST(modern.status == 200);
    const reply hello = co_await ask(at->port(), post_text(initialize_body()));
    BOOST_TEST(hello.status == 200);
    BOOST_TEST(at->stats().sessions == 2U);
    // S-HTTP-01..03: strangers don't get this far here either.
    for (const std::string_view path : {"/old", "/old/post"}) {
      const reply r =
          co_await ask(at->port(), plain("GET", path, "Origin: http://evil.example.com\r\n"));
      BOOST_TEST(r.status == 403);
    }
    stream.reset();
  };
  co_await serve_for(*at, tools, client);
  BOOST_TEST(at->stats().sessions == 0U);
  BOOST_TEST(tools.seen.session_ends == 1);
}

COMCP_TEST_CORO_REAL(http_sse_is_off_unless_it_is_asked_for) {
  tool_server tools;
  auto modern_only =
      streamable_http_options().conversation(session_options().eras(served_eras::modern));
  const std::unique_ptr<http_endpoint> endpoints[] = {
      listen_http("127.0.0.1:0"),
      listen_http("127.0.0.1:0", http_endpoint_options().http_sse().mcp(modern_only))};
  for (const auto& at : endpoints) {
    auto client = [&]() -> awaitable<void> {
      const reply r = co_await ask(at->port(), plain("GET", "/sse"));
      BOOST_TEST(r.status == 404);
    };
    co_await serve_for(*at, tools, client);
  }
}

// transport:streamable-http:origin-validation
// S-HTTP-01 to S-HTTP-03, hosting:http:dns-rebinding: every method, before anything else.
COMCP_TEST_CORO_REAL(strangers_are_refused_whatever_they_ask) {
  tool_server tools;
  const auto at = listen_http("127.0.0.1:0");
  auto client = [&]() -> awaitable<void> {
    for (const std::string_view method : {"POST", "GET", "DELETE", "OPTIONS", "PUT"}) {
      for (const std::string_view headers :
           {"Host: evil.example.com\r\n", "Origin: http://evil.example.com\r\n", "Origin: null\r\n",
            "Host: localhost.evil.example\r\n"}) {
        const reply r = co_await ask(at->port(), plain(method, "/mcp", headers));
        BOOST_TEST_CONTEXT(method << ' ' << headers)
        BOOST_TEST((r.status == 403 || r.status == 421));
      }
    }
    for (const std::string_view host : {"localhost:1", "127.0.0.1:8080", "[::1]:80", "localhost"}) {
      const std::string headers =
          "Host: " + std::string(host) + "\r\nOrigin: http://" + std::string(host) + "\r\n";
      const reply r = co_await ask(at->port(), plain("GET", "/healthz", headers));
      BOOST_TEST_CONTEXT(host) BOOST_TEST(r.status == 200);
    }
    BOOST_TEST(at->stats().refused == 0U);  // nothing reached MCP
  };
  co_await serve_for(*at, tools, client);
}

COMCP_TEST_CORO_REAL(health_and_readiness_have_paths_of_their_own) {
  tool_server tools;
  http_endpoint at("localhost:0", http_endpoint_options().path("/rpc").routes([](http::router& r) {
    r.add("GET", "/hello", [](http::exchange ex) -> awaitable<void> {
      co_await std::move(ex).respond(http::text_response(200, "hi"));
    });
  }));
  auto client = [&]() -> awaitable<void> {
    BOOST_TEST(at.url().ends_with("/rpc"));
    const std::tuple<const char*, const char*, int> rows[] = {
        {"GET", "/healthz", 200}, {"GET", "/readyz", 200}, {"POST", "/healthz", 405},
        {"GET", "/hello", 200},   {"GET", "/mcp", 404},    {"GET", "/rpc", 406},
        {"PUT", "/rpc", 405},     {"GET", "/", 404},
    };
    for (const auto& [method, path, status] : rows) {
      const std::string text = plain(method, path, "Accept: text/plain\r\nMcp-Session-Id: x\r\n");
      const reply r = co_await ask(at.port(), text);
      BOOST_TEST_CONTEXT(method << ' ' << path) BOOST_TEST(r.status == status);
    }
  };
  co_await serve_for(at, tools, client);
}

// H-20
COMCP_TEST_CORO_REAL(draining_finishes_what_is_open_and_returns) {
  tool_server tools;
  const auto at = listen_http("127.0.0.1:0");
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return at->serve(tools); });
    while (at->port() == 0)
      co_await checkpoint();
    const reply hello = co_await ask(at->port(), post_text(initialize_body()));
    const header_list session = {{"Mcp-Session-Id", hello.header("Mcp-Session-Id")}};
    co_await ask(at->port(), post_text(initialized_body, session));

    http_test::raw_client stream, listens, call, ready;
    co_await stream.connect(at->port());
    const header_list get = {{"Accept", "text/event-stream"}, session.front()};
    co_await stream.send(request_text("GET", get));
    co_await stream.read_until("data: \n\n");
    co_await listens.connect(at->port());
    co_await listens.send(modern_text("1", "subscriptions/listen", R"("notifications":{})"));
    co_await listens.read_until("acknowledged");
    co_await call.connect(at->port());
    co_await call.send(post_text(call_body(1, "progress", R"({"n":3,"ms":50})"), session));
    co_await call.read_until("\n\n");
    co_await ready.connect(at->port());
    co_await ready.send("GET /readyz HTTP/1.1\r\n");  // under way when the drain begins
    const reply before = co_await ask(at->port(), plain("GET", "/readyz"));
    BOOST_TEST(before.status == 200);

    at->drain(5s);
    BOOST_TEST((co_await stream.read_all()).ends_with("0\r\n\r\n"));
    BOOST_TEST((co_await listens.read_all()).ends_with("0\r\n\r\n"));
    const std::string answered = co_await call.read_all();
    BOOST_TEST(answered.find("done") != std::string::npos);
    BOOST_TEST(answered.ends_with("0\r\n\r\n"));
    co_await ready.send("Host: localhost\r\n\r\n");
    const std::string state = co_await ready.read_all();
    BOOST_TEST(state.starts_with("HTTP/1.1 503"));
    http_test::raw_client late;
    BOOST_TEST(!co_await late.connect(at->port()));
  });
  BOOST_TEST(at->stats().sessions == 0U);
  BOOST_TEST(at->stats().streams == 0U);
}

COMCP_TEST_CORO_REAL(draining_before_serving_lets_serve_return) {
  tool_server tools;
  const auto at = listen_http("127.0.0.1:0");
  at->drain(duration::max());
  co_await at->serve(tools);
}

COMCP_TEST_CORO_REAL(an_address_in_use_is_an_error_that_names_it) {
  tool_server tools;
  const auto first = listen_http("127.0.0.1:0");
  auto client = [&]() -> awaitable<void> {
    http_endpoint second("127.0.0.1:" + std::to_string(first->port()));
    std::string what;
    try {
      co_await second.serve(tools);
    } catch (const boost::system::system_error& e) {
      what = e.what();
    }
    BOOST_TEST(what.find(std::to_string(first->port())) != std::string::npos);
    BOOST_TEST(what.find("in use") != std::string::npos);
  };
  co_await serve_for(*first, tools, client);
}

BOOST_AUTO_TEST_CASE(addresses_that_cannot_be_read_are_refused_at_once) {
  for (const std::string_view bad : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                                     "127.0.0.1:70000", "::1:80", "127.0.0.1:-1", "127.0.0.1:80 "})
    BOOST_CHECK_THROW(listen_http(bad), std::invalid_argument);
  for (const auto& [text, url] :
       {std::pair("[::1]:80", "http://[::1]:80/mcp"), std::pair(":81", "http://127.0.0.1:81/mcp"),
        std::pair("localhost:82", "http://127.0.0.1:82/mcp"),
        std::pair("0.0.0.0:83", "http://0.0.0.0:83/mcp")})
    BOOST_TEST(listen_http(text)->url() == url);
}

// S-HTTP-04: without an address nothing but the loopback interface is bound, and of it one address.
COMCP_TEST_CORO_REAL(only_what_was_named_is_listened_on) {
  tool_server tools;
  struct row {
    const char* address;
    bool reaches_other;  // of the addresses of this host
  };
  for (const row& r : {row{":0", false}, row{"localhost:0", false}, row{"127.0.0.1:0", false},
                       row{"0.0.0.0:0", true}}) {
    const auto at = listen_http(r.address);
    auto client = [&]() -> awaitable<void> {
      http_test::raw_client here;
      http_test::raw_client elsewhere;
      BOOST_TEST(co_await here.connect(at->port(), "127.0.0.1"));
      const bool reached = co_await elsewhere.connect(at->port(), "127.0.0.2");
      BOOST_TEST(reached == r.reaches_other, r.address);
    };
    co_await serve_for(*at, tools, client);
  }
}

// All shards share the port; sessions work wherever the kernel puts a connection.
BOOST_AUTO_TEST_CASE(several_shards_share_one_port) {
  /// Counts nothing: it is called on all shards.
  class quiet_server : public tool_server {
   public:
    awaitable<void> on_request(jsonrpc::request, responder answer, request_context&) override {
      std::move(answer).reply(json::parse(R"({"content":[]})"));
      co_return;
    }
    void on_session_start(session&) noexcept override {}
    void on_session_end(session&) noexcept override {}
  } tools;
  const auto at = listen_http("127.0.0.1:0");
  runtime all(runtime_options().threads(3));
  all.run([&](shard& here) -> awaitable<void> {
    if (here.index() != 0) co_return co_await at->serve(tools);
    auto client = [&]() -> awaitable<void> {
      std::vector<std::string> ids;
      for (int i = 0; i < 12; ++i) {
        const reply hello = co_await ask(at->port(), post_text(initialize_body()));
        ids.push_back(hello.header("Mcp-Session-Id"));
        const header_list session = {{"Mcp-Session-Id", ids.back()}};
        const reply ok = co_await ask(at->port(), post_text(initialized_body, session));
        BOOST_TEST(ok.status == 202);
      }
      for (const std::string& id : ids) {
        const header_list session = {{"Mcp-Session-Id", id}};
        const reply r = co_await ask(at->port(), post_text(call_body(1, "echo"), session));
        BOOST_TEST(r.status == 200);
      }
      BOOST_TEST(at->stats().sessions == 12U);
    };
    co_await serve_for(*at, tools, client);
  });
  BOOST_TEST(at->stats().sessions == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
