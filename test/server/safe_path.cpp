#include "comcp/server/safe_path.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fs = std::filesystem;
using comcp::path_below;

namespace {

struct tree {
  tree() : top(fs::temp_directory_path() / ("comcp-safe-path-" + std::to_string(getpid()))) {
    fs::remove_all(top);
    fs::create_directories(top / "root/docs");
    fs::create_directories(top / "rootless");
    std::ofstream(top / "root/docs/a.txt") << "a";
    std::ofstream(top / "secret.txt") << "s";
    fs::create_symlink("docs/a.txt", top / "root/inside");
    fs::create_symlink(top / "secret.txt", top / "root/outside");
    fs::create_symlink(top, top / "root/up");
    fs::create_symlink("loop", top / "root/loop");
    top = fs::canonical(top);
  }
  ~tree() { fs::remove_all(top); }
  fs::path top;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safe_path, tree)

BOOST_AUTO_TEST_CASE(finds_what_lies_below_the_root) {
  BOOST_TEST(path_below(top / "root", "docs/a.txt").value() == top / "root/docs/a.txt");
  BOOST_TEST(path_below(top / "root", "docs").value() == top / "root/docs");
  BOOST_TEST(path_below(top / "root", "new/file").value() == top / "root/new/file");
  BOOST_TEST(path_below(top / "root", "...").value() == top / "root/...");
}

BOOST_AUTO_TEST_CASE(follows_links_that_stay_inside) {
  BOOST_TEST(path_below(top / "root", "inside").value() == top / "root/docs/a.txt");
}

// S-RES-04
BOOST_AUTO_TEST_CASE(refuses_everything_that_leads_out) {
  using namespace std::string_view_literals;
  for (const auto bad :
       {""sv, "/"sv, "/etc/passwd"sv, ".."sv, "../secret.txt"sv, "docs/../../secret.txt"sv,
        "docs/.."sv, "."sv, "./docs"sv, "docs//a.txt"sv, "docs/"sv, "docs\\a.txt"sv,
        "..\\secret.txt"sv, "docs/a.txt\0.png"sv, "docs/\n"sv, "outside"sv, "up/secret.txt"sv,
        "up/root/docs/../../secret.txt"sv, "loop/x"sv}) {
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(!path_below(top / "root", bad));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sibling_whose_name_begins_alike_is_outside) {
  fs::create_symlink(top / "rootless", top / "root/less");
  BOOST_TEST(!path_below(top / "root", "less"));
}

BOOST_AUTO_TEST_SUITE_END()
