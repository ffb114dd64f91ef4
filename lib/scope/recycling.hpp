#ifndef COMCP_LIB_SCOPE_RECYCLING_HPP
#define COMCP_LIB_SCOPE_RECYCLING_HPP

#include <boost/asio/recycling_allocator.hpp>

#include <cstddef>
#include <memory>

#include "comcp/awaitable.hpp"

namespace comcp::detail {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COMCP_DETAIL_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COMCP_DETAIL_SANITIZED
#endif
#endif

/** For what each request makes and unmakes: the thread's event loop keeps the memory for the next one. Not under
    a sanitizer, which would see no use behind the end. */
#ifdef COMCP_DETAIL_SANITIZED
template <class T>
using recycling_allocator = std::allocator<T>;
#undef COMCP_DETAIL_SANITIZED
#else
template <class T>
using recycling_allocator = asio::recycling_allocator<T>;
#endif

/// Base of what is made by `new` and should be recycled.
template <class T>
class recycled {
 public:
  static void* operator new(std::size_t) { return recycling_allocator<T>().allocate(1); }
  static void operator delete(void* p) noexcept {
    recycling_allocator<T>().deallocate(static_cast<T*>(p), 1);
  }

 protected:
  recycled() = default;
  ~recycled() = default;
};

}  // namespace comcp::detail

#endif
