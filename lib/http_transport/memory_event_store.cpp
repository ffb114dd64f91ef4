#include <algorithm>
#include <deque>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

#include "comcp/http_transport/event_store.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp {

class memory_event_store::impl {
 public:
  impl(event_store_limits l, std::shared_ptr<event_store_usage> u)
      : limits_(l), usage_(u ? std::move(u) : std::make_shared<event_store_usage>()) {}
  ~impl() { usage_->bytes.fetch_sub(bytes_, std::memory_order_relaxed); }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  bool append(std::uint64_t stream, std::uint64_t number, std::string&& text);
  std::optional<std::vector<stored_event>> replay(std::uint64_t stream,
                                                  std::uint64_t after,
                                                  std::size_t max_bytes);
  void forget_old() noexcept;
  std::size_t count() const noexcept { return all_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct kept {
    std::uint64_t stream;
    stored_event event;
    time_point since;
  };
  // All of the session, oldest first, and where those of each stream are in it.
  using place = std::list<kept>::iterator;

  void forget(place at) noexcept;
  void evict(place at) noexcept {
    forget(at);
    usage_->evicted.fetch_add(1, std::memory_order_relaxed);
  }

  const event_store_limits limits_;
  const std::shared_ptr<event_store_usage> usage_;
  std::list<kept> all_;
  std::unordered_map<std::uint64_t, std::deque<place>> streams_;
  std::size_t bytes_ = 0;
};

// Only ever the oldest of its stream: each bound takes from the front, of the stream or of all.
void memory_event_store::impl::forget(place at) noexcept {
  const auto owner = streams_.find(at->stream);
  owner->second.pop_front();
  if (owner->second.empty()) streams_.erase(owner);
  const std::size_t freed = at->event.text.size();
  bytes_ -= freed;
  usage_->bytes.fetch_sub(freed, std::memory_order_relaxed);
  all_.erase(at);
}

void memory_event_store::impl::forget_old() noexcept {
  if (limits_.max_age() <= duration::zero()) return;
  const time_point now = this_shard().now();
  while (!all_.empty() && now - all_.front().since > limits_.max_age())
    forget(all_.begin());
}

bool memory_event_store::impl::append(std::uint64_t stream,
                                      std::uint64_t number,
                                      std::string&& text) {
  forget_old();
  const std::size_t size = text.size();
  std::list<kept> fresh;
  fresh.push_back(kept{stream, stored_event(number, std::move(text)), this_shard().now()});
  if (size > limits_.max_bytes() || limits_.max_events() == 0 || limits_.max_stream_events() == 0)
    return false;
  if (const auto own = streams_.find(stream);
      own != streams_.end() && own->second.size() >= limits_.max_stream_events())
    evict(own->second.front());
  while (!all_.empty() &&
         (all_.size() >= limits_.max_events() || bytes_ + size > limits_.max_bytes()))
    evict(all_.begin());
  // Others may take from the same total meanwhile: taken first, then looked at.
  usage_->bytes.fetch_add(size, std::memory_order_relaxed);
  while (usage_->bytes.load(std::memory_order_relaxed) > limits_.max_total_bytes()) {
    if (all_.empty()) {
      usage_->bytes.fetch_sub(size, std::memory_order_relaxed);
      return false;
    }
    evict(all_.begin());
  }
  try {
    streams_[stream].push_back(fresh.begin());
  } catch (...) {  // no memory: nothing of it stays
    const auto own = streams_.find(stream);
    if (own != streams_.end() && own->second.empty()) streams_.erase(own);
    usage_->bytes.fetch_sub(size, std::memory_order_relaxed);
    throw;
  }
  bytes_ += size;
  all_.splice(all_.end(), fresh);
  return true;
}

std::optional<std::vector<stored_event>> memory_event_store::impl::replay(std::uint64_t stream,
                                                                          std::uint64_t after,
                                                                          std::size_t max_bytes) {
  forget_old();
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return std::nullopt;
  const auto& events = found->second;
  auto at = std::partition_point(events.begin(), events.end(),
                                 [after](place p) { return p->event.number <= after; });
  std::vector<stored_event> result;
  for (std::size_t bytes = 0; at != events.end(); ++at) {
    bytes += (*at)->event.text.size();
    if (!result.empty() && bytes > max_bytes) break;
    result.push_back((*at)->event);
  }
  return result;
}

memory_event_store::memory_event_store(event_store_limits limits,
                                       std::shared_ptr<event_store_usage> shared)
    : impl_(std::make_unique<impl>(limits, std::move(shared))) {}

memory_event_store::~memory_event_store() = default;

awaitable<bool> memory_event_store::append(std::uint64_t stream,
                                           std::uint64_t number,
                                           std::string text) {
  co_return impl_->append(stream, number, std::move(text));
}

awaitable<std::optional<std::vector<stored_event>>> memory_event_store::replay(
    std::uint64_t stream, std::uint64_t after, std::size_t max_bytes) {
  co_return impl_->replay(stream, after, max_bytes);
}

void memory_event_store::tidy() noexcept {
  impl_->forget_old();
}

std::size_t memory_event_store::count() const noexcept {
  return impl_->count();
}
std::size_t memory_event_store::bytes() const noexcept {
  return impl_->bytes();
}

}  // namespace comcp
