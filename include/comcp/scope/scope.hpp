#ifndef COMCP_SCOPE_SCOPE_HPP
#define COMCP_SCOPE_SCOPE_HPP

// Structured concurrency: everything. Library code includes single headers instead.

#include "comcp/scope/blocking.hpp"          // IWYU pragma: export
#include "comcp/scope/cancel_scope.hpp"      // IWYU pragma: export
#include "comcp/scope/capacity_limiter.hpp"  // IWYU pragma: export
#include "comcp/scope/clock.hpp"             // IWYU pragma: export
#include "comcp/scope/condition.hpp"         // IWYU pragma: export
#include "comcp/scope/errors.hpp"            // IWYU pragma: export
#include "comcp/scope/event.hpp"             // IWYU pragma: export
#include "comcp/scope/lock.hpp"              // IWYU pragma: export
#include "comcp/scope/memory_stream.hpp"     // IWYU pragma: export
#include "comcp/scope/run_on.hpp"            // IWYU pragma: export
#include "comcp/scope/runtime.hpp"           // IWYU pragma: export
#include "comcp/scope/semaphore.hpp"         // IWYU pragma: export
#include "comcp/scope/shard.hpp"             // IWYU pragma: export
#include "comcp/scope/sleep.hpp"             // IWYU pragma: export
#include "comcp/scope/stream_error.hpp"      // IWYU pragma: export
#include "comcp/scope/task_group.hpp"        // IWYU pragma: export
#include "comcp/scope/task_handle.hpp"       // IWYU pragma: export
#include "comcp/scope/with_scope.hpp"        // IWYU pragma: export

#endif
