#include <stdexcept>
#include <utility>
#include <vector>

#include "comcp/http/event_stream.hpp"
#include "comcp/protocol/methods.hpp"
#include "matrix/carrier.hpp"

namespace test::matrix {

namespace {

/// More messages than a scenario leaves unread.
constexpr std::size_t inbox = 10'000;

/// Null when it isn't JSON.
json::value parsed_or_null(const std::string& text) {
  boost::system::error_code ec;
  json::value v = json::parse(text, ec);
  return ec ? json::value() : v;
}

const json::value* member(const json::value& v, std::string_view name) {
  return v.is_object() ? v.get_object().if_contains(name) : nullptr;
}

}  // namespace

carrier::carrier(task_group& group) : group_(group) {
  auto [in, out] = make_memory_stream<arrival>(inbox);
  in_ = std::move(in);
  out_ = std::move(out);
}

void carrier::deliver(std::string text, json::value stream) {
  // Too late: the scenario is over.
  if (in_.is_open()) in_.send_nowait(arrival(std::move(text), std::move(stream)));
}

// Duplex

duplex_carrier::duplex_carrier(task_group& tasks, std::unique_ptr<transport> end)
    : carrier(tasks), end_(std::move(end)) {
  group().start_soon([this] { return receive(); }, "receive");
}

awaitable<void> duplex_carrier::send(std::string text) {
  const std::span<const std::string> message(&text, 1);
  const write_status status = co_await end_->write(message);
  if (status == write_status::closed) throw std::runtime_error("the server is gone");
}

awaitable<void> duplex_carrier::receive() {
  for (;;) {
    const read_result got = co_await end_->read();
    if (got.what() != read_result::kind::message) break;
    deliver(std::string(got.text()), json::value());
  }
  end();
}

// Streamable HTTP

class streamable_carrier::exchange {
 public:
  exchange(std::unique_ptr<byte_stream> b, json::value s)
      : bytes(std::move(b)), reader(*bytes), stream(std::move(s)) {}
  std::unique_ptr<byte_stream> bytes;
  response_reader reader;
  json::value stream;
  std::string key;
};

streamable_carrier::streamable_carrier(task_group& tasks,
                                       dial_function dial,
                                       const protocol::rules& r)
    : carrier(tasks), dial_(std::move(dial)), rules_(r) {}

header_map streamable_carrier::headers_for(const json::value& message) const {
  header_map out;
  out["Accept"] = "application/json, text/event-stream";
  if (!message.is_null()) out["Content-Type"] = "application/json";
  if (!session_.empty()) out["Mcp-Session-Id"] = session_;
  if (rules_.version_header_required && (opened_ || rules_.routing_headers))
    out["MCP-Protocol-Version"] = rules_.name;
  const json::value* method = member(message, "method");
  if (!rules_.routing_headers || !method || !method->is_string()) return out;
  const std::string name(method->get_string());
  out["Mcp-Method"] = name;
  const protocol::method_info* known = protocol::find_method(name);
  const json::value* params = member(message, "params");
  if (known && !known->name_param.empty() && params)
    if (const json::value* named = member(*params, known->name_param); named && named->is_string())
      out["Mcp-Name"] = named->get_string();
  return out;
}

awaitable<http_reply> streamable_carrier::exchange_raw(std::string verb,
                                                       header_map headers,
                                                       std::string body) {
  const auto bytes = co_await dial_();
  co_await bytes->write(request_text(verb, "/mcp", headers, body));
  response_reader reader(*bytes);
  co_await reader.head();
  http_reply reply;
  reply.body = co_await reader.body();
  reply.status = reader.status;
  reply.headers = reader.headers;
  bytes->close();
  co_return reply;
}

awaitable<std::shared_ptr<streamable_carrier::exchange>> streamable_carrier::start(
    std::string request, json::value stream) {
  auto bytes = co_await dial_();
  auto x = std::make_shared<exchange>(std::move(bytes), std::move(stream));
  x->key = std::to_string(++streams_);
  if (!x->stream.is_null()) x->key = json::serialize(x->stream);
  open_[x->key] = x;
  co_await x->bytes->write(std::move(request));
  co_return x;
}

awaitable<void> streamable_carrier::send(std::string text) {
  json::value message = parsed_or_null(text);
  if (message.is_null()) message = "no message";  // sent as one
  const json::value* id = member(message, "id");
  const bool request = id && member(message, "method");
  auto starting = start(request_text("POST", "/mcp", headers_for(message), text),
                        request ? *id : json::value());
  const auto x = co_await std::move(starting);
  // A notification is taken before the next message goes out; a batch may take long.
  if (!request && !message.is_array())
    co_await receive(x);
  else
    group().start_soon([this, x] { return receive(x); }, "response");
}

awaitable<void> streamable_carrier::listen() {
  auto starting = start(request_text("GET", "/mcp", headers_for(json::value())), json::value());
  const auto x = co_await std::move(starting);
  const bool begun = co_await x->reader.head();
  if (!begun || x->reader.status != 200) throw std::runtime_error("no GET stream");
  group().start_soon([this, x] { return receive(x); }, "GET stream");
}

awaitable<void> streamable_carrier::receive(std::shared_ptr<exchange> x) {
  bool begun = x->reader.status != 0;
  if (!begun) begun = co_await x->reader.head();
  if (begun) {
    if (const auto id = x->reader.headers.find("Mcp-Session-Id")) session_ = *id;
    opened_ = true;
    if (x->reader.streams()) {
      http::event_parser parser;
      std::vector<http::sse_event> events;
      for (;;) {
        const auto piece = co_await x->reader.more();
        if (!piece) break;
        parser.feed(*piece, events);
        for (http::sse_event& e : events)
          if (e.data && !e.data->empty()) deliver(std::move(*e.data), x->stream);
        events.clear();
      }
    } else {
      std::string body = co_await x->reader.body();
      if (!body.empty()) deliver(std::move(body), x->stream);
    }
  }
  x->bytes->close();
  open_.erase(x->key);
}

bool streamable_carrier::drop(const json::value& id) {
  if (!rules_.disconnect_cancels) return false;
  const auto found = open_.find(json::serialize(id));
  if (found != open_.end()) found->second->bytes->close();
  return true;
}

void streamable_carrier::close() noexcept {
  for (const auto& [key, x] : open_)
    x->bytes->close();
  end();
}

// HTTP+SSE

sse_carrier::sse_carrier(task_group& tasks, dial_function dial, const protocol::rules& r)
    : carrier(tasks), dial_(std::move(dial)), rules_(r) {}

awaitable<void> sse_carrier::open() {
  stream_ = co_await dial_();
  header_map headers;
  headers["Accept"] = "text/event-stream";
  co_await stream_->write(request_text("GET", "/sse", headers));
  group().start_soon([this] { return receive(); }, "stream");
  co_await ready_.wait();
}

awaitable<void> sse_carrier::receive() {
  response_reader reader(*stream_);
  http::event_parser parser;
  std::vector<http::sse_event> events;
  const bool begun = co_await reader.head();
  while (begun) {
    const auto piece = co_await reader.more();
    if (!piece) break;
    parser.feed(*piece, events);
    for (http::sse_event& e : events) {
      if (e.type == "endpoint") {
        url_ = e.data.value_or("");
        ready_.set();
      } else if (e.data) {
        opened_ = true;
        deliver(std::move(*e.data), json::value());
      }
    }
    events.clear();
  }
  end();
}

awaitable<void> sse_carrier::send(std::string text) {
  const auto bytes = co_await dial_();
  header_map headers;
  headers["Content-Type"] = "application/json";
  if (rules_.version_header_required && opened_) headers["MCP-Protocol-Version"] = rules_.name;
  co_await bytes->write(request_text("POST", url_, headers, text));
  response_reader reader(*bytes);
  co_await reader.head();
  std::string refusal = co_await reader.body();
  if (reader.status != 202 && !refusal.empty()) deliver(std::move(refusal), json::value());
  bytes->close();
}

void sse_carrier::close() noexcept {
  if (stream_) stream_->close();
  end();
}

}  // namespace test::matrix
