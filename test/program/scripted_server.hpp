#ifndef COMCP_TEST_PROGRAM_SCRIPTED_SERVER_HPP
#define COMCP_TEST_PROGRAM_SCRIPTED_SERVER_HPP

// An HTTP server that answers what a test says, however wrong. One connection after the other.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace comcp::testing {

class scripted_server {
 public:
  /// What to send for a request's head and body; empty: close the connection.
  using script = std::function<std::string(const std::string& head, const std::string& body)>;

  explicit scripted_server(script answer)
      : answer_(std::move(answer)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd_, 16) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  ~scripted_server() {
    stopping_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/mcp"; }

  /// 200 with a body.
  static std::string ok(const std::string& body, const std::string& type = "application/json") {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  /// The member of the request, as written: a number or a text without quotes in it.
  static std::string member(const std::string& body, const std::string& name) {
    const std::size_t at = body.find("\"" + name + "\":") + name.size() + 3;
    return body.substr(at, body.find_first_of(",}", at) - at);
  }

 private:
  void serve() {
    for (;;) {
      const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0 || stopping_) {
        if (peer >= 0) ::close(peer);
        return;
      }
      converse(peer);
      ::close(peer);
    }
  }

  void converse(int peer) {
    std::string in;
    for (;;) {
      const std::size_t end = in.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::string head = in.substr(0, end + 2);
        const std::size_t at = head.find("Content-Length: ");
        const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        if (in.size() >= end + 4 + length) {
          const std::string out = answer_(head, in.substr(end + 4, length));
          in.erase(0, end + 4 + length);
          if (out.empty()) return;
          if (::send(peer, out.data(), out.size(), MSG_NOSIGNAL) < 0) return;
          continue;
        }
      }
      // Ends with the peer, or with the test.
      pollfd wait{peer, POLLIN, 0};
      while (::poll(&wait, 1, 50) == 0) {
        if (stopping_) return;
      }
      char buffer[4096];
      const auto n = ::recv(peer, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      in.append(buffer, static_cast<std::size_t>(n));
    }
  }

  const script answer_;
  const int fd_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace comcp::testing

#endif
