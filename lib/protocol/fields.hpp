#ifndef COMCP_LIB_PROTOCOL_FIELDS_HPP
#define COMCP_LIB_PROTOCOL_FIELDS_HPP

// Small readers and writers of object members, shared by the sources of this module.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/// The member's text; empty when absent or no text.
std::string get_text(const json::object& from, std::string_view member);
/// The member when it is an object, else null.
const json::object* get_object(const json::object& from, std::string_view member) noexcept;
bool get_flag(const json::object& from, std::string_view member) noexcept;

/// Leniently: what is no icon is skipped. Null: none.
std::vector<icon> decode_icons(const json::value* icons);

/// Left out when empty.
void put_text(json::object& to, std::string_view member, const std::string& value);
void put_flag(json::object& to, std::string_view member, const std::optional<bool>& value);
void put_icons(json::object& to, const std::vector<icon>& icons, const rules& r);
/// `_meta` of a data type, where the revision has it.
void put_meta(json::object& to, const json::object& meta, const rules& r);

}  // namespace comcp::protocol

#endif
