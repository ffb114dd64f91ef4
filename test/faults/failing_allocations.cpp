#include "faults/failing_allocations.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

namespace faults {

namespace {

// One source of failures at a time.
std::atomic<bool> armed{false};
std::atomic<std::size_t> fails_at{0};
std::atomic<std::size_t> counted{0};
constinit thread_local int exempt = 0;

/// Where the last failure was; for the case that nobody survives it.
class failure_trace {
 public:
  failure_trace() noexcept {
    size_ = ::backtrace(frames_, max_frames);  // loads what it needs, which allocates
    std::set_terminate([] {
      constexpr char text[] = "terminated; the allocation that failed:\n";
      [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text, sizeof text - 1);
      last.print();
      std::abort();
    });
  }
  void take() noexcept { size_ = ::backtrace(frames_, max_frames); }
  void print() const noexcept { ::backtrace_symbols_fd(frames_, size_, STDERR_FILENO); }

 private:
  static constexpr int max_frames = 40;
  static failure_trace last;
  friend bool fails() noexcept;
  friend void faults::print_last_failure() noexcept;
  void* frames_[max_frames];
  int size_ = 0;
};
failure_trace failure_trace::last;

bool fails() noexcept {
  if (exempt != 0 || !armed.load(std::memory_order_relaxed)) return false;
  const std::size_t n = counted.fetch_add(1, std::memory_order_relaxed) + 1;
  if (n != fails_at.load(std::memory_order_relaxed)) return false;
  ++exempt;
  failure_trace::last.take();
  --exempt;
  return true;
}

void* allocate(std::size_t size) {
  if (fails()) throw std::bad_alloc();
  if (void* p = std::malloc(size != 0 ? size : 1)) return p;
  throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t align) {
  if (fails()) throw std::bad_alloc();
  void* p = nullptr;
  if (::posix_memalign(&p, static_cast<std::size_t>(align), size) == 0) return p;
  throw std::bad_alloc();
}

}  // namespace

void print_last_failure() noexcept {
  failure_trace::last.print();
}

failing_allocation::failing_allocation(std::size_t n) noexcept {
  counted = 0;
  fails_at = n;
  armed = true;
}

failing_allocation::~failing_allocation() {
  armed = false;
}

bool failing_allocation::struck() const noexcept {
  return counted >= fails_at;
}

unfailing::unfailing() noexcept {
  ++exempt;
}

unfailing::~unfailing() {
  --exempt;
}

failing_again::failing_again() noexcept : depth_(std::exchange(exempt, 0)) {}

failing_again::~failing_again() {
  exempt = depth_;
}

void may_fail() {
  if (fails()) throw std::bad_alloc();
}

}  // namespace faults

// Asio calls it in our own objects, where the linker turns it over to this one.
extern "C" {
void* __real_aligned_alloc(std::size_t align, std::size_t size);
void* __wrap_aligned_alloc(std::size_t align, std::size_t size) {
  return faults::fails() ? nullptr : __real_aligned_alloc(align, size);
}
}

void* operator new(std::size_t size) {
  return faults::allocate(size);
}
void* operator new[](std::size_t size) {
  return faults::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t align) {
  return faults::allocate(size, align);
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return faults::allocate(size, align);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return faults::fails() ? nullptr : std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return faults::fails() ? nullptr : std::malloc(size);
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete[](void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete(void* p, const std::nothrow_t&) noexcept {
  std::free(p);
}
void operator delete[](void* p, const std::nothrow_t&) noexcept {
  std::free(p);
}
