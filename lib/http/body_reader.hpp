#ifndef COMCP_LIB_HTTP_BODY_READER_HPP
#define COMCP_LIB_HTTP_BODY_READER_HPP

// The body of a request out of raw bytes, without I/O: by length or chunked, within a limit.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/request_parser.hpp"

namespace comcp::http {

/** Takes a body's bytes as they come and leaves what follows it untouched.

    Chunked framing is read by hand and strictly: Beast's parser wants a whole chunk header in one
    piece, without a bound, and asserts (Boost 1.81) when the last chunk of an empty body arrives in
    two parts. Extensions and trailers are skipped within a bound and never looked at: a trailer
    can't change the meaning of a request that was already routed by its head.
*/
class body_reader {
 public:
  enum class progress : std::uint8_t { need_more, done, malformed, too_large };

  /// Chunk extensions, and all trailers together, are at most this long.
  static constexpr std::size_t max_meta_bytes = std::size_t{8} * 1024;

  body_reader() noexcept = default;
  explicit body_reader(const body_framing& framing) noexcept;

  /** Reads from the front of `bytes`, appends to `out`, and says how many bytes it took. `out` never
      grows beyond the limit. After `malformed` or `too_large` the rest can't be used. */
  progress read(std::string_view bytes, std::size_t& taken, std::string& out, std::size_t limit);

  /// All of it, if its length is known and these bytes begin with it; then it is done.
  std::optional<std::string_view> take_whole(std::string_view bytes, std::size_t limit) noexcept {
    if (done()) return std::string_view();
    if (state_ != state::length || left_ > limit || left_ > bytes.size()) return std::nullopt;
    state_ = state::done;
    return bytes.substr(0, static_cast<std::size_t>(std::exchange(left_, 0)));
  }

  bool done() const noexcept { return state_ == state::done; }
  /// More will certainly follow than fits: known from the length alone.
  bool exceeds(std::size_t limit) const noexcept {
    return state_ == state::length && left_ > limit;
  }
  /// Bytes still to come, if the length is known.
  bool knows_length() const noexcept { return state_ == state::length || state_ == state::done; }
  std::uint64_t left() const noexcept { return left_; }

 private:
  enum class state : std::uint8_t {
    done,
    length,     // left_ bytes of data
    size,       // digits of a chunk size
    size_end,   // white space or the end of the line after a chunk size
    extension,  // up to CR
    size_lf,    // LF after the size
    data,       // left_ bytes of the chunk
    data_cr,
    data_lf,
    trailer,  // start of a trailer line
    trailer_line,
    trailer_lf,
    end_lf,  // LF of the empty line
    failed
  };

  progress step(char c) noexcept;
  progress fail() noexcept {
    state_ = state::failed;
    return progress::malformed;
  }

  state state_ = state::done;
  std::uint64_t left_ = 0;
  std::size_t digits_ = 0;
  std::size_t meta_ = 0;
};

}  // namespace comcp::http

#endif
