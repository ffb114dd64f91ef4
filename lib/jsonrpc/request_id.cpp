#include "comcp/jsonrpc/request_id.hpp"

#include <limits>

#include "comcp/json/value.hpp"
#include "jsonrpc/text.hpp"

namespace comcp::jsonrpc {

request_id::request_id(std::uint64_t number) noexcept {
  if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    value_ = static_cast<std::int64_t>(number);
  else
    value_ = number;
}

std::optional<request_id> request_id::from_json(const json::value& value) {
  if (const auto* text = value.if_string())
    return request_id(std::string(text->data(), text->size()));
  if (const auto* number = value.if_int64()) return request_id(*number);
  if (const auto* number = value.if_uint64()) return request_id(*number);
  return std::nullopt;
}

json::value request_id::to_json(json::storage_ptr storage) const {
  return std::visit([&](const auto& v) { return json::value(v, std::move(storage)); }, value_);
}

void request_id::append_to(std::string& out) const {
  if (const auto* text = std::get_if<std::string>(&value_))
    append_string(out, *text);
  else if (const auto* number = std::get_if<std::int64_t>(&value_))
    out += std::to_string(*number);
  else
    out += std::to_string(std::get<std::uint64_t>(value_));
}

std::string request_id::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

std::string_view request_id::text() const noexcept {
  const auto* text = std::get_if<std::string>(&value_);
  return text ? std::string_view(*text) : std::string_view();
}

}  // namespace comcp::jsonrpc
