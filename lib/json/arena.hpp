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

    Values in it must not outlive it. Naming another storage takes a value out, whether it is copied or moved
    (`object(o, storage_ptr())`), so does assigning it to one that has another. A copy without one is in it, too.
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

/** Arenas to be used again.

    @par Lifetime leases may outlive it: the frames of a shard that is destroyed go in any order
    @par Thread safety none */
class arena_pool {
  struct shelf {
    std::vector<std::unique_ptr<arena>> spare;
    std::size_t lent = 0;
    bool has_owner = true;
  };

 public:
  /// An arena for as long as it lives, or none.
  class lease {
   public:
    lease() = default;
    lease(shelf& from, std::unique_ptr<arena> a) noexcept : from_(&from), arena_(std::move(a)) {
      ++from.lent;
    }
    lease(lease&&) noexcept = default;
    lease& operator=(lease&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(arena_, other.arena_);
      return *this;
    }
    ~lease() {
      if (arena_) give_back(*from_, std::move(arena_));
    }
    explicit operator bool() const noexcept { return arena_ != nullptr; }
    /// The default storage when there is none.
    storage_ptr storage() const noexcept { return arena_ ? arena_->storage() : storage_ptr(); }

   private:
    shelf* from_ = nullptr;
    std::unique_ptr<arena> arena_;
  };

  arena_pool() : shelf_(make_shelf().release()) {}
  ~arena_pool() {
    shelf_->spare.clear();
    shelf_->has_owner = false;
    if (shelf_->lent == 0) delete shelf_;
  }
  arena_pool(const arena_pool&) = delete;
  arena_pool& operator=(const arena_pool&) = delete;

  lease take() {
    auto& spare = shelf_->spare;
    if (spare.empty()) return {*shelf_, std::make_unique_for_overwrite<arena>()};  // not zeroed
    lease l(*shelf_, std::move(spare.back()));
    spare.pop_back();
    return l;
  }

 private:
  static constexpr std::size_t most_spare = 512;  // 2 MiB: calls that wait end many at a time

  static std::unique_ptr<shelf> make_shelf() {
    auto made = std::make_unique<shelf>();
    made->spare.reserve(most_spare);
    return made;
  }

  static void give_back(shelf& to, std::unique_ptr<arena> a) noexcept {
    --to.lent;
    if (!to.has_owner) {
      a.reset();
      if (to.lent == 0) delete &to;
      return;
    }
    a->release();
    if (to.spare.size() < most_spare) to.spare.push_back(std::move(a));
  }

  shelf* const shelf_;  // its own; without us, that of the last lease
};

}  // namespace comcp::json

#endif
