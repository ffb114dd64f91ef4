#include "matrix/byte_stream.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "comcp/scope/event.hpp"
#include "support/http_memory_wire.hpp"
#include "support/raw_client.hpp"

namespace test::matrix {

namespace {

class memory_stream final : public byte_stream {
 public:
  memory_stream(task_group& group, http::handler handle) : talk_(std::move(handle)) {
    talk_.peer().on_output([this] { news_->set(); });
    talk_.start(group);
  }
  ~memory_stream() override {
    talk_.peer().on_output({});
    memory_stream::close();
  }
  awaitable<void> write(std::string bytes) override {
    talk_.send(bytes);
    co_return;
  }
  awaitable<std::string> read() override {
    while (talk_.peer().output().empty() && !talk_.peer().ended() && !closed_) {
      const auto news = std::make_shared<event>();
      news_ = news;
      co_await news->wait();
    }
    co_return closed_ ? std::string() : talk_.peer().take_output();
  }
  void close() noexcept override {
    if (std::exchange(closed_, true)) return;
    talk_.peer().reset();
    news_->set();
  }

 private:
  http_test::conversation talk_;
  std::shared_ptr<event> news_ = std::make_shared<event>();
  bool closed_ = false;
};

class socket_stream final : public byte_stream {
 public:
  http_test::raw_client client;

  awaitable<void> write(std::string bytes) override { co_await client.send(std::move(bytes)); }
  awaitable<std::string> read() override { return client.read_some(); }
  void close() noexcept override { client.close(); }
};

awaitable<std::unique_ptr<byte_stream>> connect_to(std::uint16_t port) {
  auto made = std::make_unique<socket_stream>();
  const bool connected = co_await made->client.connect(port);
  if (!connected) throw std::runtime_error("nobody listens on port " + std::to_string(port));
  co_return made;
}

awaitable<std::unique_ptr<byte_stream>> ready(std::unique_ptr<byte_stream> made) {
  co_return made;
}

}  // namespace

dial_function dial_memory(task_group& group, http::handler handle) {
  return [&group, handle = std::move(handle)] {
    return ready(std::make_unique<memory_stream>(group, handle));
  };
}

dial_function dial_port(std::uint16_t port) {
  return [port] { return connect_to(port); };
}

std::string request_text(std::string_view method,
                         std::string_view target,
                         const header_map& headers,
                         std::string_view body) {
  std::string text(method);
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return text;
}

awaitable<bool> response_reader::fill() {
  const std::string more = co_await from_.read();
  bytes_ += more;
  co_return !more.empty();
}

awaitable<bool> response_reader::head() {
  while (bytes_.find("\r\n\r\n") == std::string::npos) {
    const bool some = co_await fill();
    if (!some) co_return false;
  }
  const auto end = bytes_.find("\r\n\r\n");
  const std::string text = bytes_.substr(0, end + 2);
  bytes_.erase(0, end + 4);
  status = std::stoi(text.substr(9, 3));
  for (auto at = text.find("\r\n") + 2; at < text.size();) {
    const auto line_end = text.find("\r\n", at);
    const auto colon = text.find(':', at);
    headers.add(text.substr(at, colon - at), text.substr(colon + 1, line_end - colon - 1));
    at = line_end + 2;
  }
  chunked_ = headers.find("Transfer-Encoding") == "chunked";
  if (const auto length = headers.find("Content-Length"))
    std::from_chars(length->data(), length->data() + length->size(), left_);
  co_return true;
}

bool response_reader::streams() const {
  return headers.find("Content-Type") == "text/event-stream";
}

awaitable<std::optional<std::string>> response_reader::more() {
  if (!chunked_) {
    if (left_ == 0) co_return std::nullopt;
    if (bytes_.empty()) {
      const bool some = co_await fill();
      if (!some) co_return std::nullopt;
    }
    const auto n = std::min(left_, bytes_.size());
    left_ -= n;
    std::string piece = bytes_.substr(0, n);
    bytes_.erase(0, n);
    co_return piece;
  }
  for (;;) {
    const auto line = bytes_.find("\r\n");
    if (line != std::string::npos) {
      const auto size = std::stoul(bytes_.substr(0, line), nullptr, 16);
      if (size == 0) co_return std::nullopt;
      if (bytes_.size() >= line + 2 + size + 2) {
        std::string piece = bytes_.substr(line + 2, size);
        bytes_.erase(0, line + 2 + size + 2);
        co_return piece;
      }
    }
    const bool some = co_await fill();
    if (!some) co_return std::nullopt;
  }
}

awaitable<std::string> response_reader::body() {
  std::string all;
  for (;;) {
    const auto piece = co_await more();
    if (!piece) co_return all;
    all += *piece;
  }
}

}  // namespace test::matrix
