#include "http_transport/frame_source.hpp"

#include <exception>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "comcp/scope/run_on.hpp"

namespace comcp::detail {

namespace {

awaitable<pulled> just(pulled p) {
  co_return p;
}

class outbox_feed final : public feed {
 public:
  explicit outbox_feed(std::shared_ptr<outbox> box) : box_(std::move(box)) {}
  awaitable<pulled> pull(duration limit) override { return detail::pull(box_, limit); }
  void leave() noexcept override { box_->close(); }

 private:
  const std::shared_ptr<outbox> box_;
};

class feed_with_end final : public feed {
 public:
  feed_with_end(std::shared_ptr<feed> inner, std::function<void()> then)
      : inner_(std::move(inner)), then_(std::move(then)) {}
  awaitable<pulled> pull(duration limit) override { return inner_->pull(limit); }
  void leave() noexcept override {
    inner_->leave();
    then_();
  }

 private:
  const std::shared_ptr<feed> inner_;
  const std::function<void()> then_;
};

/// What is ready.
pulled take_batch(outbox& box) {
  pulled result;
  for (std::size_t bytes = 0; bytes < batch_bytes;) {
    std::optional<frame> next = box.try_next();
    if (!next) break;
    bytes += next->text.size();
    result.frames.emplace_back(std::move(*next));
  }
  result.ended = box.closed() && box.queued_count() == 0;
  return result;
}

}  // namespace

awaitable<pulled> pull(std::shared_ptr<outbox> box, duration limit) {
  auto waiting = box->until_queued(limit);
  co_await std::move(waiting);
  co_return take_batch(*box);
}

std::shared_ptr<feed> feed_of(std::shared_ptr<outbox> box) {
  return std::make_shared<outbox_feed>(std::move(box));
}

std::shared_ptr<feed> and_then(std::shared_ptr<feed> inner, std::function<void()> then) {
  return std::make_shared<feed_with_end>(std::move(inner), std::move(then));
}

namespace {

constinit thread_local std::shared_ptr<feed>* lender = nullptr;

/// Leaves a feed on its own shard, where it also dies. When posting it fails, who posts has the feed back.
class farewell {
 public:
  explicit farewell(std::shared_ptr<feed> f) noexcept : feed_(std::move(f)) {}
  farewell(farewell&&) noexcept = default;
  farewell& operator=(farewell&&) = delete;
  ~farewell() {
    if (feed_ && lender != nullptr) *lender = std::move(feed_);
  }
  void operator()() {
    const auto left = std::move(feed_);
    left->leave();
  }

 private:
  std::shared_ptr<feed> feed_;
};

}  // namespace

frame_source::~frame_source() {
  if (!feed_) return;
  if (home_ == &this_shard()) {
    feed_->leave();
    return;
  }
  // The other shard has to hear it, also when memory is short for a moment.
  for (int tries_left = 1000; feed_; --tries_left) {
    lender = &feed_;
    try {
      home_->post(farewell(std::move(feed_)));
    } catch (const std::bad_alloc&) {
      if (tries_left == 0) std::terminate();
      std::this_thread::yield();
    }
    lender = nullptr;
  }
}

awaitable<pulled> frame_source::next(duration limit) {
  if (first_) {
    auto ready = std::exchange(first_, nullptr);
    return just(std::move(*ready));
  }
  if (home_ == &this_shard()) return feed_->pull(limit);
  auto fetch = [from = feed_, limit] { return from->pull(limit); };
  return run_on(*home_, std::move(fetch), "frames of another shard");
}

}  // namespace comcp::detail
