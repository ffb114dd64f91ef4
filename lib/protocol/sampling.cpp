#include "comcp/protocol/sampling.hpp"

#include <algorithm>
#include <set>

#include "protocol/content_fields.hpp"
#include "protocol/fields.hpp"
#include "protocol/reader.hpp"

namespace comcp::protocol {
namespace {

const json::object* unknown_block(const content_block& block, std::string_view type) {
  const auto* o = std::get_if<json::object>(&block.value);
  return o && get_text(*o, "type") == type ? o : nullptr;
}

json::object preferences_of(const model_preferences& p) {
  json::object o;
  if (!p.hints.empty()) {
    json::array hints;
    for (const std::string& name : p.hints) {
      json::object hint;
      hint["name"] = name;
      hints.push_back(std::move(hint));
    }
    o["hints"] = std::move(hints);
  }
  if (p.cost_priority) o["costPriority"] = *p.cost_priority;
  if (p.speed_priority) o["speedPriority"] = *p.speed_priority;
  if (p.intelligence_priority) o["intelligencePriority"] = *p.intelligence_priority;
  return o;
}

void put_message(json::array& to, role who, json::value content) {
  json::object o;
  o["role"] = role_name(who);
  o["content"] = std::move(content);
  to.push_back(std::move(o));
}

void put_messages(json::array& to, const sampling_message& m, const rules& r) {
  if (m.content.size() != 1 && r.sampling_tools) {
    put_message(to, m.role, encode(m.content, r));
    return;
  }
  for (const content_block& block : m.content)
    put_message(to, m.role, encode(block, r));
}

std::string_view choice_name(create_message_params::tool_choice choice) {
  switch (choice) {
    case create_message_params::tool_choice::required:
      return "required";
    case create_message_params::tool_choice::none:
      return "none";
    default:
      return "auto";
  }
}

/// The ids of the blocks of this type in a message.
std::multiset<std::string> ids_of(const sampling_message& m,
                                  std::string_view type,
                                  std::string_view member) {
  std::multiset<std::string> ids;
  for (const content_block& block : m.content)
    if (const json::object* o = unknown_block(block, type)) ids.insert(get_text(*o, member));
  return ids;
}

}  // namespace

content_block to_block(const tool_use& value) {
  json::object o;
  o["type"] = "tool_use";
  o["id"] = value.id;
  o["name"] = value.name;
  o["input"] = value.input;
  return content_block(std::move(o));
}

content_block to_block(const tool_result& value) {
  // The first revision that has these blocks is the narrowest: structured content is an object there.
  json::object o = encode(value.result, rules_of(revision::v2025_11_25));
  o["type"] = "tool_result";
  o["toolUseId"] = value.tool_use_id;
  return content_block(std::move(o));
}

std::optional<tool_use> as_tool_use(const content_block& block) {
  const json::object* o = unknown_block(block, "tool_use");
  if (!o) return std::nullopt;
  const json::object* input = get_object(*o, "input");
  return tool_use(get_text(*o, "id"), get_text(*o, "name"), input ? *input : json::object());
}

bool uses_tools(const create_message_params& value) {
  if (!value.tools.empty() || value.choice) return true;
  return std::ranges::any_of(value.messages, [](const sampling_message& m) {
    return std::ranges::any_of(m.content, [](const content_block& b) {
      return unknown_block(b, "tool_use") || unknown_block(b, "tool_result");
    });
  });
}

json::object encode(const create_message_params& value, const rules& r) {
  json::object o;
  json::array messages;
  for (const sampling_message& m : value.messages)
    put_messages(messages, m, r);
  o["messages"] = std::move(messages);
  o["maxTokens"] = value.max_tokens;
  if (auto preferences = preferences_of(value.preferences); !preferences.empty())
    o["modelPreferences"] = std::move(preferences);
  put_text(o, "systemPrompt", value.system_prompt);
  put_text(o, "includeContext", value.include_context);
  if (value.temperature) o["temperature"] = *value.temperature;
  if (!value.stop_sequences.empty())
    o["stopSequences"] = json::array(value.stop_sequences.begin(), value.stop_sequences.end());
  if (!value.metadata.empty()) o["metadata"] = value.metadata;
  if (!r.sampling_tools) return o;
  if (!value.tools.empty()) {
    json::array tools;
    for (const tool& t : value.tools)
      tools.push_back(encode(t, r));
    o["tools"] = std::move(tools);
  }
  if (value.choice) {
    json::object choice;
    choice["mode"] = choice_name(*value.choice);
    o["toolChoice"] = std::move(choice);
  }
  return o;
}

json::object encode(const create_message_result& value, const rules& r) {
  json::object o;
  o["role"] = role_name(value.role);
  if (value.content.size() != 1 && r.sampling_tools)
    o["content"] = encode(value.content, r);
  else
    o["content"] = value.content.empty() ? encode(content_block(text_content()), r)
                                         : encode(value.content.front(), r);
  o["model"] = value.model;
  put_text(o, "stopReason", value.stop_reason);
  return o;
}

std::variant<create_message_result, jsonrpc::error_object> decode_create_message_result(
    const json::value& result) {
  return reading([&] {
    const reader in(result, "");
    create_message_result answer;
    answer.role = read_role(in);
    answer.model = in.text("model");
    answer.stop_reason = in.optional_text("stopReason");
    const json::value* content = in.find("content");
    if (!content) in.complain("content", "a block or an array of blocks");
    if (const json::array* blocks = content->if_array()) {
      for (const json::value& block : *blocks)
        answer.content.push_back(read_block(block, in.element("content", answer.content.size())));
    } else {
      answer.content.push_back(read_block(*content, in.at("content")));
    }
    return answer;
  });
}

std::optional<std::string> check_tool_results(const std::vector<sampling_message>& messages) {
  std::multiset<std::string> open;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const sampling_message& m = messages[i];
    const std::string where = "/messages/" + std::to_string(i);
    const auto results = ids_of(m, "tool_result", "toolUseId");
    if (results != open) {
      return open.empty() ? where + " has a tool_result that no tool_use asked for"
                          : where + " must have a tool_result for each tool_use before it";
    }
    if (!results.empty() && (m.role != role::user || results.size() != m.content.size()))
      return where + " must be the user's and have nothing but tool_result blocks";
    open = ids_of(m, "tool_use", "id");
    if (!open.empty() && m.role != role::assistant)
      return where + " must be the assistant's, as it has a tool_use";
  }
  if (!open.empty()) return "/messages must end with the results of the last tool_use";
  return std::nullopt;
}

}  // namespace comcp::protocol
