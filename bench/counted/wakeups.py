"""Who takes locks and who wakes other threads, in what callgrind counted."""

import re

LOCKS = {"pthread_mutex_lock", "pthread_mutex_trylock", "pthread_mutex_timedlock", "pthread_mutex_clocklock",
         "pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "pthread_rwlock_tryrdlock", "pthread_rwlock_trywrlock",
         "pthread_spin_lock", "pthread_spin_trylock"}
LOCKS |= {"__" + name for name in LOCKS}
# How one thread wakes another: condition variables, an eventfd or pipe, signals, a lock that was waited for. Asio's
# epoll reactor has epoll_ctl make its eventfd ready, in a function that is inlined, so each epoll_ctl is counted that
# doesn't come from a descriptor's own registration.
WAKES = {"pthread_cond_signal", "pthread_cond_broadcast", "__pthread_cond_signal", "__pthread_cond_broadcast", "write",
         "eventfd_write", "syscall", "pthread_kill", "tgkill", "sem_post", "__lll_lock_wake", "__lll_lock_wait",
         "epoll_ctl"}


def whose(caller):
    """The code that calls, by its name. An inlined function counts as the one that it was inlined into."""
    name = re.sub(r"^(?:non-virtual thunk to |\(anonymous namespace\)::)", "", caller)
    if "comcp::" in name:  # also templates of Asio on our types: ours may be inlined into them
        return "comcp"
    return "Asio" if name.startswith("boost::asio::") else "others"


def rows_of(thread, functions, count):
    found = thread.callers(functions)
    rows = []
    for (caller, callee), n in sorted(found.items(), key=lambda i: (whose(i[0][0]), -i[1])):
        if callee == "epoll_ctl" and re.search("register|start_op", caller):
            continue
        rows.append((whose(caller), n / count, callee, caller))
    return rows


def show(rows):
    for who, each, callee, caller in rows:
        print(f"    {each:7.2f}  {who:7} {callee} in {caller[:150]}")
    if not rows:
        print("    none")
