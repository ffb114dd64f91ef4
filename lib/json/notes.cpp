#include "comcp/json/notes.hpp"

#include <stdexcept>
#include <utility>

namespace comcp::json {

member_note& member_note::name(std::string_view json_name) {
  name_ = json_name;
  return *this;
}

member_note& member_note::defaulted() {
  defaulted_ = true;
  return *this;
}

member_note& member_note::nullable() {
  nullable_ = true;
  return *this;
}

member_note& member_note::keyword(std::string_view key, value v) {
  keywords_[key] = std::move(v);
  return *this;
}

member_note& member_note::default_value(value v) {
  return keyword("default", std::move(v));
}
member_note& member_note::description(std::string_view text) {
  return keyword("description", boost::json::string_view(text));
}
member_note& member_note::title(std::string_view text) {
  return keyword("title", boost::json::string_view(text));
}
member_note& member_note::minimum(value bound) {
  return keyword("minimum", std::move(bound));
}
member_note& member_note::maximum(value bound) {
  return keyword("maximum", std::move(bound));
}
member_note& member_note::exclusive_minimum(value bound) {
  return keyword("exclusiveMinimum", std::move(bound));
}
member_note& member_note::exclusive_maximum(value bound) {
  return keyword("exclusiveMaximum", std::move(bound));
}
member_note& member_note::multiple_of(value divisor) {
  return keyword("multipleOf", std::move(divisor));
}
member_note& member_note::min_length(std::size_t code_points) {
  return keyword("minLength", code_points);
}
member_note& member_note::max_length(std::size_t code_points) {
  return keyword("maxLength", code_points);
}
member_note& member_note::pattern(std::string_view ecma_regex) {
  return keyword("pattern", boost::json::string_view(ecma_regex));
}
member_note& member_note::format(std::string_view name) {
  return keyword("format", boost::json::string_view(name));
}
member_note& member_note::min_items(std::size_t count) {
  return keyword("minItems", count);
}
member_note& member_note::max_items(std::size_t count) {
  return keyword("maxItems", count);
}
member_note& member_note::unique_items() {
  return keyword("uniqueItems", true);
}
member_note& member_note::examples(std::initializer_list<boost::json::value_ref> values) {
  return keyword("examples", array(values));
}
member_note& member_note::one_of(std::initializer_list<boost::json::value_ref> values) {
  return keyword("enum", array(values));
}
member_note& member_note::mcp_header(std::string_view name) {
  return keyword("x-mcp-header", boost::json::string_view(name));
}

namespace detail {

void struct_notes::seal() {
  names.clear();
  for (const member_note& member : members)
    names.emplace_back(member.json_name());
}

void struct_notes::fail_not_described() {
  throw std::logic_error(
      "comcp: annotate() names a member that BOOST_DESCRIBE_STRUCT doesn't list");
}

}  // namespace detail
}  // namespace comcp::json
