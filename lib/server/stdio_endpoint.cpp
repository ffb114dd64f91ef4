#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "comcp/scope/shard.hpp"
#include "comcp/server/run.hpp"
#include "comcp/session/serve.hpp"
#include "comcp/transport/stdio.hpp"

namespace comcp {
namespace {

class stdio_origin final : public request_origin {
 public:
  std::string_view transport_name() const noexcept override { return "stdio"; }
};

bool has_log(const session_options& options) {
  return options.log().enabled(log_level::error);
}

class stdio_endpoint final : public endpoint {
 public:
  stdio_endpoint(session_options options, stream_options stream)
      : options_(std::move(options)), stream_(stream) {}

  std::string name() const override { return "stdio"; }
  bool uses_every_shard() const noexcept override { return false; }

  awaitable<void> serve(request_handler& handler) override {
    session_options options = options_;
    options.name("stdio");
    if (!options.origin()) options.origin(std::make_shared<stdio_origin>());
    if (const auto* s = dynamic_cast<const server*>(&handler); s && !has_log(options))
      options.log(s->options().log());
    const auto connection = take_stdio(stream_);
    const at_home here(*this);
    tell_serving();
    co_await comcp::serve(*connection, handler, std::move(options), &control_);
  }

  void drain(duration limit) override {
    const std::lock_guard held(mutex_);
    if (home_)
      home_->post([this, limit] {
        if (serving_) control_.drain("the server is shutting down", limit);
      });
    else
      control_.drain("the server is shutting down", limit);
  }

 private:
  // While it serves, drain goes to its shard.
  class at_home {
   public:
    explicit at_home(stdio_endpoint& e) : endpoint_(e) {
      const std::lock_guard held(endpoint_.mutex_);
      endpoint_.home_ = &this_shard();
      endpoint_.serving_ = true;
    }
    ~at_home() {
      const std::lock_guard held(endpoint_.mutex_);
      endpoint_.home_ = nullptr;
      endpoint_.serving_ = false;
    }
    at_home(const at_home&) = delete;
    at_home& operator=(const at_home&) = delete;

   private:
    stdio_endpoint& endpoint_;
  };

  const session_options options_;
  const stream_options stream_;
  connection_control control_;
  std::mutex mutex_;
  shard* home_ = nullptr;
  bool serving_ = false;  // home shard only, once home_ is set
};

}  // namespace

std::unique_ptr<endpoint> stdio(session_options options, stream_options stream) {
  return std::make_unique<stdio_endpoint>(std::move(options), stream);
}

awaitable<void> serve(server& server, transport& connection, session_options options) {
  if (!has_log(options)) options.log(server.options().log());
  return serve(connection, server, std::move(options), nullptr);
}

}  // namespace comcp
