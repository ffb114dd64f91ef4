#ifndef COMCP_TEST_PROGRAM_CONNECTION_TO_HPP
#define COMCP_TEST_PROGRAM_CONNECTION_TO_HPP

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace comcp::testing {

/// A connection to the loopback address.
class connection_to {
 public:
  explicit connection_to(std::uint16_t port)
      : stream_(boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)) {
    if (!stream_) throw std::runtime_error("can't connect: " + stream_.error().message());
  }
  void send(std::string_view text) { stream_ << text << std::flush; }
  /// Without the LF.
  std::string line() {
    std::string out;
    if (!std::getline(stream_, out)) throw std::runtime_error("no line: " + out);
    return out;
  }
  std::string rest() { return {std::istreambuf_iterator<char>(stream_), {}}; }

 private:
  boost::asio::ip::tcp::iostream stream_;
};

inline std::string get(std::uint16_t port, const std::string& path) {
  connection_to server(port);
  server.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return server.rest();
}

inline std::string post_of(const std::string& body, const std::string& more_headers = "") {
  return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\n" +
         more_headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace comcp::testing

#endif
