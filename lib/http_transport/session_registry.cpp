#include "http_transport/session_registry.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace comcp::detail {

session_entry::session_entry(std::string session_id,
                             reached_by how,
                             std::shared_ptr<session> s,
                             std::shared_ptr<session_streams> resumable)
    : id(std::move(session_id)),
      way(how),
      conversation(std::move(s)),
      streams(std::move(resumable)) {}

void session_entry::stream_closed(time_point now) noexcept {
  --open_streams_;
  last_stream_ = now;
}

time_point session_entry::idle_since(time_point now) const noexcept {
  if (open_streams_ != 0 || conversation->in_flight_count() != 0) return now;
  return std::max(conversation->last_activity(), last_stream_);
}

bool same_principal(const principal* a, const principal* b) noexcept {
  if (a == nullptr || b == nullptr) return a == b;
  return a->subject == b->subject && a->issuer == b->issuer;
}

void session_registry::add(std::shared_ptr<session_entry> entry) {
  entries_.insert_or_assign(entry->id, std::move(entry));
}

std::shared_ptr<session_entry> session_registry::find(std::string_view id,
                                                      const principal* caller,
                                                      reached_by way) const {
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second->way != way) return nullptr;
  const session& s = *at->second->conversation;
  if (s.closed() || !same_principal(s.options().on_behalf_of().get(), caller)) return nullptr;
  return at->second;
}

void session_registry::remove(const session_entry& entry) noexcept {
  const auto at = entries_.find(entry.id);
  if (at != entries_.end() && at->second.get() == &entry) entries_.erase(at);
}

time_point session_registry::reap(time_point now,
                                  duration limit,
                                  const std::function<void(const session_entry&)>& closed) {
  time_point next = time_after(now, limit);
  for (const auto& [id, entry] : entries_) {
    if (entry->conversation->closed()) continue;
    const time_point due = time_after(entry->idle_since(now), limit);
    if (due > now) {
      next = std::min(next, due);
      continue;
    }
    entry->conversation->close("the session was idle for too long");
    closed(*entry);
  }
  return next;
}

void session_registry::tidy() noexcept {
  for (const auto& [id, entry] : entries_)
    if (entry->streams) entry->streams->tidy();
}

void session_registry::drain(duration limit) {
  for (const auto& [id, entry] : entries_) {
    if (entry->way != reached_by::http_sse) entry->conversation->attach_standalone(nullptr);
    entry->conversation->drain("the server is shutting down", limit);
  }
}

}  // namespace comcp::detail
