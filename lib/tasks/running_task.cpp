#include "tasks/running_task.hpp"

#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "tasks/task_wire.hpp"

namespace comcp::detail {

namespace {

// What is written behind a cancelled handler's back may take this long.
constexpr auto write_limit = std::chrono::seconds(10);

std::shared_ptr<session> conversation_of(const request_context& from) {
  session* const s = from.conversation();
  return s != nullptr ? s->shared_from_this() : nullptr;
}

}  // namespace

running_task::running_task(std::shared_ptr<task_engine> engine,
                           task_engine::place place,
                           const task_record& record,
                           tool_call call,
                           const request_context& from)
    : engine_(std::move(engine)),
      place_(std::move(place)),
      id_(record.id),
      owner_(record.owner),
      ttl_(record.ttl),
      home_(this_shard()),
      rules_(from.rules()),
      conversation_(conversation_of(from)),
      call_(std::move(call)),
      mail_(engine_->options.max_queued_messages()) {
  request_.emplace(from, *this);
}

void running_task::start() {
  home_.start_root([self = shared_from_this()] { return self->run(); }, "task");
}

void running_task::cancel(bool forget) {
  if (forget) forget_ = true;
  cancelled_ = true;
  mail_.clear();
  const std::lock_guard held(cancelling_);
  scope_.cancel("the task was cancelled");
}

void running_task::tell(const task_record& now) {
  if (!conversation_) return;
  home_.post([self = shared_from_this(), params = encode_task(now, rules_)] {
    self->conversation_->try_notify(task_method::legacy_status, params);
  });
}

awaitable<void> running_task::run() {
  auto body = [this] { return work(); };
  auto end = [this] { return finish(); };
  co_await with_cleanup(std::ref(body), std::ref(end), write_limit);
}

awaitable<void> running_task::work() {
  auto handler = [this](request_context& context) -> awaitable<void> {
    auto running = call_->run(context);
    call_outcome came = co_await std::move(running);
    outcome_ = std::move(came);
  };
  auto inside = [&](cancel_scope& scope) {
    {
      const std::lock_guard held(cancelling_);
      scope_ = scope.remote();
    }
    if (cancelled_) scope.cancel("the task was cancelled");
    return request_->run(handler);
  };
  scope_options options;
  options.name("task");
  if (ttl_) options.after(*ttl_);
  scope_outcome end;
  options.outcome(end);
  co_await with_cancel_scope(std::ref(inside), options);
  out_of_time_ = end.why == cancel_scope::cause::deadline;
}

awaitable<void> running_task::finish() {
  request_.reset();
  call_.reset();
  const auto end = [this](task_record& t) {
    if (t.over()) return false;  // cancelled before
    t.updated = engine_->options.now();
    t.input_requests.clear();
    if (outcome_ && !outcome_->error) {
      t.status = task_record::stage::completed;
      t.result = outcome_->result;
      return true;
    }
    t.status = task_record::stage::failed;
    if (outcome_)
      t.error = *outcome_->error;
    else
      t.error = {jsonrpc::error_code::internal_error,
                 out_of_time_ ? "The task was not done within its lifetime"
                              : "The server stopped before the task was done"};
    t.message = t.error.message;
    return true;
  };
  auto changing = engine_->store->update(id_, end);
  const std::optional<task_record> now = co_await std::move(changing);
  if (forget_) {
    auto removing = engine_->store->remove(id_);
    co_await std::move(removing);
  }
  if (now) engine_->changed(*now);
  engine_->ended(*this);
  {
    const task_engine::place left(std::move(place_));
  }
}

awaitable<void> running_task::refresh() {
  auto order = refreshing_.acquire();
  const lock::guard held = co_await std::move(order);
  json::object questions;
  for (const auto& [key, q] : open_) {
    json::object request;
    request["method"] = q->asked.method;
    request["params"] = q->asked.params;
    questions[key] = std::move(request);
  }
  bool is_new = false;
  const auto show = [&](task_record& t) {
    is_new = !t.over() && t.input_requests != questions;
    if (!is_new) return false;
    t.input_requests = questions;
    t.status = questions.empty() ? task_record::stage::working : task_record::stage::input_required;
    t.updated = engine_->options.now();
    return true;
  };
  auto changing = engine_->store->update(id_, show);
  const std::optional<task_record> now = co_await std::move(changing);
  if (now && is_new) engine_->changed(*now);
}

awaitable<json::value> running_task::ask(const question& asked) {
  open_question mine(asked);
  open_.emplace(asked.key, &mine);
  if (is_legacy()) {
    task_mail::item item;
    item.question = asked.key;
    item.method = asked.method;
    item.params = asked.params;
    item.options = asked.options;
    relate(item.params, id_);
    mail_.push(std::move(item));
    engine_->waiters.wake(id_);
  }
  auto wait = [&]() -> awaitable<void> {
    co_await refresh();
    co_await mine.done.wait();
  };
  auto close = [&]() -> awaitable<void> {
    open_.erase(asked.key);
    mail_.withdraw(asked.key);
    co_await refresh();
  };
  co_await with_cleanup(std::ref(wait), std::ref(close), write_limit);
  if (mine.failure) std::rethrow_exception(mine.failure);
  if (auto wrong = asked.complaint(mine.answer))
    throw session_error(session_errc::bad_answer, *wrong);
  co_return mine.answer;
}

std::optional<std::string> running_task::complaint(const json::object& answers) const {
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

awaitable<void> running_task::take(json::object answers) {
  for (auto& member : answers)
    resolve(std::string(member.key()), std::move(member.value()), nullptr);
  co_await refresh();
}

void running_task::resolve(const std::string& key, json::value answer, std::exception_ptr failure) {
  const auto at = open_.find(key);
  if (at == open_.end()) return;
  open_question& q = *at->second;
  open_.erase(at);
  q.answer = std::move(answer);
  q.failure = std::move(failure);
  q.done.set();
}

// Progress and log messages of the extension don't exist: what progress says becomes the status message.
// In 2025-11-25 they go to whoever waits for the result, else to the session's own stream, else they
// wait.
awaitable<send_status> running_task::notify(std::string method, json::value params) {
  if (!is_legacy()) {
    const json::object* o = params.if_object();
    const json::value* message = o ? o->if_contains("message") : nullptr;
    if (method != protocol::method::progress || !message || !message->is_string())
      co_return send_status::skipped;
    const std::string text(message->get_string());
    const auto say = [&](task_record& t) {
      if (t.over() || t.message == text) return false;
      t.message = text;
      t.updated = engine_->options.now();
      return true;
    };
    auto changing = engine_->store->update(id_, say);
    const std::optional<task_record> now = co_await std::move(changing);
    if (!now || now->over()) co_return send_status::closed;
    engine_->changed(*now);
    co_return send_status::sent;
  }
  if (cancelled_) co_return send_status::closed;
  relate(params, id_);
  if (!mail_.listened_to() && conversation_->try_notify(method, params) == send_status::sent)
    co_return send_status::sent;
  task_mail::item item;
  item.method = std::move(method);
  item.params = std::move(params);
  mail_.push(std::move(item));
  engine_->waiters.wake(id_);
  co_return send_status::sent;
}

}  // namespace comcp::detail
