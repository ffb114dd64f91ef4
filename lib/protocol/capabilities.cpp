#include "comcp/protocol/capabilities.hpp"

namespace comcp::protocol {
namespace {

std::string text(const json::object& from, std::string_view member) {
  const json::value* v = from.if_contains(member);
  if (!v || !v->is_string()) return {};
  return {v->get_string().data(), v->get_string().size()};
}

const json::object* object(const json::object& from, std::string_view member) {
  const json::value* v = from.if_contains(member);
  return v ? v->if_object() : nullptr;
}

bool truth(const json::object& from, std::string_view member) {
  const json::value* v = from.if_contains(member);
  return v && v->is_bool() && v->get_bool();
}

void put(json::object& to, std::string_view member, const std::string& value) {
  if (!value.empty()) to[member] = value;
}

json::object listed(bool list_changed) {
  json::object o;
  if (list_changed) o["listChanged"] = true;
  return o;
}

}  // namespace

json::object encode(const icon& value) {
  json::object o;
  o["src"] = value.src;
  put(o, "mimeType", value.mime_type);
  if (!value.sizes.empty()) o["sizes"] = json::array(value.sizes.begin(), value.sizes.end());
  put(o, "theme", value.theme);
  return o;
}

json::object encode(const implementation& value, const rules& r) {
  json::object o;
  o["name"] = value.name;
  o["version"] = value.version;
  if (r.title) put(o, "title", value.title);
  if (r.icons) {
    put(o, "description", value.description);
    put(o, "websiteUrl", value.website_url);
    if (!value.icons.empty()) {
      json::array icons;
      for (const icon& i : value.icons)
        icons.push_back(encode(i));
      o["icons"] = std::move(icons);
    }
  }
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
  if (!value.experimental.empty()) o["experimental"] = value.experimental;
  if (r.extensions && !value.extensions.empty()) o["extensions"] = value.extensions;
  return o;
}

implementation decode_implementation(const json::value& value) {
  implementation result;
  const json::object* o = value.if_object();
  if (!o) return result;
  result.name = text(*o, "name");
  result.version = text(*o, "version");
  result.title = text(*o, "title");
  result.description = text(*o, "description");
  result.website_url = text(*o, "websiteUrl");
  if (const json::value* icons = o->if_contains("icons"); icons && icons->is_array()) {
    for (const json::value& element : icons->get_array()) {
      const json::object* members = element.if_object();
      if (!members) continue;
      icon i;
      i.src = text(*members, "src");
      i.mime_type = text(*members, "mimeType");
      i.theme = text(*members, "theme");
      if (const json::value* sizes = members->if_contains("sizes"); sizes && sizes->is_array())
        for (const json::value& size : sizes->get_array())
          if (size.is_string()) i.sizes.emplace_back(size.get_string());
      result.icons.push_back(std::move(i));
    }
  }
  return result;
}

client_capabilities decode_client_capabilities(const json::value& value) {
  client_capabilities result;
  const json::object* o = value.if_object();
  if (!o) return result;
  result.verbatim = *o;
  if (const json::object* roots = object(*o, "roots")) {
    result.roots = true;
    result.roots_list_changed = truth(*roots, "listChanged");
  }
  if (const json::object* sampling = object(*o, "sampling")) {
    result.sampling = true;
    result.sampling_context = object(*sampling, "context") != nullptr;
    result.sampling_tools = object(*sampling, "tools") != nullptr;
  }
  if (const json::object* elicitation = object(*o, "elicitation")) {
    result.elicitation_url = object(*elicitation, "url") != nullptr;
    // Without modes it means the form mode, as before there were modes.
    result.elicitation_form = object(*elicitation, "form") != nullptr || !result.elicitation_url;
  }
  if (const json::object* experimental = object(*o, "experimental"))
    result.experimental = *experimental;
  if (const json::object* extensions = object(*o, "extensions")) result.extensions = *extensions;
  return result;
}

}  // namespace comcp::protocol
