#ifndef COMCP_LIB_SERVER_SORTED_ENTRIES_HPP
#define COMCP_LIB_SERVER_SORTED_ENTRIES_HPP

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

namespace comcp::detail {

/** An immutable list of shared entries, sorted by their key: changed by making another one.

    Entry has `std::string_view key() const`.
*/
template <class Entry>
class sorted_entries {
 public:
  using pointer = std::shared_ptr<const Entry>;

  const std::vector<pointer>& all() const noexcept { return all_; }
  bool empty() const noexcept { return all_.empty(); }
  std::size_t size() const noexcept { return all_.size(); }

  pointer find(std::string_view key) const {
    const auto at = position(key);
    return at != all_.end() && (*at)->key() == key ? *at : nullptr;
  }
  /// The first entry behind the key.
  std::size_t index_behind(std::string_view key) const {
    auto at = position(key);
    if (at != all_.end() && (*at)->key() == key) ++at;
    return static_cast<std::size_t>(at - all_.begin());
  }

  /// The list with this entry, in place of one with the same key.
  sorted_entries with(pointer entry) const {
    sorted_entries changed;
    changed.all_.reserve(all_.size() + 1);
    const auto at = position(entry->key());
    changed.all_.assign(all_.begin(), at);
    const bool replaces = at != all_.end() && (*at)->key() == entry->key();
    changed.all_.push_back(std::move(entry));
    changed.all_.insert(changed.all_.end(), replaces ? at + 1 : at, all_.end());
    return changed;
  }
  sorted_entries without(std::string_view key) const {
    sorted_entries changed;
    changed.all_.reserve(all_.size());
    for (const pointer& e : all_)
      if (e->key() != key) changed.all_.push_back(e);
    return changed;
  }

 private:
  typename std::vector<pointer>::const_iterator position(std::string_view key) const {
    return std::lower_bound(all_.begin(), all_.end(), key,
                            [](const pointer& e, std::string_view k) { return e->key() < k; });
  }

  std::vector<pointer> all_;
};

}  // namespace comcp::detail

#endif
