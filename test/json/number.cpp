// The private arithmetic on JSON numbers (lib/json/number.hpp).
#include "json/number.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>

namespace json = comcp::json;
using json::value;
using json::detail::compare_numbers;
using json::detail::is_integer;
using json::detail::is_multiple;

namespace {

// What the locals of later calls find where nobody initializes them. Recursive for AddressSanitizer,
// which gives out the frames of each size in turn.
template <std::size_t Size>
[[gnu::noinline]] char leave_digits_on_the_stack(int frames) {
  volatile char digits[Size];
  for (volatile char& d : digits)
    d = '7';
  return frames == 0 ? digits[0] : leave_digits_on_the_stack<Size>(frames - 1) + digits[1];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_number)

BOOST_AUTO_TEST_CASE(comparison_is_exact_across_kinds) {
  const value big(std::numeric_limits<std::uint64_t>::max());
  const value top(std::numeric_limits<std::int64_t>::max());
  const value bottom(std::numeric_limits<std::int64_t>::min());
  BOOST_TEST((compare_numbers(top, big) < 0));
  BOOST_TEST((compare_numbers(bottom, big) < 0));
  BOOST_TEST((compare_numbers(big, bottom) > 0));
  BOOST_TEST((compare_numbers(top, 9223372036854775808.0) < 0));
  BOOST_TEST((compare_numbers(9223372036854775808.0, top) > 0));
  BOOST_TEST((compare_numbers(bottom, -9223372036854775808.0) == 0));
  BOOST_TEST((compare_numbers(big, 18446744073709551616.0) < 0));
  BOOST_TEST((compare_numbers(9007199254740993, 9007199254740992.0) > 0));
  BOOST_TEST((compare_numbers(-1, -1.5) > 0));
  BOOST_TEST((compare_numbers(-2, -1.5) < 0));
  BOOST_TEST((compare_numbers(1.5, std::uint64_t{2}) < 0));
  BOOST_TEST((compare_numbers(0.1, 0.1) == 0));
  BOOST_TEST((compare_numbers(1, std::numeric_limits<double>::quiet_NaN()) ==
              std::partial_ordering::unordered));
}

BOOST_AUTO_TEST_CASE(a_number_without_fraction_is_an_integer) {
  BOOST_TEST(is_integer(1));
  BOOST_TEST(is_integer(1.0));
  BOOST_TEST(is_integer(1e300));
  BOOST_TEST(is_integer(-0.0));
  BOOST_TEST(!is_integer(1.5));
  BOOST_TEST(!is_integer(std::numeric_limits<double>::infinity()));
}

BOOST_AUTO_TEST_CASE(multiples_are_those_of_the_decimal_text) {
  BOOST_TEST(is_multiple(0.3, 0.1));
  BOOST_TEST(is_multiple(4.35, 0.01));
  BOOST_TEST(is_multiple(0.0075, 0.0001));
  BOOST_TEST(!is_multiple(0.00751, 0.0001));
  BOOST_TEST(is_multiple(std::int64_t{12391239123}, 1e-8));
  BOOST_TEST(!is_multiple(1e308, 0.123456789));
  BOOST_TEST(is_multiple(1e308, 0.5));
  BOOST_TEST(is_multiple(0, 7));
  BOOST_TEST(is_multiple(0.0, 7));
  BOOST_TEST(is_multiple(-10, 5));
  BOOST_TEST(is_multiple(-7.5, 2.5));
  BOOST_TEST(!is_multiple(5, 10));
  BOOST_TEST(is_multiple(100, 10));
  BOOST_TEST(is_multiple(std::numeric_limits<std::int64_t>::min(), 2));
  BOOST_TEST(is_multiple(std::numeric_limits<std::uint64_t>::max(), 5));
  BOOST_TEST(!is_multiple(5e-324, 1));
  BOOST_TEST(is_multiple(9007199254740994.0, 2));
  BOOST_TEST(!is_multiple(9007199254740994.0, 4));
}

BOOST_AUTO_TEST_CASE(a_multiple_does_not_depend_on_what_the_stack_holds) {
  for (const double divisor : {1.5, 0.0001, 2.5e-7}) {
    leave_digits_on_the_stack<32>(1000);
    leave_digits_on_the_stack<96>(1000);
    leave_digits_on_the_stack<200>(1000);
    leave_digits_on_the_stack<400>(1000);
    const bool multiple = is_multiple(3 * divisor, divisor);
    BOOST_TEST(multiple, divisor);
  }
}

BOOST_AUTO_TEST_SUITE_END()
