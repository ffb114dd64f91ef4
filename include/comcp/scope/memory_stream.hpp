#ifndef COMCP_SCOPE_MEMORY_STREAM_HPP
#define COMCP_SCOPE_MEMORY_STREAM_HPP

// A bounded queue of objects between the tasks of a shard, with ends that close.

#include <boost/system/system_error.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/detail/stream_state.hpp"
#include "comcp/scope/stream_error.hpp"

namespace comcp {

template <class T>
class send_stream;
template <class T>
class receive_stream;

/// max_buffer 0: send() waits until the item has been taken. May be called outside of a task.
template <class T>
std::pair<send_stream<T>, receive_stream<T>> make_memory_stream(std::size_t max_buffer = 0);

/** The sending end. Move-only; closes when destroyed; clone() for more senders.

    @par Errors boost::system::system_error with a stream_error
    @par Thread safety one shard
*/
template <class T>
class send_stream {
 public:
  send_stream() noexcept = default;
  send_stream(send_stream&&) noexcept = default;
  send_stream& operator=(send_stream&& other) noexcept {
    if (this != &other) {
      close();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~send_stream() { close(); }

  /// Waits for room. A cancelled send has sent nothing; one that was woken has.
  awaitable<void> send(T item) {
    if (!state_) detail::throw_error(stream_error::closed_resource);
    return park(detail::send_op<T>{detail::this_task(), state_, std::move(item)});
  }
  /// Moves from the item only on success (a code that is not set).
  boost::system::error_code try_send(T& item) {
    const stream_error e = state_ ? state_->put(item) : stream_error::closed_resource;
    return e == stream_error{} ? boost::system::error_code{} : make_error_code(e);
  }
  void send_nowait(T item) {
    if (auto ec = try_send(item)) throw boost::system::system_error{ec};
  }

  send_stream clone() const {
    if (!state_) detail::throw_error(stream_error::closed_resource);
    ++state_->senders;
    return send_stream{state_};
  }
  void close() noexcept {
    if (auto s = std::move(state_)) s->sender_closed();
    state_ = nullptr;
  }
  bool is_open() const noexcept { return state_ != nullptr; }
  stream_statistics statistics() const {
    return state_ ? state_->statistics() : stream_statistics{};
  }

 private:
  friend std::pair<send_stream<T>, receive_stream<T>> make_memory_stream<T>(std::size_t);
  explicit send_stream(std::shared_ptr<detail::stream_state<T>> s) noexcept
      : state_{std::move(s)} {}
  std::shared_ptr<detail::stream_state<T>> state_;
};

/// The receiving end. Move-only; closes when destroyed; clone() for more receivers, each item goes
/// to one of them.
template <class T>
class receive_stream {
 public:
  receive_stream() noexcept = default;
  receive_stream(receive_stream&&) noexcept = default;
  receive_stream& operator=(receive_stream&& other) noexcept {
    if (this != &other) {
      close();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~receive_stream() { close(); }

  /// Waits for an item. Throws stream_error::end_of_stream when there will be none.
  awaitable<T> receive() {
    if (!state_) detail::throw_error(stream_error::closed_resource);
    return park(detail::receive_op<T>{detail::this_task(), state_});
  }
  /// Like receive(), but empty at the end: `while (auto item = co_await r.next())`.
  awaitable<std::optional<T>> next() {
    try {
      co_return co_await receive();
    } catch (const boost::system::system_error& e) {
      if (e.code() != stream_error::end_of_stream) throw;
    }
    co_return std::nullopt;
  }
  /// Empty when there is nothing now; `reason` then says why.
  std::optional<T> try_receive(boost::system::error_code& reason) {
    std::optional<T> item;
    const stream_error e = state_ ? state_->get(item) : stream_error::closed_resource;
    reason = e == stream_error{} ? boost::system::error_code{} : make_error_code(e);
    return item;
  }
  std::optional<T> try_receive() {
    boost::system::error_code ignored;
    return try_receive(ignored);
  }
  T receive_nowait() {
    boost::system::error_code ec;
    std::optional<T> item = try_receive(ec);
    if (!item) throw boost::system::system_error{ec};
    return std::move(*item);
  }

  receive_stream clone() const {
    if (!state_) detail::throw_error(stream_error::closed_resource);
    ++state_->receivers;
    return receive_stream{state_};
  }
  void close() noexcept {
    if (auto s = std::move(state_)) s->receiver_closed();
    state_ = nullptr;
  }
  bool is_open() const noexcept { return state_ != nullptr; }
  stream_statistics statistics() const {
    return state_ ? state_->statistics() : stream_statistics{};
  }

 private:
  friend std::pair<send_stream<T>, receive_stream<T>> make_memory_stream<T>(std::size_t);
  explicit receive_stream(std::shared_ptr<detail::stream_state<T>> s) noexcept
      : state_{std::move(s)} {}
  std::shared_ptr<detail::stream_state<T>> state_;
};

template <class T>
std::pair<send_stream<T>, receive_stream<T>> make_memory_stream(std::size_t max_buffer) {
  auto state = std::make_shared<detail::stream_state<T>>(max_buffer);
  return {send_stream<T>{state}, receive_stream<T>{state}};
}

}  // namespace comcp

#endif
