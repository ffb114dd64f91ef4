// What is the least that an MCP call over HTTP costs with Asio and Boost.JSON? Everything one file can
// do by hand: a concrete executor, one buffer per connection, requests picked apart by hand, a parser and
// its memory used again, the answer as text in one write that doesn't go through the loop.
//
//   bench_tuned [--listen ADDR:PORT] [--static]
//
// It answers what plain.cpp answers, and checks as little. It is a lower bound and no model: a request
// that is not as it expects closes the connection. --static: fixed bytes; only the request's end is
// looked for.

#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using executor = asio::io_context::executor_type;
using token = asio::use_awaitable_t<executor>;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
template <class T>
using awaitable = asio::awaitable<T, executor>;

constexpr std::string_view ok_head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
constexpr std::string_view before_id = R"({"jsonrpc":"2.0","id":)";
// As long as comcp's: it is in every stateless answer.
constexpr std::string_view server_info =
    R"(serverInfo":{"name":"tuned","version":"0.1.0","title":"tuned","description":"SQL on an SQLite database"})";
constexpr std::string_view stateless_end =
    R"("resultType":"complete","_meta":{"io.modelcontextprotocol/)";

/// A request, as views of the connection's buffer.
struct request {
  std::string_view version;
  std::string_view session;
  std::string_view body;
  std::size_t bytes = 0;  // all of it; 0: there is more to come
};

bool same_name(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if ((line[i] | 0x20) != name[i]) return false;  // letters and '-' only
  }
  return true;
}

std::string_view value_of(std::string_view line, std::string_view name) {
  line.remove_prefix(name.size() + 1);
  while (!line.empty() && line.front() == ' ')
    line.remove_prefix(1);
  return line;
}

request take(std::string_view in) {
  request out;
  std::size_t length = 0;
  std::size_t at = 0;
  for (;;) {
    const void* const end = std::memchr(in.data() + at, '\n', in.size() - at);
    if (!end) return {};
    const auto next = static_cast<std::size_t>(static_cast<const char*>(end) - in.data()) + 1;
    const std::string_view line = in.substr(at, next - at - 2);
    at = next;
    if (line.empty()) break;
    if ((line[0] | 0x20) == 'c' && same_name(line, "content-length")) {
      const std::string_view digits = value_of(line, "content-length");
      std::from_chars(digits.data(), digits.data() + digits.size(), length);
    } else if ((line[0] | 0x20) == 'm') {
      if (same_name(line, "mcp-protocol-version")) {
        out.version = value_of(line, "mcp-protocol-version");
      } else if (same_name(line, "mcp-session-id")) {
        out.session = value_of(line, "mcp-session-id");
      }
    }
  }
  if (in.size() < at + length) return {};
  out.body = in.substr(at, length);
  out.bytes = at + length;
  return out;
}

struct text_hash : std::hash<std::string_view> {
  using is_transparent = void;
};

class server {
 public:
  explicit server(bool fixed) : fixed_(fixed) {}

