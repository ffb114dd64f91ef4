// Threads that can't be made: a runtime runs with all of its shards, or says that it can't.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <new>

#include "comcp/scope/runtime.hpp"
#include "faults/failing_allocations.hpp"

using namespace comcp;

BOOST_AUTO_TEST_SUITE(faults_threads)

BOOST_AUTO_TEST_CASE(a_runtime_starts_all_of_its_threads_or_none) {
  // What the threads themselves need comes first.
  for (std::size_t n = 1; n <= 5; ++n) {
    runtime several(runtime_options().threads(3));
    std::atomic<int> mains{0};
    bool threw = false;
    {
      const faults::failing_allocation armed(n);
      try {
        several.run([&](shard&) -> awaitable<void> {
          ++mains;
          co_return;
        });
      } catch (const std::bad_alloc&) {
        threw = true;
      }
      BOOST_TEST(armed.struck());
    }
    BOOST_TEST(threw, "allocation " << n);
    BOOST_TEST(mains == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
