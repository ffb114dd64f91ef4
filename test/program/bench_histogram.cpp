#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "bench/histogram.hpp"

using comcp::bench::histogram;

BOOST_AUTO_TEST_SUITE(bench_histogram)

BOOST_AUTO_TEST_CASE(an_empty_one_says_zero) {
  const histogram h;
  BOOST_TEST(h.count() == 0U);
  BOOST_TEST(h.percentile(50) == 0U);
  BOOST_TEST(h.min() == 0U);
  BOOST_TEST(h.max() == 0U);
  BOOST_TEST(h.mean() == 0.0);
}

BOOST_AUTO_TEST_CASE(values_below_256_are_exact) {
  histogram h;
  for (std::uint64_t v = 0; v < 256; ++v)
    h.add(v);
  for (int p = 1; p <= 100; ++p) {
    BOOST_TEST(h.percentile(p) == static_cast<std::uint64_t>(std::ceil(p * 2.56)) - 1);
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_never_below_and_at_most_a_128th_above) {
  std::mt19937_64 random(1);
  for (const unsigned bits : {9U, 20U, 33U, 62U}) {
    std::vector<std::uint64_t> values;
    histogram h;
    for (int i = 0; i < 10'000; ++i) {
      values.push_back(random() >> (64 - bits));
      h.add(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double p : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
      const auto rank = std::max(1.0, std::ceil(p / 100 * 10'000 - 1e-6));
      const std::uint64_t exact = values[static_cast<std::size_t>(rank) - 1];
      BOOST_TEST(h.percentile(p) >= exact);
      BOOST_TEST(h.percentile(p) - exact <= exact / 128);
    }
    BOOST_TEST(h.percentile(100) == values.back());
    BOOST_TEST(h.min() == values.front());
    BOOST_TEST(h.max() == values.back());
  }
}

BOOST_AUTO_TEST_CASE(the_largest_value_has_a_bucket) {
  histogram h;
  h.add(UINT64_MAX);
  h.add(std::uint64_t{1} << 63U);
  BOOST_TEST(h.percentile(100) == UINT64_MAX);
  BOOST_TEST(h.percentile(1) >= std::uint64_t{1} << 63U);
}

BOOST_AUTO_TEST_CASE(the_mean_is_exact_and_clearing_forgets) {
  histogram h;
  h.add(1'000'000'001);
  h.add(3'000'000'003);
  BOOST_TEST(h.mean() == 2'000'000'002.0);
  h.clear();
  BOOST_TEST(h.count() == 0U);
  BOOST_TEST(h.percentile(99) == 0U);
  h.add(7);
  BOOST_TEST(h.min() == 7U);
  BOOST_TEST(h.max() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
