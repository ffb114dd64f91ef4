#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/error_code.hpp"
#include "comcp/tasks/task_store.hpp"

namespace comcp {

std::string task_record::place() const {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(created.time_since_epoch()).count();
  char text[24];
  std::snprintf(text, sizeof text, "%020lld", static_cast<long long>(ms));
  return text + id;
}

/// Every function holds the lock, and awaits nothing.
class memory_task_store::impl {
 public:
  explicit impl(task_store_limits l) : limits(std::move(l)) {}

  class entry {
   public:
    task_record task;
    std::size_t bytes = 0;
  };
  using entries = std::unordered_map<std::string, entry>;

  static std::size_t size_of(const task_record& t) {
    std::size_t n = jsonrpc::to_text(json::value(t.input_requests)).size() +
                    jsonrpc::to_text(json::value(t.result)).size() + t.error.message.size() +
                    t.message.size();
    if (t.error.data) n += jsonrpc::to_text(*t.error.data).size();
    return n;
  }

  void drop_expired() {
    const auto now = limits.now();
    while (!by_end.empty() && by_end.begin()->first <= now)
      erase(all.find(by_end.begin()->second));
  }

  void erase(entries::iterator at) {
    const task_record& t = at->second.task;
    by_owner.erase({t.owner, t.place()});
    if (t.ttl) by_end.erase({t.created + *t.ttl, t.id});
    used -= at->second.bytes;
    all.erase(at);
  }

  // What doesn't fit fails the task: a result that was lost must not look like one.
  /// @param before the bytes of what it replaces
  /// @return its bytes
  std::size_t fit(task_record& t, std::size_t before) const {
    const std::size_t bytes = size_of(t);
    if (used - before + bytes <= limits.max_bytes()) return bytes;
    t.status = task_record::stage::failed;
    t.result.clear();
    t.input_requests.clear();
    t.message = "The server has no room for the result of this task";
    t.error = {jsonrpc::error_code::internal_error, t.message};
    return 0;
  }

  const task_store_limits limits;
  mutable std::mutex mutex;
  entries all;
  std::set<std::pair<task_record::time, std::string>> by_end;
  std::map<std::pair<std::string, std::string>, std::string> by_owner;  // owner, place -> id
  std::size_t used = 0;
};

memory_task_store::memory_task_store(task_store_limits limits)
    : impl_(std::make_unique<impl>(std::move(limits))) {}

memory_task_store::~memory_task_store() = default;

awaitable<bool> memory_task_store::add(task_record task) {
  const std::lock_guard held(impl_->mutex);
  impl_->drop_expired();
  if (impl_->all.size() >= impl_->limits.max_tasks()) co_return false;
  const std::string id = task.id;
  const auto at = impl_->all.emplace(id, impl::entry()).first;
  auto end = impl_->by_end.end();
  try {
    task_record& t = at->second.task = std::move(task);
    impl_->used += at->second.bytes = impl_->fit(t, 0);
    if (t.ttl) end = impl_->by_end.emplace(t.created + *t.ttl, id).first;
    impl_->by_owner.emplace(std::make_pair(t.owner, t.place()), id);
  } catch (...) {  // no memory: nothing of it stays
    impl_->used -= at->second.bytes;
    if (end != impl_->by_end.end()) impl_->by_end.erase(end);
    impl_->all.erase(at);
    throw;
  }
  co_return true;
}

awaitable<std::optional<task_record>> memory_task_store::find(std::string id) {
  const std::lock_guard held(impl_->mutex);
  impl_->drop_expired();
  const auto at = impl_->all.find(id);
  std::optional<task_record> found;
  if (at != impl_->all.end()) found = at->second.task;
  co_return found;
}

awaitable<std::optional<task_record>> memory_task_store::update(std::string id, change how) {
  const std::lock_guard held(impl_->mutex);
  impl_->drop_expired();
  const auto at = impl_->all.find(id);
  if (at == impl_->all.end()) co_return std::nullopt;
  impl::entry& e = at->second;
  task_record changed = e.task;  // half of a change must not stay when memory runs out
  if (!how(changed)) co_return changed;
  const std::size_t bytes = impl_->fit(changed, e.bytes);
  std::optional<task_record> now = changed;
  impl_->used = impl_->used - std::exchange(e.bytes, bytes) + bytes;
  e.task = std::move(changed);
  co_return now;
}

awaitable<std::vector<task_record>> memory_task_store::list(std::string owner,
                                                            std::string after,
                                                            std::size_t limit) {
  const std::lock_guard held(impl_->mutex);
  impl_->drop_expired();
  std::vector<task_record> page;
  for (auto at = impl_->by_owner.upper_bound({owner, after});
       at != impl_->by_owner.end() && at->first.first == owner && page.size() < limit; ++at)
    page.push_back(impl_->all.at(at->second).task);
  co_return page;
}

awaitable<void> memory_task_store::remove(std::string id) {
  const std::lock_guard held(impl_->mutex);
  const auto at = impl_->all.find(id);
  if (at != impl_->all.end()) impl_->erase(at);
  co_return;
}

std::size_t memory_task_store::count() const {
  const std::lock_guard held(impl_->mutex);
  return impl_->all.size();
}

std::size_t memory_task_store::bytes() const {
  const std::lock_guard held(impl_->mutex);
  return impl_->used;
}

}  // namespace comcp
