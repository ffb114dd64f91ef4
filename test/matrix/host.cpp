#include "matrix/host.hpp"

#include <chrono>
#include <utility>

#include "comcp/http_transport/streamable_http_server.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/server/run.hpp"
#include "comcp/transport/memory.hpp"

namespace test::matrix {

namespace {

class memory_host final : public host {
 public:
  explicit memory_host(offer what) : server_(shared_server(what)) {}

  awaitable<void> start(task_group&) override { co_return; }
  awaitable<carrier*> connect(task_group& group, const protocol::rules&) override {
    auto ends = make_memory_transports();
    transport& end = *served_.emplace_back(std::move(ends.first));
    group.start_soon([this, &end] { return serve(server_, end); }, "server");
    co_return carriers_.keep(std::make_unique<duplex_carrier>(group, std::move(ends.second)));
  }
  void stop() override { carriers_.close(); }
  std::string leftovers() const override { return left_in(server_); }

 private:
  server& server_;
  std::vector<std::unique_ptr<transport>> served_;
  carriers carriers_;
};

/// HTTP without sockets: exact and in virtual time.
class http_memory_host final : public host {
 public:
  http_memory_host(const route& via, offer what)
      : sse_(via.family == "sse"), server_(shared_server(what)), http_(server_, options_of(via)) {}

  awaitable<void> start(task_group& group) override {
    group.start_soon([this] { return http_.run(); }, "server");
    co_await checkpoint();
  }

  awaitable<carrier*> connect(task_group& group, const protocol::rules& r) override {
    auto dial = dial_memory(group, [this](http::exchange x) { return handle(std::move(x)); });
    if (!sse_)
      co_return carriers_.keep(std::make_unique<streamable_carrier>(group, std::move(dial), r));
    auto made = std::make_unique<sse_carrier>(group, std::move(dial), r);
    sse_carrier& opened = *made;
    carriers_.keep(std::move(made));
    co_await opened.open();
    co_return &opened;
  }

  void stop() override {
    carriers_.close();
    http_.drain(std::chrono::seconds(0));
  }

  std::string leftovers() const override {
    const streamable_http_stats left = http_.stats();
    if (left.sessions + left.streams + left.in_flight == 0) return left_in(server_);
    return std::to_string(left.sessions) + " sessions, " + std::to_string(left.streams) +
           " streams, " + std::to_string(left.in_flight) + " requests";
  }

 private:
  awaitable<void> handle(http::exchange x) {
    if (sse_ && x.request().path() == "/sse") return http_.handle_sse(std::move(x), "/messages");
    if (sse_) return http_.handle_sse_message(std::move(x));
    return http_.handle(std::move(x));
  }

  bool sse_;
  server& server_;
  streamable_http_server http_;
  carriers carriers_;
};

}  // namespace

std::string left_in(const server& s) {
  if (s.running_calls() + s.waiting_calls() + s.open_subscriptions() == 0) return {};
  return std::to_string(s.running_calls()) + " calls, " + std::to_string(s.waiting_calls()) +
         " waiting, " + std::to_string(s.open_subscriptions()) + " subscriptions";
}

streamable_http_options options_of(const route& via) {
  streamable_http_options o;
  if (via.by == way::http_streaming) o.stream_after(std::chrono::seconds(0));
  if (via.by == way::http_json) o.answers(answer_form::json_only);
  if (via.by == way::http_stateless) o.sessions(session_use::none);
  return o;
}

std::unique_ptr<host> make_host(const route& via, offer what) {
  if (via.real()) return make_real_host(via, what);
  if (via.http()) return std::make_unique<http_memory_host>(via, what);
  return std::make_unique<memory_host>(what);
}

}  // namespace test::matrix
