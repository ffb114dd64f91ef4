"""What was measured, and how figures are written: medians over the rounds with their range, ratios within a round."""

import statistics

from . import scenarios


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percent(value):
    return f"{100 * value:.0f} %"


def factor(value):
    return f"{value:.2f}×" if value < 10 else f"{value:.0f}×"


def spread(values, scale=1.0, shown=number):
    if not values:
        return ""
    middle, low, high = (shown(scale * v) for v in (statistics.median(values), min(values), max(values)))
    return middle if low == high else f"{middle} [{low}–{high}]"


def milliseconds(values):
    small = values and statistics.median(values) < 1
    return spread(values, 1000 if small else 1) + (" µs" if small else " ms") if values else ""


class Found:
    """By scenario and server."""

    def __init__(self, data):
        self.data = data
        self.kinds = {s["name"]: s["kind"] for s in data["servers"]}
        self.plan = [s for s in scenarios.ALL if s.key in data["figures"]]

    def rounds(self, scenario, server):
        return self.data["figures"].get(scenario, {}).get(server, [])

    def values(self, scenario, server, what):
        return [f[what] for f in self.rounds(scenario, server) if what in f]

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

    def lacking(self, scenario, server):
        """Why this server hasn't a figure for each round, in few words; "" when it has."""
        missing = next(s["missing"] for s in self.data["servers"] if s["name"] == server)
        rounds = self.rounds(scenario, server)
        if missing or not rounds:
            return "not built here" if missing else "not measured"
        most = self.values(scenario, server, "unasked")
        if most:
            return f"not asked, its most is {number(most[0])} per second"
        reasons = []
        for what, said in (("cannot", "couldn't follow"), ("error", "no figure")):
            times = len(self.values(scenario, server, what))
            if times:
                when = f"{times} of {len(rounds)} rounds" if times < len(rounds) else "any round"
                reasons.append(f"{said} in {when}")
        return ", ".join(reasons)
