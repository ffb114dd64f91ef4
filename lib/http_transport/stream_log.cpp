#include "http_transport/stream_log.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/with_scope.hpp"
#include "transport/waiting_in.hpp"

namespace comcp::detail {

/** An exchange's place in the stream. What it lacks from before it came is in the store, the rest in the
    tail. */
class stream_log::reader final : public feed {
 public:
  reader(std::shared_ptr<stream_log> log, std::uint64_t after, std::uint64_t stored_to)
      : log_(std::move(log)), seen_(after), stored_to_(stored_to) {}

  ~reader() override { log_->detach(*this); }

  awaitable<pulled> pull(duration limit) override;
  void leave() noexcept override { log_->detach(*this); }

  event* waiting = nullptr;

 private:
  pulled ended() const;
  awaitable<pulled> from_store();
  pulled from_tail();
  awaitable<void> until_news();
  bool replaced() const noexcept { return log_->reader_ != this; }
  bool has_news() const noexcept { return replaced() || log_->ended_ || !log_->tail_.empty(); }

  const std::shared_ptr<stream_log> log_;
  std::uint64_t seen_;             // number of the last message taken
  const std::uint64_t stored_to_;  // up to here only the store has them
};

stream_log::stream_log(std::uint64_t number,
                       std::string event_prefix,
                       std::shared_ptr<event_store> store,
                       std::shared_ptr<outbox> box,
                       std::vector<numbered_frame> first,
                       std::size_t window,
                       logger log)
    : number_(number),
      event_prefix_(std::move(event_prefix)),
      store_(std::move(store)),
      box_(std::move(box)),
      first_(std::move(first)),
      window_(window),
      log_(std::move(log)),
      ended_(box_ == nullptr) {
  if (ended_) last_ = std::numeric_limits<std::uint64_t>::max();
}

awaitable<void> stream_log::run() {
  class at_end {
   public:
    explicit at_end(stream_log& log) noexcept : log_(log) {}
    ~at_end() {
      log_.ended_ = true;
      log_.box_->close();
      log_.wake_reader();
    }
    at_end(const at_end&) = delete;
    at_end& operator=(const at_end&) = delete;

   private:
    stream_log& log_;
  };
  const auto keep_alive = shared_from_this();
  const at_end end(*this);
  for (numbered_frame& f : first_)
    co_await take(std::move(f.message));
  first_.clear();
  while (auto f = co_await box_->next())
    co_await take(std::move(*f));
}

awaitable<void> stream_log::take(frame f) {
  if (f.what == frame::kind::pause) {
    if (reader_ != nullptr) tail_.emplace_back(std::move(f));
    wake_reader();
    co_return;
  }
  const std::uint64_t n = last_ + 1;
  co_await keep(n, f.text);
  last_ = n;
  if (reader_ == nullptr) co_return;
  tail_bytes_ += f.text.size();
  tail_.emplace_back(std::move(f), n);
  wake_reader();
  while (window_full()) {
    waiting_in wait(waiting_writer_);
    co_await wait.wake_up.wait();
  }
}

void stream_log::wake_reader() noexcept {
  if (reader_ != nullptr) wake(reader_->waiting);
}

bool stream_log::window_full() const noexcept {
  return reader_ != nullptr && !hurried_ && tail_bytes_ >= window_;
}

// A store's trouble makes the stream one that can't be resumed, no more.
awaitable<bool> stream_log::keep(std::uint64_t n, std::string text) {
  std::exception_ptr failure;
  try {
    co_return co_await store_->append(number_, n, std::move(text));
  } catch (...) {
    failure = std::current_exception();
  }
  if (current_scope().effectively_cancelled() && is_cancelled(failure))
    std::rethrow_exception(failure);
  log_.write_limited(log_level::warning, "an event was not stored: " + describe(failure),
                     this_shard().now());
  co_return false;
}

void stream_log::drop_tail(std::uint64_t up_to) noexcept {
  while (!tail_.empty() && tail_.front().number <= up_to) {  // pauses have number 0
    tail_bytes_ -= tail_.front().message.text.size();
    tail_.pop_front();
  }
}

std::shared_ptr<feed> stream_log::attach(std::uint64_t after) {
  drop_tail(after);
  const std::uint64_t stored_to = tail_.empty() ? last_ : tail_.front().number - 1;
  auto fresh = std::make_shared<reader>(shared_from_this(), after, stored_to);
  reader* const before = std::exchange(reader_, fresh.get());
  if (before != nullptr) wake(before->waiting);  // it finds that it was replaced
  return fresh;
}

void stream_log::detach(const reader& r) noexcept {
  if (reader_ != &r) return;
  reader_ = nullptr;
  tail_.clear();
  tail_bytes_ = 0;
  wake(waiting_writer_);
}

void stream_log::hurry() noexcept {
  hurried_ = true;
  wake(waiting_writer_);
}

pulled stream_log::reader::ended() const {
  pulled p;
  p.ended = true;
  p.event_prefix = log_->event_prefix_;
  p.behind = seen_;
  return p;
}

awaitable<pulled> stream_log::reader::from_store() {
  pulled p;
  p.event_prefix = log_->event_prefix_;
  p.behind = seen_;
  std::optional<std::vector<stored_event>> kept;
  std::exception_ptr failure;
  try {
    kept = co_await log_->store_->replay(log_->number_, seen_, batch_bytes);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    if (current_scope().effectively_cancelled() && is_cancelled(failure))
      std::rethrow_exception(failure);
    log_->log_.write_limited(log_level::warning, "events were not replayed: " + describe(failure),
                             this_shard().now());
  }
  if (replaced()) co_return ended();
  if (kept) {
    for (stored_event& e : *kept) {
      if (e.number > stored_to_) break;  // is in the tail
      p.frames.emplace_back(frame(frame::kind::notification, std::move(e.text)), e.number);
      seen_ = e.number;
    }
  }
  if (p.frames.empty()) seen_ = stored_to_;  // the rest was forgotten
  log_->handed_out_ = std::max(log_->handed_out_, seen_);
  co_return p;
}

pulled stream_log::reader::from_tail() {
  pulled p;
  p.event_prefix = log_->event_prefix_;
  p.behind = seen_;
  auto& tail = log_->tail_;
  for (std::size_t bytes = 0; !tail.empty() && bytes < batch_bytes && !p.paused;) {
    numbered_frame f = std::move(tail.front());
    tail.pop_front();
    if (f.message.what == frame::kind::pause) {
      p.paused = true;
      p.come_back = f.message.come_back;
      break;
    }
    bytes += f.message.text.size();
    log_->tail_bytes_ -= f.message.text.size();
    seen_ = f.number;
    p.frames.push_back(std::move(f));
  }
  p.ended = log_->ended_ && tail.empty();
  log_->handed_out_ = std::max(log_->handed_out_, seen_);
  if (!log_->window_full()) wake(log_->waiting_writer_);
  return p;
}

awaitable<void> stream_log::reader::until_news() {
  while (!has_news()) {
    waiting_in wait(waiting);
    co_await wait.wake_up.wait();
  }
}

awaitable<pulled> stream_log::reader::pull(duration limit) {
  while (!replaced() && seen_ < stored_to_) {
    pulled p = co_await from_store();
    if (!p.frames.empty() || p.ended) co_return p;
  }
  if (!has_news()) {
    if (limit > duration::zero())
      co_await move_on_after(limit, [this] { return until_news(); });
    else
      co_await until_news();
  }
  if (replaced()) co_return ended();
  co_return from_tail();
}

}  // namespace comcp::detail
