#ifndef COMCP_JSON_CONVERT_HPP
#define COMCP_JSON_CONVERT_HPP

// C++ values <-> JSON values. A described struct is an object with one member per struct member, a
// described enumeration is a string. See converter.hpp for the other types and for adding one's
// own.

#include "comcp/json/converter.hpp"
#include "comcp/json/detail/containers.hpp"
#include "comcp/json/detail/described.hpp"
#include "comcp/json/detail/scalars.hpp"

#include <optional>
#include <utility>

namespace comcp::json {

/** Reads a T from JSON into `out`.

    @returns false after storing the reason and its place in `error`; `out` is then unspecified. */
template <class T>
bool try_decode(const value& in,
                T& out,
                std::optional<convert_error>& error,
                const decode_options& options = {}) {
  static_assert(decodable<T>,
                "this type can't be read from JSON: describe it with BOOST_DESCRIBE_STRUCT or "
                "BOOST_DESCRIBE_ENUM, or give comcp::json::converter<T> a decode function");
  decode_context context(options);
  if (converter<T>::decode(in, out, context)) return true;
  error.emplace(context.error());
  return false;
}
template <class T>
bool try_decode(const value& in, T& out, convert_error& error, const decode_options& options = {}) {
  std::optional<convert_error> why;
  if (try_decode(in, out, why, options)) return true;
  error = std::move(*why);
  return false;
}

/** Reads a T from JSON.

    Members that are std::optional may be absent or null; others must be there unless a note gives
   them a default. Numbers are checked against the range of their type; 5.0 is an integer.
    @throws convert_error, whose path() points to the offending place */
template <class T>
T decode(const value& in, const decode_options& options = {}) {
  T out{};
  std::optional<convert_error> error;
  if (!try_decode(in, out, error, options)) throw *error;
  return out;
}

/** Writes a T as JSON. Members that are std::nullopt are left out.

    @throws convert_error for what JSON can't say: numbers that are not finite, unnamed enumerators
 */
template <class T>
value encode(const T& in, storage_ptr storage = {}) {
  static_assert(encodable<T>,
                "this type can't be written as JSON: describe it with BOOST_DESCRIBE_STRUCT or "
                "BOOST_DESCRIBE_ENUM, or give comcp::json::converter<T> an encode function");
  value out(nullptr, std::move(storage));
  encode_context context;
  converter<T>::encode(in, out, context);
  return out;
}

}  // namespace comcp::json

#endif
