#include "lifecycle/live_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <new>
#include <numeric>
#include <sstream>

namespace lifecycle {

namespace {

using namespace comcp;
using std::chrono::milliseconds;

constexpr std::size_t shards = 2;

/// HTTP and sessions write into this log.
http_endpoint_options logging_to(http_endpoint_options options,
                                 const std::shared_ptr<recorded_log>& log) {
  const logger to(log, log_level::debug);
  streamable_http_options mcp = options.mcp();
  mcp.conversation(session_options(mcp.conversation()).log(to));
  options.mcp(std::move(mcp));
  options.http(http::server_options(options.http()).log(to));
  return options;
}

std::size_t open_files() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++n;
  return n;
}

}  // namespace

void recorded_log::write(log_level level, std::string_view message) noexcept try {
  const std::lock_guard held(mutex_);
  lines_.emplace_back(level, message);
} catch (const std::bad_alloc&) {  // where that is what is tested
}

void recorded_log::clear() {
  const std::lock_guard held(mutex_);
  lines_.clear();
}

std::vector<std::string> recorded_log::lines(log_level least) const {
  const std::lock_guard held(mutex_);
  std::vector<std::string> found;
  for (const auto& [level, text] : lines_)
    if (level >= least) found.push_back(text);
  return found;
}

live_server::live_server(http_endpoint_options options, std::function<void(comcp::server&)> more)
    : server_("lifecycle",
              "1.0",
              server_options().max_subscriptions(20000).log(logger(log, log_level::debug))),
      endpoint_(listen_http("127.0.0.1:0", logging_to(std::move(options), log))),
      runtime_(runtime_options().threads(shards)) {
  add_tools(server_, counts);
  if (more) more(server_);
  endpoint_->on_serving([this] { serving_ = true; });
  thread_ =
      std::thread([this] { runtime_.run([this](shard&) { return endpoint_->serve(server_); }); });
  wait_until_started();
  tasks_before_ = tasks();
  fds_before_ = open_files();
}

// Both shards run the same tasks: started they have as many of them, and go on having as many.
void live_server::wait_until_started() {
  std::vector<std::size_t> before;
  int equal = 0;
  until("serving", [&] {
    std::vector<std::size_t> now = live_tasks();
    const bool settled = serving_ && now.size() == shards && now == before && now.front() > 0 &&
                         now.front() == now.back();
    equal = settled ? equal + 1 : 0;
    before = std::move(now);
    return equal == 3;
  });
}

live_server::~live_server() {
  if (!thread_.joinable()) return;
  drain(std::chrono::seconds(1));
  join();
}

void live_server::drain(duration limit) {
  endpoint_->drain(limit);
}

void live_server::join() {
  if (thread_.joinable()) thread_.join();
}

std::vector<std::size_t> live_server::live_tasks() const {
  std::istringstream lines(runtime_.dump_scopes());
  std::vector<std::size_t> all;
  for (std::string line; std::getline(lines, line);) {
    unsigned shard = 0;
    unsigned long tasks = 0;
    if (std::sscanf(line.c_str(), "shard %u: %lu tasks", &shard, &tasks) == 2) all.push_back(tasks);
  }
  return all;
}

std::size_t live_server::tasks() const {
  const std::vector<std::size_t> all = live_tasks();
  return std::accumulate(all.begin(), all.end(), std::size_t{0});
}

milliseconds live_server::fastest(int tries, const std::function<void()>& what) {
  auto best = milliseconds::max();
  for (int i = 0; i < tries; ++i) {
    const auto before = std::chrono::steady_clock::now();
    what();
    const auto took = std::chrono::steady_clock::now() - before;
    best = std::min(best, std::chrono::ceil<milliseconds>(took));
  }
  return best;
}

void live_server::until(const char* what, const std::function<bool()>& holds) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) {
      BOOST_ERROR(std::string("not in time: ") + what + "\n" + runtime_.dump_scopes());
      return;
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
}

void live_server::check_quiet() const {
  until("no stream is left", [&] { return stats().streams == 0; });
  until("no request is left", [&] { return stats().in_flight == 0; });
  until("no call is left", [&] { return server_.running_calls() == 0; });
  until("no descriptor is left", [&] { return open_files() <= fds_before_; });
}

