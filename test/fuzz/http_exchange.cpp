// The bytes of a client, on a connection in memory and in virtual time. Whatever they are: the answer
// doesn't depend on how they were cut, it is a sequence of well-formed responses, and nothing is left.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "comcp/http/router.hpp"
#include "comcp/scope/sleep.hpp"
#include "support/http_memory_wire.hpp"

namespace http = comcp::http;
using comcp::awaitable;

namespace {

awaitable<void> echo(http::exchange ex) {
  const auto body = co_await ex.read_body(100);
  const auto status = http::to_http_status(body.status);
  if (status != 0) co_await std::move(ex).respond(http::response(status, "text/plain", body.body));
}

awaitable<void> refuse(http::exchange ex) {
  co_await std::move(ex).respond(http::response(404));
}

awaitable<void> watch(http::exchange ex) {
  ex.cancel_on_disconnect();
  co_await comcp::sleep(std::chrono::seconds(1));
  co_await echo(std::move(ex));
}

awaitable<void> stream(http::exchange ex) {
  const auto body = co_await ex.read_body();
  auto s = co_await std::move(ex).start_stream(200, http::fields());
  co_await s.send("piece");
  co_await s.send(body.body);
  co_await std::move(s).finish();
}

awaitable<void> drop_stream(http::exchange ex) {
  auto s = co_await std::move(ex).start_stream(200, http::fields());
  co_await s.send("piece");
}

awaitable<void> drop(http::exchange) {
  co_return;
}

http::router routes() {
  http::router r;
  r.add("/", echo).add("/refuse", refuse).add("/watch", watch).add("/stream", stream);
  r.add("/cut", drop_stream).add("GET", "/drop", drop);
  return r;
}

std::string serve(const http::router& handle, std::string bytes, std::size_t read_size) {
  comcp::testing::virtual_shard shard;
  std::string out;
  const auto body = [&]() -> awaitable<void> {
    http::server_options options;
    options.limits(http::server_limits().max_header_bytes(1000).max_header_count(10));
    out = co_await http_test::converse(handle, bytes, options, read_size);
  };
  shard.run(body);
  if (!shard.leftovers().empty()) std::abort();
  return out;
}

/// Takes one response off the front; false when it is cut short, which only the last one may be.
bool take_response(std::string_view& out) {
  if (!out.starts_with("HTTP/1.1 ") || out.size() < 12) std::abort();
  const auto end = out.find("\r\n\r\n");
  if (end == std::string_view::npos) std::abort();
  const auto head = out.substr(0, end + 2);
  const auto status = out.substr(9, 3);
  out.remove_prefix(end + 4);
  if (status == "100" || status == "204") return true;
  const auto length_at = head.find("\r\nContent-Length: ");
  const bool chunked = head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string_view::npos;
  if (length_at != std::string_view::npos) {
    if (chunked) std::abort();
    std::size_t length = 0;
    std::from_chars(head.data() + length_at + 18, head.data() + head.size(), length);
    // The answer to HEAD has a length and no body: the next response follows, or nothing.
    if (out.empty() || out.starts_with("HTTP/1.1 ")) return true;
    if (out.size() < length) std::abort();
    out.remove_prefix(length);
    return true;
  }
  if (!chunked) return false;  // until the connection ends
  if (out.empty() || out.starts_with("HTTP/1.1 ")) return true;
  for (;;) {
    std::size_t size = 0;
    const auto [last, error] = std::from_chars(out.data(), out.data() + out.size(), size, 16);
    if (out.empty()) return false;
    if (error != std::errc{}) std::abort();
    out.remove_prefix(static_cast<std::size_t>(last - out.data()));
    if (out.size() < size + 4) std::abort();
    if (!out.starts_with("\r\n") || out.substr(size + 2, 2) != "\r\n") std::abort();
    out.remove_prefix(size + 4);
    if (size == 0) return true;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::router handle = routes();
  const std::string bytes(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 3000));
  const auto whole = serve(handle, bytes, 1 << 20);
  const auto parts = serve(handle, bytes, size > 0 ? data[0] % 7 + 1 : 1);
  // "100 Continue" is left out when the body is there already.
  if (parts.find(" 100 Continue") == std::string::npos && whole != parts) std::abort();
  std::string_view rest = whole;
  while (!rest.empty() && take_response(rest))
    continue;
  return 0;
}
