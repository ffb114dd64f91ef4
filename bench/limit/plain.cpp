// What does an MCP server cost that Beast and Boost.JSON give in an afternoon? The textbook server on
// coroutines: http::async_read, json::parse, look up, answer as a json::value, json::serialize,
// http::async_write. It is what comcp is compared with (bench/count_requests, bench/compare).
//
//   bench_plain [--listen ADDR:PORT] [--static]
//
// Tools: `echo`, and `sleep`, which takes `milliseconds`. It answers requests of 2026-07-28, and sessions of 2025-11-25: `initialize` gets an
// Mcp-Session-Id, which the requests behind it must name. It checks nothing else: no headers, no Origin,
// no schemas, no limits, no timeouts. --static: the same bytes for every request, without looking at it.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using asio::ip::tcp;

namespace {

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

class server {
 public:
  explicit server(bool fixed) : fixed_(fixed) {
    tools_["echo"] = [](const json::object& arguments) {
      json::object item;
      item["type"] = "text";
      item["text"] = arguments.at("text");
      return json::value(json::object{{"content", json::array{std::move(item)}}});
    };
    tools_["sleep"] = [this](const json::object& arguments) {
      pause_ = std::chrono::milliseconds(arguments.at("milliseconds").to_number<int>());
      return json::value(json::object{{"content", json::array()}});
    };
  }

  /// How long the answer to the last request is to be kept back.
  std::chrono::milliseconds take_pause() { return std::exchange(pause_, {}); }

  response answer(const request& r) {
    if (fixed_) return ok(r, std::string(fixed_answer));
    if (r.method() != http::verb::post) return plain(r, http::status::method_not_allowed);
    json::value message;
    try {
      message = json::parse(r.body());
      const json::object& call = message.as_object();
      const json::string& method = call.at("method").as_string();
      if (method == "initialize") return initialize(r, call);
      const bool stateless = r["MCP-Protocol-Version"] == "2026-07-28";
      if (!stateless && sessions_.count(std::string(r["Mcp-Session-Id"])) == 0)
        return plain(r, http::status::not_found);
      if (!call.contains("id")) return plain(r, http::status::accepted);
      return ok(r, json::serialize(json::object{{"jsonrpc", "2.0"},
                                                {"id", call.at("id")},
                                                {"result", result(method, call, stateless)}}));
    } catch (const std::exception&) {
      return plain(r, http::status::bad_request);
    }
  }

 private:
  static constexpr std::string_view fixed_answer =
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"hello"}]}})";

  json::value result(const json::string& method, const json::object& call, bool stateless) {
    json::value out = json::object();
    if (method == "tools/call") {
      const json::object& params = call.at("params").as_object();
      out =
          tools_.at(std::string(params.at("name").as_string()))(params.at("arguments").as_object());
    } else if (method == "server/discover") {
      out = {{"supportedVersions", {"2026-07-28"}},
             {"capabilities", {{"tools", json::object()}}},
             {"serverInfo", about_}};
    }
    if (stateless) {
      out.as_object()["resultType"] = "complete";
      out.as_object()["_meta"] = {{"io.modelcontextprotocol/serverInfo", about_}};
    }
    return out;
  }

  response initialize(const request& r, const json::object& call) {
    const std::string id = "session-" + std::to_string(++last_session_);
    sessions_.insert(id);
    const json::object result{{"protocolVersion", call.at("params").at("protocolVersion")},
                              {"capabilities", {{"tools", json::object()}}},
                              {"serverInfo", about_}};
    response out = ok(r, json::serialize(json::object{
                             {"jsonrpc", "2.0"}, {"id", call.at("id")}, {"result", result}}));
    out.set("Mcp-Session-Id", id);
    return out;
  }

  static response ok(const request& r, std::string body) {
    response out{http::status::ok, r.version()};
    out.set(http::field::content_type, "application/json");
    out.keep_alive(r.keep_alive());
    out.body() = std::move(body);
    out.prepare_payload();
    return out;
  }

  static response plain(const request& r, http::status status) {
    response out{status, r.version()};
    out.keep_alive(r.keep_alive());
    out.prepare_payload();
    return out;
  }

  const bool fixed_;
  // As long as comcp's: it is in every stateless answer.
  const json::value about_{{"name", "plain"},
                           {"version", "0.1.0"},
                           {"title", "plain"},
                           {"description", "SQL on an SQLite database"}};
  std::unordered_map<std::string, std::function<json::value(const json::object&)>> tools_;
  std::unordered_set<std::string> sessions_;
  unsigned long last_session_ = 0;
  std::chrono::milliseconds pause_{};
};

asio::awaitable<void> converse(tcp::socket socket, server& s) {
  socket.set_option(tcp::no_delay(true));
  beast::flat_buffer buffer;
  try {
    for (bool more = true; more;) {
      request r;
      co_await http::async_read(socket, buffer, r, asio::use_awaitable);
      response answer = s.answer(r);
      more = answer.keep_alive();
      if (const auto pause = s.take_pause(); pause.count() > 0) {
        asio::steady_timer timer(socket.get_executor(), pause);
        co_await timer.async_wait(asio::use_awaitable);
      }
      co_await http::async_write(socket, answer, asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The peer has gone.
  }
}

asio::awaitable<void> listen(tcp::acceptor& acceptor, server& s) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
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
      std::cerr << "usage: bench_plain [--listen ADDR:PORT] [--static]\n";
      return 2;
    }
  }
  const auto colon = address.rfind(':');
  asio::io_context context{1};
  tcp::acceptor acceptor(
      context, tcp::endpoint(asio::ip::make_address(address.substr(0, colon)),
                             static_cast<unsigned short>(std::stoi(address.substr(colon + 1)))));
  std::cerr << "serving on http://" << acceptor.local_endpoint() << "/mcp" << std::endl;
  server s(fixed);
  asio::signal_set stop(context, SIGTERM, SIGINT);
  stop.async_wait([&](auto, int) { context.stop(); });
  asio::co_spawn(context, listen(acceptor, s), asio::detached);
  context.run();
}
