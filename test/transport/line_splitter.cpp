#include "comcp/transport/line_splitter.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

using comcp::line_splitter;

constexpr std::size_t limit = 8;

// Feeds `input` in pieces of `step` bytes; what came out, "<oversize>" for a line that was skipped.
std::vector<std::string> split(std::string_view input,
                               std::size_t step,
                               std::size_t max_line_bytes = limit) {
  line_splitter lines(max_line_bytes);
  std::vector<std::string> out;
  for (;;) {
    switch (lines.next()) {
      case line_splitter::event::line:
        out.emplace_back(lines.text());
        break;
      case line_splitter::event::oversize:
        out.emplace_back("<oversize>");
        break;
      case line_splitter::event::end:
        return out;
      case line_splitter::event::need_more: {
        if (input.empty()) {
          lines.finish();
          break;
        }
        auto space = lines.space();
        const std::size_t count = std::min({step, input.size(), space.size()});
        std::memcpy(space.data(), input.data(), count);
        lines.filled(count);
        input.remove_prefix(count);
      }
    }
  }
}

struct row {
  const char* promise;
  std::string input;
  std::vector<std::string> expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(line_splitter_framing)

// D-05, D-07, S-STD-01: each row holds whatever the size of the reads is.
BOOST_AUTO_TEST_CASE(D_05_splits_on_lf_only_however_the_bytes_arrive) {
  const std::string u2028 = "\xE2\x80\xA8";
  const std::vector<row> rows = {
      {"nothing", "", {}},
      {"two lines", "{}\n[]\n", {"{}", "[]"}},
      {"CR before LF is tolerated", "{}\r\n[]\r\n", {"{}", "[]"}},
      {"CR elsewhere is text", "a\rb\n", {"a\rb"}},
      {"only one CR is taken off", "a\r\r\n", {"a\r"}},
      {"U+2028 doesn't end a line", "a" + u2028 + "b\n", {"a" + u2028 + "b"}},
      {"NUL, VT, FF and NEL don't either",
       std::string("a\0\v\f\xC2\x85", 6) + "\n",
       {std::string("a\0\v\f\xC2\x85", 6)}},
      {"escaped newline is text", "\"\\n\"\n", {"\"\\n\""}},
      {"blank lines are ignored", "\n\r\n  \t\n{}\n\n\n", {"{}"}},
      {"last line without LF", "{}\n[]", {"{}", "[]"}},
      {"last line with CR only", "{}\r", {"{}"}},
      {"last line blank", "{}\n  ", {"{}"}},
      {"a line at the limit", "12345678\n", {"12345678"}},
      {"a line at the limit and CR", "12345678\r\n", {"12345678"}},
      {"a line at the limit without LF", "12345678", {"12345678"}},
      {"one byte over", "123456789\n", {"<oversize>"}},
      {"one byte over and CR", "123456789\r\n", {"<oversize>"}},
      {"one byte over without LF", "123456789", {"<oversize>"}},
      {"over the limit, then resync", "0123456789abcdef\n{}\n", {"<oversize>", "{}"}},
      {"two over the limit", "0123456789\n0123456789\nx\n", {"<oversize>", "<oversize>", "x"}},
      {"over the limit to the end", "{}\n0123456789abcdef", {"{}", "<oversize>"}},
  };
  for (const auto& r : rows) {
    for (std::size_t step : {1, 2, 3, 7, 1000}) {
      BOOST_TEST_CONTEXT(r.promise << ", " << step << " bytes a read") {
        BOOST_TEST(split(r.input, step) == r.expected, boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(D_07_thousand_messages_in_one_read) {
  std::string input;
  for (int i = 0; i < 1000; ++i)
    input += "{\"id\":" + std::to_string(i) + "}\n";
  const auto lines = split(input, input.size(), 100);
  BOOST_TEST_REQUIRE(lines.size() == 1000u);
  BOOST_TEST(lines[999] == "{\"id\":999}");
}

BOOST_AUTO_TEST_CASE(D_07_a_line_of_16_MiB_and_one_above) {
  const std::string big(comcp::default_max_line_bytes, 'x');
  const auto lines = split(big + "\n" + big + "y\nz\n", 65536, comcp::default_max_line_bytes);
  BOOST_TEST_REQUIRE(lines.size() == 3u);
  BOOST_TEST((lines[0] == big));
  BOOST_TEST(lines[1] == "<oversize>");
  BOOST_TEST(lines[2] == "z");
}

BOOST_AUTO_TEST_CASE(no_limit_is_none) {
  const std::vector<std::string> whole = {std::string(1000, 'x'), "y"};
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{5000}})
    BOOST_TEST(split(whole[0] + "\ny\n", step, std::numeric_limits<std::size_t>::max()) == whole);
}

BOOST_AUTO_TEST_CASE(an_endless_line_holds_no_more_than_the_limit_and_a_chunk) {
  line_splitter lines(1000);
  std::size_t reported = 0;
  for (int i = 0; i < 1000; ++i) {
    auto space = lines.space();
    std::memset(space.data(), 'x', space.size());
    lines.filled(space.size());
    while (lines.next() == line_splitter::event::oversize)
      ++reported;
    BOOST_TEST_REQUIRE(lines.buffered_bytes() <= 1001u);
  }
  BOOST_TEST(reported == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
