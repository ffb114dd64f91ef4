#ifndef COMCP_TRANSPORT_MEMORY_HPP
#define COMCP_TRANSPORT_MEMORY_HPP

#include <cstddef>
#include <memory>
#include <utility>

#include "comcp/transport/transport.hpp"

namespace comcp {

/** Two connected transports in memory, on one shard: what one writes the other reads.

    Each direction holds at most `max_bytes` (default 1 MiB) of unread messages; a write above
    that waits for the reader, except that one message always fits into an empty direction.
    Closing (or destroying) one end ends the other's reads after what was written, and closes its
    writes.

    @see test/transport/memory.cpp
*/
std::pair<std::unique_ptr<transport>, std::unique_ptr<transport>> make_memory_transports(
    std::size_t max_bytes = std::size_t{1024} * 1024);

}  // namespace comcp

#endif
