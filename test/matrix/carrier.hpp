#ifndef COMCP_TEST_MATRIX_CARRIER_HPP
#define COMCP_TEST_MATRIX_CARRIER_HPP

// A client's end of a route: messages go in, messages come out. What HTTP does with them is hidden here.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/json/value.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/memory_stream.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/transport/transport.hpp"
#include "matrix/byte_stream.hpp"
#include "matrix/pairs.hpp"

namespace test::matrix {

/// A message of the server.
class arrival {
 public:
  arrival() = default;
  arrival(std::string t, json::value s) : text(std::move(t)), stream(std::move(s)) {}
  std::string text;    ///< or a batch
  json::value stream;  ///< id of the request whose stream carried it; null: none in particular
};

/// A response as it came.
class http_reply {
 public:
  http_reply() = default;
  int status = 0;
  http::fields headers;
  std::string body;  ///< of a stream: all of it, to its end

  std::string header(std::string_view name) const {
    return std::string(headers.find(name).value_or(""));
  }
};

class carrier {
 public:
  explicit carrier(task_group& group);
  carrier(const carrier&) = delete;
  carrier& operator=(const carrier&) = delete;
  virtual ~carrier() = default;

  /// Sends a message, or anything else. What comes back comes by `next`.
  virtual awaitable<void> send(std::string text) = 0;
  /// Gives up a request in the way of the route; false: by a notification of the client's.
  virtual bool drop(const json::value&) { return false; }
  /// Opens the stream of what belongs to no request, where it is one of its own.
  virtual awaitable<void> listen() { co_return; }
  /// Streamable HTTP only: what a message is sent with, and a request as the test wants it.
  virtual header_map headers_for(const json::value&) const { return {}; }
  virtual awaitable<http_reply> exchange_raw(std::string, header_map, std::string) {
    throw std::logic_error("this route has no such exchanges");
  }
  /// Idempotent; the tasks end soon.
  virtual void close() noexcept = 0;

  /// The next message of the server; nothing: there will be none.
  awaitable<std::optional<arrival>> next() { return out_.next(); }

 protected:
  void deliver(std::string text, json::value stream);
  /// Nothing more will be delivered.
  void end() noexcept { in_.close(); }
  task_group& group() noexcept { return group_; }

 private:
  task_group& group_;
  send_stream<arrival> in_;
  receive_stream<arrival> out_;
};

/// One connection in both directions: stdio.
class duplex_carrier final : public carrier {
 public:
  duplex_carrier(task_group& group, std::unique_ptr<transport> end);
  awaitable<void> send(std::string text) override;
  void close() noexcept override { end_->close(); }

 private:
  awaitable<void> receive();
  std::unique_ptr<transport> end_;
};

/// A POST for each message, a GET for the rest.
class streamable_carrier final : public carrier {
 public:
  streamable_carrier(task_group& group, dial_function dial, const protocol::rules& r);
  awaitable<void> send(std::string text) override;
  bool drop(const json::value& id) override;
  awaitable<void> listen() override;
  header_map headers_for(const json::value& message) const override;
  awaitable<http_reply> exchange_raw(std::string verb,
                                     header_map headers,
                                     std::string body) override;
  void close() noexcept override;

 private:
  class exchange;
  awaitable<std::shared_ptr<exchange>> start(std::string request, json::value stream);
  awaitable<void> receive(std::shared_ptr<exchange> x);

  dial_function dial_;
  const protocol::rules& rules_;
  std::string session_;
  bool opened_ = false;  // the version is known to both
  std::map<std::string, std::shared_ptr<exchange>> open_;
  int streams_ = 0;
};

/// HTTP+SSE: a GET for all that comes, a POST for each message.
class sse_carrier final : public carrier {
 public:
  sse_carrier(task_group& group, dial_function dial, const protocol::rules& r);
  awaitable<void> open();
  awaitable<void> send(std::string text) override;
  void close() noexcept override;

 private:
  awaitable<void> receive();
  dial_function dial_;
  const protocol::rules& rules_;
  std::unique_ptr<byte_stream> stream_;
  std::string url_;
  bool opened_ = false;
  event ready_;
};

}  // namespace test::matrix

#endif