  /// Writes the whole response to `out`. Throws where the textbook server says 400.
  void answer(const request& r, std::string& out) {
    if (fixed_) {
      finish(out, fixed_answer);
      return;
    }
    json::monotonic_resource memory(memory_, sizeof memory_);
    parser_.reset(&memory);
    parser_.write(r.body.data(), r.body.size());
    const json::value message = parser_.release();
    const json::object& call = message.as_object();
    const json::string& method = call.at("method").as_string();
    if (method == "initialize") {
      initialize(call, out);
      return;
    }
    const bool stateless = r.version == "2026-07-28";
    if (!stateless && sessions_.find(r.session) == sessions_.end()) {
      out.append("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const json::value* const id = call.if_contains("id");
    if (!id) {
      out.append("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    begin(*id);
    if (method == "tools/call") {
      const json::object& params = call.at("params").as_object();
      if (params.at("name").as_string() != "echo") throw std::runtime_error("no such tool");
      body_.append(R"({"content":[{"type":"text","text":)");
      append(params.at("arguments").as_object().at("text"));
      body_.append(stateless ? "}]," : "}]}}");
    } else if (method == "server/discover") {
      body_.append(R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},")")
          .append(server_info)
          .append(",");
    } else {
      body_.append(stateless ? "{" : "{}}");
    }
    if (stateless) body_.append(stateless_end).append(server_info).append("}}}");
    finish(out, body_);
  }

 private:
  static constexpr std::string_view fixed_answer =
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"hello"}]}})";

  void initialize(const json::object& call, std::string& out) {
    std::string id = "session-" + std::to_string(++last_session_);
    begin(call.at("id"));
    body_.append(R"({"protocolVersion":)");
    append(call.at("params").at("protocolVersion"));
    body_.append(R"(,"capabilities":{"tools":{}},")").append(server_info).append("}}");
    finish(out, body_, "\r\nMcp-Session-Id: " + id);
    sessions_.insert(std::move(id));
  }

  void begin(const json::value& id) {
    body_.assign(before_id);
    append(id);
    body_.append(R"(,"result":)");
  }

  void append(const json::value& v) {
    if (const auto* const n = v.if_int64()) {
      char digits[24];
      const char* const end = std::to_chars(digits, std::end(digits), *n).ptr;
      body_.append(std::string_view(digits, end));
      return;
    }
    serializer_.reset(&v);
    char piece[512];
    while (!serializer_.done())
      body_.append(serializer_.read(piece));
  }

  static void finish(std::string& out, std::string_view body, std::string_view more = {}) {
    char digits[24];
    const char* const end = std::to_chars(digits, std::end(digits), body.size()).ptr;
    out.append(ok_head)
        .append(std::string_view(digits, end))
        .append(more)
        .append("\r\n\r\n")
        .append(body);
  }

  const bool fixed_;
  unsigned char memory_[4096];
  json::parser parser_;
  json::serializer serializer_;
  std::string body_;
  std::unordered_set<std::string, text_hash, std::equal_to<>> sessions_;
  unsigned long last_session_ = 0;
};

awaitable<void> converse(socket_type socket, server& s) {
  socket.set_option(asio::ip::tcp::no_delay(true));
  socket.native_non_blocking(true);
  std::vector<char> in(16384);
  std::size_t filled = 0;
  std::string out;
  try {
    for (;;) {
      filled += co_await socket.async_read_some(
          asio::buffer(in.data() + filled, in.size() - filled), token());
      std::size_t used = 0;
      for (;;) {
        const request r = take(std::string_view(in.data() + used, filled - used));
        if (r.bytes == 0) break;
        used += r.bytes;
        s.answer(r, out);
      }
      std::memmove(in.data(), in.data() + used, filled - used);
      filled -= used;
      if (filled == in.size()) in.resize(2 * in.size());
      if (out.empty()) continue;
      // The kernel nearly always has room: asking it first saves a trip through the loop.
      const auto sent = ::send(socket.native_handle(), out.data(), out.size(), MSG_NOSIGNAL);
      const std::size_t done = sent > 0 ? static_cast<std::size_t>(sent) : 0;
      if (done < out.size()) {
        co_await asio::async_write(socket, asio::buffer(out) + done, token());
      }
      out.clear();
    }
  } catch (const std::exception&) {
    // The peer has gone, or sends what a bench does not.
  }
}

awaitable<void> listen(acceptor_type& acceptor, server& s) {
  for (;;) {
    socket_type socket = co_await acceptor.async_accept(token());
    asio::co_spawn(acceptor.get_executor(), converse(std::move(socket), s), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string address = "127.0.0.1:8080";
  bool fixed = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--static") {
      fixed = true;
    } else if (word == "--listen" && i + 1 < argc) {
      address = argv[++i];
    } else {
      std::cerr << "usage: bench_tuned [--listen ADDR:PORT] [--static]\n";
      return 2;
    }
  }
  const auto colon = address.rfind(':');
  asio::io_context context{1};
  acceptor_type acceptor(
      context.get_executor(),
      asio::ip::tcp::endpoint(asio::ip::make_address(address.substr(0, colon)),
                              static_cast<unsigned short>(std::stoi(address.substr(colon + 1)))));
  std::cerr << "serving on http://" << acceptor.local_endpoint() << "/mcp" << std::endl;
  server s(fixed);
  asio::signal_set stop(context, SIGTERM, SIGINT);
  stop.async_wait([&](auto, int) { context.stop(); });
  asio::co_spawn(context, listen(acceptor, s), asio::detached);
  context.run();
}
