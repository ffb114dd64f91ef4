#include "server/catalogue.hpp"

#include <algorithm>
#include <set>

#include "comcp/protocol/methods.hpp"

namespace comcp::detail {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view name, const std::string& why) {
  throw registration_error(std::string(what) + " \"" + std::string(name) + "\": " + why);
}

void require_name(std::string_view what, std::string_view name, std::string_view of) {
  if (name.empty()) refuse(what, of, "needs a name");
}

json::schema_validator compile(std::string_view tool,
                               std::string_view which,
                               const json::value& schema) {
  auto compiled = json::schema_validator::compile(schema);
  if (!compiled)
    refuse("tool", tool,
           "its " + std::string(which) + " schema is not usable: " + compiled.error().schema_path +
               ": " + compiled.error().message);
  return std::move(*compiled);
}

// S-TOOL-07
json::schema_validator compile_input(const protocol::tool& tool) {
  require_name("tool", tool.name, tool.name);
  const json::value* type = tool.input_schema.if_contains("type");
  if (!type || !type->is_string() || type->get_string() != "object")
    refuse("tool", tool.name, R"(the root of its input schema must say "type": "object")");
  return compile(tool.name, "input", json::value(tool.input_schema));
}

bool is_uri(std::string_view text) {
  const auto is_alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto in_scheme = [&](char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return false;
  return std::ranges::all_of(text.substr(0, colon), in_scheme) &&
         std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>' ||
                  c == '"';
         });
}

template <class Info>
void copy_options(Info& info, const resource_definition& d) {
  info.name = d.name;
  info.title = d.options.title();
  info.description = d.options.description();
  info.mime_type = d.options.mime_type();
  info.annotations = d.options.annotations();
  info.icons = d.options.icons();
  info.meta = d.options.meta();
}

uri_template parse_template(const std::string& text) try {
  uri_template parsed(text);
  if (parsed.variables().empty())
    refuse("resource template", text, "has no variable; register it as a resource");
  return parsed;
} catch (const std::invalid_argument& e) {
  throw registration_error(e.what());
}

template <class Entry>
std::shared_ptr<const section<Entry>> list_of(std::string_view method,
                                              std::string_view member,
                                              sorted_entries<Entry> entries = {}) {
  return std::make_shared<const section<Entry>>(method, member, std::move(entries));
}

auto tool_list(sorted_entries<tool_entry> e = {}) {
  return list_of(protocol::method::tools_list, "tools", std::move(e));
}
auto resource_list(sorted_entries<resource_entry> e = {}) {
  return list_of(protocol::method::resources_list, "resources", std::move(e));
}
auto template_list(sorted_entries<template_entry> e = {}) {
  return list_of(protocol::method::resources_templates_list, "resourceTemplates", std::move(e));
}
auto prompt_list(sorted_entries<prompt_entry> e = {}) {
  return list_of(protocol::method::prompts_list, "prompts", std::move(e));
}

template <class Entry, class Make>
bool removed(std::shared_ptr<const section<Entry>>& from, std::string_view key, Make make) {
  if (!from->entries.find(key)) return false;
  from = make(from->entries.without(key));
  return true;
}

}  // namespace

tool_entry::tool_entry(tool_definition d) : tool(std::move(d)), input(compile_input(tool.info)) {
  if (!tool.call) refuse("tool", tool.info.name, "has no handler");
  if (tool.info.output_schema)
    output.emplace(compile(tool.info.name, "output", *tool.info.output_schema));
  // S-TOOL-08
  auto annotated = protocol::find_parameter_headers(tool.info.input_schema);
  if (auto* why = std::get_if<std::string>(&annotated)) refuse("tool", tool.info.name, *why);
  auto& list = std::get<protocol::parameter_headers>(annotated);
  if (!list.empty()) headers = std::make_shared<const protocol::parameter_headers>(std::move(list));
}

resource_entry::resource_entry(resource_definition d)
    : cache(d.options.cache()), read(std::move(d.read)) {
  if (!is_uri(d.uri))
    refuse("resource", d.uri, "is not a URI (scheme:..., without blanks or control characters)");
  require_name("resource", d.name, d.uri);
  if (!read) refuse("resource", d.uri, "has no handler");
  info.uri = d.uri;
  info.size = d.options.size();
  copy_options(info, d);
}

template_entry::template_entry(resource_definition d)
    : pattern(parse_template(d.uri)), cache(d.options.cache()), read(std::move(d.read)) {
  require_name("resource template", d.name, d.uri);
  if (!read) refuse("resource template", d.uri, "has no handler");
  info.uri_template = d.uri;
  copy_options(info, d);
}

