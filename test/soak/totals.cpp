#include "soak/totals.hpp"

#include <algorithm>

namespace soak {

void totals::completed(const char* kind) {
  const std::lock_guard held(mutex_);
  ++kinds_[kind];
}

void totals::failed(const char* kind, const failure& f) {
  ++troubles_[static_cast<std::size_t>(f.what_kind)];
  constexpr const char* names[trouble_count] = {"refused", "lost",    "cut",
                                                "crossed", "doubled", "wrong"};
  const std::lock_guard held(mutex_);
  if (samples_.size() < 20)
    samples_.push_back(std::string(kind) + ": " + names[static_cast<std::size_t>(f.what_kind)] +
                       ": " + std::string(f.what()).substr(0, 300));
}

bool totals::clean() const {
  return std::ranges::all_of(troubles_, [](const auto& n) { return n == 0; });
}

std::map<std::string, std::uint64_t> totals::kinds() const {
  const std::lock_guard held(mutex_);
  return kinds_;
}

std::vector<std::string> totals::samples() const {
  const std::lock_guard held(mutex_);
  return samples_;
}

}  // namespace soak
