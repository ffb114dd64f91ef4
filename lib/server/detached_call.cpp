#include "server/detached_call.hpp"

#include <chrono>
#include <new>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "scope/post_surely.hpp"
#include "server/server_core.hpp"
#include "session/request_state.hpp"

namespace comcp::detail {

namespace {

// What is done behind a cancelled handler's back may take this long.
constexpr auto cleanup_limit = std::chrono::seconds(10);
constexpr std::string_view why_cancelled = "the call was cancelled";

}  // namespace

detached_call::detached_call(tool_call call,
                             const request_context& from,
                             std::size_t max_queued_messages)
    : home_(this_shard()),
      log_(request_state::of(from).log),
      call_(std::move(call)),
      mail_(max_queued_messages) {
  request_.emplace(from, *this);
}

void detached_call::start(std::string_view name, std::optional<duration> limit) {
  home_.start_root([self = shared_from_this(), limit] { return self->run(limit); }, name,
                   [self = shared_from_this()](const std::exception_ptr& e) { self->over(e); });
}

void detached_call::over(const std::exception_ptr& error) noexcept {
  try {
    if (error)
      log_.write_limited(log_level::warning,
                         "a call apart from its request failed: " + describe(error), home_.now());
  } catch (const std::bad_alloc&) {  // not even for that
  }
  failed_ = error != nullptr;
  left();
}

void detached_call::cancel() noexcept {
  cancelled_ = true;
  try {
    mail_.clear();
  } catch (const std::bad_alloc&) {  // then its questions are taken back when it ends
  }
  post_surely(home_, [self = shared_from_this()] {
    if (self->scope_ != nullptr) self->scope_->cancel(why_cancelled);
  });
}

void detached_call::deadline(time_point t) noexcept {
  post_surely(home_, [self = shared_from_this(), t] {
    if (self->scope_ != nullptr) self->scope_->deadline(t);
  });
}

awaitable<void> detached_call::run(std::optional<duration> limit) {
  auto body = [this, limit] { return work(limit); };
  auto end = [this]() -> awaitable<void> {
    request_.reset();
    call_.reset();
    co_await ended();
  };
  co_await with_cleanup(std::ref(body), std::ref(end), cleanup_limit);
}

awaitable<void> detached_call::work(std::optional<duration> limit) {
  class presence {
   public:
    presence(detached_call& c, cancel_scope& s) : call_(c) { call_.scope_ = &s; }
    ~presence() {
      call_.scope_ = nullptr;
      call_.place_ = {};
    }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;

   private:
    detached_call& call_;
  };
  auto handler = [this](request_context& context) -> awaitable<void> {
    call_outcome came;
    auto running =
        call_->server_.run_call(call_->tool_, call_->arguments_, call_sink(came), context, &place_);
    co_await std::move(running);
    outcome_ = std::move(came);
  };
  auto inside = [&](cancel_scope& scope) -> awaitable<void> {
    const presence here(*this, scope);
    if (cancelled_) scope.cancel(why_cancelled);
    auto running = request_->run(handler);
    co_await std::move(running);
  };
  scope_options options;
  options.name("handler");
  if (limit) options.after(*limit);
  scope_outcome end;
  options.outcome(end);
  co_await with_cancel_scope(std::ref(inside), options);
  out_of_time_ = end.why == cancel_scope::cause::deadline;
}

/// A question among the open ones, for as long as whoever asks it waits. The place is lent meanwhile.
class detached_call::standing {
 public:
  standing(detached_call& c, open_question& q) : call_(c), question_(q) {
    call_.open_.emplace(q.asked.key, &q);
    if (call_.waiting_++ == 0) call_.place_.lend();
  }
  ~standing() {
    if (--call_.waiting_ == 0) call_.place_.take_back();
    const auto at = call_.open_.find(question_.asked.key);
    if (at != call_.open_.end() && at->second == &question_) call_.open_.erase(at);
  }
  standing(const standing&) = delete;
  standing& operator=(const standing&) = delete;

