#include "faults/memory_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/rounds.hpp"
#include "comcp/tasks/tasks.hpp"
#include "faults/failing_allocations.hpp"

namespace faults {

using namespace comcp;
using namespace std::chrono_literals;

namespace {

constexpr auto idle_limit = 60s;
constexpr auto detached_limit = 30s;

/// What is written down is not to fail.
class unfailing_log final : public log_sink {
 public:
  explicit unfailing_log(std::shared_ptr<log_sink> to) : to_(std::move(to)) {}
  void write(log_level level, std::string_view message) noexcept override {
    const unfailing mark;
    to_->write(level, message);
  }

 private:
  std::shared_ptr<log_sink> to_;
};

/// The memory stands for a kernel that has enough of it; starting a read or a write allocates.
class unfailing_wire final : public http::wire {
 public:
  explicit unfailing_wire(std::unique_ptr<http::wire> inner) : inner_(std::move(inner)) {}

  awaitable<http::error_code> handshake() override { return inner_->handshake(); }
  void start_read(asio::mutable_buffer to, std::shared_ptr<http::wire_events> events) override {
    may_fail();
    const unfailing mark;
    inner_->start_read(to, std::move(events));
  }
  void start_write(std::span<const asio::const_buffer> from,
                   std::shared_ptr<http::wire_events> events) override {
    may_fail();
    const unfailing mark;
    inner_->start_write(from, std::move(events));
  }
  std::size_t try_write(std::span<const asio::const_buffer> from,
                        http::error_code& ec) noexcept override {
    const unfailing mark;
    return inner_->try_write(from, ec);
  }
  void start_watch(std::shared_ptr<http::wire_events> events) override {
    may_fail();
    const unfailing mark;
    inner_->start_watch(std::move(events));
  }
  awaitable<void> end_sending() override { return inner_->end_sending(); }
  void cut() noexcept override {
    const unfailing mark;
    inner_->cut();
  }
  void close() noexcept override {
    const unfailing mark;
    inner_->close();
  }

 private:
  std::unique_ptr<http::wire> inner_;
};

streamable_http_options mcp_options(const logger& to) {
  return streamable_http_options().idle_limit(idle_limit).conversation(session_options().log(to));
}

}  // namespace

memory_server::client::client(memory_server& s, const wire_maker& between)
    : peer_(std::make_shared<http_test::memory_peer>(s.time_.shard().context())) {
  std::unique_ptr<http::wire> end =
      std::make_unique<unfailing_wire>(std::make_unique<http_test::memory_wire>(peer_));
  if (between) end = between(std::move(end));
  auto made = std::make_shared<http::connection>(std::move(end), http::peer_info(), s.service_);
  const unfailing mark;
  http::connection::start(std::move(made));
}

memory_server::client::~client() {
  peer_->reset();
}

memory_server::memory_server()
    : server_("lifecycle",
              "1.0",
              server_options().log(logs()).rounds(round_options().lifetime(detached_limit))),
      mcp_(server_, mcp_options(logs())) {
  lifecycle::add_tools(server_, counts);
  lifecycle::add_detached_tools(server_, counts);
  server_.extend(tasks::make(tasks_options().ttl(detached_limit)));
  paths_.add("/mcp", [this](http::exchange ex) { return mcp_.handle(std::move(ex)); });
  paths_.add("/sse",
             [this](http::exchange ex) { return mcp_.handle_sse(std::move(ex), "/messages"); });
  paths_.add("/messages",
             [this](http::exchange ex) { return mcp_.handle_sse_message(std::move(ex)); });
  service_ = std::make_shared<http::connection_service>(
      [this](http::exchange ex) { return paths_(std::move(ex)); },
      http::server_options().log(logs()), time_.shard());
  start([this] { return mcp_.run(); }, "the server");
  start([this] { return hold_connections(); }, "the listener");
  run();
  check_baseline();  // what is made once is there now
  tasks_before_ = time_.live_tasks();
  scopes_before_ = time_.live_scopes();
}

memory_server::~memory_server() {
  time_.shard().cancel("the test ends");
  run(60s);
}

awaitable<void> memory_server::hold_connections() {
  auto hold = [this](task_group& group) -> awaitable<void> {
    service_->group = &group;
    co_await sleep_forever();
  };
  co_await with_task_group(hold);
}

logger memory_server::logs() const {
  return logger(std::make_shared<unfailing_log>(log), log_level::debug);
}

// As the listener would: an error that comes out of it would end the others.
void memory_server::start(const std::function<awaitable<void>()>& body, std::string what) {
  time_.shard().start_root(body, what, [what](const std::exception_ptr& error) {
    const unfailing mark;
    if (error) BOOST_ERROR(what + " ended with: " + describe(error));
  });
}

// As a runtime does: whose memory it was has heard of it.
void memory_server::run(duration d) {
  for (const time_point end = time_.now() + d;;) {
    try {
      return time_.advance(end - time_.now());
    } catch (const std::bad_alloc&) {
    }
  }
}

std::string memory_server::ask(std::string_view bytes) {
  client c(*this, {});
  c.send(bytes);
  run();
  return c.peer().take_output();
}

std::string memory_server::open_session(const char* revision) {
  if (revision == nullptr) return {};
  const std::string hello =
      ask(lifecycle::post(lifecycle::initialize(revision, R"({"elicitation":{}})")));
  constexpr std::string_view name = "Mcp-Session-Id: ";
  const std::size_t at = hello.find(name);
  BOOST_TEST_REQUIRE(at != std::string::npos, hello);
  std::string headers = hello.substr(at, hello.find("\r\n", at) + 2 - at);
  headers += std::string("MCP-Protocol-Version: ") + revision + "\r\n";
  ask(lifecycle::post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", headers));
  return headers;
}

void memory_server::close_session(const std::string& headers) {
  if (!headers.empty()) ask(lifecycle::request("DELETE", headers));
}

void memory_server::check_baseline() {
  const std::string headers = open_session("2025-06-18");
  const std::string tools = ask(lifecycle::post(lifecycle::list_tools, headers));
  BOOST_TEST(tools.find("\"echo\"") != std::string::npos, tools);
  close_session(headers);
  run();
  if (stats().sessions != 0) run(2 * idle_limit);
  BOOST_TEST(stats().sessions == 0U);
  BOOST_TEST(stats().streams == 0U);
  BOOST_TEST(stats().in_flight == 0U);
  BOOST_TEST(server_.running_calls() == 0U);
  BOOST_TEST(server_.parked_calls() == 0U);
  BOOST_TEST(service_->stats.open_connections == 0U);
  if (scopes_before_ != 0) {
    BOOST_TEST(time_.live_tasks() == tasks_before_, time_.dump_scopes());
    BOOST_TEST(time_.live_scopes() == scopes_before_, time_.dump_scopes());
  }
  for (const std::string& line : log->lines(log_level::warning)) {
    const bool expected = std::ranges::any_of(expected_warnings, [&](const std::string& part) {
      return line.find(part) != std::string::npos;
    });
    if (!expected) BOOST_ERROR("logged for normal behaviour: " + line);
  }
  log->clear();
}

}  // namespace faults
