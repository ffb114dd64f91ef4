// What does it cost to check typical arguments against a compiled JSON Schema, and what beside the
// validators that the official SDKs use? bench/json_schema/run asks all of them in turns; this is our part:
//
//   bench_json_schema CASES.json            prints case, what and nanoseconds, separated by tabs
//   bench_json_schema CASES.json --check    only that every verdict is the expected one

#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "comcp/json/validator.hpp"

namespace {

using namespace comcp;

/// Processor time of this process: other people's work on the machine counts less.
double seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Nanoseconds of one call, from a batch that takes at least 0.1 s; smaller ones before it warm up.
template <class F>
double nanoseconds(F once) {
  for (long n = 1;; n *= 2) {
    const double begin = seconds();
    for (long i = 0; i != n; ++i)
      once();
    const double took = seconds() - begin;
    if (took >= 0.1) return took / static_cast<double>(n) * 1e9;
  }
}

/// The instance of a case; "repeat" in it says how often its one row stands there.
json::value instance(const json::object& test, std::string_view which) {
  json::value out = test.at(which);
  if (const auto* times = test.if_contains("repeat")) {
    json::object& members = out.as_object();
    json::array& rows = members.at("rows").as_array();
    rows.resize(times->to_number<std::size_t>(), json::value(rows.front()));
    if (const auto* last = members.if_contains("last")) rows.back() = *last;
    members.erase("last");
  }
  return out;
}

json::schema_validator compiled(const json::object& test) {
  json::schema_validator_options options;
  options.assert_formats(test.contains("formats"));
  return json::schema_validator::compile(test.at("schema"), options).value();
}

bool verdicts_are_right(const json::object& test) {
  const json::schema_validator schema = compiled(test);
  if (schema.is_valid(instance(test, "valid")) && !schema.is_valid(instance(test, "invalid")))
    return true;
  std::cerr << test.at("name").as_string() << ": a wrong verdict\n";
  return false;
}

void measure(const json::object& test) {
  const json::schema_validator schema = compiled(test);
  const json::value good = instance(test, "valid");
  const json::value bad = instance(test, "invalid");
  bool right = true;
  const auto tell = [&](const char* what, double ns) {
    std::cout << test.at("name").as_string().c_str() << '\t' << what << '\t' << ns << '\n';
  };
  tell("valid", nanoseconds([&] { right = right && schema.is_valid(good); }));
  tell("invalid", nanoseconds([&] { right = right && !schema.is_valid(bad); }));
  tell("compile", nanoseconds([&] { compiled(test); }));
  if (!right) throw std::runtime_error("a wrong verdict");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: bench_json_schema CASES.json [--check]\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  bool right = true;
  const json::value cases = json::parse(text);
  for (const json::value& test : cases.as_array()) {
    if (argc > 2)
      right = verdicts_are_right(test.as_object()) && right;
    else
      measure(test.as_object());
  }
  return right ? 0 : 1;
}
