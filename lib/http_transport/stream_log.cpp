#include "http_transport/stream_log.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "scope/prepared.hpp"
#include "scope/wake_after.hpp"
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
  bool replaced() const noexcept { return log_->reader_ != this; }
  bool has_news() const noexcept { return replaced() || log_->ended_ || !log_->tail_.empty(); }

  const std::shared_ptr<stream_log> log_;
  std::uint64_t seen_;             // number of the last message taken
  const std::uint64_t stored_to_;  // up to here only the store has them
  bool missed_ = false;            // of those: the store could not say
};

void stream_tasks::start(std::shared_ptr<stream_log> log) {
  stream_log& l = *log;
  if (over_) return l.end();
  if (group_ == nullptr)
    not_yet_started_.push_back(std::move(log));
  else
    group_->start_soon(prepared(stream_log::run(std::move(log))), "event stream");
  l.running_ = true;
}

void stream_tasks::begin(task_group& group) {
  group_ = &group;
  for (auto& log : std::exchange(not_yet_started_, {}))
    start(std::move(log));
}

void stream_tasks::end() noexcept {
  group_ = nullptr;
  over_ = true;
  not_yet_started_.clear();  // each of them holds this
}

stream_log::stream_log(std::uint64_t number,
                       std::string event_prefix,
                       std::shared_ptr<event_store> store,
                       std::shared_ptr<outbox> box,
                       std::vector<numbered_frame> first,
                       std::size_t window,
                       logger log,
                       std::shared_ptr<stream_tasks> tasks)
    : number_(number),
      event_prefix_(std::move(event_prefix)),
      store_(std::move(store)),
      box_(std::move(box)),
      first_(std::move(first)),
      window_(window),
      log_(std::move(log)),
      tasks_(std::move(tasks)),
      ended_(box_ == nullptr) {
  if (ended_) last_ = std::numeric_limits<std::uint64_t>::max();
}

stream_log::~stream_log() {
  if (box_) box_->listen(nullptr);
}

void stream_log::begin() {
  self_ = shared_from_this();
  box_->listen(this);
  if (!first_.empty() || box_->queued_count() > 0)
    tasks_->start(shared_from_this());
  else if (box_->closed())
    end();
}

void stream_log::queued() noexcept try {
  if (!running_ && !ended_) tasks_->start(shared_from_this());
} catch (...) {  // no memory for a task
  lose_the_rest();
}

void stream_log::finished() noexcept {
  if (!running_) end();
}

void stream_log::lose_the_rest() noexcept {
  lost_ = true;
  end();
}

void stream_log::end() noexcept {
  const auto dies_last = lost_ ? nullptr : std::move(self_);
  ended_ = true;
  if (box_) box_->close();  // without one it was over from the beginning
  wake_reader();
}

awaitable<void> stream_log::run(std::shared_ptr<stream_log> self) {
  class at_end {
   public:
    explicit at_end(stream_log& log) noexcept : log_(log) {}
    ~at_end() {
      log_.running_ = false;
      if (!took_all || log_.box_->closed() || log_.tasks_->over()) log_.end();
    }
    at_end(const at_end&) = delete;
    at_end& operator=(const at_end&) = delete;

    bool took_all = false;

   private:
    stream_log& log_;
  };
  at_end guard(*self);
  std::exception_ptr failure;
  try {
    for (numbered_frame& f : self->first_)
      co_await self->accept(std::move(f.message));
    self->first_.clear();
    while (auto f = self->box_->try_next())
      co_await self->accept(std::move(*f));
    guard.took_all = true;
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (current_scope().effectively_cancelled() && is_cancelled(failure))
    std::rethrow_exception(failure);
  self->lost_ = true;  // one stream's trouble is not its session's
  self->log_.write_limited(log_level::warning, "an event stream broke: " + describe(failure),
                           this_shard().now());
}

awaitable<void> stream_log::accept(frame f) {
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
awaitable<bool> stream_log::keep(std::uint64_t n, const std::string& text) {
  std::exception_ptr failure;
  try {
    std::string copy(text);
    co_return co_await store_->append(number_, n, std::move(copy));
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
  if (!window_full()) wake(waiting_writer_);
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
  if (!running_ && !ended_) end();
}

pulled stream_log::reader::ended() const {
  pulled p;
  p.ended = true;
  p.lost = !replaced() && log_->lost_;
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
  if (!kept) missed_ = true;
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
  p.lost = p.ended && (log_->lost_ || missed_);
  log_->handed_out_ = std::max(log_->handed_out_, seen_);
  if (!log_->window_full()) wake(log_->waiting_writer_);
  return p;
}

awaitable<pulled> stream_log::reader::pull(duration limit) {
  while (!replaced() && seen_ < stored_to_) {
    pulled p = co_await from_store();
    if (!p.frames.empty() || p.ended) co_return p;
  }
  if (!has_news()) {  // most streams spend their lives here
    waiting_in wait(waiting);
    const wake_after silence(wait.wake_up, limit);
    co_await wait.wake_up.wait();
  }
  if (replaced()) co_return ended();
  co_return from_tail();
}

}  // namespace comcp::detail
