#include "http_transport/shard_part.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "comcp/scope/detail/rare_tasks.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/with_scope.hpp"
#include "http_transport/session_id.hpp"
#include "scope/prepared.hpp"
#include "scope/shard_impl.hpp"

namespace comcp::detail {

namespace {

using namespace std::chrono_literals;

// Between looks at what sessions keep.
constexpr duration tidy_pause = 5min;

/// Puts something back when a coroutine is left, however.
template <class F>
class at_exit {
 public:
  explicit at_exit(F f) noexcept : f_(std::move(f)) {}
  ~at_exit() { f_(); }
  at_exit(const at_exit&) = delete;
  at_exit& operator=(const at_exit&) = delete;

 private:
  F f_;
};

}  // namespace

open_exchange::open_exchange(shard_part& part,
                             std::shared_ptr<outbox> b,
                             at_drain what,
                             std::string_view m)
    : box(std::move(b)), when_draining(what), method(m), part_(part) {
  part_.exchange_added(*this);
}

open_exchange::~open_exchange() {
  part_.exchange_gone(*this);
}

shard_part::shard_part(shard& where,
                       const streamable_http_options& options,
                       std::atomic<std::size_t>& sessions_over_all)
    : home(where),
      mail(where.impl().mail()),
      decoder(options.conversation().codec_limits()),
      options_(options),
      places_(sessions_over_all) {}

awaitable<void> shard_part::run() {
  auto hold = [this](task_group& group) { return body(group); };
  co_await with_task_group(hold, scope_options().name("mcp sessions"));
}

awaitable<void> shard_part::body(task_group& group) {
  group_ = &group;
  const at_exit closed([this] { group_ = nullptr; });
  if (stop_.is_set()) co_return;
  auto reaper = group.spawn([this] { return reap(); }, "reaper");
  co_await stop_.wait();
  reaper.cancel("draining");
  co_await finish_subscriptions();
  co_await finish_exchanges();
}

awaitable<void> shard_part::reap() {
  const duration limit = options_.idle_limit();
  const bool is_limited = limit > duration::zero();
  // Many sessions become idle one by one: look at them a few at a time.
  const duration grain = std::min<duration>(is_limited ? limit / 16 : tidy_pause, 30s);
  const auto note = [&](const session_entry& e) {
    counters.reaped.fetch_add(1, std::memory_order_relaxed);
    options_.conversation().log().write(
        log_level::info, "session " + short_form(e.id) + " was idle for too long and has ended");
  };
  auto round = [&]() -> awaitable<void> {
    const time_point now = home.now();
    time_point due = now + tidy_pause;
    if (is_limited) due = std::min(due, sessions.reap(now, limit, note));
    sessions.tidy();
    co_await sleep_until(std::max(due, now + grain));
  };
  for (;;) {
    bool failed = false;
    try {
      co_await round();
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    if (failed) co_await sleep(grain);
  }
}

void shard_part::adopt(std::shared_ptr<session_entry> entry) {
  const std::string name = "session " + short_form(entry->id);
  prepared life(live(entry));
  sessions.add(entry);
  try {
    group_->start_soon(std::move(life), name);
  } catch (...) {
    sessions.remove(*entry);
    throw;
  }
  if (entry->way != reached_by::nobody) counters.opened.fetch_add(1, std::memory_order_relaxed);
}

awaitable<void> shard_part::live(std::shared_ptr<session_entry> entry) {
  const at_exit ended([&] {
    entry->conversation->attach_standalone(nullptr);  // the GET stream ends with its last chunk
    sessions.remove(*entry);
    places_.fetch_sub(1, std::memory_order_relaxed);
  });
  std::exception_ptr failure;
  try {
    rare_tasks tasks;  // of its streams
    if (!tasks.begin(co_await asio::this_coro::cancellation_state))
      throw std::logic_error("comcp: a session is a task of its own");
    try {
      const session_streams::running streams(*entry->streams, tasks.group());
      co_await entry->conversation->run();
      entry->conversation->attach_standalone(nullptr);
    } catch (...) {
      tasks.host_failed();
    }
    // They only have to put away what was said last.
    try {
      if (tasks.running())
        tasks.group().scope().deadline(
            time_after(home.now(), options_.conversation().drain_limit()));
    } catch (const std::bad_alloc&) {  // then they are given no time
      tasks.group().cancel("no memory for a deadline");
    }
    while (tasks.running())
      co_await tasks.join();
    tasks.finish();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (current_scope().effectively_cancelled() && is_cancelled(failure))
    std::rethrow_exception(failure);
  // One session's trouble is no other's.
  options_.conversation().log().write(
      log_level::error, "session " + short_form(entry->id) + " failed: " + describe(failure));
}

void shard_part::exchange_added(open_exchange& e) noexcept {
  exchanges.push_back(e);
  counters.in_flight.fetch_add(1, std::memory_order_relaxed);
  if (e.when_draining == open_exchange::at_drain::ends) ++subscriptions_;
}

void shard_part::exchange_gone(open_exchange& e) noexcept {
  e.unlink();
  counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (e.when_draining == open_exchange::at_drain::ends) --subscriptions_;
  if (!stop_.is_set()) return;
  if (subscriptions_ == 0) subscriptions_gone_.set();
  if (exchanges.empty()) all_gone_.set();
}

void shard_part::drain(duration limit) {
  const time_point due = time_after(home.now(), limit);
  deadline_ = deadline_ ? std::min(*deadline_, due) : due;
  if (drain_scope_ != nullptr) drain_scope_->deadline(*deadline_);
  sessions.drain(limit);
  stop_.set();
}

// A server that is shutting down answers its subscriptions; one that doesn't loses them here.
awaitable<void> shard_part::finish_subscriptions() {
  constexpr auto grace = std::chrono::milliseconds(200);
  if (subscriptions_ == 0) co_return;
  const time_point until = std::min(*deadline_, home.now() + grace);
  auto wait = [this] { return subscriptions_gone_.wait(); };
  co_await with_cancel_scope(wait, scope_options().deadline(until).name("drain"));
  for (open_exchange* e = exchanges.first(); e != nullptr; e = exchanges.next(*e))
    if (e->when_draining == open_exchange::at_drain::ends) e->box->finish();
}

// Requests that hold on to the limit lose their answer, but their streams end properly.
awaitable<void> shard_part::finish_exchanges() {
  if (exchanges.empty()) co_return;
  auto wait = [this](cancel_scope& scope) -> awaitable<void> {
    drain_scope_ = &scope;
    const at_exit done([this] { drain_scope_ = nullptr; });
    co_await all_gone_.wait();
  };
  co_await with_cancel_scope(wait, scope_options().deadline(*deadline_).name("drain"));
  name_abandoned();
  for (open_exchange* e = exchanges.first(); e != nullptr; e = exchanges.next(*e))
    if (e->box) e->box->finish();
}

// What has a session is named by it.
void shard_part::name_abandoned() const {
  std::map<std::string, std::size_t> by_method;
  for (const open_exchange* e = exchanges.first(); e != nullptr; e = exchanges.next(*e))
    if (!e->method.empty()) ++by_method[e->method];
  std::string names;
  for (const auto& [method, count] : by_method)
    names += (names.empty() ? "" : ", ") + std::to_string(count) + ' ' + quoted_for_log(method);
  if (!names.empty())
    options_.conversation().log().write(
        log_level::info, "shutting down, cancelling requests that are not done: " + names);
}

}  // namespace comcp::detail
