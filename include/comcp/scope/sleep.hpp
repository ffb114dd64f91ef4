#ifndef COMCP_SCOPE_SLEEP_HPP
#define COMCP_SCOPE_SLEEP_HPP

// Waiting for nothing but time. Use these, not Asio's timers: virtual time reaches them.

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"

namespace comcp {

/// Lets others run, and is a cancellation point.
awaitable<void> checkpoint();
/// A cancellation point only: goes on at once unless the task is cancelled.
awaitable<void> checkpoint_if_cancelled();
/// Lets others run, and is no cancellation point: in a loop that must finish what it began.
awaitable<void> cancel_shielded_checkpoint();
/// Waits on the shard's clock, counted from the co_await. Zero or less is a checkpoint.
awaitable<void> sleep(duration d);
awaitable<void> sleep_until(time_point t);
/// Ends only by cancellation.
awaitable<void> sleep_forever();

}  // namespace comcp

#endif
