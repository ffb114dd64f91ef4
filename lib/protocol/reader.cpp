#include "protocol/reader.hpp"

namespace comcp::protocol {

reader::reader(const json::value& value, std::string path)
    : object_(value.if_object()), path_(std::move(path)) {
  if (!object_) throw unfit(path_.empty() ? "an object is needed" : path_ + " must be an object");
}

std::string reader::at(std::string_view member) const {
  std::string path = path_;
  json::append_pointer_token(path, member);
  return path;
}

std::string reader::element(std::string_view member, std::size_t index) const {
  return at(member) + "/" + std::to_string(index);
}

void reader::complain(std::string_view member, std::string_view expectation) const {
  throw unfit(at(member) + " must be " + std::string(expectation));
}

const json::value* reader::find(std::string_view member) const noexcept {
  const json::value* v = object_->if_contains(member);
  return v && !v->is_null() ? v : nullptr;
}

std::string reader::text(std::string_view member) const {
  const json::value* v = find(member);
  if (!v || !v->is_string()) complain(member, "a string");
  return {v->get_string().data(), v->get_string().size()};
}

std::string reader::optional_text(std::string_view member) const {
  return find(member) ? text(member) : std::string();
}

bool reader::flag(std::string_view member) const {
  const json::value* v = find(member);
  if (!v) return false;
  if (!v->is_bool()) complain(member, "true or false");
  return v->get_bool();
}

double reader::number(std::string_view member) const {
  const json::value* v = find(member);
  if (!v || !v->is_number()) complain(member, "a number");
  return v->to_number<double>();
}

std::optional<double> reader::optional_number(std::string_view member) const {
  if (!find(member)) return std::nullopt;
  return number(member);
}

std::optional<std::int64_t> reader::optional_integer(std::string_view member) const {
  const json::value* v = find(member);
  if (!v) return std::nullopt;
  boost::system::error_code ec;
  const auto number = v->is_number() ? v->to_number<std::int64_t>(ec) : 0;
  if (!v->is_number() || ec) complain(member, "an integer");
  return number;
}

json::object reader::object(std::string_view member) const {
  const json::value* v = find(member);
  if (!v) return {};
  if (!v->is_object()) complain(member, "an object");
  return v->get_object();
}

reader reader::inner(std::string_view member) const {
  const json::value* v = find(member);
  if (!v || !v->is_object()) complain(member, "an object");
  return {*v, at(member)};
}

const json::array* reader::optional_array(std::string_view member) const {
  const json::value* v = find(member);
  if (!v) return nullptr;
  if (!v->is_array()) complain(member, "an array");
  return &v->get_array();
}

const json::array& reader::array(std::string_view member) const {
  const json::array* a = optional_array(member);
  if (!a) complain(member, "an array");
  return *a;
}

std::vector<std::string> reader::texts(std::string_view member) const {
  std::vector<std::string> all;
  const json::array* a = optional_array(member);
  if (!a) return all;
  all.reserve(a->size());
  for (const json::value& v : *a) {
    if (!v.is_string()) throw unfit(element(member, all.size()) + " must be a string");
    all.emplace_back(v.get_string().data(), v.get_string().size());
  }
  return all;
}

}  // namespace comcp::protocol
