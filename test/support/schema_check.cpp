#include "support/schema_check.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "comcp/json/validator.hpp"
#include "comcp/json/value.hpp"
#include "support/paths.hpp"

namespace comcp::test {
namespace {

const std::map<std::string_view, std::string_view> results = {
    {"initialize", "InitializeResult"},
    {"server/discover", "DiscoverResult"},
    {"ping", "EmptyResult"},
    {"tools/list", "ListToolsResult"},
    {"tools/call", "CallToolResult"},
    {"resources/list", "ListResourcesResult"},
    {"resources/templates/list", "ListResourceTemplatesResult"},
    {"resources/read", "ReadResourceResult"},
    {"resources/subscribe", "EmptyResult"},
    {"resources/unsubscribe", "EmptyResult"},
    {"prompts/list", "ListPromptsResult"},
    {"prompts/get", "GetPromptResult"},
    {"completion/complete", "CompleteResult"},
    {"logging/setLevel", "EmptyResult"},
    {"subscriptions/listen", "SubscriptionsListenResult"},
    {"sampling/createMessage", "CreateMessageResult"},
    {"roots/list", "ListRootsResult"},
    {"elicitation/create", "ElicitResult"},
};

std::filesystem::path schema_file(const protocol::rules& r) {
  return shared_dir() / "protocol/schema" / std::string(r.name) / "schema.json";
}

/// The schema of one revision, with a validator per definition, made when first needed.
class official_schema {
 public:
  explicit official_schema(const protocol::rules& r) {
    std::ifstream in(schema_file(r));
    std::ostringstream text;
    text << in.rdbuf();
    document_ = json::parse(text.str()).as_object();
    definitions_ = document_.contains("$defs") ? "$defs" : "definitions";
    for (const auto& [name, definition] : document_.at(definitions_).as_object()) {
      const auto* properties = definition.as_object().if_contains("properties");
      const auto* method = properties ? properties->as_object().if_contains("method") : nullptr;
      const auto* constant = method ? method->as_object().if_contains("const") : nullptr;
      if (constant && constant->is_string()) of_method_[std::string(constant->as_string())] = name;
    }
  }

  bool has(std::string_view definition) const {
    return document_.at(definitions_).as_object().contains(definition);
  }
  /// The definition of a request or notification; empty when the revision has no such method.
  std::string of_method(const std::string& method) const {
    const auto found = of_method_.find(method);
    return found == of_method_.end() ? std::string() : found->second;
  }

  std::string check(const json::value& value, const std::string& definition) {
    auto found = validators_.find(definition);
    if (found == validators_.end()) {
      json::object root = document_;
      json::object reference;
      reference["$ref"] = "#/" + definitions_ + "/" + definition;
      root["allOf"] =
          json::array{json::value(std::move(reference))};  // draft-07 ignores what is beside $ref
      auto compiled = json::schema_validator::compile(root);
      if (!compiled) return definition + ": " + compiled.error().message;
      found = validators_.emplace(definition, std::move(*compiled)).first;
    }
    const auto violations = found->second.validate(value);
    return violations.empty() ? std::string() : definition + ": " + json::to_text(violations);
  }

 private:
  json::object document_;
  std::string definitions_;
  std::map<std::string, std::string> of_method_;
  std::map<std::string, json::schema_validator> validators_;
};

official_schema& schema_of(const protocol::rules& r) {
  static std::map<std::string_view, official_schema> all;
  auto found = all.find(r.name);
  if (found == all.end()) found = all.emplace(r.name, official_schema(r)).first;
  return found->second;
}

std::string check_result(const json::object& message,
                         official_schema& schema,
                         std::string_view answered) {
  const auto row = results.find(answered);
  if (row == results.end()) return {};
  // 2026-07-28: a result may ask for input instead.
  const auto* type = message.at("result").is_object()
                         ? message.at("result").get_object().if_contains("resultType")
                         : nullptr;
  const bool asks = type && *type == "input_required";
  const std::string definition(asks ? "InputRequiredResult" : row->second);
  if (!schema.has(definition)) return "the revision has no " + definition;
  return schema.check(message.at("result"), definition);
}

}  // namespace

bool schemas_available() {
  return std::filesystem::exists(schema_file(protocol::newest()));
}

std::string check_message(std::string_view text,
                          const protocol::rules& r,
                          std::string_view answered) {
  if (!schemas_available()) return {};
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  const auto told = [&](std::string why) {
    return why.empty() ? why : std::string(r.name) + ": " + why + "\nin " + std::string(text);
  };
  if (ec) return told("not JSON");

  official_schema& schema = schema_of(r);
  if (value.is_array() && schema.has("JSONRPCBatchResponse")) {
    std::string all;
    for (const json::value& element : value.get_array())
      all += check_message(json::serialize(element), r);
    return all;
  }
  // An error without readable id is null before 2025-11-25, which those schemas don't foresee.
  const json::object* message = value.if_object();
  if (!message) return told("not an object");
  const bool null_id = r.null_id_in_errors && message->contains("error") &&
                       (!message->contains("id") || message->at("id").is_null());
  if (!null_id)
    if (auto wrong = schema.check(value, "JSONRPCMessage"); !wrong.empty())
      return told(std::move(wrong));

  if (const json::value* method = message->if_contains("method")) {
    const std::string definition = schema.of_method(std::string(method->as_string()));
    if (definition.empty())
      return told("the revision has no method " + std::string(method->as_string()));
    return told(schema.check(value, definition));
  }
  if (message->contains("result") && !answered.empty())
    return told(check_result(*message, schema, answered));
  return {};
}

}  // namespace comcp::test
