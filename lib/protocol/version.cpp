#include "comcp/protocol/version.hpp"

#include <array>

#include "comcp/jsonrpc/error_code.hpp"

namespace comcp::protocol {
namespace {

constexpr bool yes = true;
constexpr bool no = false;

// One row per revision; the rows are in the order of the enumeration.
constexpr std::array<rules, 5> table = {{
    {
        .id = revision::v2024_11_05,
        .name = "2024-11-05",
        .era = era::legacy,
        .batching = no,
        .null_id_in_errors = yes,
        .server_requests = yes,
        .input_required = no,
        .result_type = no,
        .server_info_in_meta = no,
        .tool_annotations = no,
        .audio_content = no,
        .progress_message = no,
        .completions_capability = no,
        .completion_context = no,
        .title = no,
        .structured_content = no,
        .structured_any = no,
        .resource_link = no,
        .icons = no,
        .schema_dialect = no,
        .boolean_schemas = no,
        .cache_hints = no,
        .parameter_headers = no,
        .elicitation = no,
        .elicitation_modes = no,
        .elicitation_ids = no,
        .sampling_tools = no,
        .roots_list_changed = yes,
        .argument_errors_in_result = yes,
        .log_level_per_request = no,
        .subscribe_by_request = yes,
        .subscribe_by_stream = no,
        .extensions = no,
        .tasks_in_core = no,
        .resource_not_found_code = jsonrpc::error_code::resource_not_found,
        .version_header_required = no,
        .routing_headers = no,
        .sse_resumption = no,
        .sse_polling = no,
        .disconnect_cancels = no,
    },
    {
        .id = revision::v2025_03_26,
        .name = "2025-03-26",
        .era = era::legacy,
        .batching = yes,
        .null_id_in_errors = yes,
        .server_requests = yes,
        .input_required = no,
        .result_type = no,
        .server_info_in_meta = no,
        .tool_annotations = yes,
        .audio_content = yes,
        .progress_message = yes,
        .completions_capability = yes,
        .completion_context = no,
        .title = no,
        .structured_content = no,
        .structured_any = no,
        .resource_link = no,
        .icons = no,
        .schema_dialect = no,
        .boolean_schemas = no,
        .cache_hints = no,
        .parameter_headers = no,
        .elicitation = no,
        .elicitation_modes = no,
        .elicitation_ids = no,
        .sampling_tools = no,
        .roots_list_changed = yes,
        .argument_errors_in_result = yes,
        .log_level_per_request = no,
        .subscribe_by_request = yes,
        .subscribe_by_stream = no,
        .extensions = no,
        .tasks_in_core = no,
        .resource_not_found_code = jsonrpc::error_code::resource_not_found,
        .version_header_required = no,
        .routing_headers = no,
        .sse_resumption = yes,
        .sse_polling = no,
        .disconnect_cancels = no,
    },
    {
        .id = revision::v2025_06_18,
        .name = "2025-06-18",
        .era = era::legacy,
        .batching = no,
        .null_id_in_errors = yes,
        .server_requests = yes,
        .input_required = no,
        .result_type = no,
        .server_info_in_meta = no,
        .tool_annotations = yes,
        .audio_content = yes,
        .progress_message = yes,
        .completions_capability = yes,
        .completion_context = yes,
        .title = yes,
        .structured_content = yes,
        .structured_any = no,
        .resource_link = yes,
        .icons = no,
        .schema_dialect = no,
        .boolean_schemas = no,
        .cache_hints = no,
        .parameter_headers = no,
        .elicitation = yes,
        .elicitation_modes = no,
        .elicitation_ids = no,
        .sampling_tools = no,
        .roots_list_changed = yes,
        .argument_errors_in_result = yes,
        .log_level_per_request = no,
        .subscribe_by_request = yes,
        .subscribe_by_stream = no,
        .extensions = no,
        .tasks_in_core = no,
        .resource_not_found_code = jsonrpc::error_code::resource_not_found,
        .version_header_required = yes,
        .routing_headers = no,
        .sse_resumption = yes,
        .sse_polling = no,
        .disconnect_cancels = no,
    },
    {
        .id = revision::v2025_11_25,
        .name = "2025-11-25",
        .era = era::legacy,
        .batching = no,
        .null_id_in_errors = no,
        .server_requests = yes,
        .input_required = no,
        .result_type = no,
        .server_info_in_meta = no,
        .tool_annotations = yes,
        .audio_content = yes,
        .progress_message = yes,
        .completions_capability = yes,
        .completion_context = yes,
        .title = yes,
        .structured_content = yes,
        .structured_any = no,
        .resource_link = yes,
        .icons = yes,
        .schema_dialect = yes,
        .boolean_schemas = no,
        .cache_hints = no,
        .parameter_headers = no,
        .elicitation = yes,
        .elicitation_modes = yes,
        .elicitation_ids = yes,
        .sampling_tools = yes,
        .roots_list_changed = yes,
        .argument_errors_in_result = yes,
        .log_level_per_request = no,
        .subscribe_by_request = yes,
        .subscribe_by_stream = no,
        .extensions = no,
        .tasks_in_core = yes,
        .resource_not_found_code = jsonrpc::error_code::resource_not_found,
        .version_header_required = yes,
        .routing_headers = no,
        .sse_resumption = yes,
        .sse_polling = yes,
        .disconnect_cancels = no,
    },
    {
        .id = revision::v2026_07_28,
        .name = "2026-07-28",
        .era = era::modern,
        .batching = no,
        .null_id_in_errors = no,
        .server_requests = no,
        .input_required = yes,
        .result_type = yes,
        .server_info_in_meta = yes,
        .tool_annotations = yes,
        .audio_content = yes,
        .progress_message = yes,
        .completions_capability = yes,
        .completion_context = yes,
        .title = yes,
        .structured_content = yes,
        .structured_any = yes,
        .resource_link = yes,
        .icons = yes,
        .schema_dialect = yes,
        .boolean_schemas = yes,
        .cache_hints = yes,
        .parameter_headers = yes,
        .elicitation = yes,
        .elicitation_modes = yes,
        .elicitation_ids = no,
        .sampling_tools = yes,
        .roots_list_changed = no,
        .argument_errors_in_result = yes,
        .log_level_per_request = yes,
        .subscribe_by_request = no,
        .subscribe_by_stream = yes,
        .extensions = yes,
        .tasks_in_core = no,
        .resource_not_found_code = jsonrpc::error_code::invalid_params,
        .version_header_required = yes,
        .routing_headers = yes,
        .sse_resumption = no,
        .sse_polling = no,
        .disconnect_cancels = yes,
    },
}};

}  // namespace

std::span<const rules> all_rules() noexcept {
  return table;
}

const rules& rules_of(revision r) noexcept {
  return table[static_cast<std::size_t>(r)];
}

const rules* find_rules(std::string_view name) noexcept {
  for (auto r = table.rbegin(); r != table.rend(); ++r)  // most peers speak a new one
    if (r->name == name) return &*r;
  return nullptr;
}

const rules& assumed_over_http() noexcept {
  return rules_of(revision::v2025_03_26);
}

const rules& newest_legacy() noexcept {
  const rules* found = table.data();
  for (const rules& r : table)
    if (r.era == era::legacy) found = &r;
  return *found;
}

const rules& newest() noexcept {
  return table.back();
}

const rules& negotiate(std::string_view requested) noexcept {
  const rules* known = find_rules(requested);
  return known && known->era == era::legacy ? *known : newest_legacy();
}

}  // namespace comcp::protocol
