#include "tasks/task_engine.hpp"

#include <algorithm>
#include <new>

#include "comcp/protocol/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/session/session.hpp"
#include "session/crypto.hpp"
#include "tasks/running_task.hpp"
#include "tasks/task_wire.hpp"

namespace comcp::detail {

namespace {

constexpr std::string_view of_session =
    "session ";                           // what the owner's text begins with, when it is one
constexpr std::string_view any_end = "";  // waits for the end of any task

std::string topic_of(std::string_view id) {
  return std::string(tasks_extension) + '/' + std::string(id);
}

awaitable<void> forget_tasks_of(std::shared_ptr<task_engine> engine, std::string owner) {
  std::string behind;
  for (;;) {
    auto listing = engine->store->list(owner, behind, 100);
    const std::vector<task_record> some = co_await std::move(listing);
    if (some.empty()) co_return;
    behind = some.back().place();
    for (const task_record& t : some) {
      if (!t.over()) continue;  // its end removes it
      auto removing = engine->store->remove(t.id);
      co_await std::move(removing);
    }
  }
}

}  // namespace

task_engine::task_engine(tasks_options o)
    : options(std::move(o)),
      store(options.store() ? options.store()
                            : std::make_shared<memory_task_store>(
                                  task_store_limits().clock([this] { return options.now(); }))),
      process_(random_text()) {}

void task_engine::attach(bus& changes) {
  changes_ = &changes;
  hearing_ = changes.subscribe([this](const change_event& e) {
    const std::string_view topic = e.uri;
    if (e.what != change_event::kind::topic || !topic.starts_with(tasks_extension)) return;
    waiters.wake(topic.substr(tasks_extension.size() + 1));
  });
}

// S-TASK-20
std::string task_engine::owner_of(const request_context& context) const {
  if (const auto& who = context.on_behalf_of())
    return "principal " + std::to_string(who->issuer.size()) + ' ' + who->issuer + ' ' +
           who->subject;
  if (const session* s = context.conversation()) return owner_of(*s);
  return {};
}

std::string task_engine::owner_of(const session& s) const {
  return std::string(of_session) + process_ + ' ' + std::to_string(s.serial());
}

task_record task_engine::new_record(const request_context& context,
                                    std::optional<std::chrono::milliseconds> wanted_ttl) const {
  task_record t;
  t.id = random_text();
  t.owner = owner_of(context);
  t.created = t.updated = options.now();
  t.ttl = wanted_ttl ? std::min(*wanted_ttl, options.max_ttl()) : options.ttl();
  t.poll_interval = options.poll_interval();
  return t;
}

awaitable<task_record> task_engine::known(std::string id, const request_context& context) const {
  auto finding = store->find(id);
  std::optional<task_record> found = co_await std::move(finding);
  if (!found || found->owner != owner_of(context))
    throw request_error(protocol::invalid_params("there is no task \"" + id + "\""));
  co_return std::move(*found);
}

task_engine::place::~place() {
  if (!of_) return;
  of_->running_.fetch_sub(1);
  of_->waiters.wake(any_end);
}

task_engine::place task_engine::try_enter() noexcept {
  if (running_.fetch_add(1) < options.max_running()) return place(*this);
  running_.fetch_sub(1);
  return {};
}

void task_engine::started(std::shared_ptr<running_task> task) {
  const std::lock_guard held(mutex_);
  if (task->owner().starts_with(of_session)) sessions_.insert(task->owner());
  local_.emplace(task->id(), task);
}

// What nobody has heard yet is kept: of so many tasks as may run, the oldest dropped first.
void task_engine::ended(const running_task& task) noexcept {
  const std::lock_guard held(mutex_);
  const auto at = local_.find(task.id());
  if (at == local_.end()) return;
  if (at->second->mail().empty()) {
    local_.erase(at);
    return;
  }
  try {
    unheard_.push_back(task.id());
  } catch (const std::bad_alloc&) {  // nobody will hear the rest
    local_.erase(at);
    return;
  }
  if (unheard_.size() > options.max_running()) {
    local_.erase(unheard_.front());
    unheard_.pop_front();
  }
}

void task_engine::heard_out(const running_task& task) {
  const std::lock_guard held(mutex_);
  local_.erase(task.id());
  std::erase(unheard_, task.id());
}

std::shared_ptr<running_task> task_engine::local(std::string_view id) const {
  const std::lock_guard held(mutex_);
  const auto at = local_.find(std::string(id));
  return at == local_.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<running_task>> task_engine::all_local() const {
  const std::lock_guard held(mutex_);
  std::vector<std::shared_ptr<running_task>> all;
  all.reserve(local_.size());
  for (const auto& [id, task] : local_)
    all.push_back(task);
  return all;
}

void task_engine::changed(const task_record& task) {
  if (changes_)
    changes_->publish(change_event::of_topic(topic_of(task.id), std::string(task_method::status),
                                             encode_detailed(task, protocol::newest())));
  if (const auto here = local(task.id)) here->tell(task);
}

void task_engine::session_ended(session& s) {
  const std::string owner = owner_of(s);
  {
    const std::lock_guard held(mutex_);
    if (sessions_.erase(owner) == 0) return;
  }
  for (const auto& task : all_local())
    if (task->owner() == owner) {
      task->forget();
      heard_out(*task);
    }
  this_shard().start_root(
      [self = shared_from_this(), owner] { return forget_tasks_of(self, owner); }, "forget tasks",
      [](const std::exception_ptr&) {});
}

awaitable<void> task_engine::stop() {
  waiters::waiter ends(waiters, any_end);
  for (const auto& task : all_local())
    task->cancel();
  while (running() > 0)
    co_await ends.wait();
}

}  // namespace comcp::detail
