// The official cases for JSON Schema validators, where they are at hand: all required ones of both
// dialects, and the optional ones but for those that are excused here by name.

#include "comcp/json/validator.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "support/paths.hpp"

namespace fs = std::filesystem;
namespace json = comcp::json;

namespace {

const fs::path suite_dir = comcp::test::shared_dir() / "json-schema-test-suite";

json::value read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  boost::json::parse_options deep;
  deep.max_depth = 200;
  return json::parse(text, {}, deep);
}

json::schema_validator_options options_for(json::dialect dialect) {
  json::schema_validator_options options;
  options.default_dialect(dialect);
  const fs::path remotes = suite_dir / "remotes";
  const std::string own = dialect == json::dialect::draft_07 ? "draft7" : "draft2020-12";
  for (const auto& entry : fs::recursive_directory_iterator(remotes)) {
    if (entry.path().extension() != ".json") continue;
    const fs::path relative = fs::relative(entry.path(), remotes);
    const std::string first = relative.begin()->string();
    if ((first.starts_with("draft") || first == "v1") && first != own) continue;
    options.add_schema("http://localhost:1234/" + relative.generic_string(), read(entry.path()));
  }
  return options;
}

struct tally {
  int cases = 0;
  std::vector<std::string> failures;
};

void run_file(const fs::path& path, const json::schema_validator_options& options, tally& result) {
  const json::value groups = read(path);
  for (const json::value& group : groups.get_array()) {
    const std::string where = fs::relative(path, suite_dir / "tests").generic_string() + ": " +
                              std::string(group.at("description").get_string());
    const auto compiled = json::schema_validator::compile(group.at("schema"), options);
    for (const json::value& test : group.at("tests").get_array()) {
      ++result.cases;
      const std::string name = where + ": " + std::string(test.at("description").get_string());
      if (!compiled) {
        result.failures.push_back(name + ": does not compile: " + compiled.error().schema_path +
                                  ": " + compiled.error().message);
        continue;
      }
      const bool expected = test.at("valid").get_bool();
      const auto violations = compiled->validate(test.at("data"));
      if (violations.empty() != expected) {
        result.failures.push_back(name + ": expected " + (expected ? "valid" : "invalid") + ", " +
                                  to_text(violations));
      }
      // The short way must come to the same answer.
      if (compiled->is_valid(test.at("data")) != violations.empty()) {
        result.failures.push_back(name + ": is_valid and validate disagree");
      }
    }
  }
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void check_required(const std::string& folder, json::dialect dialect, int expected_cases) {
  const auto options = options_for(dialect);
  tally result;
  for (const fs::path& file : files_in(suite_dir / "tests" / folder))
    run_file(file, options, result);
  for (const std::string& failure : result.failures)
    BOOST_ERROR(failure);
  BOOST_TEST(result.cases == expected_cases);
}

void check_optional(const std::string& folder,
                    json::dialect dialect,
                    const std::vector<std::string>& excused) {
  auto options = options_for(dialect);
  tally result;
  for (const fs::path& file : files_in(suite_dir / "tests" / folder / "optional")) {
    run_file(file, options, result);
  }
  options.assert_formats(true);
  for (const fs::path& file : files_in(suite_dir / "tests" / folder / "optional" / "format")) {
    run_file(file, options, result);
  }
  std::set<std::string> used;
  for (const std::string& failure : result.failures) {
    const auto excuse = std::find_if(excused.begin(), excused.end(), [&](const std::string& each) {
      return failure.find(each) != failure.npos;
    });
    if (excuse == excused.end()) {
      BOOST_ERROR(failure);
    } else {
      used.insert(*excuse);
    }
  }
  // An excuse that isn't needed any more must go.
  for (const std::string& each : excused)
    BOOST_TEST(used.contains(each), "not needed: " << each);
  BOOST_TEST_MESSAGE(folder << ": " << result.cases << " optional cases, " << result.failures.size()
                            << " excused");
}

boost::test_tools::assertion_result suite_at_hand(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result found(fs::exists(suite_dir / "tests"));
  found.message() << "the JSON Schema test suite is not at hand";
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_validator_suite, *boost::unit_test::precondition(suite_at_hand))

BOOST_AUTO_TEST_CASE(every_required_case_of_2020_12_passes) {
  check_required("draft2020-12", json::dialect::draft_2020_12, 1299);
}

BOOST_AUTO_TEST_CASE(every_required_case_of_draft_07_passes) {
  check_required("draft7", json::dialect::draft_07, 927);
}

BOOST_AUTO_TEST_CASE(the_optional_cases_of_2020_12_pass) {
  check_optional("draft2020-12", json::dialect::draft_2020_12,
                 {
                     // 2019-09 is not a dialect that is supported.
                     "cross-draft.json: refs to historic drafts",
                     // PCRE2 before 10.43 knows none.
                     "a variable-width lookbehind (ES2018)",
                     // No tables of IDNA: see lib/json/schema/formats.hpp.
                     "format/hostname.json: validation of A-label (punycode) host names",
                     "format/idn-hostname.json",
                 });
}

BOOST_AUTO_TEST_CASE(the_optional_cases_of_draft_07_pass) {
  check_optional("draft7", json::dialect::draft_07,
                 {
                     // The content keywords are annotations, as 2019-09 made them for all.
                     "draft7/optional/content.json",
                     "cross-draft.json: refs to future drafts",
                     "a variable-width lookbehind (ES2018)",
                     "format/hostname.json: validation of A-label (punycode) host names",
                     "format/idn-hostname.json",
                 });
}

BOOST_AUTO_TEST_SUITE_END()
