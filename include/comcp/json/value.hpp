#ifndef COMCP_JSON_VALUE_HPP
#define COMCP_JSON_VALUE_HPP

// JSON values are Boost.JSON's; these aliases give them one short name inside comcp. A translation
// unit that only passes values around can include <boost/json/fwd.hpp> instead.

#include <boost/json/array.hpp>
#include <boost/json/kind.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace comcp::json {

using boost::json::array;
using boost::json::kind;
using boost::json::object;
using boost::json::parse;
using boost::json::serialize;
using boost::json::storage_ptr;
using boost::json::string;
using boost::json::value;

/** Names the kind of a value as a sentence needs it: "a string", "an object", "null". */
std::string_view describe_kind(const value& v) noexcept;

/** Tells whether two values are equal as JSON: 1, 1.0 and 1u are the same number, the order of an
    object's members does not matter. (Boost.JSON's == keeps integers and doubles apart.) */
bool equal(const value& left, const value& right);

/** Appends one token to a JSON pointer (RFC 6901): a slash, then the token with ~ and / escaped. */
void append_pointer_token(std::string& pointer, std::string_view token);

}  // namespace comcp::json

#endif
