#ifndef COMCP_APPS_CONFORMANCE_EVERYTHING_HPP
#define COMCP_APPS_CONFORMANCE_EVERYTHING_HPP

// The fixture that the official conformance suite expects, one file per feature. Names, texts and
// schemas are the suite's; read it as an example of everything that a server can offer.

#include "comcp/server/server.hpp"

namespace everything {

/// Results of every kind, progress, logging, errors, schemas, headers.
void add_tools(comcp::server& server);
void add_resources(comcp::server& server);
void add_prompts(comcp::server& server);
/// Whatever asks the client: elicitation, sampling, roots.
void add_asking(comcp::server& server);
/// The tasks extension, and tools that use it.
void add_tasks(comcp::server& server);
/// Not of the suite: tools for tests of load.
void add_load(comcp::server& server);

// The smallest valid files of their kinds, as base64.
inline constexpr const char* png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC";
inline constexpr const char* wav =
    "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";

}  // namespace everything

#endif
