"""What it costs that a session is at home on one shard, and its request comes to another.

A session lives on the shard whose connection opened it, and its id begins with that shard's number. The kernel spreads
connections over shards; so connections open a session each until two of them are on different shards. One of the
sessions is then asked over its own connection (home) and over the other's (foreign).
"""

import collections
import time

from counted import callgrind, client, tracing
from counted.wakeups import LOCKS, WAKES, rows_of, show


def home_of(peer):
    """The shard that the connection is on: of the session that was opened over it."""
    return peer.more.split(b"Mcp-Session-Id: ")[1].split(b"-")[0]


def two_ways(port):
    """Connections to ask one session over: of its own shard, and of another."""
    first = client.Http(port)
    first.shake_hands()
    others = []
    for _ in range(64):
        other = client.Http(port)
        other.shake_hands()
        others.append(other)
        if home_of(other) != home_of(first):
            for idle in others[:-1]:
                idle.close()
            other.more = first.more
            return {"home": first, "foreign": other}
    raise RuntimeError("64 connections are all on one shard")


def requests(peer, count, pause=0.0):
    for number in range(1000, 1000 + count):
        time.sleep(pause)  # the server waits for each, instead of finding it there
        text = f"hello {number}"
        status, _, answer = peer.ask(client.call(number, {"text": text}, modern=False))
        if status != 200 or f'"{text}"'.encode() not in answer:
            raise RuntimeError(f"wrong answer {status} {answer[:400]}")


def counted(server, peer, count):
    """Per thread: what callgrind counted of so many requests, the least of some measurements."""
    requests(peer, 50, pause=0.005)
    found = []
    for _ in range(3):
        server.dump()
        requests(peer, count, pause=0.005)
        found.append([t for t in server.dump() if t.instructions > 0])
    return min(found, key=lambda threads: sum(t.instructions for t in threads))


def summed(threads, functions, count):
    """Calls of these functions per request, by all threads."""
    out = collections.Counter()
    for thread in threads:
        for who, each, callee, caller in rows_of(thread, functions, count):
            out[who, callee, caller] += each
    return [(who, each, callee, caller) for (who, callee, caller), each in out.most_common()]


def count(command, number, directory):
    """Prints both ways' instructions, allocations, locks and wake-ups; what isn't as promised."""
    server = callgrind.Server(command, directory, options=["--separate-threads=yes"])
    wrong = []
    try:
        for way, peer in two_ways(server.port).items():
            threads = counted(server, peer, number)
            each = sorted((t.instructions / number for t in threads), reverse=True)
            locks, wakes = summed(threads, LOCKS, number), summed(threads, WAKES, number)
            woken = sum(n for _, n, _, _ in wakes)
            print(f"a session's request, {way} shard: {sum(each):,.0f} instructions, by thread "
                  f"{', '.join(f'{e:,.0f}' for e in each if e >= 1)}; "
                  f"{sum(t.allocations for t in threads) / number:.2f} allocations, "
                  f"{sum(n for _, n, _, _ in locks):.2f} locks, {woken:.2f} wake-ups")
            show([row for row in wakes if row[1] >= 0.01])
            if way == "home" and woken >= 0.01:
                wrong.append("a session's request on its home shard wakes another thread")
            if way == "home" and sum(each[1:]) > 10:  # a timer's turn now and then isn't the request's
                wrong.append("a session's request on its home shard gives another thread something to do")
    finally:
        server.kill()
    return wrong


def trace(command, number, directory):
    with tracing.native(command, directory) as (process, port):
        for way, peer in two_ways(port).items():
            requests(peer, 100)
            by_thread = tracing.traced(process, lambda: requests(peer, number), directory)
            if not by_thread:
                return
            total = sum(sum(calls.values()) for calls in by_thread.values())
            print(f"a session's request, {way} shard: {total / number:.2f} system calls, without valgrind; "
                  f"of {number} requests:")
            tracing.show(by_thread)
