// Group H: a server inside somebody's program, which has routes, pages and a login of its own.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "comcp/http/router.hpp"
#include "comcp/http/server.hpp"
#include "comcp/http_transport/bearer_auth.hpp"
#include "comcp/http_transport/streamable_http_server.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/request_handler.hpp"
#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;
using comcp::awaitable;
namespace http = comcp::http;

namespace {

/// A program with an http::server and routes of its own, one of which leads to MCP.
class program {
 public:
  using route = std::function<awaitable<void>(http::exchange, comcp::streamable_http_server&)>;

  program(const char* path, route more) : program() {
    paths_.add(path, [this, more](http::exchange ex) { return more(std::move(ex), mcp_); });
    start();
  }
  /// With MCP at "/raw" by a handler without a server.
  explicit program(comcp::request_handler& raw) : program() {
    raw_.emplace(raw);
    paths_.add("/raw", [this](http::exchange ex) { return raw_->handle(std::move(ex)); });
    start();
  }
  ~program() {
    mcp_.drain(1s);
    if (raw_) raw_->drain(1s);
    here_->post([this] { http_->drain(1s); });
    thread_.join();
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  wire connect() const { return wire(port_); }
  /// A fresh client is served, and nothing is left of others.
  void check_baseline() const {
    wire c = connect();
    c.send(modern_call(1, "echo", R"({"text":"on"})"));
    const http_answer a = c.read_answer();
    BOOST_TEST(answer_of(c, a).find("on") != std::string::npos);
    const auto end = std::chrono::steady_clock::now() + patience;
    const auto in_flight = [this] {
      return mcp_.stats().in_flight + (raw_ ? raw_->stats().in_flight : 0);
    };
    while (in_flight() != 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    BOOST_TEST(in_flight() == 0U);
    BOOST_TEST(mcp_.stats().sessions == 0U);
  }

 private:
  program() : server_("embedded", "1.0"), mcp_(server_) {
    add_tools(server_, counts_);
    paths_.add("/mcp", [this](http::exchange ex) { return mcp_.handle(std::move(ex)); });
  }

  void start() {
    thread_ =
        std::thread([this] { runtime_.run([this](comcp::shard& here) { return run(here); }); });
    while (port_ == 0)
      std::this_thread::yield();
  }

  awaitable<void> run(comcp::shard& here) {
    here_ = &here;
    const auto answer = [this](http::exchange ex) { return paths_(std::move(ex)); };
    http_ = std::make_unique<http::server>(answer);
    auto both = [this](comcp::task_group& group) -> awaitable<void> {
      group.start_soon([this] { return mcp_.run(); }, "mcp");
      if (raw_) group.start_soon([this] { return raw_->run(); }, "raw");
      port_ = http_->port();
      co_await http_->serve();
    };
    co_await comcp::with_task_group(both);
    http_.reset();  // sockets belong to their shard
  }

  tool_counts counts_;
  comcp::server server_;
  comcp::streamable_http_server mcp_;
  std::optional<comcp::streamable_http_server> raw_;
  http::router paths_;
  std::unique_ptr<http::server> http_;
  comcp::runtime runtime_{comcp::runtime_options().threads(1)};
  comcp::shard* here_ = nullptr;
  std::atomic<std::uint16_t> port_{0};
  std::thread thread_;
};

/// A handler below the tools: its first argument says what it does with its right to answer.
class raw_handler final : public comcp::request_handler {
 public:
  comcp::protocol::initialize_result describe(const comcp::protocol::rules&) const override {
    comcp::protocol::initialize_result r;
    r.server_info = comcp::protocol::implementation("raw", "1");
    r.capabilities.tools = true;
    return r;
  }
  awaitable<void> on_request(comcp::jsonrpc::request request,
                             comcp::responder answer,
                             comcp::request_context& context) override {
    const std::string how(request.params.at("name").as_string());
    if (how == "throws") throw 42;
    if (how == "talks on") {
      comcp::json::object result;
      result["content"] = comcp::json::array();
      std::move(answer).reply(comcp::json::value(std::move(result)));
      for (int i = 1; i <= 3; ++i) {
        if (co_await context.report_progress(i) == comcp::send_status::closed) ++closed;
        co_await comcp::checkpoint();
      }
    }
  }  // "forgets"

  std::atomic<int> closed{0};
};

/// The same bytes for another path.
std::string to_path(std::string text, const std::string& path) {
  return text.replace(text.find("/mcp"), 4, path);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_embedding)

// A response that has begun can't be handed over: compile_fail/response_*.cpp. What can: an exchange whose
// body somebody has read, and one that is over because its handler has returned.
BOOST_AUTO_TEST_CASE(H_03_a_body_that_was_read_before_is_refused_in_one_response) {
  std::atomic<int> read{0};
  program p("/read", [&](http::exchange ex, comcp::streamable_http_server& mcp) -> awaitable<void> {
    const auto body = co_await ex.read_body();
    if (body.body.find("initialize") != std::string::npos) ++read;
    auto serving = mcp.handle(std::move(ex));
    co_await std::move(serving);
  });
  for (int i = 0; i < 5; ++i) {
    wire c = p.connect();
    c.send(to_path(post(initialize()), "/read"));
    const http_answer a = c.read_answer();
    BOOST_TEST(a.status == 400);
    BOOST_TEST(a.body.find("-32700") != std::string::npos, a.body);
    c.send(
        to_path(post(initialize()), "/read"));  // the next answer begins where this one has ended
    BOOST_TEST(c.read_answer().status == 400);
  }
  BOOST_TEST(read == 10);
  p.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_03_an_exchange_that_is_over_is_handed_over_in_vain) {
  std::shared_ptr<http::exchange> kept;
  program p("/keep", [&](http::exchange ex, comcp::streamable_http_server& mcp) -> awaitable<void> {
    if (!kept) {
      kept = std::make_shared<http::exchange>(std::move(ex));
      co_return;  // answered by the server
    }
    auto late = mcp.handle(std::move(*kept));
    kept.reset();
    co_await std::move(late);
    http::response fine(204);
    co_await std::move(ex).respond(std::move(fine));
  });
  for (int i = 0; i < 5; ++i) {
    wire first = p.connect();
    first.send(to_path(modern_call(1, "echo", R"({"text":"a"})"), "/keep"));
    BOOST_TEST(first.read_answer().status == 500);
    wire second = p.connect();
    second.send(to_path(modern_call(1, "echo", R"({"text":"a"})"), "/keep"));
    BOOST_TEST(second.read_answer().status == 204);
    BOOST_TEST(first.is_silent());
  }
  p.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_04_a_right_to_answer_that_is_dropped_answers_once) {
  raw_handler raw;
  program p(raw);
  wire c = p.connect();  // a second answer would be taken for the next one
  for (int id = 1; id <= 20; ++id) {
    c.send(to_path(modern_call(id, id % 2 == 0 ? "forgets" : "throws"), "/raw"));
    const http_answer a = c.read_answer();
    const std::string answer = answer_of(c, a);
    BOOST_TEST(answer.find("\"id\":" + std::to_string(id) + ",") != std::string::npos, answer);
    BOOST_TEST(answer.find("-32603") != std::string::npos, answer);
  }
  p.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_14_what_is_said_behind_the_answer_finds_it_closed) {
  raw_handler raw;
  program p(raw);
  wire c = p.connect();
  for (int id = 1; id <= 20; ++id) {
    c.send(to_path(modern_call(id, "talks on"), "/raw"));
    const http_answer a = c.read_answer();
    const std::string answer = answer_of(c, a);
    BOOST_TEST(answer.find("\"id\":" + std::to_string(id) + ",") != std::string::npos, answer);
    BOOST_TEST(answer.find("\"result\"") != std::string::npos, answer);
  }
  p.check_baseline();
  const auto end = std::chrono::steady_clock::now() + patience;
  while (raw.closed < 60 && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  BOOST_TEST(raw.closed == 60);
}

// What a page of an allowed origin needs, on every response it may get: a refusal without these headers is
// an unreadable one, and the page never learns where to get a token.
BOOST_AUTO_TEST_CASE(H_17_pages_of_an_allowed_origin_can_read_every_answer) {
  const auto verify = [](std::string token) -> awaitable<std::optional<comcp::verified_token>> {
    if (token != "good") co_return std::nullopt;
    comcp::verified_token t;
    t.who.subject = "somebody";
    t.audience = {"https://mcp.example/mcp"};
    co_return t;
  };
  const comcp::bearer_auth auth("https://mcp.example/mcp", {"https://login.example"}, verify);
  comcp::http_endpoint_options options;
  options.http(
      http::server_options().cors(http::cors_policy().allow_origin("https://app.example")));
  live_server s(auth.applied_to(std::move(options)));
  s.credentials = "Authorization: Bearer good\r\n";
  const std::string origin = "Origin: https://app.example\r\n";
  const std::string metadata = "/.well-known/oauth-protected-resource/mcp";
  const auto ask = [&](const std::string& bytes, const char* readable_by = "https://app.example") {
    wire c = s.connect();
    c.send(bytes);
    http_answer a = c.read_answer();
    BOOST_TEST(a.header("access-control-allow-origin") == readable_by, bytes);
    return a;
  };
  const auto names = [](const http_answer& a, const char* header, std::string name) {
    std::string all = a.header(header);
    for (std::string* text : {&all, &name})
      for (char& c : *text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return (", " + all + ",").find(", " + name + ",") != std::string::npos;
  };
  for (const std::string& path : {std::string("/mcp"), metadata}) {
    const http_answer a =
        ask(to_path(request("OPTIONS", origin + "Access-Control-Request-Method: POST\r\n"), path));
    BOOST_TEST(a.status == 204);
    for (const char* header : {"mcp-protocol-version", "mcp-session-id", "last-event-id",
                               "authorization", "mcp-method", "mcp-name", "content-type"})
      BOOST_TEST(names(a, "access-control-allow-headers", header), header);
    for (const char* method : {"GET", "POST", "DELETE"})
      BOOST_TEST(names(a, "access-control-allow-methods", method), method);
  }
  const http_answer document = ask(to_path(request("GET", origin), metadata), "*");
  BOOST_TEST(document.status == 200);
  BOOST_TEST(document.body.find("https://login.example") != std::string::npos, document.body);
  for (const char* token : {"", "Authorization: Bearer bad\r\n"}) {
    const http_answer refused = ask(post(initialize(), origin + token));
    BOOST_TEST(refused.status == 401);
    BOOST_TEST(refused.header("www-authenticate").find("resource_metadata") != std::string::npos);
    BOOST_TEST(names(refused, "access-control-expose-headers", "WWW-Authenticate"));
  }
  {
    const live_session in(s);
    const http_answer served = ask(post(list_tools, origin + in.headers()));
    BOOST_TEST(served.status == 200);
    BOOST_TEST(names(served, "access-control-expose-headers", "Mcp-Session-Id"));
    const http_answer unknown =
        ask(post(list_tools, origin + s.credentials + "Mcp-Session-Id: not-one-of-ours\r\n"));
    BOOST_TEST(unknown.status == 404);
  }
  wire other = s.connect();
  other.send(post(initialize(), "Origin: https://evil.example\r\n"));
  const http_answer foreign = other.read_answer();
  BOOST_TEST(foreign.status == 403);
  BOOST_TEST(foreign.header("access-control-allow-origin") == "");
  other.close();
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
