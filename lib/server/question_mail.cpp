#include "server/question_mail.hpp"

#include <algorithm>

namespace comcp::detail {

void question_mail::push(item i) {
  const std::lock_guard held(mutex_);
  entries one;
  one.emplace_back(std::move(i));
  if (one.front().is_notification()) {
    const auto queued = std::ranges::count_if(all_, &entry::is_notification);
    if (limit_ == 0) return;
    if (static_cast<std::size_t>(queued) >= limit_)
      all_.erase(std::ranges::find_if(all_, &entry::is_notification));
  }
  all_.splice(all_.end(), one);
}

std::optional<question_mail::item> question_mail::take() {
  const std::lock_guard held(mutex_);
  const auto first = std::ranges::find(all_, false, &entry::on_its_way);
  if (first == all_.end()) return std::nullopt;
  std::optional<item> taken;
  if (first->is_notification()) {
    taken.emplace(std::move(first->what));
    all_.erase(first);
  } else {
    taken.emplace(first->what);
    first->on_its_way = true;
  }
  return taken;
}

bool question_mail::empty() const {
  const std::lock_guard held(mutex_);
  return std::ranges::all_of(all_, &entry::on_its_way);
}

bool question_mail::has_question() const {
  const std::lock_guard held(mutex_);
  return std::ranges::any_of(all_,
                             [](const entry& e) { return !e.is_notification() && !e.on_its_way; });
}

void question_mail::clear() {
  const std::lock_guard held(mutex_);
  for (const entry& e : std::exchange(all_, {}))
    if (e.on_its_way) e.asked_in.cancel("the call is over");
}

question_mail::entries::iterator question_mail::find(const std::string& key) noexcept {
  return std::ranges::find_if(all_, [&](const entry& e) { return e.what.question == key; });
}

bool question_mail::deliver(const std::string& key, remote_canceller scope) {
  const std::lock_guard held(mutex_);
  const auto at = find(key);
  if (at == all_.end() || !at->on_its_way) return false;
  at->asked_in = std::move(scope);
  return true;
}

void question_mail::delivered(const std::string& key) {
  const std::lock_guard held(mutex_);
  const auto at = find(key);
  if (at != all_.end() && at->on_its_way) all_.erase(at);
}

bool question_mail::again(const std::string& key) noexcept {
  const std::lock_guard held(mutex_);
  const auto at = find(key);
  if (at == all_.end() || !at->on_its_way) return false;
  at->on_its_way = false;
  at->asked_in = {};
  return true;
}

void question_mail::withdraw(const std::string& key) {
  const std::lock_guard held(mutex_);
  const auto at = find(key);
  if (at == all_.end()) return;
  const remote_canceller asked_in = at->on_its_way ? at->asked_in : remote_canceller();
  all_.erase(at);
  asked_in.cancel("no longer needed");
}

void question_mail::listeners(int more) {
  const std::lock_guard held(mutex_);
  listeners_ += more;
}

bool question_mail::listened_to() const {
  const std::lock_guard held(mutex_);
  return listeners_ > 0;
}

}  // namespace comcp::detail
