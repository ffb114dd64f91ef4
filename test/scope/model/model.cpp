// Random programs of scopes against the reference: the same tasks end in the same way at the same
// time, and nothing is left in the tree.
//
//   COMCP_MODEL_PROGRAMS=100000 build/dev/bin/test_scope_model    all of them
//   COMCP_MODEL_SEED=4711 COMCP_MODEL_PROGRAMS=1 ...              one again

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>

#include "program.hpp"

using namespace comcp::model;

namespace {

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

bool agree(const program& p) {
  return run_reference(p) == run_real(p);
}

/// Takes statements away as long as the two still disagree.
bool shrink(program& p, block& code) {
  for (std::size_t i = 0; i != code.size(); ++i) {
    const block before = code;
    code.erase(code.begin() + static_cast<std::ptrdiff_t>(i));
    if (!agree(p)) return true;
    code = before;
    // Without the statement, but with what it has inside.
    if (code[i].what >= kind::cleanup) {
      const block inside = code[i].body;
      code.erase(code.begin() + static_cast<std::ptrdiff_t>(i));
      code.insert(code.begin() + static_cast<std::ptrdiff_t>(i), inside.begin(), inside.end());
      if (!agree(p)) return true;
      code = before;
    }
    if (shrink(p, code[i].body) || shrink(p, code[i].other)) return true;
  }
  return false;
}

std::string difference(const program& p) {
  const record expected = run_reference(p);
  const record got = run_real(p);
  std::string out;
  for (const std::string& line : expected) {
    if (std::find(got.begin(), got.end(), line) == got.end()) out += "  expected " + line + "\n";
  }
  for (const std::string& line : got) {
    if (std::find(expected.begin(), expected.end(), line) == expected.end()) {
      out += "  got      " + line + "\n";
    }
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_model)

BOOST_AUTO_TEST_CASE(random_programs_end_as_the_reference_says) {
  const std::uint64_t first = number("COMCP_MODEL_SEED", 1);
  const std::uint64_t programs = number("COMCP_MODEL_PROGRAMS", 2000);
  std::uint64_t statements = 0;
  std::size_t disagreements = 0;
  for (std::uint64_t seed = first; seed != first + programs && disagreements != 5; ++seed) {
    program p = generate(seed, 5 + seed % 60);
    statements += count(p.root);
    if (agree(p)) continue;
    ++disagreements;
    while (shrink(p, p.root[0].body)) {
    }
    BOOST_ERROR(text(p) << difference(p));
  }
  BOOST_TEST_MESSAGE(programs << " programs, " << statements << " statements");
}

BOOST_AUTO_TEST_SUITE_END()
