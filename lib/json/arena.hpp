#ifndef COMCP_LIB_JSON_ARENA_HPP
#define COMCP_LIB_JSON_ARENA_HPP

#include <boost/json/monotonic_resource.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "comcp/json/value.hpp"

namespace comcp::json {

/** Memory for the values of one message: taken piece by piece, given back all at once.

    Values in it must not outlive it. Copying a value, or moving it to another storage
    (`object(std::move(o), storage_ptr())`), takes it out.
*/
class arena {
 public:
  arena() = default;
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  storage_ptr storage() noexcept { return &*resource_; }
  /// Begins anew: a monotonic_resource that is only released goes on from the size of its last block, and
  /// doubles it for each message that needs one, until there is no such memory.
  void release() noexcept { resource_.emplace(first_.data(), first_.size()); }

 private:
  static constexpr std::size_t first_bytes = 4096;  // most messages need no more
  alignas(std::max_align_t) std::array<unsigned char, first_bytes> first_;
  std::optional<boost::json::monotonic_resource> resource_{std::in_place, first_.data(),
                                                           first_.size()};
};

/** Arenas to be used again. @par Thread safety none */
class arena_pool {
 public:
  /// An arena for as long as it lives, or none.
  class lease {
   public:
    lease() = default;
    lease(arena_pool& from, std::unique_ptr<arena> a) noexcept
        : from_(&from), arena_(std::move(a)) {}
    lease(lease&&) noexcept = default;
    lease& operator=(lease&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(arena_, other.arena_);
      return *this;
    }
    ~lease() {
      if (arena_) from_->give_back(std::move(arena_));
    }
    explicit operator bool() const noexcept { return arena_ != nullptr; }
    /// The default storage when there is none.
    storage_ptr storage() const noexcept { return arena_ ? arena_->storage() : storage_ptr(); }

   private:
    arena_pool* from_ = nullptr;
    std::unique_ptr<arena> arena_;
  };

  arena_pool() { spare_.reserve(most_spare); }

  lease take() {
    if (spare_.empty()) return {*this, std::make_unique_for_overwrite<arena>()};  // not zeroed
    lease l(*this, std::move(spare_.back()));
    spare_.pop_back();
    return l;
  }

 private:
  static constexpr std::size_t most_spare = 64;

  void give_back(std::unique_ptr<arena> a) noexcept {
    a->release();
    if (spare_.size() < most_spare) spare_.push_back(std::move(a));
  }

  std::vector<std::unique_ptr<arena>> spare_;
};

}  // namespace comcp::json

#endif
