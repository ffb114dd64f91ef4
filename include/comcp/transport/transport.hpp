#ifndef COMCP_TRANSPORT_TRANSPORT_HPP
#define COMCP_TRANSPORT_TRANSPORT_HPP

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"

namespace comcp {

/** What one read brought: a message's text, notice of one that was too long, or the end. */
class read_result {
 public:
  enum class kind : std::uint8_t {
    message,   ///< `text` is one JSON-RPC message (or batch), without its line end
    oversize,  ///< a message above the limit was skipped; reading goes on behind it
    end        ///< the peer closed, the connection broke, or `close` was called; nothing follows
  };

  static read_result message(std::string_view text) { return read_result(kind::message, text); }
  static read_result oversize() { return read_result(kind::oversize, {}); }
  static read_result end() { return read_result(kind::end, {}); }

  kind what() const noexcept { return kind_; }
  /// Valid until the next `read` on the same transport.
  std::string_view text() const noexcept { return text_; }

 private:
  read_result(kind k, std::string_view text) : kind_(k), text_(text) {}
  kind kind_;
  std::string_view text_;
};

/// "The peer is gone" is a value: a write never throws because of it and never raises SIGPIPE.
enum class write_status : std::uint8_t { written, closed };

/** One duplex connection that carries whole messages: read one, write some, close. Nothing else.

    Sessions, ids and lifecycle belong to the layer above. One task may read while another writes;
    two readers or two writers at once are a precondition violation.

    @par Cancellation  a cancelled `read` has consumed nothing or holds what it consumed for the
                       next `read`; after a cancelled `write` a message may be out in part: only
                       `close` is left
    @par Thread safety one shard
*/
class transport {
 public:
  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  virtual awaitable<read_result> read() = 0;

  /** Writes messages in order, all that are ready at once: each without its line end.

      @par Completion when all are with the operating system (or the peer's buffer), or the peer
                      is gone
      @par Lifetime   the strings must stay until completion
  */
  virtual awaitable<write_status> write(std::span<const std::string> messages) = 0;

  /** Writes as `write` does, as far as it goes without waiting. A transport that can't does nothing.

      @returns true: all of it. False: `write` the same messages next, with others behind them or without; it
               goes on where this stopped, and says if the peer is gone */
  virtual bool write_now(std::span<const std::string> messages) noexcept {
    static_cast<void>(messages);
    return false;
  }

  /// Idempotent; wakes a pending read with `end` and a pending write with `closed`.
  virtual void close() noexcept = 0;
};

}  // namespace comcp

#endif
