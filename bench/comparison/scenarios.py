"""What is measured, and with which load."""

import dataclasses
import json
import subprocess
import typing

from . import measuring
from .measuring import Failed

WAIT = 10  # milliseconds that `sleep` takes


@dataclasses.dataclass
class Scenario:
    """`measure(run)` gives one figure, or None where there is nothing to measure; `run` is a Run."""
    key: str
    title: str
    about: str
    shows: str  # latency, throughput or share
    measure: typing.Callable
    needs: tuple = ()  # scenarios whose figures of the first round it uses


@dataclasses.dataclass
class Run:
    stage: measuring.Stage
    server: object
    figures: dict  # scenario -> server -> figures so far

    def http(self, *words, added=(), together=False, duration=None, warmup=None):
        options = self.stage.options
        if self.server.http is None:
            return None
        load = ["--warmup", warmup or options.warmup, "--duration", duration or options.duration]
        return figure_of(self.stage.over_http([*self.server.http, *added], [*load, *words], together))

    def stdio(self, *words, together=False):
        options = self.stage.options
        if self.server.stdio is None:
            return None
        # Each run has a process of its own: what compiles itself while it runs needs its time.
        load = ["--warmup", "1s", "--duration", options.duration]
        if self.server.revision:
            load += ["--revision", self.server.revision]
        return figure_of(self.stage.over_stdio(self.server.stdio, [*load, *words], together))

    def first(self, scenario):
        """What the first round of another scenario found, by server."""
        found = {name: rounds[0] for name, rounds in self.figures[scenario].items() if rounds}
        return {name: f["throughput"] for name, f in found.items() if "error" not in f}


def figure_of(report):
    answers, seconds = report["answersInTime"], report["seconds"]
    out = {"revision": report["revision"], "throughput": report["answersPerSecond"],
           "p50": report["latencyMs"]["p50"], "p99": report["latencyMs"]["p99"],
           "client": report["client"]["cpuSeconds"] / seconds,
           "sent": report["sentBytes"] / answers, "received": report["receivedBytes"] / answers}
    if report.get("server"):
        out["cpu"] = report["server"]["cpuMicrosecondsPerAnswer"]
        out["memory"] = report["server"]["peakRssKiB"] / 1024
    return out


def connections(n):
    return lambda run: run.http("--connections", str(n))


def many(run):
    """comcp's figure has, measured just before, what 16 connections get."""
    few = run.http("--connections", "16") if run.server.kind == "comcp" else None
    figure = run.http("--connections", "256")
    return dict(figure, few=few["throughput"]) if few else figure


def at_rate(run, rate):
    figure = run.http("--connections", "16", "--rate", str(rate), duration="1500ms")
    if figure is None:
        return None
    if figure["throughput"] < 0.95 * rate:
        raise Failed(f"answers {figure['throughput']:.0f} of {rate} per second")
    return dict(figure, asked=rate)


