#ifndef COMCP_JSON_CONVERTER_HPP
#define COMCP_JSON_CONVERTER_HPP

#include "comcp/json/convert_context.hpp"

#include <type_traits>

namespace comcp::json {

class schema_builder;

/** How a type is read from JSON, written as JSON, and described by a schema: the customisation
   point.

    The library specialises it for described structs and enumerations, numbers, strings,
   std::optional, std::vector, std::array, std::map and std::unordered_map with string keys,
   std::variant, and JSON values themselves. A specialisation for one's own type has these static
   functions (each may be left out if it is never needed):
    @code
    template <>
    struct comcp::json::converter<uuid> {
      // Returns false after at.fail(...); `out` is then unspecified.
      static bool decode(const value& in, uuid& out, decode_context& at) {
        const string* text = at.expect_string(in);
        return text && (out.parse(*text) || at.fail("expected a UUID"));
      }
      // `out` is null on entry, and has the storage to use.
      static void encode(const uuid& in, value& out, encode_context&) { out = in.text(); }
      static object schema(schema_builder&) { return {{"type", "string"}, {"format", "uuid"}}; }
    };
    @endcode */
template <class T>
struct converter;

template <class T>
concept decodable = requires(const value& in, T& out, decode_context& at) {
  { converter<T>::decode(in, out, at) } -> std::same_as<bool>;
};

template <class T>
concept encodable =
    requires(const T& in, value& out, encode_context& at) { converter<T>::encode(in, out, at); };

template <class T>
concept has_schema = requires(schema_builder& builder) {
  { converter<T>::schema(builder) } -> std::same_as<object>;
};

}  // namespace comcp::json

#endif
