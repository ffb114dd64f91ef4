#ifndef COMCP_PROTOCOL_RESULT_HPP
#define COMCP_PROTOCOL_RESULT_HPP

#include <chrono>
#include <cstdint>

#include "comcp/json/value.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/errors.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/// Who may share a cached result. spec: 2026-07-28, caching
enum class cache_scope : std::uint8_t { private_, public_ };

/** How long a result may be kept; the default says: not at all. */
class cache_hints {
 public:
  cache_hints() = default;
  cache_hints(std::chrono::milliseconds t, cache_scope s) : ttl(t), scope(s) {}

  std::chrono::milliseconds ttl{0};  ///< 0 or more
  cache_scope scope = cache_scope::private_;
};

/** Adds what a revision demands of every complete result: `resultType`, the server's name in `_meta`,
    and caching hints where the method has them (S-MOD-08, S-MOD-09, S-CACHE-01).

    @param m null: a method that the core doesn't have */
void complete_result(json::object& result,
                     const method_info* m,
                     const rules& r,
                     const implementation& server,
                     const cache_hints& hints = {});

}  // namespace comcp::protocol

#endif
