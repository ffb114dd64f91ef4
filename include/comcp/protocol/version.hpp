#ifndef COMCP_PROTOCOL_VERSION_HPP
#define COMCP_PROTOCOL_VERSION_HPP

#include <cstdint>
#include <span>
#include <string_view>

namespace comcp::protocol {

/// The published revisions, oldest first. Code outside this module never compares them: it asks `rules`.
enum class revision : std::uint8_t {
  v2024_11_05,
  v2025_03_26,
  v2025_06_18,
  v2025_11_25,
  v2026_07_28
};

/// How a client and a server come to terms.
enum class era : std::uint8_t {
  legacy,  ///< `initialize` handshake; the session remembers version and capabilities
  modern   ///< every request carries version and capabilities in `params._meta`
};

/** What one revision has and demands: the only place where revisions differ.

    Each member is one rule, in the specification's words. A row per revision stands in
    lib/protocol/version.cpp.
*/
struct rules {
  revision id;
  std::string_view name;  ///< as in `protocolVersion`
  protocol::era era;

  // Envelope
  bool batching;             ///< arrays of messages are legal
  bool null_id_in_errors;    ///< an error without readable id has `"id": null`; else no member
  bool server_requests;      ///< the server may send requests
  bool input_required;       ///< it asks by a result, and the request comes again
  bool result_type;          ///< every result has `resultType`
  bool server_info_in_meta;  ///< results name the server in `_meta`

  // Shapes
  bool tool_annotations;
  bool audio_content;
  bool progress_message;
  bool completions_capability;
  bool completion_context;
  bool title;               ///< `title` on named objects, `_meta` on data types, `lastModified`
  bool structured_content;  ///< `structuredContent` and `outputSchema`
  bool structured_any;      ///< ... of any JSON type, not only objects
  bool resource_link;
  bool icons;              ///< also `description` and `websiteUrl` of an implementation
  bool schema_dialect;     ///< schemas may name `$schema`; 2020-12 is the default dialect
  bool boolean_schemas;    ///< a tool's property may have the schema `true` or `false`
  bool cache_hints;        ///< `ttlMs` and `cacheScope`
  bool parameter_headers;  ///< `x-mcp-header`

  // Behaviour
  bool elicitation;                ///< form mode
  bool elicitation_modes;          ///< form and URL, named in the capability
  bool elicitation_ids;            ///< `elicitationId`, its notification, and -32042
  bool sampling_tools;             ///< also arrays of content blocks in sampling
  bool roots_list_changed;         ///< the client tells when its roots change
  bool argument_errors_in_result;  ///< arguments against the schema are `isError`, not -32602
  bool log_level_per_request;      ///< no level in the request: no log messages
  bool subscribe_by_request;       ///< `resources/subscribe` and unsolicited list changes
  bool subscribe_by_stream;        ///< `subscriptions/listen`
  bool extensions;                 ///< `extensions` capability
  bool tasks_in_core;              ///< the experimental tasks of 2025-11-25
  int resource_not_found_code;

  // HTTP
  bool version_header_required;  ///< `MCP-Protocol-Version` on every request after initialize
  bool routing_headers;          ///< `Mcp-Method`, `Mcp-Name` must match the body
  bool sse_resumption;           ///< event ids and `Last-Event-ID`
  bool sse_polling;              ///< priming events and `retry`
  bool disconnect_cancels;       ///< closing a stream cancels its request
};

/// All revisions, oldest first.
std::span<const rules> all_rules() noexcept;
const rules& rules_of(revision r) noexcept;
/// The rules of the revision with this name, or null. Names are an enumerated set, never ordered as text.
const rules* find_rules(std::string_view name) noexcept;

/// What an HTTP request without `MCP-Protocol-Version` speaks when nothing else tells (S-SESS-07).
const rules& assumed_over_http() noexcept;
/// The newest revision that is negotiated by `initialize`.
const rules& newest_legacy() noexcept;
/// The newest revision of all.
const rules& newest() noexcept;

/** The revision that a server answers `initialize` with: the requested one if it is a legacy one that
    we know, else our newest legacy one (S-LIFE-02, S-LIFE-03). */
const rules& negotiate(std::string_view requested) noexcept;

}  // namespace comcp::protocol

#endif
