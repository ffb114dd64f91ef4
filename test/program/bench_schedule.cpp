#include <boost/test/unit_test.hpp>

#include "bench/bench_options.hpp"
#include "bench/schedule.hpp"

using namespace comcp::bench;
using namespace std::chrono_literals;

namespace {

const steady::time_point start{std::chrono::hours(1)};

bench_options options(std::size_t requests, double rate = 0) {
  bench_options out;
  out.requests = requests;
  out.rate = rate;
  out.warmup = 1s;
  out.duration = 2s;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bench_schedule)

BOOST_AUTO_TEST_CASE(nothing_is_due_before_the_beginning) {
  schedule s(options(0));
  BOOST_TEST(!s.take(start));
  BOOST_TEST(!s.is_over(start));
  BOOST_TEST((s.next() == steady::time_point::max()));
}

BOOST_AUTO_TEST_CASE(without_a_rate_a_request_is_due_whenever_somebody_is_free) {
  schedule s(options(0));
  s.begin(start);
  BOOST_TEST((s.take(start + 5ms) == start + 5ms));
  BOOST_TEST((s.measured_from() == start + 1s));
  BOOST_TEST(s.take(start + 3s - 1ns).has_value());
  BOOST_TEST(!s.take(start + 3s));
  BOOST_TEST(s.is_over(start + 3s));
  BOOST_TEST(s.unsent(start + 3s) == 0U);
}

BOOST_AUTO_TEST_CASE(a_number_of_requests_counts_from_the_end_of_the_warm_up) {
  schedule s(options(2));
  s.begin(start);
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(s.take(start + 10ms).has_value());
  BOOST_TEST(s.take(start + 1s).has_value());
  BOOST_TEST(!s.is_over(start + 1h));
  BOOST_TEST(s.take(start + 1h).has_value());
  BOOST_TEST(s.is_over(start + 1h));
  BOOST_TEST(!s.take(start + 1h));
}

BOOST_AUTO_TEST_CASE(with_a_rate_requests_are_due_at_fixed_times) {
  schedule s(options(0, 100));
  s.begin(start);
  BOOST_TEST((s.take(start) == start));
  BOOST_TEST(!s.take(start + 9ms));
  BOOST_TEST((s.next() == start + 10ms));
  BOOST_TEST((s.take(start + 10ms) == start + 10ms));
}

// What coordinated omission would hide: who is sent late has waited.
BOOST_AUTO_TEST_CASE(what_is_sent_late_is_still_due_when_it_was) {
  schedule s(options(0, 100));
  s.begin(start);
  for (int i = 0; i < 50; ++i)
    BOOST_TEST((s.take(start + 500ms) == start + i * 10ms));
}

BOOST_AUTO_TEST_CASE(what_nobody_was_free_for_is_counted) {
  schedule s(options(0, 100));
  s.begin(start);
  for (int i = 0; i < 40; ++i)
    s.take(start + 3s - 1ns);
  BOOST_TEST(s.unsent(start + 3s) == 260U);
  BOOST_TEST(s.unsent(start + 4s) == 260U);
}

BOOST_AUTO_TEST_SUITE_END()
