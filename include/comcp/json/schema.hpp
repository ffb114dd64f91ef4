#ifndef COMCP_JSON_SCHEMA_HPP
#define COMCP_JSON_SCHEMA_HPP

#include "comcp/json/convert.hpp"
#include "comcp/json/schema_builder.hpp"

#include <typeinfo>

namespace comcp::json {

/** The JSON Schema (2020-12) of a type: admits what encode<T> writes, refuses what decode<T>
   refuses.

    Structs become closed-form objects with `properties` and `required`, notes become keywords,
   nested structs are written in place. Only recursive structs, and large ones used more than once,
   go to
    `$defs`. An optional member is one that isn't required; null is not among its values unless its
    note says nullable(). */
template <class T>
object schema_of(const schema_options& options = {}) {
  static_assert(has_schema<T>,
                "this type has no JSON Schema: describe it with BOOST_DESCRIBE_STRUCT or "
                "BOOST_DESCRIBE_ENUM, or give comcp::json::converter<T> a schema function");
  schema_builder builder(options);
  object root = converter<T>::schema(builder);
  return builder.finish(std::move(root));
}

}  // namespace comcp::json

#endif
