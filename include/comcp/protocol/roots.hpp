#ifndef COMCP_PROTOCOL_ROOTS_HPP
#define COMCP_PROTOCOL_ROOTS_HPP

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** A folder that a client works in. Advice, not access control. */
class root {
 public:
  root() = default;
  explicit root(std::string u, std::string n = {}) : uri(std::move(u)), name(std::move(n)) {}

  std::string uri;  ///< `file://…`
  std::string name;
  json::object meta;
};

/// The result of `roots/list`.
json::object encode(const std::vector<root>& roots, const rules& r);
/// The roots in the result of `roots/list`, or what is wrong with it as -32602.
std::variant<std::vector<root>, jsonrpc::error_object> decode_roots(const json::value& result);

}  // namespace comcp::protocol

#endif
