// The session's scope: its tasks, its end.

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

#include "comcp/scope/detail/rare_tasks.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/with_scope.hpp"
#include "scope/prepared.hpp"
#include "session/session_impl.hpp"
#include "transport/waiting_in.hpp"

namespace comcp {

namespace {

// While the drain waits, a second one with a shorter limit can move its deadline.
class hurried_by {
 public:
  hurried_by(cancel_scope*& place, cancel_scope& scope) noexcept : place_(place) {
    place_ = &scope;
  }
  ~hurried_by() { place_ = nullptr; }
  hurried_by(const hurried_by&) = delete;
  hurried_by& operator=(const hurried_by&) = delete;

 private:
  cancel_scope*& place_;
};

}  // namespace

// A frame of its own, as those of sessions last long.
awaitable<void> session::impl::finish_requests() {
  auto wait = [this](cancel_scope& scope) -> awaitable<void> {
    const hurried_by waiting(drain_scope_, scope);
    co_await nothing_left_.wait();
  };
  co_await move_on_after(drain_limit_, wait);
  name_abandoned();
}

// No coroutine: a task that is cancelled couldn't even begin it. The shield must come first.
awaitable<void> session::impl::until_unvisited() {
  auto wait = [this]() -> awaitable<void> {
    if (visits_.empty()) co_return;
    detail::waiting_in waiting(nobody_visits_);
    co_await waiting.wake_up.wait();
  };
  return shielded(wait);
}

// Also those that were answered and go on.
void session::impl::cancel_visits() noexcept {
  for (auto* v = visits_.first(); v != nullptr; v = visits_.next(*v))
    v->cancel(close_reason_);
}

awaitable<void> session::impl::run(std::shared_ptr<session> keep) {
  class tells_the_end {
   public:
    explicit tells_the_end(impl& s) noexcept : session_(s) {}
    ~tells_the_end() {
      if (std::exchange(session_.started_, false)) {
        session_.handler_.on_session_end(session_.self_);
      }
    }
    tells_the_end(const tells_the_end&) = delete;
    tells_the_end& operator=(const tells_the_end&) = delete;

   private:
    impl& session_;
  };
  // The group takes new requests exactly while the session waits for its end.
  class open_group {
   public:
    open_group(impl& s, task_group& g) noexcept : session_(s) { session_.group_ = &g; }
    ~open_group() {
      session_.group_ = nullptr;
      session_.close("the session's scope was cancelled");
    }
    open_group(const open_group&) = delete;
    open_group& operator=(const open_group&) = delete;

   private:
    impl& session_;
  };
  const tells_the_end at_end(*this);
  std::exception_ptr failure;
  try {
    detail::rare_tasks tasks(scope_options().name(options_.name()));
    if (!tasks.begin(co_await asio::this_coro::cancellation_state)) {
      tasks.leave();  // somebody has us as an operand of && or ||
      auto again = [&] { return run(std::move(keep)); };
      co_await with_cancel_scope(std::ref(again));
      co_return;
    }
    try {
      const open_group open(*this, tasks.group());
      start_what_came();
      if (stage_ == stage::open) co_await stage_changed_.wait();
      if (stage_ == stage::draining && core_.in_flight_count() > 0) co_await finish_requests();
      close(close_reason_);
      tasks.group().cancel(close_reason_);
      cancel_visits();
    } catch (...) {
      tasks.host_failed();
    }
    while (tasks.running())
      co_await tasks.join();
    tasks.finish();
  } catch (...) {
    failure = std::current_exception();
  }
  cancel_visits();
  if (!visits_.empty()) co_await until_unvisited();
  if (failure) std::rethrow_exception(failure);
}

// Before it ran.
void session::impl::start_what_came() {
  for (auto& w : std::exchange(not_yet_started_, {}))
    start(std::move(w));
  for (auto& n : std::exchange(not_yet_told_, {}))
    start(std::move(n));
  for (auto& t : std::exchange(not_yet_begun_, {}))
    start(std::move(t));
}

void session::impl::start(waiting_request w) {
  if (group_ == nullptr) {
    not_yet_started_.push_back(std::move(w));
    return;
  }
  const std::string name = w.state->method;
  group_->start_soon(
      detail::prepared(detail::run_request(json::arena_pool::lease(), std::move(w.state),
                                           std::move(w.request), handler_, &permits_, options_)),
      name);
}

void session::impl::start(jsonrpc::notification n) {
  if (group_ == nullptr) {
    not_yet_told_.push_back(std::move(n));
    return;
  }
  const std::string name = n.method;
  group_->start_soon(detail::prepared(serve_notification(std::move(n))), name);
  ++notifications_running_;  // until it has ended: it begins in a later turn
}

awaitable<void> session::impl::serve_notification(jsonrpc::notification n) {
  class counted {
   public:
    explicit counted(std::size_t& count) noexcept : count_(count) {}
    ~counted() { --count_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;

   private:
    std::size_t& count_;
  };
  counted running(notifications_running_);
  std::exception_ptr failure;
  std::string method;
  try {
    method = n.method;
    co_await handler_.on_notification(std::move(n), self_);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) failed(method, failure);
}

void session::impl::start_soon(std::function<awaitable<void>(session&)>&& task,
                               std::string&& name) {
  if (stage_ == stage::closed) return;
  own_task own{std::move(task), std::move(name)};
  if (group_ == nullptr)
    not_yet_begun_.push_back(std::move(own));
  else
    start(std::move(own));
}

void session::impl::start(own_task t) {
  const std::string name = t.name;
  group_->start_soon(detail::prepared(run_own(std::move(t))), name);
}

// The task's function lives in this frame: it may be a lambda with captures.
awaitable<void> session::impl::run_own(own_task t) {
  std::exception_ptr failure;
  try {
    auto running = t.run(self_);
    co_await std::move(running);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) failed(t.name, failure);
}

void session::impl::failed(std::string_view what, const std::exception_ptr& failure) const {
  if (current_scope().effectively_cancelled() && is_cancelled(failure)) {
    std::rethrow_exception(failure);
  }
  try {
    options_.log().write_limited(log_level::warning,
                                 std::string(what) + " failed: " + describe(failure), home_.now());
  } catch (const std::bad_alloc&) {  // a line is not worth the session
  }
}

// Whoever stops a server wants to know what it cost.
void session::impl::name_abandoned() const {
  const std::size_t count = core_.in_flight_count();
  if (count == 0 || drain_cause_ == drain_cause::peer_left ||
      !options_.log().enabled(log_level::info))
    return;
  constexpr std::size_t most = 10;
  std::string names;
  std::size_t named = 0;
  core_.for_each_in_flight([&](const detail::request_state& r) {
    if (named++ < most)
      names += (names.empty() ? "" : ", ") + quoted_for_log(r.method) + ' ' + r.id.to_string();
  });
  options_.log().write(log_level::info, options_.name() + ": " + close_reason_ + ", cancelling " +
                                            std::to_string(count) +
                                            " requests that are not done: " + names +
                                            (count > most ? ", ..." : ""));
}

void session::impl::give_up_all() noexcept {
  // Giving one up takes it out of the table.
  while (detail::request_state* running = core_.any_in_flight()) {
    running->cancelled_by_peer(close_reason_);
    running->owner = nullptr;
  }
  core_.for_each_call([](detail::pending_call& call) { call.lost(); });
}

void session::impl::keep_reason(std::string_view reason) noexcept {
  try {
    close_reason_ = reason;
  } catch (...) {  // no memory: without a reason
  }
}

void session::impl::close(std::string_view reason) noexcept {
  if (stage_ == stage::closed) return;
  if (stage_ == stage::open) keep_reason(reason);
  stage_ = stage::closed;
  give_up_all();
  not_yet_started_.clear();
  not_yet_told_.clear();
  not_yet_begun_.clear();
  if (somebody_listens_) std::exchange(somebody_listens_, nullptr)->set();
  stage_changed_.set();
  nothing_left_.set();
}

void session::impl::drain(std::string_view reason, duration limit, drain_cause cause) noexcept {
  if (stage_ == stage::closed) return;
  if (stage_ == stage::draining) {
    drain_limit_ = std::min(drain_limit_, limit);
    if (drain_scope_ != nullptr) {
      drain_scope_->deadline(std::min(drain_scope_->deadline(), time_after(home_.now(), limit)));
    }
    return;
  }
  keep_reason(reason);
  drain_limit_ = limit;
  drain_cause_ = cause;
  stage_ = stage::draining;
  core_.drain();
  stage_changed_.set();
}

void session::impl::request_over(const jsonrpc::request_id& id) noexcept {
  core_.forget(id);
  touch();
  if (stage_ == stage::draining && core_.in_flight_count() == 0) nothing_left_.set();
}

}  // namespace comcp
