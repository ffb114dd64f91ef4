"""What is measured, and with which load."""

import dataclasses
import json
import typing

from . import measuring
from .measuring import CannotFollow, Failed, seconds

WAIT = 10  # milliseconds that `sleep` takes
SAMPLES = 6000  # of a server at a fixed rate, over all rounds: what a p99 needs
SHORTEST, LONGEST = 2, 12  # seconds; where the longest gives fewer samples the table says so
UNSENT = 0.001  # of the requests at a fixed rate, at most
ANSWERED = 0.99  # of them in time, at least
UNDERWAY = 16  # so many may be in flight when time is up


@dataclasses.dataclass
class Scenario:
    """`measure(run)` gives one figure, or None where there is nothing to measure; `run` is a Run."""
    key: str
    title: str
    about: str
    shows: str  # latency, rate, throughput or share
    measure: typing.Callable
    load: str = ""  # of LOADS: with which servers are warmed for it
    needs: tuple = ()  # scenarios that are calibrated for it


@dataclasses.dataclass
class Rates:
    """Requests per second, from the calibration; 0 where it had nothing to go by."""
    slow: int = 0
    fast: int = 0
    half: int = 0  # of comcp's most with calls that wait
    most: dict = dataclasses.field(default_factory=dict)  # server -> what it did at best


@dataclasses.dataclass
class Run:
    stage: measuring.Stage
    server: object
    rates: Rates
    rounds: int  # how many there will be

    def http(self, load, *words, together=False, duration=None, warmup=None):
        """`load` is what LOADS gives: None where the server hasn't got that."""
        if load is None:
            return None
        options = self.stage.options
        command, more = load
        times = ["--warmup", warmup or options.warmup, "--duration", duration or options.duration]
        return figure_of(self.stage.over_http(command, [*more, *times, *words], together))

    def stdio(self, *words, together=False):
        options = self.stage.options
        if self.server.stdio is None:
            return None
        # Each run has a process of its own: what compiles itself while it runs needs its time.
        load = ["--warmup", "3s" if self.server.compiles_itself else "300ms", "--duration", options.duration]
        if self.server.revision:
            load += ["--revision", self.server.revision]
        return figure_of(self.stage.over_stdio(self.server.stdio, [*load, *words], together))


def figure_of(report):
    answers, length = report["answersInTime"], report["seconds"]
    if report["rate"]:
        check_rate(report, report["rate"] * length)
    if report["tool"] == "progress" and report["progressNotifications"] < report["answers"]:
        raise Failed(f"reported progress {report['progressNotifications']} times before {report['answers']} answers")
    out = {"revision": report["revision"], "throughput": report["answersPerSecond"], "samples": report["answers"],
           "p50": report["latencyMs"]["p50"], "p99": report["latencyMs"]["p99"],
           "client": report["client"]["cpuSeconds"] / length, "streams": report["eventStreams"] / answers,
           "sent": report["sentBytes"] / answers, "received": report["receivedBytes"] / answers}
    if report.get("server"):
        out["cpu"] = report["server"]["cpuMicrosecondsPerAnswer"]
        out["busy"] = report["server"]["cpuSeconds"] / length
        out["memory"] = report["server"]["peakRssKiB"] / 1024
    return out


def check_rate(report, due):
    """Percentiles are only of what was sent: a server that can't follow would look well."""
    unsent, answers = report["unsent"], report["answersInTime"]
    if unsent > UNSENT * due or answers + UNDERWAY < ANSWERED * due:
        raise CannotFollow(f"{answers:,} of {due:,.0f} requests were answered in time, {unsent:,} couldn't be sent")


def echo(server):
    return server.http and (server.http, ["--json"])


def sleep(server, milliseconds=WAIT):
    if server.http is None or server.name == "tuned":
        return None
    arguments = json.dumps({"milliseconds": milliseconds})
    return server.http, ["--json", "--tool", "sleep", "--arguments", arguments]


def stream(server):
    """plain has no streams: what it does with JSON is what comcp's streams are compared with."""
    if server.kind == "limit":
        return echo(server) if server.name == "plain" else None
    return [*server.http, *server.stream], ["--sse", "--tool", "progress", "--arguments", '{"text":"' + 64 * "a" + '"}']


def sessions(server):
    words = ["--revision", "2025-11-25", *([] if server.streams_only else ["--json"])]
    return server.http and ([*server.http, *server.sessions], words)


LOADS = {"echo": echo, "sessions": sessions, "sleep": sleep, "stream": stream}


def echoing(*words, load=echo, together=False):
    return lambda run: run.http(load(run.server), *words, together=together)


def many(run):
    """comcp's figure has, measured just before, what 16 connections get."""
    few = run.http(echo(run.server), "--connections", "16") if run.server.kind == "comcp" else None
    figure = run.http(echo(run.server), "--connections", "256")
    return dict(figure, few=few["throughput"]) if few else figure


