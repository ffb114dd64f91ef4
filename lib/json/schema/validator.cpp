#include "comcp/json/validator.hpp"

#include "compiler.hpp"
#include "uri.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace comcp::json {

struct schema_validator_options::data : schema::compile_options {};

struct schema_validator::compiled : schema::program {};

std::string to_text(const std::vector<violation>& violations) {
  std::string text;
  for (const violation& each : violations) {
    if (!text.empty()) text += '\n';
    if (!each.instance_path.empty()) text += each.instance_path + ": ";
    text += each.message;
  }
  return text;
}

void throw_exception_from_error(const schema_error& error, const boost::source_location&) {
  throw std::invalid_argument("JSON Schema, " + error.schema_path + ": " + error.message);
}

schema_validator_options::schema_validator_options() : data_(std::make_unique<data>()) {}
schema_validator_options::~schema_validator_options() = default;
schema_validator_options::schema_validator_options(const schema_validator_options& other)
    : data_(std::make_unique<data>(*other.data_)) {}
schema_validator_options::schema_validator_options(schema_validator_options&&) noexcept = default;
schema_validator_options& schema_validator_options::operator=(
    const schema_validator_options& other) {
  data_ = std::make_unique<data>(*other.data_);
  return *this;
}
schema_validator_options& schema_validator_options::operator=(schema_validator_options&&) noexcept =
    default;

schema_validator_options& schema_validator_options::default_dialect(dialect d) {
  data_->default_dialect = d;
  return *this;
}
schema_validator_options& schema_validator_options::assert_formats(bool on) {
  data_->assert_formats = on;
  return *this;
}
schema_validator_options& schema_validator_options::add_schema(std::string uri, value schema) {
  uri.resize(schema::without_fragment(uri).size());
  data_->registered[std::move(uri)] = std::make_shared<const value>(std::move(schema));
  return *this;
}
schema_validator_options& schema_validator_options::max_schema_depth(std::size_t depth) {
  data_->max_schema_depth = depth;
  return *this;
}
schema_validator_options& schema_validator_options::max_subschemas(std::size_t count) {
  data_->max_subschemas = count;
  return *this;
}
schema_validator_options& schema_validator_options::max_pattern_bytes(std::size_t bytes) {
  data_->max_pattern_bytes = bytes;
  return *this;
}
schema_validator_options& schema_validator_options::max_steps(std::uint64_t steps) {
  data_->limits.steps = steps;
  return *this;
}
schema_validator_options& schema_validator_options::max_evaluation_depth(std::size_t depth) {
  data_->limits.depth = depth;
  return *this;
}
schema_validator_options& schema_validator_options::max_instance_depth(std::size_t depth) {
  data_->limits.instance_depth = depth;
  return *this;
}

schema_validator::schema_validator(std::shared_ptr<const compiled> schema)
    : compiled_(std::move(schema)) {}
schema_validator::schema_validator(schema_validator&&) noexcept = default;
schema_validator& schema_validator::operator=(schema_validator&&) noexcept = default;
schema_validator::schema_validator(const schema_validator&) = default;
schema_validator& schema_validator::operator=(const schema_validator&) = default;
schema_validator::~schema_validator() = default;

schema_validator::result schema_validator::compile(const value& schema,
                                                   const schema_validator_options& options) {
  try {
    auto out = std::make_shared<compiled>();
    schema::compiler(*options.data_, *out).compile(schema);
    return schema_validator(std::move(out));
  } catch (schema::compile_failure& failure) {
    return std::move(failure.error);
  }
}

std::vector<violation> schema_validator::validate(const value& instance,
                                                  std::size_t max_violations) const {
  std::vector<violation> found;
  schema::evaluation run(compiled_->limits, &found, std::max<std::size_t>(max_violations, 1));
  run.run(*compiled_->root, instance);
  if (found.size() > max_violations) found.resize(std::max<std::size_t>(max_violations, 1));
  return found;
}

bool schema_validator::is_valid(const value& instance) const {
  schema::evaluation run(compiled_->limits, nullptr, 0);
  return run.run(*compiled_->root, instance);
}

dialect schema_validator::schema_dialect() const noexcept {
  return compiled_->root->home().dialect;
}

}  // namespace comcp::json
