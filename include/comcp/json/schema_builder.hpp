#ifndef COMCP_JSON_SCHEMA_BUILDER_HPP
#define COMCP_JSON_SCHEMA_BUILDER_HPP

#include "comcp/json/converter.hpp"
#include "comcp/json/notes.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

namespace comcp::json {

/** How schema_of writes. */
class schema_options {
 public:
  schema_options() = default;

  /// Whether structs say additionalProperties false. Default: no, as decode ignores unknown
  /// members.
  schema_options& unknown(unknown_members choice) noexcept {
    unknown_ = choice;
    return *this;
  }
  unknown_members unknown() const noexcept { return unknown_; }

  /// Whether the root names its dialect in $schema. Default: no: 2020-12 is what MCP assumes, and
  /// clients with a draft-07 validator refuse a dialect name that they don't know.
  schema_options& name_dialect(bool on) noexcept {
    name_dialect_ = on;
    return *this;
  }
  bool name_dialect() const noexcept { return name_dialect_; }

 private:
  unknown_members unknown_ = unknown_members::ignore;
  bool name_dialect_ = false;
};

/** Collects the schemas of the types met while one root type's schema is built. */
class schema_builder {
 public:
  explicit schema_builder(const schema_options& options) : options_(options) {}
  schema_builder(const schema_builder&) = delete;
  schema_builder& operator=(const schema_builder&) = delete;

  const schema_options& options() const noexcept { return options_; }

  /// The schema of another type, to be placed inside the one being built.
  template <class T>
  object of() {
    static_assert(has_schema<T>,
                  "a type used here has no comcp::json::converter with a schema function");
    return converter<T>::schema(*this);
  }

  /// A stand-in for the schema of a type that may be met again or contain itself; `build` is called
  /// the first time. finish() decides whether it is written in place or under $defs.
  object named(const std::type_info& type, object (*build)(schema_builder&));

  object finish(object root);

  // What converters of the library are made of.
  static object integer(value minimum, value maximum);
  /// `titles` has one for each name, or is empty; an empty title is the name.
  static object strings(std::span<const std::string_view> names,
                        std::span<const std::string> titles,
                        const object& keywords);
  static object array_of(object items);
  static object map_of(object values);
  static object any_of(std::vector<object> alternatives);
  static object nullable(object schema);

 private:
  enum class state { unseen, open, measured };
  struct named_type {
    std::type_index type;
    std::string name;
    object body = {};
    std::size_t uses = 0;
    bool recursive = false;
    bool defined = false;  // under $defs
    state progress = state::unseen;
    std::size_t size = 0;  // of the schema as text, roughly, with what it refers to
  };
  void measure(std::size_t index);
  void scan(const value& v, std::size_t& size);
  value expand(const value& v, object& definitions);

  schema_options options_;
  std::vector<named_type> types_;
  std::size_t root_ = static_cast<std::size_t>(-1);
};

/** Puts together the schema of a struct, member by member. */
class struct_schema {
 public:
  struct_schema();

  /// @param note may be null; initial is the member's initialiser when the note says defaulted()
  void add(std::string_view name,
           object schema,
           const member_note* note,
           bool required,
           const value* initial);
  object finish(const object* own_keywords, bool closed);

 private:
  object properties_;
  array required_;
};

}  // namespace comcp::json

#endif