 private:
  detached_call& call_;
  open_question& question_;
};

awaitable<json::value> detached_call::ask(const question& asked) {
  open_question mine(asked);
  const standing here(*this, mine);
  auto wait = [&]() -> awaitable<void> {
    opened(asked);
    co_await questions_changed();
    co_await mine.done.wait();
  };
  auto close = [&]() -> awaitable<void> {
    open_.erase(asked.key);
    mail_.withdraw(asked.key);
    co_await questions_changed();
  };
  co_await with_cleanup(std::ref(wait), std::ref(close), cleanup_limit);
  if (mine.failure) std::rethrow_exception(mine.failure);
  if (auto wrong = asked.complaint(mine.answer))
    throw session_error(session_errc::bad_answer, *wrong);
  co_return mine.answer;
}

std::optional<std::string> detached_call::complaint(const json::object& answers) const {
  for (const auto& member : answers) {
    const auto at = open_.find(std::string_view(member.key()));
    if (at == open_.end()) continue;
    if (auto wrong = at->second->asked.complaint(member.value())) {
      std::string path = "/inputResponses";
      json::append_pointer_token(path, member.key());
      return path + ": " + *wrong;
    }
  }
  return std::nullopt;
}

void detached_call::resolve(const std::string& key,
                            json::value answer,
                            std::exception_ptr failure) {
  const auto at = open_.find(key);
  if (at == open_.end()) return;
  open_question& q = *at->second;
  open_.erase(at);
  q.answer = std::move(answer);
  q.failure = std::move(failure);
  q.done.set();
}

namespace {

class listening {
 public:
  explicit listening(question_mail& to) : to_(to) { to_.listeners(1); }
  ~listening() { to_.listeners(-1); }
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;

 private:
  question_mail& to_;
};

/// Whoever came for the question doesn't wait any more, has gone, or has no memory for it.
bool is_nobody_there(const std::exception_ptr& failure) {
  if (is_cancelled(failure)) return true;
  try {
    std::rethrow_exception(failure);
  } catch (const session_error& e) {
    return e.code() == session_errc::closed;
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

/// A question on its way. Should it end there, for want of memory even, it goes to whoever comes next.
class errand {
 public:
  errand(std::shared_ptr<detached_call> from, question_mail::item q) noexcept
      : from_(std::move(from)), question_(std::move(q)) {}
  errand(errand&&) noexcept = default;
  errand& operator=(errand&&) = delete;
  ~errand() { give_back(); }

  const std::shared_ptr<detached_call>& from() const noexcept { return from_; }
  const question_mail::item& question() const noexcept { return question_; }
  /// Only once: it may be on its way with another request by then.
  void give_back() noexcept {
    const auto from = std::exchange(from_, nullptr);
    // Another request may have looked meanwhile, and wait.
    if (from && from->mail().again(question_.question)) from->mail_came_back();
  }

 private:
  std::shared_ptr<detached_call> from_;
  question_mail::item question_;
};

/// One question to the client, and its answer back.
awaitable<void> carry(errand carried, request_context& to) {
  const std::shared_ptr<detached_call> from = carried.from();
  const question_mail::item& item = carried.question();
  json::value answer;
  std::exception_ptr failure;
  scope_outcome outcome;
  bool asked = false;
  auto ask = [&](cancel_scope& scope) -> awaitable<void> {
    if (!from->mail().deliver(item.question, scope.remote())) co_return;
    asked = true;
    auto asking = to.call_peer(item.method, item.params, item.options);
    answer = co_await std::move(asking);
  };
  try {
    co_await with_cancel_scope(std::ref(ask), scope_options().outcome(outcome));
  } catch (...) {
    failure = std::current_exception();
  }
  if (outcome.cancelled_caught) co_return;  // taken back
  if (failure && is_nobody_there(failure)) {
    carried.give_back();
    std::rethrow_exception(failure);
  }
  if (!asked && !failure) co_return;  // taken back before
  from->home().post([from, key = item.question, answer = std::move(answer), failure]() mutable {
    from->resolve(key, std::move(answer), std::move(failure));
  });
  from->mail().delivered(item.question);
}

awaitable<void> empty_mail(std::shared_ptr<detached_call> from,
                           request_context& to,
                           task_group& questions) {
  while (auto item = from->mail().take()) {
    if (!item->question.empty()) {
      errand e(from, std::move(*item));
      questions.start_soon([e = std::move(e), &to]() mutable { return carry(std::move(e), to); });
    } else {
      auto saying = to.notify(std::move(item->method), std::move(item->params));
      co_await std::move(saying);
    }
  }
}

}  // namespace

awaitable<void> hand_on(std::shared_ptr<detached_call> from,
                        waiters::waiter& changes,
                        request_context& to,
                        std::function<awaitable<bool>()> over) {
  const listening here(from->mail());
  co_await with_task_group([&](task_group& questions) -> awaitable<void> {
    for (;;) {
      co_await empty_mail(from, to, questions);
      auto asking = over();
      if (co_await std::move(asking)) break;
      co_await changes.wait();
    }
    co_await empty_mail(from, to, questions);  // what came before the end
    questions.cancel("the call is over");
  });
}

}  // namespace comcp::detail
