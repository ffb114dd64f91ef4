#include "units.hpp"

#include <boost/test/unit_test.hpp>

using namespace comcp::program;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(program_units)

BOOST_AUTO_TEST_CASE(durations_have_units_and_bare_numbers_are_seconds) {
  const std::pair<const char*, int> rows[] = {{"0", 0},       {"5", 5000},    {"5s", 5000},
                                              {"500ms", 500}, {"2m", 120000}, {"1h", 3600000},
                                              {"0ms", 0}};
  for (const auto& [text, expected] : rows) {
    const auto value = parse_duration(text);
    BOOST_TEST_REQUIRE(value.has_value(), text);
    BOOST_TEST(value->count() == expected, text);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  for (const char* const text :
       {"", "s", "-1", "1.5s", "5 s", "5sec", " 5s", "5s ", "9000h", "99999999999999999999"}) {
    BOOST_TEST(!parse_duration(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(durations_are_shown_as_they_can_be_written) {
  for (const char* const text : {"0s", "5s", "500ms", "90s", "2m", "1h"}) {
    BOOST_TEST(duration_text(parse_duration(text).value()) == text);
  }
}

BOOST_AUTO_TEST_CASE(sizes_have_units_and_bare_numbers_are_bytes) {
  const std::pair<const char*, std::size_t> rows[] = {{"1", 1},          {"1000", 1000},
                                                      {"64KiB", 65536},  {"64K", 65536},
                                                      {"4MiB", 4194304}, {"2G", 2147483648}};
  for (const auto& [text, expected] : rows)
    BOOST_TEST(parse_size(text).value() == expected, text);
  for (const char* const text : {"", "0", "K", "-1", "4MB", "4mib", "99999999999G"}) {
    BOOST_TEST(!parse_size(text).has_value(), text);
  }
  for (const char* const text : {"1000", "64KiB", "4MiB", "1GiB"}) {
    BOOST_TEST(size_text(parse_size(text).value()) == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
