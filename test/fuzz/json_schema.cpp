// A schema and a value, as the JSON text [schema, value]: compiling either fails cleanly or gives a
// validator whose two ways of answering agree, within its limits.

#include "comcp/json/validator.hpp"

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace json = comcp::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::system::error_code error;
  const json::value input =
      json::parse(std::string_view(reinterpret_cast<const char*>(data), size), error);
  const json::array* pair = input.if_array();
  if (error || !pair || pair->size() != 2) return 0;

  json::schema_validator_options options;
  options.assert_formats(true).max_steps(20'000).max_subschemas(500);
  const auto compiled = json::schema_validator::compile((*pair)[0], options);
  if (!compiled) {
    if (compiled.error().message.empty()) std::abort();
    return 0;
  }
  const auto violations = compiled->validate((*pair)[1]);
  // A limit may be met by the thorough way alone, which looks at more.
  const bool limited = !violations.empty() && violations[0].keyword.empty();
  if (!limited && violations.empty() != compiled->is_valid((*pair)[1])) std::abort();
  for (const json::violation& each : violations) {
    if (each.message.empty()) std::abort();
  }
  return 0;
}