def rounded(rate):
    return int(rate // 50 * 50) or int(rate)


def slow_rate(run):
    """Half of what the slowest does, so that each can."""
    return at_rate(run, rounded(min(run.first("c16").values()) / 2))


def fast_rate(run):
    """A third of what the quickest peer does; only for those that can."""
    found = run.first("c16")
    rate = rounded(max([t for name, t in found.items() if name not in ("comcp", "plain", "tuned")] or [0]) / 3)
    if not rate or run.server.http is None:
        return None
    most = found.get(run.server.name, 0)
    return {"most": most} if most < rate else at_rate(run, rate)


def waiting(in_flight, milliseconds=WAIT, rate=None):
    arguments = json.dumps({"milliseconds": milliseconds})
    def measure(run):
        if run.server.name not in ("comcp", "plain") and (run.server.kind == "limit" or in_flight > 256):
            return None
        words = ["--tool", "sleep", "--arguments", arguments, "--connections", str(in_flight)]
        if rate:
            words += ["--rate", str(rate(run))]
        # So many connections need some time to be made.
        long = {"warmup": "1500ms", "duration": "6s" if milliseconds > 100 else "3s"} if in_flight > 1000 else {}
        figure = run.http(*words, **long)
        return figure and dict(figure, share=figure["throughput"] * milliseconds / 1000 / in_flight)
    return measure


def half_of_most(run):
    found = [f["throughput"] for f in run.figures["w1000"][run.server.name] if "error" not in f]
    if not found:
        raise Failed("what it does with 1,000 in flight isn't known")
    return rounded(max(found) / 2)


def streams(run):
    """plain has no streams: what it does with JSON is what comcp's streams are compared with."""
    if run.server.kind == "limit":
        return run.http("--connections", "16") if run.server.name == "plain" else None
    return run.http("--connections", "16", "--tool", "progress", "--arguments", '{"text":"' + 64 * "a" + '"}', "--sse",
                    added=run.server.stream)


def sessions(*words, together=False):
    return lambda run: run.http("--revision", "2025-11-25", *words, added=run.server.sessions, together=together)


def pipe(run):
    """Two figures in one: the server's, and in its turn the raw pipe's with the same bytes."""
    figure = run.stdio(together=True)
    if run.server.kind == "comcp" and figure:
        options = run.stage.options
        command = [str(options.bin / "bench_pipe"), str(round(figure["sent"])), str(round(figure["received"])), "0.5"]
        raw = subprocess.run(measuring.pinned(options.server_core, command), stdout=subprocess.PIPE, check=True)
        figure["raw"] = json.loads(raw.stdout)["p50"]
    return figure


ALL = [
    Scenario("sequential", "One after the other",
             "One connection, the next request when the last answer has come; client and server on one core. Tool `echo`, 64 "
             "letters.", "latency", lambda run: run.http(together=True)),
    Scenario("c16", "16 connections", "As many calls as 16 clients get; server and client on a core each.", "throughput",
             connections(16)),
    Scenario("c64", "64 connections", "", "throughput", connections(64)),
    Scenario("c256", "256 connections", "", "throughput", many),
    Scenario("slow-rate", "Equal rate, which each can",
             "16 connections, requests due at fixed times, half of what the slowest server did in the first round; latency "
             "counts from when a request was due.", "latency", slow_rate, ("c16",)),
    Scenario("fast-rate", "Equal rate, which the quicker can", "The same at a third of what the quickest peer did.", "latency",
             fast_rate, ("c16",)),
    Scenario("w16", "Each call waits 10 ms, 16 in flight",
             "Tool `sleep`. The share is of in-flight / 10 ms, which is what nobody can exceed.", "share", waiting(16)),
    Scenario("w256", "Each call waits 10 ms, 256 in flight", "", "share", waiting(256)),
    Scenario("w1000", "Each call waits 10 ms, 1,000 in flight", "comcp and plain only.", "share", waiting(1000)),
    Scenario("w10000", "Each call waits 10 ms, 10,000 in flight",
             "comcp and plain only. The ideal is a million calls per second, which no server does on one core.", "share", waiting(10000)),
    Scenario("w10000-1s", "Each call waits 1 s, 10,000 in flight", "As many in flight, but a rate that can be.",
             "share", waiting(10000, 1000)),
    Scenario("w-half", "Each call waits 10 ms, half of the most",
             "At half of the rate that it did with 1,000 in flight.", "latency", waiting(1000, rate=half_of_most),
             ("w1000",)),
    Scenario("sse", "An event stream with progress",
             "16 connections; the answer is a stream of a progress notification and the result. plain answers `echo` with JSON.",
             "throughput", streams),
    Scenario("s-sequential", "2025-11-25: one after the other",
             "As above, all in the newest revision that has sessions; some servers are stateless in it.", "latency",
             sessions(together=True)),
    Scenario("s-c16", "2025-11-25: 16 connections", "", "throughput", sessions("--connections", "16")),
    Scenario("stdio", "stdio, one after the other", "Client and server on one core.", "latency", pipe),
    Scenario("stdio-64", "stdio, 64 in flight", "64 requests in the pipe; server and client on a core each.", "throughput",
             lambda run: run.stdio("--in-flight", "64")),
]


def chosen(keys):
    by_key = {s.key: s for s in ALL}
    wanted = set(keys or by_key)
    for key in list(wanted):
        wanted.update(by_key[key].needs)
    return [s for s in ALL if s.key in wanted]


def run_all(stage, scenarios, servers, rounds, tell):
    """scenario -> server -> a figure or an error per round, and the number of rounds, fewer after Ctrl-C. Within a round
    all servers take turns."""
    figures = {s.key: {} for s in scenarios}
    done = 0
    try:
        while done < rounds:
            # Who is first changes, so that nobody is always measured after the same neighbour.
            turn = done * 5 % len(servers)
            for scenario in scenarios:
                for server in servers[turn:] + servers[:turn]:
                    figure = measured(scenario, Run(stage, server, figures))
                    if figure is not None:
                        figures[scenario.key].setdefault(server.name, []).append(figure)
                        tell(f"round {done + 1} of {rounds}, {scenario.key}, {server.name}: {short(figure)}")
            done += 1
    except KeyboardInterrupt:
        if done == 0:
            raise
        figures = {key: {name: f[:done] for name, f in by_server.items()} for key, by_server in figures.items()}
    return figures, done


def measured(scenario, run):
    try:
        return scenario.measure(run)
    except Failed as e:
        return {"error": str(e)}


def short(figure):
    if "error" in figure:
        return figure["error"][:160]
    if "most" in figure:
        return f"not asked, {figure['most']:.0f}/s is its most"
    return f"{figure['throughput']:.0f}/s, p50 {figure['p50']:.3f} ms, p99 {figure['p99']:.3f} ms, {figure['revision']}"
