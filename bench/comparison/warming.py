"""Before the first round: every server is warmed until it is steady, and a calibration decides the rates."""

import statistics

from .measuring import Failed
from .scenarios import ALL, LOADS, Rates, Run, measured, rounded

WINDOW = "400ms"
LAST = 3  # windows that must not be much better than the best before them; twice as many of what compiles itself
RISE = 1.05
MOST = 24  # windows, some 10 s
CALIBRATIONS = 3


def is_steady(windows, server):
    last = 2 * LAST if server.compiles_itself else LAST
    return len(windows) >= 2 * last and max(windows[-last:]) <= RISE * max(windows[:-last])


def warm_all(stage, scenarios, servers, tell):
    """Whom it took how many windows, and who wasn't steady after the most of them."""
    out = []
    for load in dict.fromkeys(s.load for s in scenarios if s.load):
        for server in servers:
            if server.http is None or LOADS[load](server) is None:
                continue
            try:
                windows = warmed(stage, server, load)
            except Failed as e:
                tell(f"warming {server.name}, {load}: {e}")
                continue
            out.append({"server": server.name, "load": load, "windows": len(windows),
                        "steady": is_steady(windows, server)})
            tell(f"warming {server.name}, {load}: {windows[0]:.0f}/s at first, {windows[-1]:.0f}/s after "
                 f"{len(windows)} windows" + ("" if out[-1]["steady"] else ", not steady"))
    return out


def warmed(stage, server, load):
    """The throughput of each window."""
    command, words = LOADS[load](server)
    words = [*words, "--connections", "16", "--warmup", "0s", "--duration", WINDOW]
    windows = []
    with stage.turn_of(command) as (url, _):
        while len(windows) < MOST and not is_steady(windows, server):
            windows.append(stage.bench([url, *words], stage.options.client_core, checked=False)["answersPerSecond"])
    return windows


def calibrate(stage, scenarios, servers, tell):
    """The rates, from runs that are no part of any round."""
    needed = {key for s in scenarios for key in s.needs}
    runs = {s.key: {} for s in ALL if s.key in needed}  # scenario -> server -> throughput of each run
    for _ in range(CALIBRATIONS):
        for scenario in (s for s in ALL if s.key in needed):
            for server in servers:
                figure = measured(scenario, Run(stage, server, Rates(), CALIBRATIONS))
                if figure and "throughput" in figure:
                    runs[scenario.key].setdefault(server.name, []).append(figure["throughput"])
    for key, by_server in runs.items():
        middles = (f"{name} {statistics.median(r):.0f}/s" for name, r in by_server.items())
        tell(f"calibration, {key}: {', '.join(middles)}")
    return rates_of(runs, {s.name: s.kind for s in servers})


def rates_of(runs, kinds):
    middles = {name: statistics.median(r) for name, r in runs.get("c16", {}).items()}
    peers = [middle for name, middle in middles.items() if kinds[name] == "peer"]
    waiting = runs.get("w1000", {}).get("comcp", [])
    return Rates(slow=rounded(min(middles.values()) / 2) if middles else 0,
                 fast=rounded(max(peers) / 3) if peers else 0,
                 half=rounded(max(waiting) / 2) if waiting else 0,
                 most={name: max(r) for name, r in runs.get("c16", {}).items()})
