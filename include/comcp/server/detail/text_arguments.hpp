#ifndef COMCP_SERVER_DETAIL_TEXT_ARGUMENTS_HPP
#define COMCP_SERVER_DETAIL_TEXT_ARGUMENTS_HPP

// Arguments that arrive as text (prompts, URI variables) to a described struct.

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/json/schema.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/server/detail/handler_traits.hpp"

namespace comcp::detail {

using text_map = std::map<std::string, std::string>;

// Compiled once, in lib/server/text_arguments.cpp.

/// Each text as the JSON value that the struct's schema asks for at its name.
json::value typed_by_schema(const text_map& texts, const json::object& schema);
/// The properties of a struct's schema as a prompt's arguments.
std::vector<protocol::prompt_argument> arguments_of_schema(const json::object& schema);
/// An invalid_params_error that names the argument.
[[noreturn]] void throw_bad_text(const json::convert_error& why);

template <class A>
const json::object& text_schema() {
  static const json::object schema = json::schema_of<A>();
  return schema;
}

template <class A>
A decode_text_arguments(const text_map& texts) {
  if constexpr (std::is_same_v<A, no_arguments>) {
    return {};
  } else if constexpr (std::is_same_v<A, text_map>) {
    return texts;
  } else {
    static_assert(json::described_struct<A>,
                  "arguments that arrive as text are a struct described with "
                  "BOOST_DESCRIBE_STRUCT, or std::map<std::string, std::string>");
    A out{};
    json::convert_error error;
    if (!json::try_decode(typed_by_schema(texts, text_schema<A>()), out, error))
      throw_bad_text(error);
    return out;
  }
}

}  // namespace comcp::detail

#endif
