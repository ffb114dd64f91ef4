#include "server/parking.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "comcp/protocol/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/ask.hpp"
#include "comcp/session/errors.hpp"
#include "server/detached_call.hpp"
#include "session/crypto.hpp"

namespace comcp::detail {

namespace {
constexpr std::string_view any_end = "";  // waits for the end of any call
}

/// A handler that waits for its client between the attempts of its request.
class parked_call final : public detached_call {
 public:
  parked_call(std::shared_ptr<parking> in,
              std::string id,
              tool_call call,
              const request_context& from)
      : detached_call(std::move(call), from, 64), in_(std::move(in)), id_(std::move(id)) {}

  // From any thread.
  const std::string& id() const noexcept { return id_; }
  bool over() const noexcept { return over_; }
  using detached_call::failed;
  /// What came of it, once it is over; nothing: it was cancelled.
  std::optional<call_outcome> take_outcome() {
    const std::lock_guard held(mutex_);
    return std::exchange(result_, std::nullopt);
  }

  /// It is over, and its client had time enough to come for the outcome.
  bool is_stale(time_point now) {
    if (!over_) return false;
    const std::lock_guard held(mutex_);
    return forget_at_ <= now;
  }

  void mail_came_back() noexcept override { in_->waiters_.wake(id_); }

  void attempt_begins() {
    const std::lock_guard held(mutex_);
    ++attempts_;
    deadline(time_point::max());
  }
  /// Leaves the call to the next attempt if it has asked something. Those that go on decide for themselves.
  void attempt_leaves() noexcept {
    const std::lock_guard held(mutex_);
    if (--attempts_ > 0 || over_) return;
    if (mail().has_question())
      deadline(time_after(this_shard().now(), in_->lifetime_));
    else
      cancel();
  }

  // Between attempts there is nobody to tell.
  awaitable<send_status> notify(std::string method, json::value params) override {
    if (cancelled()) co_return send_status::closed;
    if (!mail().listened_to()) co_return send_status::skipped;
    question_mail::item item;
    item.method = std::move(method);
    item.params = std::move(params);
    mail().push(std::move(item));
    in_->waiters_.wake(id_);
    co_return send_status::sent;
  }

 private:
  void opened(const question& asked) override {
    question_mail::item item;
    item.question = asked.key;
    item.method = asked.method;
    item.params = asked.params;
    item.options = call_options(asked.options).key(asked.key);
    mail().push(std::move(item));
    in_->waiters_.wake(id_);
  }
  awaitable<void> questions_changed() override { co_return; }
  awaitable<void> ended() override { co_return; }
  void left() noexcept override {
    {
      const std::lock_guard held(mutex_);
      result_ = release_outcome();
      forget_at_ = time_after(this_shard().now(), in_->lifetime_);
    }
    over_ = true;
    in_->waiters_.wake(id_);
    in_->waiters_.wake(any_end);
    if (cancelled() || out_of_time()) in_->forget(id_);
  }

  const std::shared_ptr<parking> in_;
  const std::string id_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::optional<call_outcome> result_;
  time_point forget_at_{};
  int attempts_ = 0;  // at once
};

namespace {

/// One attempt of the request.
class attempt {
 public:
  explicit attempt(std::shared_ptr<parked_call> call) : call_(std::move(call)) {
    call_->attempt_begins();
  }
  ~attempt() { call_->attempt_leaves(); }
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

 private:
  const std::shared_ptr<parked_call> call_;
};

}  // namespace

awaitable<call_outcome> parking::run(tool_call call, request_context& context) {
  std::shared_ptr<parked_call> parked;
  std::optional<attempt> now;
  auto park = [&]() -> awaitable<std::string> {
    std::string fresh = random_text();
    parked = std::make_shared<parked_call>(shared_from_this(), fresh, std::move(call), context);
    {
      const std::lock_guard held(mutex_);
      const time_point time = this_shard().now();
      std::erase_if(calls_, [&](const auto& c) { return c.second->is_stale(time); });
      if (calls_.size() >= max_)
        throw request_error(
            jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                  "Too many calls wait for their clients, try again later"));
      calls_.emplace(fresh, parked);
    }
    try {
      parked->start("parked call", std::nullopt);
    } catch (...) {  // no memory
      forget(fresh);
      throw;
    }
    now.emplace(parked);  // already: should its id get lost, nobody comes for it
    co_return fresh;
  };
  auto naming = context.once("parked", std::ref(park));
  const std::string id = co_await std::move(naming);
  if (!parked) parked = find(id);
  if (!parked)
    throw request_error(protocol::invalid_params(
        "this call doesn't wait any more: send the request again without requestState and "
        "inputResponses"));
  waiters::waiter changes(waiters_, id);
  if (!now) now.emplace(parked);
  const auto over = [&]() -> awaitable<bool> { co_return parked->over(); };
  auto handing = hand_on(parked, changes, context, over);
  co_await std::move(handing);
  forget(id);
  std::optional<call_outcome> outcome = parked->take_outcome();
  if (!outcome && parked->failed())
    throw request_error(
        jsonrpc::error_object(jsonrpc::error_code::internal_error, "Internal error"));
  if (!outcome)
    throw request_error(protocol::invalid_params("this call was cancelled or answered"));
  co_return std::move(*outcome);
}

std::shared_ptr<parked_call> parking::find(const std::string& id) const {
  const std::lock_guard held(mutex_);
  const auto at = calls_.find(id);
  return at == calls_.end() ? nullptr : at->second;
}

void parking::forget(const std::string& id) {
  const std::lock_guard held(mutex_);
  calls_.erase(id);
}

std::size_t parking::count() const {
  const std::lock_guard held(mutex_);
  return calls_.size();
}

awaitable<void> parking::stop() {
  waiters::waiter ends(waiters_, any_end);
  std::vector<std::shared_ptr<parked_call>> all;
  {
    const std::lock_guard held(mutex_);
    for (const auto& [id, call] : calls_)
      all.push_back(call);
  }
  for (const auto& call : all)
    call->cancel();
  for (const auto& call : all)
    while (!call->over())
      co_await ends.wait();
  const std::lock_guard held(mutex_);
  calls_.clear();  // each keeps us; nobody comes for what came of them
}

}  // namespace comcp::detail
