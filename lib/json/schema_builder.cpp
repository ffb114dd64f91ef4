#include "comcp/json/schema_builder.hpp"

#include "number.hpp"

#include <boost/core/demangle.hpp>

#include <algorithm>
#include <utility>

namespace comcp::json {
namespace {

// While schemas are collected, a named type is referred to by this and its index.
constexpr std::string_view placeholder = "comcp:type/";

// A struct used more than once whose schema is longer than this goes to $defs: shorter ones are
// easier to follow where they are used, and some clients don't follow references.
constexpr std::size_t largest_repeated = 1500;

constexpr std::size_t none = static_cast<std::size_t>(-1);

// The index of the type that an object refers to, if it does.
std::size_t referred_type(const object& schema) {
  const value* ref = schema.if_contains("$ref");
  const string* text = ref ? ref->if_string() : nullptr;
  if (!text || !std::string_view(*text).starts_with(placeholder)) return none;
  std::size_t index = 0;
  for (const char digit : std::string_view(*text).substr(placeholder.size())) {
    index = index * 10 + static_cast<std::size_t>(digit - '0');
  }
  return index;
}

// "ns::tree<ns::leaf>" -> "tree_leaf": a name for $defs that needs no escaping in a reference.
std::string short_name(const std::type_info& type) {
  std::string full = boost::core::demangle(type.name());
  for (const std::string_view noise :
       {"(anonymous namespace)", ", std::char_traits<char>, std::allocator<char> ", "basic_"}) {
    for (auto at = full.find(noise); at != full.npos; at = full.find(noise))
      full.erase(at, noise.size());
  }
  for (auto at = full.find("string<char>"); at != full.npos; at = full.find("string<char>")) {
    full.erase(at + 6, 6);
  }
  std::string name;
  std::string word;
  for (const char c : full + '>') {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_') {
      word += c;
    } else if (c == ':') {
      word.clear();
    } else if (!word.empty()) {
      if (!name.empty()) name += '_';
      name += word;
      word.clear();
    }
  }
  return name.empty() ? "type" : name;
}

// The author's bound replaces the type's, unless it would admit what the type can't hold.
void add_bound(object& schema, std::string_view key, const value& bound) {
  const bool lower = key == "minimum" || key == "exclusiveMinimum";
  const std::string_view own_key = lower ? "minimum" : "maximum";
  if (const value* own = schema.if_contains(own_key);
      own && detail::is_number(*own) && detail::is_number(bound)) {
    const auto order = detail::compare_numbers(bound, *own);
    if (lower ? order >= 0 : order <= 0) {
      schema.erase(own_key);
    } else if (key == own_key) {
      return;
    }
  }
  schema[key] = bound;
}

void add_keyword(object& schema, std::string_view key, const value& v) {
  if (key == "minimum" || key == "maximum" || key == "exclusiveMinimum" ||
      key == "exclusiveMaximum") {
    add_bound(schema, key, v);
  } else {
    schema[key] = v;
  }
}

}  // namespace

object schema_builder::integer(value minimum, value maximum) {
  object schema;
  schema["type"] = "integer";
  schema["minimum"] = std::move(minimum);
  schema["maximum"] = std::move(maximum);
  return schema;
}

object schema_builder::strings(std::span<const std::string_view> names,
                               std::span<const std::string> titles,
                               const object& keywords) {
  object schema;
  schema["type"] = "string";
  const bool titled =
      std::ranges::any_of(titles, [](const std::string& title) { return !title.empty(); });
  array& all = schema[titled ? "oneOf" : "enum"].emplace_array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const boost::json::string_view name(names[i]);
    if (titled) {
      object choice;
      choice["const"] = name;
      choice["title"] = titles[i].empty() ? name : boost::json::string_view(titles[i]);
      all.emplace_back(std::move(choice));
    } else {
      all.emplace_back(name);
    }
  }
  for (const auto& keyword : keywords)
    schema[keyword.key()] = keyword.value();
  return schema;
}

object schema_builder::array_of(object items) {
  object schema;
  schema["type"] = "array";
  if (!items.empty()) schema["items"] = std::move(items);
  return schema;
}

object schema_builder::map_of(object values) {
  object schema;
  schema["type"] = "object";
  if (!values.empty()) schema["additionalProperties"] = std::move(values);
  return schema;
}

object schema_builder::any_of(std::vector<object> alternatives) {
  object schema;
  array& all = schema["anyOf"].emplace_array();
  for (object& alternative : alternatives)
    all.emplace_back(std::move(alternative));
  return schema;
}

object schema_builder::nullable(object schema) {
  if (schema.empty()) return schema;
  if (value* type = schema.if_contains("type"); type && type->is_string()) {
    const value plain = *type;
    type->emplace_array() = array{plain, "null"};
    if (value* names = schema.if_contains("enum")) names->get_array().emplace_back(nullptr);
    if (value* choices = schema.if_contains("oneOf")) {
      choices->get_array().emplace_back(object{{"const", nullptr}, {"title", "none"}});
    }
    return schema;
  }
  if (schema.size() == 1 && schema.contains("anyOf")) {
    schema["anyOf"].get_array().emplace_back(object{{"type", "null"}});
    return schema;
  }
  std::vector<object> alternatives;
  alternatives.push_back(std::move(schema));
  alternatives.push_back(object{{"type", "null"}});
  return any_of(std::move(alternatives));
}

