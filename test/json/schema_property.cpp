// The promise of schema_of<T>: it admits what encode<T> writes and refuses what decode<T> refuses.
// Tried on samples of many types, and on every way of damaging one place of a sample.

#include "comcp/json/schema.hpp"
#include "comcp/json/validator.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <unordered_map>

namespace json = comcp::json;

namespace {

enum class flavour { sweet, sour };
BOOST_DESCRIBE_ENUM(flavour, sweet, sour)

struct scalars {
  bool flag = false;
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int16_t i16 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float single = 0;
  double real = 0;
  std::string text;
  flavour taste = flavour::sweet;
};
BOOST_DESCRIBE_STRUCT(scalars, (), (flag, i8, u8, i16, u32, i64, u64, single, real, text, taste))

struct base {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(base, (), (id))
struct nested : base {
  std::optional<scalars> maybe;
  std::vector<scalars> list;
};
BOOST_DESCRIBE_STRUCT(nested, (base), (maybe, list))

struct containers {
  std::array<int, 2> pair{};
  std::map<std::string, std::vector<double>> by_name;
  std::unordered_map<std::string, flavour> tastes;
  std::vector<std::optional<int>> holes;
  std::optional<std::vector<bool>> flags;
  json::value any;
  std::optional<json::value> maybe_any;
  json::object members;
  json::array elements;
};
BOOST_DESCRIBE_STRUCT(containers,
                      (),
                      (pair, by_name, tastes, holes, flags, any, maybe_any, members, elements))

struct tree {
  int weight = 0;
  std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (weight, children))

struct circle {
  double radius = 0;
};
BOOST_DESCRIBE_STRUCT(circle, (), (radius))
struct square {
  double side = 0;
  std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(square, (), (side, name))
struct drawing {
  std::vector<std::variant<circle, square, std::monostate>> shapes;
  std::variant<int, std::string> label;
  std::optional<std::variant<bool, std::vector<int>>> extra;
};
BOOST_DESCRIBE_STRUCT(drawing, (), (shapes, label, extra))

struct noted {
  int days = 3;
  unsigned count = 0;
  std::string name;
  std::optional<int> maybe;
  std::optional<int> filled;
};
BOOST_DESCRIBE_STRUCT(noted, (), (days, count, name, maybe, filled))
void annotate(json::notes<noted>& about) {
  about("With notes").reject_unknown_members();
  about(&noted::days, "d").minimum(1).maximum(14).defaulted();
  about(&noted::count).name("_count").exclusive_minimum(-4).maximum(std::uint64_t{99999999999});
  about(&noted::name).min_length(1).pattern("^[a-z]*$").examples({"x"});
  about(&noted::maybe).nullable().multiple_of(5);
  about(&noted::filled).default_value(7);
}

const json::array& pool() {
  static const json::array values{nullptr,
                                  true,
                                  0,
                                  -1,
                                  200,
                                  300,
                                  70000,
                                  -2147483649,
                                  5000000000,
                                  1e19,
                                  1e20,
                                  2.5,
                                  3.0,
                                  1e39,
                                  -1e39,
                                  "",
                                  "sweet",
                                  "x",
                                  json::array{},
                                  json::array{1},
                                  json::array{1, 2, 3},
                                  json::object{},
                                  json::object{{"x", 1}}};
  return values;
}

/// Calls `use` with every variant of v that differs in one place.
void damage(const json::value& v, const std::function<void(const json::value&)>& use) {
  for (const json::value& other : pool())
    use(other);
  if (const json::array* elements = v.if_array()) {
    for (std::size_t i = 0; i < elements->size(); ++i) {
      damage((*elements)[i], [&](const json::value& changed) {
        json::array copy = *elements;
        copy[i] = changed;
        use(json::value(std::move(copy)));
      });
      json::array shorter = *elements;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
      use(json::value(std::move(shorter)));
    }
    for (const json::value& other : pool()) {
      json::array longer = *elements;
      longer.push_back(other);
      use(json::value(std::move(longer)));
    }
  }
  if (const json::object* members = v.if_object()) {
    for (const auto& member : *members) {
      damage(member.value(), [&](const json::value& changed) {
        json::object copy = *members;
        copy[member.key()] = changed;
        use(json::value(std::move(copy)));
      });
      json::object shorter = *members;
      shorter.erase(member.key());
      use(json::value(std::move(shorter)));
    }
    for (const json::value& other : pool()) {
      json::object longer = *members;
      longer["unknown"] = other;
      use(json::value(std::move(longer)));
    }
  }
}

template <class T>
void check(const std::vector<T>& samples,
           json::unknown_members unknown = json::unknown_members::ignore) {
  json::schema_options how;
  how.unknown(unknown);
  json::decode_options decoding;
  decoding.unknown(unknown);
  const json::value schema = json::schema_of<T>(how);
  const auto validator = json::schema_validator::compile(schema).value();
  // And the schema is a schema.
  const auto metaschema = json::schema_validator::compile(
      json::object{{"$ref", "https://json-schema.org/draft/2020-12/schema"}});
  BOOST_TEST(metaschema.value().is_valid(schema), schema);

  int refused = 0;
  int admitted = 0;
  for (const T& sample : samples) {
    const json::value encoded = json::encode(sample);
    BOOST_TEST(to_text(validator.validate(encoded)) == "", encoded);
    const json::value read_back = json::parse(json::serialize(encoded));
    BOOST_TEST(validator.is_valid(read_back), encoded);
    damage(encoded, [&](const json::value& damaged) {
      T out{};
      json::convert_error error;
      if (json::try_decode(damaged, out, error, decoding)) {
        ++admitted;
        return;
      }
      ++refused;
      if (validator.is_valid(damaged))
        BOOST_ERROR(json::serialize(damaged) << " is valid, but: " << error.what());
    });
  }
  BOOST_TEST(refused > 0);
  BOOST_TEST(admitted > 0);
}

template <class T>
using limits = std::numeric_limits<T>;

scalars extreme(bool high) {
  return {high,
          high ? limits<std::int8_t>::max() : limits<std::int8_t>::min(),
          high ? limits<std::uint8_t>::max() : limits<std::uint8_t>::min(),
          high ? limits<std::int16_t>::max() : limits<std::int16_t>::min(),
          high ? limits<std::uint32_t>::max() : limits<std::uint32_t>::min(),
          high ? limits<std::int64_t>::max() : limits<std::int64_t>::min(),
          high ? limits<std::uint64_t>::max() : limits<std::uint64_t>::min(),
          high ? limits<float>::max() : limits<float>::lowest(),
          high ? 1e300 : -1e300,
          high ? "x" : "",
          high ? flavour::sour : flavour::sweet};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_schema_promise)

BOOST_AUTO_TEST_CASE(holds_for_scalars) {
  check<scalars>({{}, extreme(true), extreme(false)});
}

BOOST_AUTO_TEST_CASE(holds_for_nested_and_derived_structs) {
  nested n;
  n.id = "n";
  n.maybe = extreme(true);
  n.list = {{}, extreme(false)};
  check<nested>({{}, n});
  check<nested>({{}, n}, json::unknown_members::reject);
}

BOOST_AUTO_TEST_CASE(holds_for_containers) {
  containers c;
  c.pair = {1, -1};
  c.by_name = {{"a", {1, 2.5}}, {"", {}}};
  c.tastes = {{"x", flavour::sour}};
  c.holes = {1, std::nullopt};
  c.flags = {true, false};
  c.any = json::parse(R"({"a":[null]})");
  c.maybe_any = json::value(nullptr);
  c.members = {{"a", 1}};
  c.elements = {1, "x"};
  check<containers>({{}, c});
}

BOOST_AUTO_TEST_CASE(holds_for_recursion) {
  check<tree>({{}, {1, {{2, {{3, {}}}}, {4, {}}}}});
  check<tree>({{}, {1, {{2, {}}}}}, json::unknown_members::reject);
}

BOOST_AUTO_TEST_CASE(holds_for_variants) {
  drawing d;
  d.shapes = {circle{1}, square{2, "s"}, square{3, {}}, std::monostate{}};
  d.label = "x";
  d.extra = std::vector<int>{1};
  check<drawing>({{}, d});
  check<drawing>({{}, d}, json::unknown_members::reject);
}

BOOST_AUTO_TEST_CASE(holds_with_notes) {
  noted n;
  n.name = "x";
  check<noted>({n, {14, 99, "abc", 5, 6}});
}

BOOST_AUTO_TEST_SUITE_END()
