#include "comcp/protocol/request_meta.hpp"

namespace comcp::protocol {
namespace {

const json::object* meta_of(const json::value& params) noexcept {
  const json::object* o = params.if_object();
  const json::value* meta = o ? o->if_contains("_meta") : nullptr;
  return meta ? meta->if_object() : nullptr;
}

std::string member(std::string_view key) {
  return "params._meta[\"" + std::string(key) + "\"]";
}

void take_progress_token(request_meta& into, const json::object& meta) {
  if (const json::value* token = meta.if_contains(meta_key::progress_token))
    into.progress_token = jsonrpc::request_id::from_json(*token);
}

}  // namespace

bool has_modern_envelope(const json::value& params) noexcept {
  const json::object* meta = meta_of(params);
  return meta && meta->contains(meta_key::protocol_version);
}

std::string_view named_version(const json::value& params) noexcept {
  const json::object* meta = meta_of(params);
  const json::value* version = meta ? meta->if_contains(meta_key::protocol_version) : nullptr;
  if (!version || !version->is_string()) return {};
  return {version->get_string().data(), version->get_string().size()};
}

request_meta decode_legacy_meta(const json::value& params) {
  request_meta result;
  if (const json::object* meta = meta_of(params)) {
    result.verbatim = *meta;
    take_progress_token(result, *meta);
  }
  return result;
}

std::variant<request_meta, jsonrpc::error_object> decode_modern_envelope(
    const json::value& params) {
  const json::object* meta = meta_of(params);
  if (!meta) return invalid_params("params._meta is missing or not an object");
  const json::value* version = meta->if_contains(meta_key::protocol_version);
  if (!version) return invalid_params(member(meta_key::protocol_version) + " is missing");
  const json::value* capabilities = meta->if_contains(meta_key::client_capabilities);
  if (!capabilities) return invalid_params(member(meta_key::client_capabilities) + " is missing");
  if (!capabilities->is_object())
    return invalid_params(member(meta_key::client_capabilities) + " must be an object");

  request_meta result;
  result.verbatim = *meta;
  result.capabilities = decode_client_capabilities(*capabilities);
  if (const json::value* info = meta->if_contains(meta_key::client_info)) {
    if (!info->is_object())
      return invalid_params(member(meta_key::client_info) + " must be an object");
    result.client_info = decode_implementation(*info);
  }
  if (const json::value* level = meta->if_contains(meta_key::log_level)) {
    if (level->is_string()) result.log_level = parse_logging_level(level->get_string());
    if (!result.log_level)
      return invalid_params(member(meta_key::log_level) + " is not a logging level");
  }
  take_progress_token(result, *meta);
  return result;
}

std::optional<jsonrpc::error_object> check_version(request_meta& meta) {
  const json::value& version = meta.verbatim.at(meta_key::protocol_version);
  if (!version.is_string())
    return invalid_params(member(meta_key::protocol_version) + " must be a string");
  const std::string_view name(version.get_string().data(), version.get_string().size());
  const rules* known = find_rules(name);
  if (!known || known->era != era::modern) return unsupported_version(name);
  meta.rules = known;
  return std::nullopt;
}

}  // namespace comcp::protocol
