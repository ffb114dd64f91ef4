#ifndef COMCP_TEST_FAULTS_FAILING_ALLOCATIONS_HPP
#define COMCP_TEST_FAULTS_FAILING_ALLOCATIONS_HPP

// Memory that runs out at the N-th allocation: `operator new` of this program, and `aligned_alloc`, where
// Asio gets its operations and the frames of coroutines from.

#include <cstddef>

namespace faults {

/** While one exists, the n-th allocation of all threads fails.

    Threads that hold an `unfailing` don't take part. Should the program be terminated because of the
    failure, it says where the allocation was. */
class failing_allocation {
 public:
  /// `n` counts from 1.
  explicit failing_allocation(std::size_t n) noexcept;
  ~failing_allocation();
  failing_allocation(const failing_allocation&) = delete;
  failing_allocation& operator=(const failing_allocation&) = delete;

  /// There were so many.
  bool struck() const noexcept;
};

/// Writes to stderr where the last one was that failed, for addr2line.
void print_last_failure() noexcept;

/// The calling thread's allocations succeed, and don't count.
class unfailing {
 public:
  unfailing() noexcept;
  ~unfailing();
  unfailing(const unfailing&) = delete;
  unfailing& operator=(const unfailing&) = delete;
};

/// Inside of an `unfailing`, they may fail again.
class failing_again {
 public:
  failing_again() noexcept;
  ~failing_again();
  failing_again(const failing_again&) = delete;
  failing_again& operator=(const failing_again&) = delete;

 private:
  int depth_;
};

/// Fails where an allocation would: for what stands for something else that allocates.
void may_fail();

}  // namespace faults

#endif
