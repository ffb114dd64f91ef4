#include "session/spare_text.hpp"

#include <cstddef>
#include <utility>

namespace comcp::detail {

namespace {

constexpr std::size_t most_results = 500;  // are shorter: one allocation
constexpr std::size_t most_kept = std::size_t{16} * 1024;

thread_local std::string spare;

}  // namespace

std::string spare_text() {
  std::string text = std::exchange(spare, std::string());
  text.clear();
  text.reserve(most_results);
  return text;
}

void give_back_text(std::string text) noexcept {
  if (text.capacity() <= most_kept) spare = std::move(text);
}

}  // namespace comcp::detail
