#include "protocol/result_text.hpp"

#include <utility>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "jsonrpc/text.hpp"

namespace comcp::protocol {

namespace {

using jsonrpc::append_string;
using jsonrpc::append_value;

void append_block(std::string& out, const content_block& block, const rules& r) {
  const auto* text = std::get_if<text_content>(&block.value);
  if (!text || !block.annotations.empty() || !block.meta.empty())
    return append_value(out, encode(block, r));
  out += R"({"type":"text","text":)";
  append_string(out, text->text);
  out += '}';
}

// Who can't read structured content reads its text (S-TOOL-05).
void append_content(std::string& out, const call_tool_result& value, const rules& r) {
  out += R"({"content":[)";
  if (value.content.empty() && value.structured_content)
    append_block(out, content_block(jsonrpc::to_text(*value.structured_content)), r);
  for (std::size_t i = 0; i < value.content.size(); ++i) {
    if (i > 0) out += ',';
    append_block(out, value.content[i], r);
  }
  out += ']';
}

void append_structured(std::string& out,
                       const call_tool_result& value,
                       const tool& from,
                       const rules& r) {
  if (!value.structured_content || !r.structured_content) return;
  const bool wrapped = (from.output_schema && wraps_result(*from.output_schema, r)) ||
                       !(r.structured_any || value.structured_content->is_object());
  out += wrapped ? R"(,"structuredContent":{"result":)" : R"(,"structuredContent":)";
  append_value(out, *value.structured_content);
  if (wrapped) out += '}';
}

void append_meta(std::string& out, const json::object& own, std::string_view server) {
  if (own.empty() && server.empty()) return;
  out += R"(,"_meta":{)";
  bool first = true;
  const auto begin = [&](std::string_view key) {
    if (!std::exchange(first, false)) out += ',';
    append_string(out, key);
    out += ':';
  };
  for (const auto& [key, value] : own) {
    if (!server.empty() && std::string_view(key) == meta_key::server_info) continue;
    begin(key);
    append_value(out, value);
  }
  if (!server.empty()) {
    begin(meta_key::server_info);
    out += server;
  }
  out += '}';
}

}  // namespace

identity_texts::identity_texts(const implementation& server) : by_revision_(all_rules().size()) {
  for (const rules& r : all_rules())
    if (r.server_info_in_meta)
      by_revision_[static_cast<std::size_t>(r.id)] = jsonrpc::to_text(encode(server, r));
}

void append_complete_result(std::string& out,
                            const call_tool_result& value,
                            const tool& from,
                            const rules& r,
                            const identity_texts& server) {
  append_content(out, value, r);
  append_structured(out, value, from, r);
  if (value.is_error) out += R"(,"isError":true)";
  if (r.result_type) out += R"(,"resultType":"complete")";
  append_meta(out, value.meta, server.of(r));
  out += '}';
}

}  // namespace comcp::protocol
