#include "server/subscribers.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "comcp/scope/shard.hpp"
#include "scope/post_surely.hpp"

namespace comcp::detail {

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
  if (uris.contains(e.uri)) return true;
  // spec: the URI may be that of a part of the resource that was subscribed to
  for (std::size_t slash = e.uri.find('/'); slash != std::string::npos;
       slash = e.uri.find('/', slash + 1)) {
    if (uris.contains(std::string_view(e.uri).substr(0, slash)) ||
        uris.contains(std::string_view(e.uri).substr(0, slash + 1)))
      return true;
  }
  return false;
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
  if (ended_) who->end();
  return membership(*this, std::move(who));
}

void subscribers::publish(const change_event& e) noexcept {
  const std::lock_guard held(mutex_);
  for (const auto& s : all_)
    s->push(e);
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
  std::erase_if(all_, [&](const auto& s) { return s.get() == &who; });
}

}  // namespace comcp::detail
