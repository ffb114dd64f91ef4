#ifndef COMCP_TRANSPORT_LINE_SPLITTER_HPP
#define COMCP_TRANSPORT_LINE_SPLITTER_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace comcp {

/// Default bound of one message on a line transport: 16 MiB.
inline constexpr std::size_t default_max_line_bytes = std::size_t{16} * 1024 * 1024;

/** Cuts a byte stream into lines: the framing of stdio, without I/O.

    Splits on LF only (U+2028 and the like are part of the text), tolerates CR before LF, ignores
    blank lines, gives out a last line without LF at the end of the stream. A line above the limit
    is reported once and skipped up to its LF, holding at most the limit in memory.

    spec: basic/transports#stdio
    @see test/transport/line_splitter.cpp
*/
class line_splitter {
 public:
  explicit line_splitter(std::size_t max_line_bytes = default_max_line_bytes);

  enum class event : std::uint8_t {
    need_more,  ///< no complete line is there: fill `space`, call `filled`
    line,       ///< `text()` is a line, neither blank nor with its line end
    oversize,   ///< a line above the limit begins here and will be skipped; reported once per line
    end         ///< after `finish`: everything was given out
  };

  /// Where the next bytes go; never empty. Invalidates `text()`.
  std::span<char> space();
  /// So many bytes were put at the front of `space`.
  void filled(std::size_t count);
  /// No more bytes will come.
  void finish() noexcept { finished_ = true; }

  event next();
  /// The line of the last `event::line`; valid until `space`.
  std::string_view text() const noexcept { return text_; }

  std::size_t buffered_bytes() const noexcept { return end_ - begin_; }

 private:
  event take_line(std::size_t length, std::size_t with_end);

  std::size_t max_line_bytes_;
  std::string buffer_;  // [begin_, end_) holds bytes not yet given out
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;  // no LF in [begin_, scanned_): one byte at a time stays linear
  std::size_t end_ = 0;
  std::string_view text_;
  bool skipping_ = false;  // inside an oversize line
  bool finished_ = false;
};

}  // namespace comcp

#endif
