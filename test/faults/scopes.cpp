// Scopes and tasks when memory runs out: whoever waits hears of it, and nothing ends the process.

#include <boost/test/unit_test.hpp>

#include <exception>
#include <new>
#include <vector>

#include "comcp/scope/blocking.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/scope.hpp"
#include "comcp/testing/virtual_time.hpp"
#include "faults/failing_allocations.hpp"

using namespace comcp;
using namespace std::chrono_literals;

namespace {

/// Fails each allocation of the body in turn, each time on a new shard. Returns how many there were.
template <class Body>
std::size_t sweep(Body body) {
  for (std::size_t n = 1;; ++n) {
    bool struck = false;
    testing::virtual_shard vs;
    body(vs, [&](auto task) {
      const faults::failing_allocation armed(n);
      try {
        vs.run(std::move(task));
      } catch (const std::bad_alloc&) {
      } catch (const exception_group&) {
      }
      struck = armed.struck();
    });
    BOOST_TEST(vs.leftovers() == "");
    if (!struck) return n - 1;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults_scopes)

BOOST_AUTO_TEST_CASE(a_root_that_can_not_be_started_leaves_nothing_behind) {
  BOOST_TEST(sweep([](testing::virtual_shard&, auto run) {
               run([]() -> awaitable<void> { co_return; });
             }) != 0u);
}

BOOST_AUTO_TEST_CASE(errors_that_are_sorted_without_memory_stay_as_they_are) {
  BOOST_TEST(sweep([](testing::virtual_shard&, auto run) {
               run([]() -> awaitable<void> {
                 co_await with_task_group([](task_group& g) -> awaitable<void> {
                   g.start_soon([&g]() -> awaitable<void> {
                     std::vector<std::exception_ptr> errors;
                     errors.push_back(std::make_exception_ptr(cancelled{"one"}));
                     errors.push_back(std::make_exception_ptr(std::bad_alloc()));
                     exception_group both{std::move(errors)};
                     g.cancel();
                     throw both;
                     co_return;
                   });
                   co_await checkpoint();
                 });
               });
             }) != 0u);
}

BOOST_AUTO_TEST_CASE(blocking_work_that_ends_without_memory_is_told) {
  blocking_pool pool{1, 60s};
  BOOST_TEST(sweep([&](testing::virtual_shard& vs, auto run) {
               vs.shard().pool(pool);
               run([]() -> awaitable<void> { co_await run_blocking([] {}); });
             }) != 0u);
  BOOST_TEST(pool.pending() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
