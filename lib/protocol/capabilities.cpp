#include "comcp/protocol/capabilities.hpp"

#include "protocol/fields.hpp"

namespace comcp::protocol {
namespace {

json::object listed(bool list_changed) {
  json::object o;
  if (list_changed) o["listChanged"] = true;
  return o;
}

}  // namespace

json::object encode(const icon& value) {
  json::object o;
  o["src"] = value.src;
  put_text(o, "mimeType", value.mime_type);
  if (!value.sizes.empty()) o["sizes"] = json::array(value.sizes.begin(), value.sizes.end());
  put_text(o, "theme", value.theme);
  return o;
}

json::object encode(const implementation& value, const rules& r) {
  json::object o;
  o["name"] = value.name;
  o["version"] = value.version;
  if (r.title) put_text(o, "title", value.title);
  if (r.icons) {
    put_text(o, "description", value.description);
    put_text(o, "websiteUrl", value.website_url);
  }
  put_icons(o, value.icons, r);
  return o;
}

json::object encode(const server_capabilities& value, const rules& r) {
  json::object o;
  if (value.tools) o["tools"] = listed(value.tools_list_changed);
  if (value.resources) {
    json::object resources = listed(value.resources_list_changed);
    if (value.resources_subscribe) resources["subscribe"] = true;
    o["resources"] = std::move(resources);
  }
  if (value.prompts) o["prompts"] = listed(value.prompts_list_changed);
  if (value.completions && r.completions_capability) o["completions"] = json::object();
  if (value.logging) o["logging"] = json::object();
  if (value.tasks && r.tasks_in_core) {
    json::object tools;
    tools["call"] = json::object();
    json::object requests;
    requests["tools"] = std::move(tools);
    json::object tasks;
    tasks["list"] = json::object();
    tasks["cancel"] = json::object();
    tasks["requests"] = std::move(requests);
    o["tasks"] = std::move(tasks);
  }
  if (!value.experimental.empty()) o["experimental"] = value.experimental;
  if (r.extensions && !value.extensions.empty()) o["extensions"] = value.extensions;
  return o;
}

json::object encode(const client_capabilities& value, const rules& r) {
  json::object o;
  if (value.roots) o["roots"] = listed(value.roots_list_changed && r.roots_list_changed);
  if (value.sampling) {
    json::object modes;
    if (value.sampling_context && r.sampling_tools) modes["context"] = json::object();
    if (value.sampling_tools && r.sampling_tools) modes["tools"] = json::object();
    o["sampling"] = std::move(modes);
  }
  if (r.elicitation && value.elicitation()) {
    json::object modes;
    if (value.elicitation_form && r.elicitation_modes) modes["form"] = json::object();
    if (value.elicitation_url && r.elicitation_modes) modes["url"] = json::object();
    // A client of the URL mode alone has nothing to declare before there were modes.
    if (value.elicitation_form || r.elicitation_modes) o["elicitation"] = std::move(modes);
  }
  if (!value.experimental.empty()) o["experimental"] = value.experimental;
  if (r.extensions && !value.extensions.empty()) o["extensions"] = value.extensions;
  return o;
}

implementation decode_implementation(const json::value& value) {
  implementation result;
  const json::object* o = value.if_object();
  if (!o) return result;
  result.name = get_text(*o, "name");
  result.version = get_text(*o, "version");
  result.title = get_text(*o, "title");
  result.description = get_text(*o, "description");
  result.website_url = get_text(*o, "websiteUrl");
  result.icons = decode_icons(o->if_contains("icons"));
  return result;
}

client_capabilities decode_client_capabilities(const json::value& value) {
  client_capabilities result;
  const json::object* o = value.if_object();
  if (!o) return result;
  result.verbatim = *o;
  if (const json::object* roots = get_object(*o, "roots")) {
    result.roots = true;
    result.roots_list_changed = get_flag(*roots, "listChanged");
  }
  if (const json::object* sampling = get_object(*o, "sampling")) {
    result.sampling = true;
    result.sampling_context = get_object(*sampling, "context") != nullptr;
    result.sampling_tools = get_object(*sampling, "tools") != nullptr;
  }
  if (const json::object* elicitation = get_object(*o, "elicitation")) {
    result.elicitation_url = get_object(*elicitation, "url") != nullptr;
    // Without modes it means the form mode, as before there were modes.
    result.elicitation_form =
        get_object(*elicitation, "form") != nullptr || !result.elicitation_url;
  }
  if (const json::object* experimental = get_object(*o, "experimental"))
    result.experimental = *experimental;
  if (const json::object* extensions = get_object(*o, "extensions"))
    result.extensions = *extensions;
  return result;
}

}  // namespace comcp::protocol