def rounded(rate):
    return int(rate // 50 * 50) or int(rate)


def at_rate(run, load, connections, rate):
    if load is None:
        return None
    if not rate:
        raise Failed("the calibration found no rate")
    length = min(max(SHORTEST, SAMPLES / run.rounds / rate), LONGEST)
    figure = run.http(load, "--connections", str(connections), "--rate", str(rate), duration=f"{1000 * length:.0f}ms")
    return dict(figure, asked=rate)


def slow_rate(run):
    return at_rate(run, echo(run.server), 16, run.rates.slow)


def fast_rate(run):
    """Only for those whose best is as much."""
    if echo(run.server) is None or not run.rates.fast:
        return None
    most = run.rates.most.get(run.server.name, 0)
    return {"unasked": most} if most < run.rates.fast else at_rate(run, echo(run.server), 16, run.rates.fast)


def waits_by_the_thousand(server):
    return server.name in ("comcp", "plain")


def waiting(in_flight, milliseconds=WAIT):
    def measure(run):
        if in_flight > 256 and not waits_by_the_thousand(run.server):
            return None
        # So many connections need some time to be made.
        long = {"warmup": "1500ms", "duration": "6s" if milliseconds > 100 else "3s"} if in_flight > 1000 else {}
        figure = run.http(sleep(run.server, milliseconds), "--connections", str(in_flight), **long)
        return figure and dict(figure, share=figure["throughput"] * milliseconds / 1000 / in_flight)
    return measure


def half_of_most(run):
    return at_rate(run, sleep(run.server), 1000, run.rates.half) if waits_by_the_thousand(run.server) else None


def pipe(run):
    """Two figures in one: the server's, and in its turn the raw pipe's with the same bytes."""
    figure = run.stdio(together=True)
    if run.server.kind == "comcp" and figure:
        figure["raw"] = run.stage.raw_pipe(round(figure["sent"]), round(figure["received"]))
    return figure


ALL = [
    Scenario("sequential", "One after the other",
             "One connection, the next request when the last answer has come; client and server on one core. Tool "
             "`echo`, 64 letters.", "latency", echoing(together=True), "echo"),
    Scenario("c16", "16 connections", "As many calls as 16 clients get; server and client on a core each.",
             "throughput", echoing("--connections", "16"), "echo"),
    Scenario("c64", "64 connections", "", "throughput", echoing("--connections", "64"), "echo"),
    Scenario("c256", "256 connections", "", "throughput", many, "echo"),
    Scenario("slow-rate", "Equal rate, which each can",
             "16 connections, requests due at fixed times, at half of what the slowest server did in the calibration; "
             "latency counts from when a request was due.", "rate", slow_rate, "echo", ("c16",)),
    Scenario("fast-rate", "Equal rate, which the quicker can", "The same at a third of what the quickest peer did.",
             "rate", fast_rate, "echo", ("c16",)),
    Scenario("w16", "Each call waits 10 ms, 16 in flight",
             "Tool `sleep`. The share is of in-flight / 10 ms, which is what nobody can exceed.", "share", waiting(16),
             "sleep"),
    Scenario("w256", "Each call waits 10 ms, 256 in flight", "", "share", waiting(256), "sleep"),
    Scenario("w1000", "Each call waits 10 ms, 1,000 in flight", "comcp and plain only.", "share", waiting(1000),
             "sleep"),
    Scenario("w10000", "Each call waits 10 ms, 10,000 in flight",
             "comcp and plain only. The ideal is a million calls per second, which no server does on one core.",
             "share", waiting(10000), "sleep"),
    Scenario("w10000-1s", "Each call waits 1 s, 10,000 in flight", "As many in flight, but a rate that can be.",
             "share", waiting(10000, 1000), "sleep"),
    Scenario("w-half", "Each call waits 10 ms, half of the most",
             "1,000 connections, at half of the most that comcp did with 1,000 in flight in the calibration; plain is "
             "asked for as much.", "rate", half_of_most, "sleep", ("w1000",)),
    Scenario("sse", "An event stream with progress",
             "16 connections; the answer is a stream of a progress notification and the result. plain answers `echo` "
             "with JSON.", "throughput", echoing("--connections", "16", load=stream), "stream"),
    Scenario("s-sequential", "2025-11-25: one after the other",
             "As above, all in the newest revision that has sessions; some servers are stateless in it.", "latency",
             echoing(load=sessions, together=True), "sessions"),
    Scenario("s-c16", "2025-11-25: 16 connections", "", "throughput",
             echoing("--connections", "16", load=sessions), "sessions"),
    Scenario("stdio", "stdio, one after the other", "Client and server on one core.", "latency", pipe),
    Scenario("stdio-64", "stdio, 64 in flight", "64 requests in the pipe; server and client on a core each.",
             "throughput", lambda run: run.stdio("--in-flight", "64")),
]


def chosen(keys):
    return [s for s in ALL if not keys or s.key in keys]


def run_all(stage, scenarios, servers, rates, rounds, tell):
    """scenario -> server -> a figure, or why there is none, per round, and the number of rounds, fewer after Ctrl-C.
    Within a round all servers take turns."""
    figures = {s.key: {} for s in scenarios}
    done = 0
    try:
        while done < rounds:
            # Who is first changes, so that nobody is always measured after the same neighbour.
            turn = done * 5 % len(servers)
            for scenario in scenarios:
                for server in servers[turn:] + servers[:turn]:
                    figure = measured(scenario, Run(stage, server, rates, rounds))
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
    except CannotFollow as e:
        return {"cannot": str(e)}
    except Failed as e:
        return {"error": str(e)}


def short(figure):
    if "error" in figure:
        return figure["error"][:160]
    if "cannot" in figure:
        return "can't: " + figure["cannot"]
    if "unasked" in figure:
        return f"not asked, {figure['unasked']:.0f}/s is its most"
    return f"{figure['throughput']:.0f}/s, p50 {figure['p50']:.3f} ms, p99 {figure['p99']:.3f} ms, {figure['revision']}"
