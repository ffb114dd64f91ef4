#include "tasks/running_task.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "tasks/task_wire.hpp"

namespace comcp::detail {

namespace {

// Between the tries to store an end: twice as long each time, three seconds in all.
constexpr duration first_pause = std::chrono::milliseconds(100);
constexpr duration longest_pause = std::chrono::milliseconds(1600);

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
    : detached_call(std::move(call), from, engine->options.max_queued_messages()),
      engine_(std::move(engine)),
      place_(std::move(place)),
      id_(record.id),
      owner_(record.owner),
      ttl_(record.ttl),
      rules_(from.rules()),
      conversation_(conversation_of(from)) {}

void running_task::forget() {
  forget_ = true;
  cancel();
}

void running_task::tell(const task_record& now) {
  if (!conversation_) return;
  home().post([to = conversation_, params = encode_task(now, rules_)] {
    to->try_notify(task_method::legacy_status, params);
  });
}

void running_task::left() noexcept {
  has_ended_ = true;
  engine_->waiters.wake(id_);
  engine_->ended(*this);
  const task_engine::place left(std::move(place_));
}

void running_task::mail_came_back() noexcept {
  engine_->waiters.wake(id_);
}

// A store that is out of reach for a moment leaves no task working for ever.
awaitable<std::optional<task_record>> running_task::update_at_last(task_store::change how) {
  for (duration pause = first_pause;; pause *= 2) {
    std::exception_ptr failure;
    try {
      auto changing = engine_->store->update(id_, how);
      co_return co_await std::move(changing);
    } catch (...) {
      failure = std::current_exception();
    }
    if (is_cancelled(failure) || pause > longest_pause) std::rethrow_exception(failure);
    co_await sleep(pause);
  }
}

awaitable<void> running_task::ended() {
  bool is_new = false;
  const auto end = [&](task_record& t) {
    is_new = !t.over();
    if (!is_new) return false;  // cancelled before
    t.updated = engine_->options.now();
    t.input_requests.clear();
    if (outcome() && !outcome()->error) {
      t.status = task_record::stage::completed;
      t.result = outcome()->result;
      return true;
    }
    t.status = task_record::stage::failed;
    if (outcome())
      t.error = *outcome()->error;
    else
      t.error = {jsonrpc::error_code::internal_error,
                 out_of_time() ? "The task was not done within its lifetime"
                               : "The server stopped before the task was done"};
    t.message = t.error.message;
    return true;
  };
  auto changing = update_at_last(end);
  const std::optional<task_record> now = co_await std::move(changing);
  if (forget_) {
    auto removing = engine_->store->remove(id_);
    co_await std::move(removing);
  }
  if (now && is_new) engine_->changed(*now);
}

awaitable<void> running_task::questions_changed() {
  auto order = writing_.acquire();
  const semaphore::permit held = co_await std::move(order);
  json::object questions;
  for (const auto& [key, q] : open()) {
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

void running_task::opened(const question& asked) {
  if (!is_legacy()) return;  // they stand in the record
  question_mail::item item;
  item.question = asked.key;
  item.method = asked.method;
  item.params = asked.params;
  item.options = asked.options;
  relate(item.params, id_);
  mail().push(std::move(item));
  engine_->waiters.wake(id_);
}

awaitable<void> running_task::take(json::object answers) {
  for (auto& member : answers)
    resolve(std::string(member.key()), std::move(member.value()), nullptr);
  co_await questions_changed();
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
  if (cancelled()) co_return send_status::closed;
  relate(params, id_);
  if (!mail().listened_to() && conversation_->try_notify(method, params) == send_status::sent)
    co_return send_status::sent;
  question_mail::item item;
  item.method = std::move(method);
  item.params = std::move(params);
  mail().push(std::move(item));
  engine_->waiters.wake(id_);
  co_return send_status::sent;
}

}  // namespace comcp::detail
