#ifndef COMCP_APPS_COMCP_BENCH_RESPONSE_READER_HPP
#define COMCP_APPS_COMCP_BENCH_RESPONSE_READER_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::bench {

/** Reads HTTP/1.1 responses, one after the other, from bytes that come in any pieces. No I/O.

    A body with Content-Length is a view of what was received; a chunked one is put together. What it
    can't read is `broken` for good.
*/
class response_reader {
 public:
  enum class state : std::uint8_t { more, done, broken };

  response_reader();

  /// Where to put received bytes; never empty. Views given before end here.
  std::span<char> room();
  /// So many bytes were put there. @returns whether the response is complete now
  state received(std::size_t bytes);
  /// The connection has ended: a body that lasts until then is complete.
  state ended();
  /// Forgets the response that is done; the next may be behind it already.
  state next();
  /// Forgets everything: a new connection.
  void clear();
  /// Nothing of a response has come.
  bool is_fresh() const noexcept { return begin_ == end_; }

  // Of a response that is done.
  int status() const noexcept { return status_; }
  bool keep_alive() const noexcept { return keep_alive_; }
  bool is_event_stream() const noexcept { return event_stream_; }
  std::string_view session() const noexcept { return session_; }
  std::string_view body() const noexcept { return body_; }

  /// Larger responses are broken. Default 64 MiB.
  std::size_t max_bytes = std::size_t{64} << 20U;

 private:
  enum class framing : std::uint8_t { head, length, chunks, until_end };

  state step();
  bool read_head(std::string_view head);
  bool read_header(std::string_view line);
  state read_chunks();

  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of this response
  std::size_t at_ = 0;     // what was looked at
  std::size_t end_ = 0;    // what was received
  framing framing_ = framing::head;
  state state_ = state::more;
  int status_ = 0;
  bool keep_alive_ = true;
  bool event_stream_ = false;
  bool has_length_ = false;
  bool chunked_ = false;
  std::size_t length_ = 0;
  std::string session_;
  std::string joined_;  // of chunks
  std::string_view body_;
};

}  // namespace comcp::bench

#endif
