#ifndef COMCP_TEST_SCOPE_MODEL_PROGRAM_HPP
#define COMCP_TEST_SCOPE_MODEL_PROGRAM_HPP

// Small programs of scopes, groups and primitives, made at random from a seed.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace comcp::model {

/** What a statement does.

    Every program is made so that at no instant two tasks decide something for others: whoever was
    woken sleeps for a time of its own (`then`) before it goes on, also after it has caught
    something. So the outcome depends on what is promised, and not on who runs first in a turn.
*/
enum class kind : std::uint8_t {
  // Waits. Each is followed by a sleep of `then`.
  sleep,
  checkpoint,
  wait_event,
  send,
  receive,
  wait_handle,
  result_handle,
  start,  ///< a child in group `target`; `started` in its body lets the caller go on
  // Acts at once.
  set_event,
  try_send,
  try_receive,
  close_sender,
  close_receiver,
  started,
  start_soon,  ///< a child in group `target`
  spawn,       ///< the same, with a handle
  cancel,
  remote_cancel,
  cancel_handle,
  set_deadline,  ///< of scope `target`: now + time
  lower_shield,
  raise_shield,
  fail,
  // Has a body.
  scope,       ///< with_cancel_scope
  limit,       ///< move_on_after
  fail_limit,  ///< fail_after
  shield,      ///< shielded, always with a deadline
  group,
  cleanup,  ///< body, then `other` shielded for `time`
  locked,
  permitted,
  hold_sender,  ///< a clone, for as long as the body runs
  hold_receiver,
  swallow,       ///< catches cancellations
  catch_errors,  ///< catches all but cancellations
};

struct statement;
using block = std::vector<statement>;

/// No statement runs twice, so its id also names its scope, group, task or handle.
struct statement {
  kind what = kind::sleep;
  int id = 0;
  int target = 0;         ///< index of a primitive, or id of the statement that is meant
  bool has_time = false;  ///< a group or scope with a deadline
  bool shielded = false;  ///< a group or scope that starts with a shield
  std::int64_t time = 0;  ///< nanoseconds
  std::int64_t then = 0;  ///< nanoseconds; unique
  block body;
  block other;
};

struct program {
  std::uint64_t seed = 0;
  std::vector<int> semaphores;        ///< initial values
  std::vector<std::size_t> capacity;  ///< of the streams
  int events = 0;
  int locks = 0;
  int last_id = 0;
  block root;  ///< one statement: a scope with a deadline
};

/// Always the same program for the same arguments.
program generate(std::uint64_t seed, std::size_t statements);

std::string text(const program& p);
std::size_t count(const block& b);

/// What a run showed: lines "id: what happened @ nanoseconds", sorted.
using record = std::vector<std::string>;

record run_reference(const program& p);
record run_real(const program& p);

}  // namespace comcp::model

#endif
