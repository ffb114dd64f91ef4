#include "comcp/protocol/request_meta.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace comcp::protocol {
namespace {

const json::object* meta_of(const json::value& params) noexcept {
  const json::object* o = params.if_object();
  const json::value* meta = o ? o->if_contains("_meta") : nullptr;
  return meta ? meta->if_object() : nullptr;
}
json::object* meta_of(json::value& params) noexcept {
  return const_cast<json::object*>(meta_of(std::as_const(params)));
}

std::string member(std::string_view key) {
  return "params._meta[\"" + std::string(key) + "\"]";
}

}  // namespace

/// What a request says of its client.
class request_meta::client {
 public:
  explicit client(const json::object& meta) {
    if (const json::value* about = meta.if_contains(meta_key::client_info))
      info = decode_implementation(*about);
    if (const json::value* all = meta.if_contains(meta_key::client_capabilities))
      capabilities = decode_client_capabilities(*all);
  }
  std::optional<implementation> info;
  client_capabilities capabilities;
};

request_meta::request_meta() noexcept = default;
// A copy may be kept for longer than the memory that the request came in.
request_meta::request_meta(const request_meta& other)
    : rules(other.rules),
      progress_token(other.progress_token),
      log_level(other.log_level),
      verbatim(other.verbatim, json::storage_ptr()) {}
request_meta::request_meta(request_meta&&) noexcept = default;
// `verbatim` brings its storage along, which an assignment of objects would not.
request_meta& request_meta::operator=(request_meta&& other) noexcept {
  if (this == &other) return *this;
  std::destroy_at(this);
  return *std::construct_at(this, std::move(other));
}
request_meta::request_meta(json::object meta) : verbatim(std::move(meta)) {
  if (const json::value* token = verbatim.if_contains(meta_key::progress_token))
    progress_token = jsonrpc::request_id::from_json(*token);
}
request_meta::~request_meta() = default;

std::string_view request_meta::version() const noexcept {
  const json::value* version = verbatim.if_contains(meta_key::protocol_version);
  if (!version || !version->is_string()) return {};
  return {version->get_string().data(), version->get_string().size()};
}

const request_meta::client& request_meta::decoded() const {
  if (!client_) client_ = std::make_unique<const client>(verbatim);
  return *client_;
}

const implementation* request_meta::client_info() const {
  const auto& info = decoded().info;
  return info ? &*info : nullptr;
}

const client_capabilities& request_meta::capabilities() const {
  return decoded().capabilities;
}

bool request_meta::declares_any(
    std::initializer_list<std::string_view> capabilities) const noexcept {
  const json::value* found = verbatim.if_contains(meta_key::client_capabilities);
  const json::object* declared = found ? found->if_object() : nullptr;
  if (!declared) return false;
  return std::ranges::any_of(capabilities, [&](std::string_view name) {
    const json::value* one = declared->if_contains(name);
    return one && one->is_object();
  });
}

bool has_modern_envelope(const json::value& params) noexcept {
  const json::object* meta = meta_of(params);
  return meta && meta->contains(meta_key::protocol_version);
}

request_meta decode_legacy_meta(json::value& params) {
  json::object* meta = meta_of(params);
  return meta ? request_meta(std::move(*meta)) : request_meta();
}

std::variant<request_meta, jsonrpc::error_object> decode_modern_envelope(json::value& params) {
  json::object* meta = meta_of(params);
  if (!meta) return invalid_params("params._meta is missing or not an object");
  const json::value* version = nullptr;
  const json::value* capabilities = nullptr;
  const json::value* info = nullptr;
  const json::value* level = nullptr;
  for (const auto& [key, value] : *meta) {
    const std::string_view name = key;
    if (name == meta_key::protocol_version)
      version = &value;
    else if (name == meta_key::client_capabilities)
      capabilities = &value;
    else if (name == meta_key::client_info)
      info = &value;
    else if (name == meta_key::log_level)
      level = &value;
  }
  if (!version) return invalid_params(member(meta_key::protocol_version) + " is missing");
  if (!version->is_string())
    return invalid_params(member(meta_key::protocol_version) + " must be a string");
  if (!capabilities) return invalid_params(member(meta_key::client_capabilities) + " is missing");
  if (!capabilities->is_object())
    return invalid_params(member(meta_key::client_capabilities) + " must be an object");
  if (info && !info->is_object())
    return invalid_params(member(meta_key::client_info) + " must be an object");
  std::optional<logging_level> log_level;
  if (level) {
    if (level->is_string()) log_level = parse_logging_level(level->get_string());
    if (!log_level) return invalid_params(member(meta_key::log_level) + " is not a logging level");
  }
  request_meta result(std::move(*meta));
  result.log_level = log_level;
  return result;
}

std::optional<jsonrpc::error_object> check_version(request_meta& meta) {
  const std::string_view name = meta.version();
  const rules* known = find_rules(name);
  if (!known || known->era != era::modern) return unsupported_version(name);
  meta.rules = known;
  return std::nullopt;
}

}  // namespace comcp::protocol
