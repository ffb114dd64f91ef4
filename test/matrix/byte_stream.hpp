#ifndef COMCP_TEST_MATRIX_BYTE_STREAM_HPP
#define COMCP_TEST_MATRIX_BYTE_STREAM_HPP

// An HTTP connection from the client's side, on memory or on a socket, and a reader of responses.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/http/fields.hpp"
#include "comcp/scope/task_group.hpp"

namespace test::matrix {

using namespace comcp;  // of the tests' own support only

class byte_stream {
 public:
  byte_stream() = default;
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;
  virtual ~byte_stream() = default;
  virtual awaitable<void> write(std::string bytes) = 0;
  /// What has come; empty at the end.
  virtual awaitable<std::string> read() = 0;
  virtual void close() noexcept = 0;
};

/// Opens a connection.
using dial_function = std::function<awaitable<std::unique_ptr<byte_stream>>()>;

/// To a handler of exchanges, in memory; its tasks are the group's.
dial_function dial_memory(task_group& group, std::function<awaitable<void>(http::exchange)> handle);
/// To a port of the loopback address.
dial_function dial_port(std::uint16_t port);

using header_map = std::map<std::string, std::string>;

/// A request with these headers and Host.
std::string request_text(std::string_view method,
                         std::string_view target,
                         const header_map& headers,
                         std::string_view body = {});

/// Reads one response as it comes.
class response_reader {
 public:
  explicit response_reader(byte_stream& from) noexcept : from_(from) {}

  /// False: the connection ended before it.
  awaitable<bool> head();
  int status = 0;
  http::fields headers;
  bool streams() const;

  /// The next piece of the body, without framing; nothing: it is over.
  awaitable<std::optional<std::string>> more();
  awaitable<std::string> body();

 private:
  awaitable<bool> fill();

  byte_stream& from_;
  std::string bytes_;
  std::size_t left_ = 0;
  bool chunked_ = false;
};

}  // namespace test::matrix

#endif
