#include "server/question_mail.hpp"

#include <algorithm>
#include <utility>

namespace comcp::detail {

namespace {
bool is_notification(const question_mail::item& i) noexcept {
  return i.question.empty();
}
}  // namespace

void question_mail::push(item i) {
  const std::lock_guard held(mutex_);
  if (is_notification(i)) {
    const auto queued = std::ranges::count_if(items_, is_notification);
    if (limit_ == 0) return;
    if (static_cast<std::size_t>(queued) >= limit_)
      items_.erase(std::ranges::find_if(items_, is_notification));
  }
  items_.push_back(std::move(i));
}

std::optional<question_mail::item> question_mail::take() {
  const std::lock_guard held(mutex_);
  if (items_.empty()) return std::nullopt;
  std::optional<item> first(std::move(items_.front()));
  items_.pop_front();
  if (!is_notification(*first)) on_its_way_[first->question];
  return first;
}

bool question_mail::empty() const {
  const std::lock_guard held(mutex_);
  return items_.empty();
}

bool question_mail::has_question() const {
  const std::lock_guard held(mutex_);
  return !std::ranges::all_of(items_, is_notification);
}

void question_mail::clear() {
  const std::lock_guard held(mutex_);
  items_.clear();
  for (const auto& [key, scope] : std::exchange(on_its_way_, {}))
    scope.cancel("the call is over");
}

bool question_mail::deliver(const std::string& key, remote_canceller scope) {
  const std::lock_guard held(mutex_);
  const auto at = on_its_way_.find(key);
  if (at == on_its_way_.end()) return false;
  at->second = std::move(scope);
  return true;
}

void question_mail::delivered(const std::string& key) {
  const std::lock_guard held(mutex_);
  on_its_way_.erase(key);
}

void question_mail::again(item i) {
  const std::lock_guard held(mutex_);
  if (on_its_way_.erase(i.question) != 0) items_.push_front(std::move(i));
}

void question_mail::withdraw(const std::string& key) {
  const std::lock_guard held(mutex_);
  if (std::erase_if(items_, [&](const item& i) { return i.question == key; }) != 0) return;
  const auto at = on_its_way_.find(key);
  if (at == on_its_way_.end()) return;
  at->second.cancel("no longer needed");
  on_its_way_.erase(at);
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
