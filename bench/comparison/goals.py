"""What was to be shown and whether it is so, round by round; and what else comcp can be compared with."""

from .found import factor, milliseconds, percent, spread


def held(rounds):
    return f"{sum(rounds)} of {len(rounds)} rounds" if any(rounds) else "**no round**"


def table_of(rows):
    """`rows` are (what, the figures, in which of the rounds it is so)."""
    lines = ["| What | Measured | Holds in |", "|---|---:|---|"]
    return "\n".join(lines + [f"| {what} | {measured} | {held(rounds)} |" for what, measured, rounds in rows])


def goals_of(found):
    for key, title in (("sequential", "Sequential p50"), ("s-sequential", "2025-11-25, sequential p50")):
        yield from against_peers(found, title, key, "p50")
    yield from ratio(found, "Sequential p50 at most 1.0 of plain's", ("sequential", "comcp", "p50"),
                     ("sequential", "plain", "p50"), lambda v: v <= 1)
    for key, title in (("c16", "Throughput of 16 connections"), ("c64", "Throughput of 64 connections"),
                       ("c256", "Throughput of 256 connections"),
                       ("s-c16", "2025-11-25, throughput of 16 connections")):
        yield from against_peers(found, title, key, "throughput")
    for key, count in (("c16", 16), ("c64", 64), ("c256", 256)):
        yield from ratio(found, f"Throughput of {count} connections at least 1.0 of plain's",
                         (key, "comcp", "throughput"), (key, "plain", "throughput"), lambda v: v >= 1)
    yield from ratio(found, "256 connections at least 0.7 of the throughput of 16", ("c256", "comcp", "throughput"),
                     ("c256", "comcp", "few"), lambda v: v >= 0.7)
    for key, title in (("slow-rate", "p99 at the rate that each can"),
                       ("fast-rate", "p99 at the rate that the quicker can")):
        yield from against_peers(found, title, key, "p99")
    yield from ratio(found, "A stream with progress at least 0.6 of plain's JSON echo", ("sse", "comcp", "throughput"),
                     ("sse", "plain", "throughput"), lambda v: v >= 0.6)
    for key, count in (("w16", "16"), ("w256", "256"), ("w1000", "1,000"), ("w10000", "10,000")):
        yield from ideal(found, f"{count} in flight, 10 ms each", key)
    rounds = found.rounds("w-half", "comcp")
    if rounds:
        yield ("10 ms each, half of the most: p99 at most 15 ms", milliseconds(found.values("w-half", "comcp", "p99")),
               [f.get("p99", 16) <= 15 for f in rounds])
    yield from ratio(found, "stdio, sequential p50 at most 1.5 of a raw pipe echo of the same bytes",
                     ("stdio", "comcp", "p50"), ("stdio", "comcp", "raw"), lambda v: v <= 1.5)
    yield from against_peers(found, "stdio, throughput of 64 in flight", "stdio-64", "throughput")


def others_of(found):
    """Not goals."""
    yield from against_peers(found, "stdio, sequential p50", "stdio", "p50")
    yield from against_peers(found, "Server's CPU time of an answer, 16 connections", "c16", "cpu")
    yield from ratio(found, "stdio, sequential p50 at most 1.5 of the least server's, with the same client",
                     ("stdio", "comcp", "p50"), ("stdio", "pipe", "p50"), lambda v: v <= 1.5)
    yield from ratio(found, "stdio, sequential p50 at most 1.5 of the textbook's server, which parses and serializes",
                     ("stdio", "comcp", "p50"), ("stdio", "pipe with JSON", "p50"), lambda v: v <= 1.5)
    yield from ratio(found, "1,000 in flight, 10 ms each: at least as many as plain does",
                     ("w1000", "comcp", "throughput"), ("w1000", "plain", "throughput"), lambda v: v >= 1)
    yield from ideal(found, "10,000 in flight, 1 s each", "w10000-1s")


def against_peers(found, title, scenario, what):
    """A round counts when comcp is better than each peer that has a figure in it; who lacks one is named."""
    peers = [s["name"] for s in found.data["servers"] if s["kind"] == "peer"]
    best, ours = found.closest_peer(scenario, what), found.rounds(scenario, "comcp")
    if not peers or not ours:
        return
    lacking = {peer: why for peer in peers if (why := found.lacking(scenario, peer))}
    measured = [peer for peer in peers if found.values(scenario, peer, what)]
    whom = f"each of the {len(measured)} peers" if len(measured) > 1 else "the only peer" if measured else "any peer"
    whom += " with figures" if lacking else ""
    text = f"{title}: better than {whom}" + (f"; the best of them is {best}" if best else "")
    if lacking:
        text += ". Without figures, and not counted as beaten: "
        text += ", ".join(f"{peer} ({why})" for peer, why in lacking.items())
    more = what == "throughput"
    rounds = []
    for index, own in enumerate(ours):
        theirs = [rival[index][what] for peer in measured if what in (rival := found.rounds(scenario, peer))[index]]
        rounds.append(what in own and bool(theirs) and
                      (own[what] > max(theirs) if more else own[what] < min(theirs)))
    factors = found.better(scenario, best, what) if best else []
    yield text, f"{'more' if more else 'less'} by {spread(factors, shown=factor)}" if factors else "can't", rounds


def ratio(found, title, over, under, enough):
    values = found.ratios(over, under)
    if values:
        lost = max(len(found.rounds(*over[:2])), len(values)) - len(values)  # for lack of figures
        yield title, spread(values, shown=lambda v: f"{v:.2f}"), [*map(enough, values), *[False] * lost]


def ideal(found, title, scenario):
    rounds, shares = found.rounds(scenario, "comcp"), found.values(scenario, "comcp", "share")
    if rounds:
        yield (f"{title}: throughput within 5 % of the ideal", spread(shares, shown=percent),
               [f.get("share", 0) >= 0.95 for f in rounds])
