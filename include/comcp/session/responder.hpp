#ifndef COMCP_SESSION_RESPONDER_HPP
#define COMCP_SESSION_RESPONDER_HPP

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/session/outbox.hpp"

namespace comcp {

namespace detail {
class request_state;
}

/** The right and the duty to answer one request exactly once.

    Move-only. `std::move(r).reply(...)` or `std::move(r).fail(...)` consumes it; a second answer can't be
    written. Dropped unanswered it answers -32603 (while the handler runs: when it ends, unless what it
    throws says better); dropping never throws, waits or allocates. Once the
    request was cancelled (by the peer, by the end of its session, by whoever cancelled its scope) it is
    spent: replying does nothing and says `closed`.

    May be kept longer than the handler and moved to another task of the same shard; the request counts
    as in flight until it is answered.

    @par Thread safety one shard
    @see lib/session/DESIGN.md, test/session/responder.cpp
*/
class responder {
 public:
  /// A responder without a session, for tests of handlers: answers into `box`.
  static responder make(jsonrpc::request_id id, std::shared_ptr<outbox> box);

  responder(responder&&) noexcept;
  /// Answers -32603 for the request that `*this` held, if it was unanswered.
  responder& operator=(responder&&) noexcept;
  ~responder();

  const jsonrpc::request_id& id() const noexcept;
  /// An answer would still be sent: not answered, not cancelled, not moved from.
  bool pending() const noexcept;

  /// The result is an object; `raw_json` is trusted to be one, on one line.
  send_status reply(const json::value& result) &&;
  send_status reply(const jsonrpc::raw_json& result) &&;
  /// Calls `append(std::string&)`, which appends the result as JSON text: an object, on one line.
  template <std::invocable<std::string&> F>
  send_status reply_text(F&& append) && {
    if (!pending()) return send_status::closed;
    std::string text = begin_result();
    std::forward<F>(append)(text);
    return std::move(*this).end_result(std::move(text));
  }
  send_status fail(const jsonrpc::error_object& error) &&;
  /// Ends the request without an answer, as cancelling does: only for requests whose end is told
  /// otherwise (a listen stream).
  void abandon() && noexcept;

 private:
  friend class detail::request_state;
  explicit responder(std::shared_ptr<detail::request_state> state) noexcept;
  std::string begin_result() const;
  send_status end_result(std::string text) &&;
  std::shared_ptr<detail::request_state> state_;
};

}  // namespace comcp

#endif
