#ifndef COMCP_LIB_PROTOCOL_CONTENT_FIELDS_HPP
#define COMCP_LIB_PROTOCOL_CONTENT_FIELDS_HPP

// Readers of content blocks and roles; they throw `unfit`.

#include <string>
#include <string_view>

#include "comcp/protocol/content.hpp"
#include "comcp/protocol/prompts.hpp"
#include "protocol/reader.hpp"

namespace comcp::protocol {

content_block read_block(const json::value& value, std::string path);
role read_role(const reader& in);
std::string_view role_name(role who) noexcept;

}  // namespace comcp::protocol

#endif