prompt_entry::prompt_entry(prompt_definition d) : prompt(std::move(d)) {
  require_name("prompt", prompt.info.name, prompt.info.name);
  if (!prompt.get) refuse("prompt", prompt.info.name, "has no handler");
  std::set<std::string_view> names;
  for (const protocol::prompt_argument& a : prompt.info.arguments) {
    if (a.name.empty()) refuse("prompt", prompt.info.name, "an argument has no name");
    if (!names.insert(a.name).second)
      refuse("prompt", prompt.info.name, "has two arguments \"" + a.name + "\"");
  }
}

// spec: 2025-11-25, server/tools#tool-names
std::string doubt_about_name(std::string_view tool_name) {
  if (tool_name.size() > 128) return "is longer than 128 characters";
  for (const char c : tool_name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
    if (!fine) return "has characters other than letters, digits, _, - and .";
  }
  return {};
}

catalogue::catalogue()
    : tools(tool_list()),
      resources(resource_list()),
      templates(template_list()),
      prompts(prompt_list()) {}

void catalogue::add(tool_definition d) {
  if (tools->entries.find(d.info.name)) refuse("tool", d.info.name, "is there already");
  tools = tool_list(tools->entries.with(std::make_shared<const tool_entry>(std::move(d))));
}

void catalogue::add_resource(resource_definition d) {
  if (resources->entries.find(d.uri)) refuse("resource", d.uri, "is there already");
  resources =
      resource_list(resources->entries.with(std::make_shared<const resource_entry>(std::move(d))));
}

void catalogue::add_template(resource_definition d) {
  const std::string uri = d.uri;
  if (templates->entries.find(uri)) refuse("resource template", uri, "is there already");
  templates =
      template_list(templates->entries.with(std::make_shared<const template_entry>(std::move(d))));
  template_order_.push_back(uri);
}

void catalogue::add(prompt_definition d) {
  if (prompts->entries.find(d.info.name)) refuse("prompt", d.info.name, "is there already");
  prompts = prompt_list(prompts->entries.with(std::make_shared<const prompt_entry>(std::move(d))));
}

void catalogue::add(completion_target target, completion_function complete) {
  const auto put = [&](auto& entry, std::string_view what, bool has_argument) {
    if (!has_argument)
      refuse(what, target.name, "has no argument \"" + target.argument + "\" to complete");
    if (!entry.completions.emplace(target.argument, std::move(complete)).second)
      refuse(what, target.name, "has a completion of \"" + target.argument + "\" already");
  };
  if (target.what == protocol::complete_params::target::prompt) {
    const auto found = prompts->entries.find(target.name);
    if (!found) refuse("prompt", target.name, "doesn't exist; register it before its completions");
    auto changed = std::make_shared<prompt_entry>(*found);
    put(*changed, "prompt",
        std::ranges::find(changed->prompt.info.arguments, target.argument,
                          &protocol::prompt_argument::name) !=
            changed->prompt.info.arguments.end());
    prompts = prompt_list(prompts->entries.with(std::move(changed)));
  } else {
    const auto found = templates->entries.find(target.name);
    if (!found)
      refuse("resource template", target.name, "doesn't exist; register it before its completions");
    auto changed = std::make_shared<template_entry>(*found);
    const auto& variables = changed->pattern.variables();
    put(*changed, "resource template",
        std::ranges::find(variables, target.argument) != variables.end());
    templates = template_list(templates->entries.with(std::move(changed)));
  }
}

bool catalogue::remove_tool(std::string_view name) {
  return removed(tools, name, tool_list);
}
bool catalogue::remove_resource(std::string_view uri) {
  return removed(resources, uri, resource_list);
}
bool catalogue::remove_template(std::string_view uri) {
  std::erase(template_order_, uri);
  return removed(templates, uri, template_list);
}
bool catalogue::remove_prompt(std::string_view name) {
  return removed(prompts, name, prompt_list);
}

catalogue::found_resource catalogue::find_resource(std::string_view uri) const {
  found_resource found;
  found.fixed = resources->entries.find(uri);
  if (found.fixed) return found;
  for (const std::string& key : template_order_) {
    auto entry = templates->entries.find(key);
    if (auto values = entry->pattern.match(uri)) {
      found.pattern = std::move(entry);
      found.variables = std::move(*values);
      break;
    }
  }
  return found;
}

bool catalogue::has_resources() const noexcept {
  return !resources->entries.empty() || !templates->entries.empty();
}

bool catalogue::has_completions() const noexcept {
  const auto has_some = [](const auto& e) { return !e->completions.empty(); };
  return std::ranges::any_of(prompts->entries.all(), has_some) ||
         std::ranges::any_of(templates->entries.all(), has_some);
}

}  // namespace comcp::detail
