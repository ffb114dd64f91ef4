#ifndef COMCP_LIB_SCOPE_RUNTIME_DUMP_HPP
#define COMCP_LIB_SCOPE_RUNTIME_DUMP_HPP

#include <memory>
#include <span>
#include <string>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/tree_format.hpp"

namespace comcp {
class shard;
}

namespace comcp::detail {

// The trees of several shards, for runtime. Each shard prints its own, on its thread.

awaitable<std::string> collect_trees(std::span<const std::unique_ptr<shard>> shards,
                                     tree_format format,
                                     duration patience);
std::string dump_trees(std::span<const std::unique_ptr<shard>> shards,
                       tree_format format,
                       duration patience);

}  // namespace comcp::detail

#endif
