#ifndef COMCP_SCOPE_DETAIL_STREAM_STATE_HPP
#define COMCP_SCOPE_DETAIL_STREAM_STATE_HPP

// What the ends of a memory stream share: the buffer, and the queues of those who wait. An item goes
// from hand to hand inside put() and get(), never by a race between woken tasks.

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/stream_error.hpp"

namespace comcp {

class stream_statistics {
 public:
  stream_statistics() noexcept {}
  std::size_t buffered = 0;
  std::size_t max_buffer = 0;
  std::size_t open_senders = 0;
  std::size_t open_receivers = 0;
  std::size_t waiting_senders = 0;
  std::size_t waiting_receivers = 0;
};

namespace detail {

template <class T>
struct stream_state;

template <class T>
class receive_op final : public operation<receive_op<T>, T> {
 public:
  receive_op(task_ctx& task, std::shared_ptr<stream_state<T>> s) noexcept
      : operation<receive_op<T>, T>{task, "receive"}, state_{std::move(s)} {}
  receive_op(receive_op&&) noexcept = default;
  T take() noexcept { return std::move(*item); }

  std::optional<T> item;

 private:
  void on_wait() override;
  std::shared_ptr<stream_state<T>> state_;
};

template <class T>
class send_op final : public operation<send_op<T>, void> {
 public:
  send_op(task_ctx& task, std::shared_ptr<stream_state<T>> s, T&& value) noexcept
      : operation<send_op<T>, void>{task, "send"}, item{std::move(value)}, state_{std::move(s)} {}
  send_op(send_op&&) noexcept = default;

  T item;

 private:
  void on_wait() override;
  std::shared_ptr<stream_state<T>> state_;
};

template <class T>
struct stream_state {
  explicit stream_state(std::size_t max) noexcept : max_buffer{max} {}

  /// 0, or why nothing could be sent; moves from the item only on success.
  stream_error put(T& item) {
    if (receivers == 0) return stream_error::broken_resource;
    if (!waiting_receivers.empty()) {
      auto& r = static_cast<receive_op<T>&>(waiting_receivers.front());
      r.item.emplace(std::move(item));
      r.wake();
      return {};
    }
    if (buffer.size() >= max_buffer) return stream_error::would_block;
    buffer.push_back(std::move(item));
    return {};
  }

  stream_error get(std::optional<T>& into) {
    if (!buffer.empty()) {
      into.emplace(std::move(buffer.front()));
      buffer.pop_front();
      if (!waiting_senders.empty()) {
        auto& s = static_cast<send_op<T>&>(waiting_senders.front());
        buffer.push_back(std::move(s.item));
        s.wake();
      }
      return {};
    }
    if (!waiting_senders.empty()) {
      auto& s = static_cast<send_op<T>&>(waiting_senders.front());
      into.emplace(std::move(s.item));
      s.wake();
      return {};
    }
    return senders == 0 ? stream_error::end_of_stream : stream_error::would_block;
  }

  void sender_closed() noexcept {
    if (--senders == 0) fail_all(waiting_receivers, stream_error::end_of_stream);
  }
  void receiver_closed() noexcept {
    if (--receivers == 0) fail_all(waiting_senders, stream_error::broken_resource);
  }
  static void fail_all(intrusive_list<parked, wait_tag>& waiters, stream_error e) noexcept {
    while (!waiters.empty())
      waiters.front().fail(make_error(e));
  }

  stream_statistics statistics() const noexcept {
    stream_statistics s;
    s.buffered = buffer.size();
    s.max_buffer = max_buffer;
    s.open_senders = senders;
    s.open_receivers = receivers;
    s.waiting_senders = waiting_senders.size();
    s.waiting_receivers = waiting_receivers.size();
    return s;
  }

  std::size_t max_buffer;
  std::size_t senders = 1;
  std::size_t receivers = 1;
  std::deque<T> buffer;
  intrusive_list<parked, wait_tag> waiting_senders;
  intrusive_list<parked, wait_tag> waiting_receivers;
};

template <class T>
void receive_op<T>::on_wait() {
  const stream_error e = state_->get(item);
  if (e == stream_error{}) return this->wake();
  if (e == stream_error::would_block) return state_->waiting_receivers.push_back(*this);
  this->fail(make_error(e));
}

template <class T>
void send_op<T>::on_wait() {
  const stream_error e = state_->put(item);
  if (e == stream_error{}) return this->wake();
  if (e == stream_error::would_block) return state_->waiting_senders.push_back(*this);
  this->fail(make_error(e));
}

}  // namespace detail

}  // namespace comcp

#endif
