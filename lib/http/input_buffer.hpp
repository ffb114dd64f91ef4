#ifndef COMCP_LIB_HTTP_INPUT_BUFFER_HPP
#define COMCP_LIB_HTTP_INPUT_BUFFER_HPP

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace comcp::http {

/** Bytes that were read and not used yet, in one piece.

    Between `prepare` and `commit` a read may be under way: bytes may be consumed meanwhile, but the
    storage doesn't move.
*/
class input_buffer {
 public:
  std::string_view data() const noexcept { return {storage_.get() + begin_, end_ - begin_}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t capacity() const noexcept { return capacity_; }

  void consume(std::size_t n) noexcept { begin_ += n; }
  void commit(std::size_t n) noexcept { end_ += n; }

  /// Room for at least so many bytes behind the data. An empty buffer that has grown far beyond
  /// what is wanted is given back first.
  asio::mutable_buffer prepare(std::size_t wanted) {
    if (empty()) {
      begin_ = end_ = 0;
      if (capacity_ > 4 * wanted) {
        storage_.reset();
        capacity_ = 0;
      }
    }
    if (capacity_ - end_ < wanted) {
      const auto used = size();
      if (capacity_ - used >= wanted) {
        std::memmove(storage_.get(), storage_.get() + begin_, used);
      } else {
        auto bigger = used * 2 > used + wanted ? used * 2 : used + wanted;
        std::unique_ptr<char[]> grown(new char[bigger]);  // not zeroed
        if (used > 0) std::memcpy(grown.get(), storage_.get() + begin_, used);
        storage_ = std::move(grown);
        capacity_ = bigger;
      }
      begin_ = 0;
      end_ = used;
    }
    return asio::mutable_buffer(storage_.get() + end_, capacity_ - end_);
  }

 private:
  std::unique_ptr<char[]> storage_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace comcp::http

#endif
