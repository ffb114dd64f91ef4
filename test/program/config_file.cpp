#include "config_file.hpp"

#include <boost/test/unit_test.hpp>

#include "serve_options.hpp"
#include "temporary_file.hpp"

using namespace comcp;
using namespace comcp::program;

namespace {

std::string failure(const std::string& text) {
  const testing::temporary_file file(text);
  try {
    read_config_file(file.name());
  } catch (const usage_error& e) {
    std::string message = e.what();
    if (const auto at = message.find(file.name()); at != std::string::npos) {
      message.replace(at, file.name().size(), "FILE");
    }
    return message;
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program_config_file)

BOOST_AUTO_TEST_CASE(plain_keys_of_every_kind_are_read_in_the_order_of_the_file) {
  const testing::temporary_file file(
      "# comment\nlisten = \"127.0.0.1:9000\"\nthreads = 4\nallow-writes = true\n"
      "allow-host = [\"a.example\", \"b.example\"]\n");
  const auto settings = read_config_file(file.name());
  BOOST_TEST_REQUIRE(settings.size() == 4U);
  BOOST_TEST(settings[0].key == "listen");
  BOOST_TEST(settings[0].values == std::vector<std::string>{"127.0.0.1:9000"});
  BOOST_TEST(settings[0].place == file.name() + ":2");
  BOOST_TEST(settings[1].values == std::vector<std::string>{"4"});
  BOOST_TEST(settings[2].values == std::vector<std::string>{"true"});
  BOOST_TEST(settings[3].is_array);
  BOOST_TEST(settings[3].values == (std::vector<std::string>{"a.example", "b.example"}));
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_settings) {
  const testing::temporary_file file("");
  BOOST_TEST(read_config_file(file.name()).empty());
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_their_line) {
  BOOST_TEST(failure("a = 1\nb =\n").starts_with("FILE:2: "), failure("a = 1\nb =\n"));
  BOOST_TEST(failure("a = 1\na = 2\n").starts_with("FILE:2: "));
  BOOST_TEST(
      failure("\n[sql]\nx = 1\n") ==
      "FILE:2: 'sql' is a table, but the file has plain keys only: write them without sections");
  BOOST_TEST(failure("when = 2024-01-01\n") ==
             "FILE:1: 'when' must be a string, a number or a boolean");
  BOOST_TEST(failure("x = [[1]]\n") == "FILE:1: 'x' must be a string, a number or a boolean");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_an_error) {
  BOOST_CHECK_EXCEPTION(
      read_config_file("/no/such/file.toml"), usage_error, [](const usage_error& e) {
        return std::string(e.what()) ==
               "can't read the configuration file /no/such/file.toml: No such file or directory";
      });
  BOOST_CHECK_THROW(read_config_file("/"), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
