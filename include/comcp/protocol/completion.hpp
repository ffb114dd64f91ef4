#ifndef COMCP_PROTOCOL_COMPLETION_HPP
#define COMCP_PROTOCOL_COMPLETION_HPP

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp::protocol {

/** Params of `completion/complete`: which argument of what is being typed. */
class complete_params {
 public:
  enum class target : std::uint8_t { prompt, resource_template };

  complete_params() = default;
  target what = target::prompt;
  std::string name;                            ///< of the prompt, or the URI template
  std::string argument;                        ///< the argument's name
  std::string value;                           ///< what was typed so far
  std::map<std::string, std::string> context;  ///< arguments already chosen
};

/** Suggestions, most relevant first. More than 100 are cut, and `hasMore` says so (S-COMP-01). */
class completion {
 public:
  completion() = default;
  explicit completion(std::vector<std::string> v) : values(std::move(v)) {}

  std::vector<std::string> values;
  std::optional<std::int64_t> total;
  bool has_more = false;
};

json::object encode(const completion& value);
std::variant<complete_params, jsonrpc::error_object> decode_complete(const json::value& params);

}  // namespace comcp::protocol

#endif
