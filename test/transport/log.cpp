#include "comcp/log.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

struct recording_sink : comcp::log_sink {
  void write(comcp::log_level level, std::string_view message) noexcept override {
    lines.push_back(std::string(to_string(level)) + ": " + std::string(message));
  }
  std::vector<std::string> lines;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_hook)

BOOST_AUTO_TEST_CASE(a_default_logger_discards) {
  comcp::logger log;
  BOOST_TEST(!log.enabled(comcp::log_level::error));
  log.write(comcp::log_level::error, "nobody sees this");
}

BOOST_AUTO_TEST_CASE(messages_below_the_threshold_are_not_written) {
  auto sink = std::make_shared<recording_sink>();
  comcp::logger log(sink, comcp::log_level::warning);
  log.write(comcp::log_level::info, "no");
  log.write(comcp::log_level::warning, "yes");
  BOOST_TEST(sink->lines == std::vector<std::string>{"warning: yes"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_peer_cannot_flood_the_log) {
  using namespace std::chrono_literals;
  auto sink = std::make_shared<recording_sink>();
  const comcp::logger log(sink, comcp::log_level::debug, 3, 1);
  const std::chrono::steady_clock::time_point start(1h);
  for (int i = 0; i < 100; ++i)
    log.write_limited(comcp::log_level::debug, "again", start);
  BOOST_TEST(sink->lines.size() == 3u);
  log.write_limited(comcp::log_level::debug, "later", start + 1s);
  BOOST_TEST_REQUIRE(sink->lines.size() == 5u);
  BOOST_TEST(sink->lines[3] == "debug: 97 messages about peers were left out");
  BOOST_TEST(sink->lines[4] == "debug: later");
  // A long silence gives back the burst, not more.
  for (int i = 0; i < 100; ++i)
    log.write_limited(comcp::log_level::debug, "much later", start + 1h);
  BOOST_TEST(sink->lines.size() == 8u);
}

BOOST_AUTO_TEST_CASE(a_flood_at_one_level_hides_nothing_of_another) {
  using namespace std::chrono_literals;
  auto sink = std::make_shared<recording_sink>();
  const comcp::logger log(sink, comcp::log_level::debug, 3, 1);
  const std::chrono::steady_clock::time_point start(1h);
  for (int i = 0; i < 100; ++i)
    log.write_limited(comcp::log_level::debug, "again", start);
  log.write_limited(comcp::log_level::warning, "look", start);
  BOOST_TEST_REQUIRE(sink->lines.size() == 4u);
  BOOST_TEST(sink->lines.back() == "warning: look");
}

BOOST_AUTO_TEST_CASE(a_message_is_one_line_whatever_an_exception_brought_into_it) {
  using namespace std::chrono_literals;
  auto sink = std::make_shared<recording_sink>();
  const comcp::logger log(sink);
  log.write(comcp::log_level::info, "no city a\n[error] forged\r\x1b[2J\x7f\t\xc2\x9b");
  BOOST_TEST(sink->lines.back() ==
             R"(info: no city a\x0a[error] forged\x0d\x1b[2J\x7f\x09\xc2\x9b)");
  log.write_limited(comcp::log_level::info, "a\nb", std::chrono::steady_clock::time_point(1h));
  BOOST_TEST(sink->lines.back() == R"(info: a\x0ab)");
  log.write(comcp::log_level::info, "\xc3\xbc \xe2\x82\xac \\ stays");
  BOOST_TEST(sink->lines.back() == "info: \xc3\xbc \xe2\x82\xac \\ stays");
  log.write(comcp::log_level::info, std::string(10000, 'x'));
  BOOST_TEST(sink->lines.back().size() == 6 + 8192 + 3u);
}

BOOST_AUTO_TEST_CASE(text_of_a_peer_cannot_forge_log_lines) {
  BOOST_TEST(comcp::quoted_for_log("a\n[error] forged\x1b[2J\"\\\xff") ==
             R"("a\x0a[error] forged\x1b[2J\"\\\xff")");
  BOOST_TEST(comcp::quoted_for_log("abcdef", 3) == R"("abc"...)");
}

BOOST_AUTO_TEST_SUITE_END()