object schema_builder::named(const std::type_info& type, object (*build)(schema_builder&)) {
  const std::type_index wanted(type);
  std::size_t index = 0;
  while (index < types_.size() && types_[index].type != wanted)
    ++index;
  if (index == types_.size()) {
    std::string name = short_name(type);
    const auto taken = [&](const std::string& candidate) {
      return std::any_of(types_.begin(), types_.end(),
                         [&](const named_type& other) { return other.name == candidate; });
    };
    if (taken(name)) {
      int number = 2;
      while (taken(name + '_' + std::to_string(number)))
        ++number;
      name += '_' + std::to_string(number);
    }
    types_.push_back({wanted, std::move(name)});
    object body = build(*this);  // may add types, so that references into types_ don't last
    types_[index].body = std::move(body);
  }
  object reference;
  reference["$ref"] = std::string(placeholder) + std::to_string(index);
  return reference;
}

void schema_builder::scan(const value& v, std::size_t& size) {
  if (const object* members = v.if_object()) {
    const std::size_t index = referred_type(*members);
    if (index != none) {
      ++types_[index].uses;
      measure(index);
      if (!types_[index].recursive) size += types_[index].size;
    }
    for (const auto& member : *members) {
      size += member.key().size() + 4;
      scan(member.value(), size);
    }
  } else if (const array* elements = v.if_array()) {
    for (const value& element : *elements)
      scan(element, size);
  } else if (const string* text = v.if_string()) {
    size += text->size() + 3;
  } else {
    size += 6;
  }
}

void schema_builder::measure(std::size_t index) {
  named_type& type = types_[index];
  if (type.progress == state::measured) return;
  if (type.progress == state::open) {
    type.recursive = true;
    return;
  }
  type.progress = state::open;
  std::size_t size = 0;
  scan(type.body, size);
  type.size = std::min(size, std::size_t{1} << 30);
  type.progress = state::measured;
}

value schema_builder::expand(const value& v, object& definitions) {
  if (const array* elements = v.if_array()) {
    array result;
    result.reserve(elements->size());
    for (const value& element : *elements)
      result.push_back(expand(element, definitions));
    return result;
  }
  const object* members = v.if_object();
  if (!members) return v;

  object result;
  const std::size_t index = referred_type(*members);
  if (index == none) {
    for (const auto& member : *members)
      result[member.key()] = expand(member.value(), definitions);
    return result;
  }
  named_type& type = types_[index];
  if (type.recursive || (type.uses > 1 && type.size > largest_repeated)) {
    if (index == root_) {
      result["$ref"] = "#";
    } else {
      result["$ref"] = "#/$defs/" + type.name;
      if (!type.defined) {
        type.defined = true;
        definitions[type.name] = nullptr;  // keeps the order in which types are met
        definitions[type.name] = expand(type.body, definitions);
      }
    }
  } else {
    result = std::move(expand(type.body, definitions).get_object());
  }
  // What the place says about the type goes before what the type says about itself.
  for (const auto& member : *members) {
    if (member.key() != "$ref") result[member.key()] = expand(member.value(), definitions);
  }
  return result;
}

object schema_builder::finish(object root) {
  root_ = referred_type(root);
  std::size_t size = 0;
  scan(root, size);
  object definitions;
  object result;
  if (options_.name_dialect()) result["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  const object& body = root_ == none ? root : types_[root_].body;
  const value expanded = expand(body, definitions);
  for (const auto& member : expanded.get_object())
    result[member.key()] = member.value();
  if (!definitions.empty()) result["$defs"] = std::move(definitions);
  return result;
}

struct_schema::struct_schema() = default;

void struct_schema::add(std::string_view name,
                        object schema,
                        const member_note* note,
                        bool required,
                        const value* initial) {
  if (required) required_.emplace_back(boost::json::string_view(name));
  if (note) {
    if (note->is_nullable()) schema = schema_builder::nullable(std::move(schema));
    for (const auto& keyword : note->keywords())
      add_keyword(schema, keyword.key(), keyword.value());
    if (initial && !schema.contains("default")) schema["default"] = *initial;
  }
  properties_[name] = std::move(schema);
}

object struct_schema::finish(const object* own_keywords, bool closed) {
  object schema;
  schema["type"] = "object";
  if (own_keywords) {
    for (const auto& keyword : *own_keywords)
      schema[keyword.key()] = keyword.value();
  }
  if (!properties_.empty()) schema["properties"] = std::move(properties_);
  if (!required_.empty()) schema["required"] = std::move(required_);
  if (closed) schema["additionalProperties"] = false;
  return schema;
}

}  // namespace comcp::json
