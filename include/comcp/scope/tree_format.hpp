#ifndef COMCP_SCOPE_TREE_FORMAT_HPP
#define COMCP_SCOPE_TREE_FORMAT_HPP

namespace comcp {

/** How the live tree of scopes and tasks is printed.

    Text is for people: one line per scope and task, indented as they nest. JSON is for programs, one
    object per shard without line breaks:

    @code
    {"shard":0,
     "scopes":[{"id":0,"parent":null,"name":"root","age":12.5,"state":"open","shield":false,
                "deadline":null},
               {"id":1,"parent":0,"name":"exchange","age":0.2,"state":"cancelled","shield":false,
                "deadline":-0.1,"cause":"deadline","reason":"deadline exceeded"}],
     "tasks":[{"id":7,"scope":1,"name":"pump","age":0.2,"state":"waiting","waits_for":"time",
               "waiting":0.1}]}
    @endcode

    Times are seconds, ages to some milliseconds; a deadline counts from now and is negative when it
    has passed. A parent stands before its children; scope ids hold within one dump, task ids for the
    life of the shard. States of a scope: open, cancelled (with cause explicit, deadline or
    child_failed), cancelled_from_outside. States of a task: not_started, running (it made the dump),
    waiting; waits_for is "I/O" when it isn't one of our own waits.
*/
enum class tree_format { text, json };

}  // namespace comcp

#endif
