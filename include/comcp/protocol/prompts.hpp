#ifndef COMCP_PROTOCOL_PROMPTS_HPP
#define COMCP_PROTOCOL_PROMPTS_HPP

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/content.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

enum class role : std::uint8_t { user, assistant };

/** One argument of a prompt; its values are text. */
class prompt_argument {
 public:
  prompt_argument() = default;
  explicit prompt_argument(std::string n, std::string d = {}, bool needed = false)
      : name(std::move(n)), description(std::move(d)), required(needed) {}

  std::string name;
  std::string title;
  std::string description;
  bool required = false;
};

/** What `prompts/list` says of a prompt. */
class prompt {
 public:
  prompt() = default;

  std::string name;
  std::string title;
  std::string description;
  std::vector<prompt_argument> arguments;
  std::vector<icon> icons;
  json::object meta;
};

/** One message of a prompt: exactly one block. */
class prompt_message {
 public:
  prompt_message() = default;
  prompt_message(protocol::role who, content_block what) : role(who), content(std::move(what)) {}

  protocol::role role = role::user;
  content_block content;
};

/** The result of `prompts/get`. */
class get_prompt_result {
 public:
  get_prompt_result() = default;
  std::string description;
  std::vector<prompt_message> messages;
  json::object meta;
};

/** Params of `prompts/get`. */
class get_prompt_params {
 public:
  get_prompt_params() = default;
  std::string name;
  std::map<std::string, std::string> arguments;
};

json::object encode(const prompt& value, const rules& r);
json::object encode(const get_prompt_result& value, const rules& r);
std::variant<get_prompt_params, jsonrpc::error_object> decode_get_prompt(const json::value& params);

}  // namespace comcp::protocol

#endif
