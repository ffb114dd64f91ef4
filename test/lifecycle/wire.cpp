#include "lifecycle/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <utility>

namespace lifecycle {

wire::wire(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close();
    throw std::runtime_error("can't connect");
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

wire::wire(wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      input_(std::move(other.input_)),
      text_(std::move(other.text_)),
      last_chunk_(other.last_chunk_) {}

wire& wire::operator=(wire&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  input_ = std::move(other.input_);
  text_ = std::move(other.text_);
  last_chunk_ = other.last_chunk_;
  return *this;
}

wire::~wire() {
  close();
}

// The server may close before it has read everything: that is no failure of the client.
void wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void wire::send_slowly(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    send(bytes.substr(i, 1));
}

bool wire::wait(milliseconds limit) {
  pollfd p{fd_, POLLIN, 0};
  return ::poll(&p, 1, static_cast<int>(limit.count())) > 0;
}

/// More input; false: there is no more.
bool wire::fill() {
  if (!wait(patience)) throw std::runtime_error("nothing came; so far: " + input_);
  char chunk[65536];
  const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
  if (n <= 0) return false;
  input_.append(chunk, static_cast<std::size_t>(n));
  return true;
}

std::string wire::take_line() {
  std::size_t end = 0;
  while ((end = input_.find("\r\n")) == std::string::npos)
    if (!fill()) throw std::runtime_error("the connection ended inside: " + input_);
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

http_answer wire::read_head() {
  http_answer a;
  const std::string first = take_line();
  if (!first.starts_with("HTTP/1.1 ")) throw std::runtime_error("no status line: " + first);
  a.status = std::stoi(first.substr(9, 3));
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    const std::size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string& value = a.headers[name];
    value += (value.empty() ? "" : ", ") + line.substr(std::min(line.size(), colon + 2));
  }
  text_.clear();
  last_chunk_ = false;
  return a;
}

http_answer wire::read_answer() {
  http_answer a = read_head();
  if (a.is_stream()) return a;
  if (a.header("transfer-encoding") == "chunked") {
    while (next_chunk()) {
    }
    a.body = std::exchange(text_, {});
    return a;
  }
  const std::string length = a.header("content-length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  while (input_.size() < size)
    if (!fill()) throw std::runtime_error("the connection ended inside a body");
  a.body = input_.substr(0, size);
  input_.erase(0, size);
  return a;
}

/// Adds the next chunk to the text; false: it was the last one.
bool wire::next_chunk() {
  if (last_chunk_) return false;
  const std::string head = take_line();
  std::size_t size = 0;
  const auto read = std::from_chars(head.data(), head.data() + head.size(), size, 16);
  if (read.ec != std::errc()) throw std::runtime_error("no chunk: " + head);
  while (input_.size() < size + 2)
    if (!fill()) throw std::runtime_error("the connection ended inside a chunk");
  text_ += input_.substr(0, size);
  input_.erase(0, size + 2);
  last_chunk_ = size == 0;
  return !last_chunk_;
}

/// What is in front of the next empty line of a stream; nothing: its end.
std::optional<std::string> wire::take_block() {
  std::size_t end = 0;
  while ((end = text_.find("\n\n")) == std::string::npos)
    if (!next_chunk()) return std::nullopt;
  std::string block = text_.substr(0, end + 1);
  text_.erase(0, end + 2);
  return block;
}

std::optional<stream_event> wire::read_event() {
  while (const auto block = take_block()) {
    stream_event e;
    bool is_event = false;
    for (std::size_t at = 0; at < block->size();) {
      const std::size_t stop = block->find('\n', at);
      const std::string line = block->substr(at, stop - at);
      at = stop + 1;
      if (line.starts_with(":")) continue;
      is_event = true;
      const std::size_t colon = line.find(':');
      const std::string value = line.substr(std::min(line.size(), colon + 2));
      if (line.starts_with("id:")) e.id = value;
      if (line.starts_with("event:")) e.name = value;
      if (line.starts_with("data:")) e.data += value;
      if (line.starts_with("retry:")) e.retry = value;
    }
    if (is_event) return e;
  }
  return std::nullopt;
}

bool wire::read_comment() {
  return take_block().value_or("").starts_with(":");
}

bool wire::read_bytes(std::size_t count, milliseconds silence) {
  while (input_.size() < count && wait(silence)) {
    char chunk[65536];
    const auto n = ::recv(fd_, chunk, std::min(sizeof chunk, count - input_.size()), 0);
    if (n <= 0) return false;
    input_.append(chunk, static_cast<std::size_t>(n));
  }
  return input_.size() >= count;
}

bool wire::read_end() {
  while (fill()) {
  }
  return last_chunk_ || input_.ends_with("0\r\n\r\n");
}

std::string wire::read_rest() {
  while (fill()) {
  }
  return std::exchange(input_, {});
}

bool wire::is_closed_without_a_byte() {
  return input_.empty() && !fill();
}

bool wire::is_silent() {
  return input_.empty() && text_.empty() && !wait(milliseconds(0));
}

void wire::half_close() {
  ::shutdown(fd_, SHUT_WR);
}

void wire::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void wire::reset() {
  linger none{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close();
}

std::string post(std::string_view body, std::string_view more) {
  std::string text =
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Accept: application/json, text/event-stream\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n";
  text += more;
  text += "\r\n";
  text += body;
  return text;
}

std::string request(std::string_view method, std::string_view more) {
  std::string text(method);
  text += " /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n";
  text += more;
  text += "\r\n";
  return text;
}

}  // namespace lifecycle
