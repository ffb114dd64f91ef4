#ifndef COMCP_PROTOCOL_SAMPLING_HPP
#define COMCP_PROTOCOL_SAMPLING_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/content.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/protocol/tools.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** A model's wish to call a tool, as a block of a sampling message. */
class tool_use {
 public:
  tool_use() = default;
  tool_use(std::string i, std::string n, json::object in)
      : id(std::move(i)), name(std::move(n)), input(std::move(in)) {}

  std::string id;
  std::string name;
  json::object input;
};

/** The answer to a tool_use, as a block of the user's message that follows. */
class tool_result {
 public:
  tool_result() = default;
  tool_result(std::string id, call_tool_result r)
      : tool_use_id(std::move(id)), result(std::move(r)) {}

  std::string tool_use_id;
  call_tool_result result;
};

/// As blocks of content, in the form of 2025-11-25 and later.
content_block to_block(const tool_use& value);
content_block to_block(const tool_result& value);
/// The tool_use that a block is, or nothing.
std::optional<tool_use> as_tool_use(const content_block& block);

/** A message to or from a model: one block, or several since 2025-11-25. */
class sampling_message {
 public:
  sampling_message() = default;
  sampling_message(protocol::role who, content_block what) : role(who) {
    content.push_back(std::move(what));
  }

  protocol::role role = role::user;
  std::vector<content_block> content;
};

/** Which model the server would like; the client decides. Priorities are 0..1. */
class model_preferences {
 public:
  model_preferences() = default;
  std::vector<std::string> hints;  ///< parts of model names, best first
  std::optional<double> cost_priority;
  std::optional<double> speed_priority;
  std::optional<double> intelligence_priority;
};

/** Params of `sampling/createMessage`. */
class create_message_params {
 public:
  enum class tool_choice : std::uint8_t { automatic, required, none };

  create_message_params() = default;
  std::vector<sampling_message> messages;
  std::int64_t max_tokens = 0;
  model_preferences preferences;
  std::string system_prompt;
  std::string include_context;  ///< "thisServer", "allServers"; deprecated
  std::optional<double> temperature;
  std::vector<std::string> stop_sequences;
  json::object metadata;
  std::vector<tool> tools;  ///< only to clients with `sampling.tools` (S-SAMP-01)
  std::optional<tool_choice> choice;
};

/** What the model said. */
class create_message_result {
 public:
  create_message_result() = default;
  protocol::role role = role::assistant;
  std::vector<content_block> content;
  std::string model;
  std::string stop_reason;  ///< "endTurn", "stopSequence", "maxTokens", "toolUse" or another
};

/// Has tools, a choice of them, or messages with their use: needs `sampling.tools` (S-SAMP-01).
bool uses_tools(const create_message_params& value);

/** Where a revision has one block a message, a message of several becomes several of the same role; where
    it has no tools, they are left out. */
json::object encode(const create_message_params& value, const rules& r);
json::object encode(const create_message_result& value, const rules& r);

/// The result, or what is wrong with it as -32602.
std::variant<create_message_result, jsonrpc::error_object> decode_create_message_result(
    const json::value& result);

/** Why these messages are no conversation with tools: each tool_use must be answered by a tool_result in
    the message that follows, and a message with results has nothing else (S-SAMP-02). */
std::optional<std::string> check_tool_results(const std::vector<sampling_message>& messages);

}  // namespace comcp::protocol

#endif
