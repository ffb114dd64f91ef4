#include "server/subscribers.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "comcp/scope/shard.hpp"
#include "scope/post_surely.hpp"

namespace comcp::detail {

namespace {

/// The resource and those that it is a part of, until one does. spec: a change may be that of a part of the resource
/// that was subscribed to
template <class Predicate>
bool any_around(std::string_view uri, Predicate does) {
  if (does(uri)) return true;
  for (std::size_t slash = uri.find('/'); slash != std::string_view::npos;
       slash = uri.find('/', slash + 1)) {
    if (does(uri.substr(0, slash))) return true;
    if (slash + 1 < uri.size() && does(uri.substr(0, slash + 1))) return true;
  }
  return false;
}

}  // namespace

bool change_filter::wants(const change_event& e) const {
  switch (e.what) {
    case change_event::kind::tools:
      return tools;
    case change_event::kind::prompts:
      return prompts;
    case change_event::kind::resources:
      return resources;
    case change_event::kind::topic:
      return topics.contains(e.uri);
    case change_event::kind::resource_updated:
      break;
  }
  return any_around(e.uri, [&](std::string_view around) { return uris.contains(around); });
}

std::vector<change_event> change_filter::all() const {
  std::vector<change_event> changed;
  if (tools) changed.emplace_back(change_event::kind::tools);
  if (prompts) changed.emplace_back(change_event::kind::prompts);
  if (resources) changed.emplace_back(change_event::kind::resources);
  for (const std::string& uri : uris)
    changed.emplace_back(change_event::kind::resource_updated, uri);
  return changed;
}

void change_queue::push(const change_event& e) {
  std::pair<int, std::string> key(static_cast<int>(e.what), e.uri);
  if (known_.contains(key)) {
    if (e.what == change_event::kind::topic)
      *std::ranges::find_if(
          waiting_, [&](const change_event& w) { return w.what == e.what && w.uri == e.uri; }) = e;
    return;
  }
  if (waiting_.size() >= limit_) {
    overflowed_ = true;
    return;
  }
  waiting_.push_back(e);
  known_.insert(std::move(key));
}

std::vector<change_event> change_queue::take() {
  known_.clear();
  return std::exchange(waiting_, {});
}

subscriber::subscriber(shard& home,
                       change_filter wanted,
                       std::size_t limit,
                       std::function<void()> on_ready)
    : home_(home), filter_(std::move(wanted)), queue_(limit), on_ready_(std::move(on_ready)) {}

void subscriber::push(const change_event& e) noexcept {
  const std::lock_guard held(mutex_);
  if (closed_ || ended_ || !filter_.wants(e)) return;
  try {
    queue_.push(e);
  } catch (const std::bad_alloc&) {
    queue_.lost_one();
  }
  wake();
}

void subscriber::end() noexcept {
  const std::lock_guard held(mutex_);
  if (closed_ || std::exchange(ended_, true)) return;
  wake();
}

// Under the lock, so that the home shard can't end in between: it closes its subscribers first.
void subscriber::wake() noexcept {
  if (std::exchange(woken_, true)) return;
  post_surely(home_, [self = shared_from_this()] {
    {
      const std::lock_guard held(self->mutex_);
      self->woken_ = false;
      if (self->closed_) return;
    }
    self->on_ready_();
  });
}

std::vector<change_event> subscriber::take() {
  const std::lock_guard held(mutex_);
  return queue_.take();
}

std::vector<change_event> subscriber::take_or_all() {
  const std::lock_guard held(mutex_);
  if (!queue_.overflowed()) return queue_.take();
  auto changed = filter_.all();
  queue_.clear();
  return changed;
}

bool subscriber::ended() const {
  const std::lock_guard held(mutex_);
  return ended_;
}

bool subscriber::overflowed() const {
  const std::lock_guard held(mutex_);
  return queue_.overflowed();
}

void subscriber::close() noexcept {
  const std::lock_guard held(mutex_);
  closed_ = true;
}

subscribers::membership subscribers::add(std::shared_ptr<subscriber> who) {
  const std::lock_guard held(mutex_);
  all_.push_back(who);
  try {
    who->with_filter([&](const change_filter& f) {
      for (const std::string& uri : f.uris)
        enter(by_uri_, uri, *who);
      for (const std::string& topic : f.topics)
        enter(by_topic_, topic, *who);
    });
  } catch (...) {  // no memory
    leave_all(*who);
    all_.pop_back();
    throw;
  }
  if (ended_) who->end();
  return membership(*this, std::move(who));
}

void subscribers::enter(index& in, std::string_view name, subscriber& who) {
  const auto at = in.find(name);
  if (at != in.end())
    at->second.push_back(&who);
  else
    in.emplace(std::string(name), std::vector<subscriber*>(1, &who));
}

void subscribers::leave(index& in, std::string_view name, subscriber& who) noexcept {
  const auto at = in.find(name);
  if (at == in.end()) return;
  std::erase(at->second, &who);
  if (at->second.empty()) in.erase(at);
}

void subscribers::leave_all(subscriber& who) noexcept {
  who.with_filter([&](const change_filter& f) {
    for (const std::string& uri : f.uris)
      leave(by_uri_, uri, who);
    for (const std::string& topic : f.topics)
      leave(by_topic_, topic, who);
  });
}

bool subscribers::want(subscriber& who, std::string_view uri, std::size_t limit) {
  const std::lock_guard held(mutex_);
  return who.with_filter([&](change_filter& f) {
    if (f.uris.contains(uri)) return true;
    if (f.uris.size() >= limit) return false;
    const auto fresh = f.uris.emplace(uri).first;
    try {
      enter(by_uri_, uri, who);
    } catch (...) {  // no memory
      f.uris.erase(fresh);
      throw;
    }
    return true;
  });
}

void subscribers::want_no_more(subscriber& who, std::string_view uri) noexcept {
  const std::lock_guard held(mutex_);
  who.with_filter([&](change_filter& f) {
    const auto at = f.uris.find(uri);
    if (at == f.uris.end()) return;
    f.uris.erase(at);
    leave(by_uri_, uri, who);
  });
}

void subscribers::tell(const index& in, std::string_view name, const change_event& e) noexcept {
  const auto at = in.find(name);
  if (at == in.end()) return;
  for (subscriber* who : at->second)
    if (std::exchange(who->told_, publications_) != publications_) who->push(e);
}

void subscribers::publish(const change_event& e) noexcept {
  const std::lock_guard held(mutex_);
  ++publications_;
  switch (e.what) {
    case change_event::kind::tools:
    case change_event::kind::prompts:
    case change_event::kind::resources:
      for (const auto& who : all_)
        who->push(e);
      break;
    case change_event::kind::topic:
      tell(by_topic_, e.uri, e);
      break;
    case change_event::kind::resource_updated:
      any_around(e.uri, [&](std::string_view around) {
        tell(by_uri_, around, e);
        return false;
      });
      break;
  }
}

void subscribers::end_all() noexcept {
  const std::lock_guard held(mutex_);
  ended_ = true;
  for (const auto& s : all_)
    s->end();
}

std::size_t subscribers::count() const {
  const std::lock_guard held(mutex_);
  return all_.size();
}

void subscribers::remove(subscriber& who) noexcept {
  who.close();
  const std::lock_guard held(mutex_);
  leave_all(who);
  std::erase_if(all_, [&](const auto& s) { return s.get() == &who; });
}

}  // namespace comcp::detail
