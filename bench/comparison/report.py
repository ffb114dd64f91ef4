"""The figures as Markdown: medians over the rounds with their range, ratios within a round."""

import statistics

from . import scenarios


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values, scale=1.0, shown=number):
    if not values:
        return ""
    middle, low, high = (shown(scale * v) for v in (statistics.median(values), min(values), max(values)))
    return middle if low == high else f"{middle} [{low}–{high}]"


def percent(value):
    return f"{100 * value:.0f} %"


class Found:
    """What was measured, by scenario and server."""

    def __init__(self, data):
        self.data = data
        self.kinds = {s["name"]: s["kind"] for s in data["servers"]}

    def rounds(self, scenario, server):
        return self.data["figures"].get(scenario, {}).get(server, [])

    def values(self, scenario, server, what):
        return [f[what] for f in self.rounds(scenario, server) if what in f]

    def errors(self, scenario, server):
        return [f["error"] for f in self.rounds(scenario, server) if "error" in f]

    def ratios(self, over, under):
        """Within each round; `over` and `under` are (scenario, server, what)."""
        pairs = zip(self.rounds(*over[:2]), self.rounds(*under[:2]))
        return [a[over[2]] / b[under[2]] for a, b in pairs if over[2] in a and under[2] in b and b[under[2]]]

    def better(self, scenario, server, what):
        """How many times comcp is better, within each round."""
        ours, theirs = (scenario, "comcp", what), (scenario, server, what)
        return self.ratios(ours, theirs) if what in ("throughput", "share") else self.ratios(theirs, ours)

    def servers(self, scenario, kind=None):
        return [s for s in self.data["figures"].get(scenario, {}) if kind in (None, self.kinds[s])]

    def closest_peer(self, scenario, what):
        """The peer whose median is the best."""
        best = max if what == "throughput" else min
        able = [s for s in self.servers(scenario, "peer") if self.values(scenario, s, what)]
        return best(able, key=lambda s: statistics.median(self.values(scenario, s, what)), default=None)


def milliseconds(values):
    small = values and statistics.median(values) < 1
    return spread(values, 1000 if small else 1) + (" µs" if small else " ms") if values else ""


def columns_of(scenario):
    rate = scenario.key.endswith("-rate")
    if scenario.shows == "latency":
        return ["p50", "p99", "comcp's " + ("p99" if rate else "p50") + " is lower by"]
    if scenario.shows == "share":
        return ["answers per second", "of the ideal", "p50", "p99"]
    return ["answers per second", "p50", "p99", "server's CPU per answer", "comcp does more by"]


def row_of(found, scenario, server):
    def values(what):
        return found.values(scenario.key, server, what)

    def better(what):
        return "" if server == "comcp" else spread(found.better(scenario.key, server, what), shown=factor)

    if scenario.shows == "latency":
        return [milliseconds(values("p50")), milliseconds(values("p99")),
                better("p99" if scenario.key.endswith("-rate") else "p50")]
    if scenario.shows == "share":
        return [spread(values("throughput")), spread(values("share"), shown=percent), milliseconds(values("p50")),
                milliseconds(values("p99"))]
    cpu = values("cpu")
    return [spread(values("throughput")), milliseconds(values("p50")), milliseconds(values("p99")),
            spread(cpu) + " µs" if cpu else "", better("throughput")]


def table_of(found, scenario):
    unasked = {s: statistics.median(m) for s in found.servers(scenario.key) if (m := found.values(scenario.key, s, "most"))}
    servers = [s for s in found.servers(scenario.key) if s not in unasked]
    columns = columns_of(scenario)
    lines = ["| Server | Revision | " + " | ".join(columns) + " |", "|---|---|" + "---:|" * len(columns)]
    notes = []
    for server in servers:
        revisions = sorted(set(found.values(scenario.key, server, "revision")))
        lines.append(f"| {server} | {', '.join(revisions)} | " + " | ".join(row_of(found, scenario, server)) + " |")
        errors = found.errors(scenario.key, server)
        if errors:
            rounds = len(found.rounds(scenario.key, server))
            notes.append(f"- {server}: no figure in {len(errors)} of {rounds} rounds; {told(errors[0])}")
    if unasked:
        notes.append("- Not asked, because it is more than their most: " +
                     ", ".join(f"{s} ({number(most)} per second)" for s, most in unasked.items()))
    asked = next((f for s in servers for f in found.values(scenario.key, s, "asked")), None)
    head = [f"### {scenario.title}", ""]
    about = scenario.about + (f" {number(asked)} per second." if asked else "")
    if about:
        head += [about, ""]
    return "\n".join(head + lines + ([""] + notes if notes else [])) + "\n"


def told(error):
    return "`" + " ".join(error.replace("`", "'").split())[:200] + "`"


