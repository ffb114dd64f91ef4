#ifndef COMCP_TEST_LIFECYCLE_WIRE_HPP
#define COMCP_TEST_LIFECYCLE_WIRE_HPP

// A blocking client on a real socket: what it sends is what the test says, byte by byte.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lifecycle {

using std::chrono::milliseconds;

/// How long a test waits for what must come. Never for what must not.
inline constexpr milliseconds patience{10000};

/// An answer over HTTP: the head, and the body unless it is a stream.
class http_answer {
 public:
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case, several of a name in one
  std::string body;

  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string() : at->second;
  }
  bool is_stream() const { return header("content-type").starts_with("text/event-stream"); }
};

/// An event of a stream.
class stream_event {
 public:
  std::string id;
  std::string name;
  std::string data;
  std::string retry;
};

/** One connection. Whatever waits throws std::runtime_error after `patience`. */
class wire {
 public:
  /// A small buffer for what comes (0: the system's) makes the server feel soon that nobody reads.
  explicit wire(std::uint16_t port, int receive_buffer = 0);
  ~wire();
  wire(wire&& other) noexcept;
  wire& operator=(wire&& other) noexcept;

  void send(std::string_view bytes);
  /// The same, one byte in each packet.
  void send_slowly(std::string_view bytes);
  http_answer read_answer();
  /// Of an answer that has no body, whatever it announces.
  http_answer read_head();
  /// The next event of a stream whose head was read; nothing: it has ended with its last chunk.
  std::optional<stream_event> read_event();
  /// The next comment of it, such as a heartbeat; false: the stream has ended, or something else has come.
  bool read_comment();
  /// Reads so many bytes; false: the server closed, or said nothing for so long, before.
  bool read_bytes(std::size_t count, milliseconds silence);
  /// Waits until the server closes; whether it ended a stream that was open properly.
  bool read_end();
  /// What comes until the server closes, with what was not read before: raw.
  std::string read_rest();
  /// Waits for the first byte; whether the server closes instead.
  bool is_closed_without_a_byte();
  /// No byte has come so far.
  bool is_silent();

  void half_close();
  void close();
  /// Closes by RST.
  void reset();

 private:
  bool fill();
  bool wait(milliseconds limit);
  std::string take_line();
  bool next_chunk();
  std::optional<std::string> take_block();

  int fd_ = -1;
  std::string input_;  // raw
  std::string text_;   // of the stream, without the chunks' framing
  bool last_chunk_ = false;
};

/// A POST of this body with the usual headers; `more` lines end with CRLF.
std::string post(std::string_view body, std::string_view more = {});
/// GET, DELETE, ...
std::string request(std::string_view method, std::string_view more = {});

}  // namespace lifecycle

#endif
