// The private engine for regular expressions (lib/json/schema/regex.hpp): what ECMA-262 and PCRE2 read
// differently.
#include "json/schema/regex.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace schema = comcp::json::schema;

namespace {

std::string search(std::string_view pattern, std::string_view text) {
  std::string error;
  const auto compiled = schema::regex::compile(pattern, error);
  if (!compiled) return "error: " + error;
  std::uint64_t steps = 100'000;
  switch (compiled->search(text, steps)) {
    case schema::match_result::yes:
      return "yes";
    case schema::match_result::no:
      return "no";
    default:
      return "out of steps";
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_regex)

BOOST_AUTO_TEST_CASE(patterns_mean_what_ecma_262_says) {
  struct row {
    const char* pattern;
    const char* text;
    const char* result;
  };
  const row rows[] = {
      {"a", "xax", "yes"},
      {"^a$", "a\n", "no"},
      {"^a.c$",
       "a\xe2\x80\xa8"
       "c",
       "no"},
      {"^.$", "\xf0\x9f\x98\x80", "yes"},
      {"^\\d$", "\xd9\xa1", "no"},
      {"^\\w$", "\xc3\xa9", "no"},
      {"^\\s$", "\xc2\xa0", "yes"},
      {"^\\S$", "\xc2\xa0", "no"},
      {"^[\\s]$", "\xef\xbb\xbf", "yes"},
      {"^[^\\S]$", " ", "yes"},
      {"^\\cA$", "\x01", "yes"},
      {"^\\x41\\u0042\\u{43}$", "ABC", "yes"},
      {"^\\ud83d\\ude00$", "\xf0\x9f\x98\x80", "yes"},
      {"^\\0$", "", "no"},
      {"^[]$", "", "no"},
      {"^[^]$", "\n", "yes"},
      {"^[[]$", "[", "yes"},
      {"^[[:alpha:]]$", "a]", "yes"},
      {"^[\\w.-]+$", "a.b-c", "yes"},
      {"^[\\w-.]+$", "a.b-c", "yes"},
      {"^[.-\\w]+$", "a.b-c", "yes"},
      {"^[\\b]$", "\b", "yes"},
      {"^{a}$", "{a}", "yes"},
      {"^a{,2}$", "a{,2}", "yes"},
      {"^a{2}$", "aa", "yes"},
      {"^a{2,}?$", "aaa", "yes"},
      {"^(a)?\\1b$", "b", "yes"},
      {"^(?<x>a|b)\\k<x>$", "bb", "yes"},
      {"^(?!ab)a", "ac", "yes"},
      {"(?<=a)b", "ab", "yes"},
      {"^\\p{L}+$", "\xc3\xa9", "yes"},
      {"^\\p{Letter}\\P{Letter}$", "a1", "yes"},
      {"^\\p{Script=Greek}+$", "\xce\xb1", "yes"},
      {"^\\p{sc=Greek}[\\p{Lu}\\p{ASCII}]$", "\xce\xb1Z", "yes"},
      {"^\\p{gc=Lu}$", "Z", "yes"},
      {"^\\-\\/\\_$", "-/_", "yes"},
      {"a#b c", "a#b c", "yes"},
      {"^\\$\\^\\.$", "$^.", "yes"},
  };
  for (const row& each : rows)
    BOOST_TEST(search(each.pattern, each.text) == each.result, each.pattern);
}

BOOST_AUTO_TEST_CASE(what_only_pcre2_knows_is_refused) {
  for (const char* pattern : {"(?i)a",
                              "(?P<x>a)",
                              "(?>a)",
                              "(?#c)",
                              "(*UTF)a",
                              "(*ACCEPT)",
                              "a++",
                              "a?+",
                              "a**",
                              "*a",
                              "+",
                              "?",
                              "a|*",
                              "^*",
                              "\\Aa",
                              "a\\Z",
                              "a\\z",
                              "\\Qa\\E",
                              "\\h",
                              "\\R",
                              "\\X",
                              "\\C",
                              "\\K",
                              "\\G",
                              "\\N",
                              "\\a",
                              "\\e",
                              "\\g{1}",
                              "\\o{7}",
                              "\\y",
                              "\\p",
                              "\\p{",
                              "\\p{Nonsense}",
                              "\\p{L",
                              "\\pL",
                              "\\x1",
                              "\\u12",
                              "\\u{110000}",
                              "\\ud800",
                              "\\ud800\\u0041",
                              "\\c1",
                              "\\00",
                              "(",
                              ")",
                              "a)",
                              "[",
                              "[a",
                              "\\",
                              "(?<1a>b)",
                              "(?<a",
                              "\\k<none>",
                              "\\k",
                              "\\1",
                              "[z-a]",
                              "a{2,1}",
                              "[\\1]",
                              "[\\B]",
                              "{2}"}) {
    const std::string result = search(pattern, "a");
    // A brace that repeats nothing is a mistake too; {2} alone has nothing to repeat.
    BOOST_TEST(result.starts_with("error: "), pattern << " gave " << result);
  }
}

BOOST_AUTO_TEST_CASE(a_huge_repeat_is_refused_and_not_expanded) {
  BOOST_TEST(search("((a{1,1000}){1,1000}){1,1000}", "a").starts_with("error: "));
  BOOST_TEST(search(std::string(200, '(') + std::string(200, ')'), "a").starts_with("error: "));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf_8_matches_nothing) {
  BOOST_TEST(search(".", "\xff") == "no");
  BOOST_TEST(search("a", "a\xc3") == "no");
}

BOOST_AUTO_TEST_CASE(steps_are_taken_from_the_budget) {
  std::string error;
  const auto pattern = schema::regex::compile("^(a|b)*$", error);
  BOOST_REQUIRE(pattern);
  std::uint64_t steps = 10'000;
  BOOST_TEST((pattern->search(std::string(100, 'a'), steps) == schema::match_result::yes));
  BOOST_TEST(steps < 9'900u);
  BOOST_TEST(steps > 9'000u);
  steps = 50;
  BOOST_TEST((pattern->search(std::string(100, 'a'), steps) == schema::match_result::out_of_steps));
  BOOST_TEST(steps == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