def goals_of(found):
    """(what, the figures, in which of the rounds it is so)"""
    def peers(title, scenario, what):
        peer = found.closest_peer(scenario, what)
        if not peer:
            return
        word = "more" if what == "throughput" else "less"
        worst = [min(r) for r in zip(*(found.better(scenario, s, what) for s in found.servers(scenario, "peer")
                                       if len(found.better(scenario, s, what)) == found.data["rounds"]))]
        yield (f"{title}: better than every peer; the best of them is {peer}",
               f"{word} by {spread(found.better(scenario, peer, what), shown=factor)}", [w > 1 for w in worst])

    def ratio(title, over, under, enough):
        values = found.ratios(over, under)
        if values:
            yield title, spread(values, shown=lambda v: f"{v:.2f}"), list(map(enough, values))

    yield from peers("Sequential p50", "sequential", "p50")
    for key, count in (("c16", 16), ("c64", 64), ("c256", 256)):
        yield from peers(f"Throughput of {count} connections", key, "throughput")
    yield from peers("Server's CPU time of an answer, 16 connections", "c16", "cpu")
    for key, title in (("slow-rate", "p99 at the rate that each can"), ("fast-rate", "p99 at the rate that the quicker can")):
        yield from peers(title, key, "p99")
    yield from peers("2025-11-25, sequential p50", "s-sequential", "p50")
    yield from peers("2025-11-25, throughput of 16 connections", "s-c16", "throughput")
    yield from peers("stdio, sequential p50", "stdio", "p50")
    yield from peers("stdio, throughput of 64 in flight", "stdio-64", "throughput")
    yield from ratio("stdio, sequential p50 at most 1.5 of a raw pipe echo of the same bytes", ("stdio", "comcp", "p50"),
                     ("stdio", "comcp", "raw"), lambda v: v <= 1.5)
    yield from ratio("The same against the least server, with the same client", ("stdio", "comcp", "p50"),
                     ("stdio", "pipe", "p50"), lambda v: v <= 1.5)
    yield from ratio("The same against the textbook's server, which parses and serializes", ("stdio", "comcp", "p50"),
                     ("stdio", "pipe with JSON", "p50"), lambda v: v <= 1.5)
    yield from ratio("256 connections at least 0.7 of the throughput of 16", ("c256", "comcp", "throughput"),
                     ("c256", "comcp", "few"), lambda v: v >= 0.7)
    yield from ratio("A stream with progress at least 0.6 of plain's JSON echo", ("sse", "comcp", "throughput"),
                     ("sse", "plain", "throughput"), lambda v: v >= 0.6)
    for key, what in (("w16", "16 in flight, 10 ms each"), ("w256", "256 in flight, 10 ms each"),
                      ("w1000", "1,000 in flight, 10 ms each"), ("w10000", "10,000 in flight, 10 ms each"),
                      ("w10000-1s", "10,000 in flight, 1 s each")):
        values = found.values(key, "comcp", "share")
        if values:
            yield f"{what}: throughput within 5 % of the ideal", spread(values, shown=percent), [v >= 0.95 for v in values]
    yield from ratio("1,000 in flight, 10 ms each: at least as many as plain does", ("w1000", "comcp", "throughput"),
                     ("w1000", "plain", "throughput"), lambda v: v >= 1)
    values = found.values("w-half", "comcp", "p99")
    if values:
        yield "10 ms each, half of the most: p99 at most 15 ms", spread(values) + " ms", [v <= 15 for v in values]


def factor(value):
    return f"{value:.2f}×" if value < 10 else f"{value:.0f}×"


def held(rounds):
    return f"{sum(rounds)} of {len(rounds)} rounds" if any(rounds) else "**no round**"


def text_of(data):
    found = Found(data)
    plan = [s for s in scenarios.ALL if s.key in data["figures"]]
    goals = ["| What | Measured | Holds in |", "|---|---:|---|"]
    goals += [f"| {what} | {measured} | {held(rounds)} |" for what, measured, rounds in goals_of(found)]
    made_of = ["| Server | Is |", "|---|---|"] + [f"| {s['name']} | {s['madeOf']} |" for s in data["servers"]]
    missing = [f"- {s['name']}: {s['missing']}" for s in data["servers"] if s["missing"]]
    others = data["others"]
    parts = [
        "# comcp beside the public SDKs",
        f"Written by `bench/compare` on {data['date']}, in {data['minutes']:.0f} minutes: {data['rounds']} rounds, "
        f"{data['duration']} each run. [bench/README.md](README.md) says how to repeat it.",
        "![Sequential latency, throughput and stdio, by server](results.svg)",
        f"**Machine:** {data['machine']}. Load average before the run {data['loadBefore']:.1f}; during the runs other processes had "
        f"{spread(others, shown=percent)} of the processors (median, range; "
        f"{sum(o > 0.1 for o in others)} of {len(others)} runs above 10 %). A run that others disturbed by more than "
        f"{percent(data['disturbance'])} was done again, whatever its figures, for {data['patience']:.0f} minutes in all.",
        "Figures are medians over the rounds, with the range in brackets. Factors are within a round, and above 1 where comcp is better.",
        "## What was to be shown", "\n".join(goals),
        "## What the figures can tell", CAVEATS,
        "## Figures", *(table_of(found, s) for s in plan),
        "## Servers",
        "Each is one small file of `bench/peers`, written as its SDK's documentation does it, with logs off, release builds, "
        "`NODE_ENV=production`, `GOMAXPROCS=1`, tokio's `current_thread`, one processor for Java, JSON answers where the SDK has the option, "
        "and asked in the newest revision that it speaks.",
        "\n".join(made_of)]
    if missing:
        parts += ["Not measured:", "\n".join(missing)]
    return "\n\n".join(p.strip("\n") for p in parts) + "\n"


CAVEATS = """\
Two processors, one for the server and one for the load, in a virtual machine that others use at the same time. What holds within each round
and is far from 1 can be relied on; a median that changes with the round can't. Between servers in C++, factors of throughput below 2 aren't
resolved: two runs of the same pair have differed by as much, and with the quick ones it is the load generator's processor that is full. For
those, counted instructions ([bench/README.md](README.md)) say more. Sequential latency has the client in it, some 3 µs over HTTP. The
servers' CPU time is charged with the host's pauses. `plain` and `tuned` check nothing and can nothing but echo: they are the limit, not an
offer. Nothing here says how servers scale over processors."""
