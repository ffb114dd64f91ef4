#ifndef COMCP_PROTOCOL_PARAMETER_HEADER_HPP
#define COMCP_PROTOCOL_PARAMETER_HEADER_HPP

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"

namespace comcp::protocol {

/** A tool's argument that HTTP requests mirror in a header `Mcp-Param-{name}`, because its schema has
    `x-mcp-header`. spec: server/tools#x-mcp-header, 2026-07-28 */
class parameter_header {
 public:
  /// The property names from the root of the arguments to the annotated one.
  std::vector<std::string> path;
  /// The annotation's value: the header's name behind `Mcp-Param-`, compared without regard to case.
  std::string name;
};

using parameter_headers = std::vector<parameter_header>;

/** All annotations of an input schema, or why the tool is invalid (S-TOOL-08): an annotation that is
    no header name, is used twice, stands on a property that isn't exactly a string, integer or boolean,
    or anywhere else than on properties reached from the root through `properties` alone. */
std::variant<parameter_headers, std::string> find_parameter_headers(
    const json::object& input_schema);

/// The argument at the path; null when it, or an object on the way, is absent or null.
const json::value* find_argument(const json::value& arguments,
                                 const std::vector<std::string>& path) noexcept;

}  // namespace comcp::protocol

#endif
