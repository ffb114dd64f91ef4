#include "support/schema_check.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "comcp/json/validator.hpp"
#include "comcp/json/value.hpp"
#include "support/paths.hpp"

namespace comcp::test {
namespace {

// Members whose value is the user's, or another specification's.
const std::set<std::string_view> carried_verbatim = {"_meta", "inputSchema", "outputSchema",
                                                     "requestedSchema"};

const std::set<std::string_view> envelope = {"jsonrpc", "id",     "method",
                                             "params",  "result", "error"};

const std::map<int, std::string_view> errors_with_data = {
    {-32020, "HeaderMismatchError"},
    {-32021, "MissingRequiredClientCapabilityError"},
    {-32022, "UnsupportedProtocolVersionError"},
    {-32042, "URLElicitationRequiredError"},
};

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

  /// The first member that no schema for its object defines, as a JSON pointer; empty: none.
  std::string undefined_member(json::value value, const std::string& definition) {
    // Up to 2025-06-18 the definitions of requests and notifications are without their envelope.
    if (value.is_object() && value.get_object().contains("jsonrpc")) {
      value.get_object().erase("jsonrpc");
      value.get_object().erase("id");
    }
    return undefined(value, document_.at(definitions_).at(definition), "");
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
  /// The schema and all that it refers to, combines, or offers and the value takes.
  void collect(const json::value& schema,
               const json::value& value,
               std::vector<const json::object*>& parts) {
    const json::object* o = schema.if_object();
    if (!o) return;
    if (const auto* target = o->if_contains("$ref")) {
      const std::string name = name_of(*target);
      collect(document_.at(definitions_).at(name), value, parts);
      return;
    }
    parts.push_back(o);
    if (const auto* all = o->if_contains("allOf"))
      for (const json::value& each : all->as_array())
        collect(each, value, parts);
    if (const auto* any = o->if_contains("anyOf"))
      for (const json::value& each : any->as_array()) {
        const auto* target = each.as_object().if_contains("$ref");
        if (!target || check(value, name_of(*target)).empty()) collect(each, value, parts);
      }
  }

  std::string name_of(const json::value& reference) const {
    const std::string_view text(reference.as_string());
    return std::string(text.substr(text.rfind('/') + 1));
  }

  std::string undefined(const json::value& value,
                        const json::value& schema,
                        const std::string& path) {
    std::vector<const json::object*> parts;
    collect(schema, value, parts);
    if (const json::array* elements = value.if_array()) {
      for (std::size_t i = 0; i < elements->size(); ++i)
        for (const json::object* part : parts)
          if (const auto* items = part->if_contains("items"))
            if (auto found = undefined((*elements)[i], *items, path + "/" + std::to_string(i));
                !found.empty())
              return found;
      return {};
    }
    const json::object* object = value.if_object();
    if (!object) return {};

    bool closed = false;
    std::vector<const json::value*> others;
    for (const json::object* part : parts) {
      if (const auto* properties = part->if_contains("properties"))
        closed = closed || !properties->as_object().empty();
      if (const auto* additional = part->if_contains("additionalProperties"))
        others.push_back(additional);
    }
    for (const auto& [key, member] : *object) {
      if (carried_verbatim.contains(key)) continue;
      std::vector<const json::value*> schemas;
      for (const json::object* part : parts)
        if (const auto* properties = part->if_contains("properties"))
          if (const auto* found = properties->as_object().if_contains(key))
            schemas.push_back(found);
      if (schemas.empty()) schemas = others;
      std::string here = path;
      json::append_pointer_token(here, key);
      if (schemas.empty() && closed) return here;
      for (const json::value* each : schemas)
        if (auto found = undefined(member, *each, here); !found.empty()) return found;
    }
    return {};
  }

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

std::string judge(const json::value& value,
                  official_schema& schema,
                  const std::string& definition,
                  scrutiny how) {
  if (!schema.has(definition)) return "the revision has no " + definition;
  if (auto wrong = schema.check(value, definition); !wrong.empty()) return wrong;
  if (how == scrutiny::open) return {};
  const std::string extra = schema.undefined_member(value, definition);
  return extra.empty() ? extra : definition + " has no member " + extra;
}

std::string check_result(const json::object& message,
                         official_schema& schema,
                         std::string_view answered,
                         scrutiny how) {
  const auto row = results.find(answered);
  if (row == results.end()) return {};
  // 2026-07-28: a result may ask for input instead.
  const auto* type = message.at("result").is_object()
                         ? message.at("result").get_object().if_contains("resultType")
                         : nullptr;
  const bool asks = type && *type == "input_required";
  const std::string definition(asks ? "InputRequiredResult" : row->second);
  return judge(message.at("result"), schema, definition, how);
}

// S-MOD-13: the codes that the specification keeps for itself, and when they may be used.
std::string check_error(const json::value& message,
                        official_schema& schema,
                        const protocol::rules& r) {
  const auto code = message.at("error").at("code").to_number<int>();
  const auto named = errors_with_data.find(code);
  if (named != errors_with_data.end()) {
    const std::string definition(named->second);
    if (!schema.has(definition)) return "the revision has no error " + std::to_string(code);
    return schema.check(message, definition);
  }
  const bool reserved = code >= -32099 && code <= -32020;
  const bool not_found = code == -32002 && r.resource_not_found_code != code;
  return reserved || not_found ? "the revision has no error " + std::to_string(code) : "";
}

}  // namespace

namespace {

// Tests check from several shards.
std::mutex one_at_a_time;

std::string check_locked(std::string_view text,
                         const protocol::rules& r,
                         std::string_view answered,
                         scrutiny how);

}  // namespace

bool schemas_available() {
  return std::filesystem::exists(schema_file(protocol::newest()));
}

std::string check_message(std::string_view text,
                          const protocol::rules& r,
                          std::string_view answered,
                          scrutiny how) {
  if (!schemas_available()) return {};
  const std::lock_guard lock(one_at_a_time);
  return check_locked(text, r, answered, how);
}

namespace {

std::string check_locked(std::string_view text,
                         const protocol::rules& r,
                         std::string_view answered,
                         scrutiny how) {
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
      all += check_locked(json::serialize(element), r, {}, how);
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

  for (const auto& member : *message)
    if (how == scrutiny::exact && !envelope.contains(member.key()))
      return told("a message has no member " + std::string(member.key()));

  if (const json::value* method = message->if_contains("method")) {
    const std::string definition = schema.of_method(std::string(method->as_string()));
    if (definition.empty())
      return told("the revision has no method " + std::string(method->as_string()));
    return told(judge(value, schema, definition, how));
  }
  if (message->contains("error")) return told(check_error(value, schema, r));
  if (!answered.empty()) return told(check_result(*message, schema, answered, how));
  return {};
}

}  // namespace

std::string check_value(const json::value& value,
                        const protocol::rules& r,
                        const std::string& definition,
                        scrutiny how) {
  if (!schemas_available()) return {};
  const std::lock_guard lock(one_at_a_time);
  const std::string why = judge(value, schema_of(r), definition, how);
  return why.empty() ? why : std::string(r.name) + ": " + why + "\nin " + json::serialize(value);
}

}  // namespace comcp::test