void live_server::check_baseline() {
  {
    const live_session fresh(*this);
    const http_answer tools = fresh.ask(list_tools);
    BOOST_TEST(tools.status == 200);
    BOOST_TEST(tools.body.find("\"echo\"") != std::string::npos);
  }
  until("no session is left", [&] { return stats().sessions == 0; });
  check_quiet();
  until("no task is left", [&] { return tasks() <= tasks_before_; });
  for (const std::string& line : log->lines(log_level::warning)) {
    const bool expected = std::ranges::any_of(expected_warnings, [&](const std::string& part) {
      return line.find(part) != std::string::npos;
    });
    if (!expected) BOOST_ERROR("logged for normal behaviour: " + line);
  }
}

live_session::live_session(const live_server& at, std::string revision, std::string capabilities)
    : at_(at), revision_(std::move(revision)) {
  wire c = at_.connect();
  c.send(post(initialize(revision_, capabilities), at_.credentials));
  const http_answer hello = c.read_answer();
  BOOST_TEST_REQUIRE(hello.status == 200);
  id_ = hello.header("mcp-session-id");
  BOOST_TEST_REQUIRE(!id_.empty());
  if (hello.is_stream()) c.read_end();
  const http_answer ok = ask(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  BOOST_TEST_REQUIRE(ok.status == 202);
}

live_session::~live_session() {
  try {
    wire c = at_.connect();
    c.send(request("DELETE", headers()));
    c.read_answer();
  } catch (const std::exception&) {  // the server has gone before
  }
}

std::string live_session::headers() const {
  return "Mcp-Session-Id: " + id_ + "\r\nMCP-Protocol-Version: " + revision_ + "\r\n" +
         at_.credentials;
}

wire live_session::send(std::string_view body) const {
  wire c = at_.connect();
  c.send(post(body, headers()));
  return c;
}

http_answer live_session::ask(std::string_view body) const {
  wire c = send(body);
  http_answer a = c.read_answer();
  if (a.is_stream()) a.body = answer_of(c, a);
  return a;
}

sse_client::sse_client(const live_server& at) : stream(at.connect()), at_(at) {
  stream.send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  BOOST_TEST_REQUIRE(stream.read_answer().status == 200);
  const auto first = stream.read_event();
  BOOST_TEST_REQUIRE((first && first->name == "endpoint"));
  target_ = first->data;
}

void sse_client::shake_hands() {
  say(initialize("2024-11-05"));
  const auto hello = stream.read_event();
  BOOST_TEST_REQUIRE((hello && hello->data.find("\"hello\"") != std::string::npos));
  say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
}

wire sse_client::send(std::string_view body) const {
  wire p = at_.connect();
  p.send("POST " + target_ + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  return p;
}

void sse_client::say(std::string_view body) {
  wire p = send(body);
  BOOST_TEST(p.read_answer().status == 202);
}

std::string call(int id, std::string_view tool, std::string_view arguments, std::string_view meta) {
  std::string text = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                     R"(,"method":"tools/call","params":{"name":")" + std::string(tool) +
                     R"(","arguments":)" + std::string(arguments);
  if (!meta.empty()) text += R"(,"_meta":)" + std::string(meta);
  return text + "}}";
}

std::string initialize(std::string_view revision, std::string_view capabilities) {
  return R"({"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":")" +
         std::string(revision) + R"(","capabilities":)" + std::string(capabilities) +
         R"(,"clientInfo":{"name":"lifecycle","version":"1"}}})";
}

std::string cancel(int id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::to_string(id) + "}}";
}

std::string modern_call(int id, std::string_view tool, std::string_view arguments) {
  const std::string meta =
      R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{},"progressToken":"p"})";
  const std::string headers =
      "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " +
      std::string(tool) + "\r\n";
  return post(call(id, tool, arguments, meta), headers);
}

std::string modern_listen(int id) {
  return post(
      R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
          R"(,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},)"
          R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
          R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
      "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n");
}

std::string answer_of(wire& c, const http_answer& head) {
  if (!head.is_stream()) return head.body;
  std::string last;
  while (auto e = c.read_event())
    if (!e->data.empty()) last = e->data;
  return last;
}

}  // namespace lifecycle
