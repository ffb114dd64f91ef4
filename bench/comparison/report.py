"""The figures as Markdown."""

import statistics

from . import goals, warming
from .found import Found, factor, milliseconds, number, percent, spread
from .scenarios import ANSWERED, UNSENT

FORMAT = 2  # of the file of figures
FULL = 0.9  # of a processor


def columns_of(scenario):
    if scenario.shows == "latency":
        return ["p50", "p99", "comcp's p50 is lower by"]
    if scenario.shows == "rate":
        return ["p50", "p99", "comcp's p99 is lower by"]
    if scenario.shows == "share":
        return ["answers per second", "of the ideal", "p50", "p99"]
    return ["answers per second", "p50", "p99", "server's CPU per answer", "server's processor",
            "generator's processor", "comcp does more by"]


def row_of(found, scenario, server):
    def values(what):
        return found.values(scenario.key, server, what)

    def better(what):
        return "" if server == "comcp" else spread(found.better(scenario.key, server, what), shown=factor)

    if scenario.shows == "latency":
        return [milliseconds(values("p50")), milliseconds(values("p99")), better("p50")]
    if scenario.shows == "rate":
        cannot = len(values("cannot"))
        if cannot and not values("p99"):
            return ["can't", "can't", ""]
        cannot = f"; can't in {cannot} of {len(found.rounds(scenario.key, server))} rounds" if cannot else ""
        return [milliseconds(values("p50")), milliseconds(values("p99")) + cannot, better("p99")]
    if scenario.shows == "share":
        return [spread(values("throughput")), spread(values("share"), shown=percent), milliseconds(values("p50")),
                milliseconds(values("p99"))]
    cpu = values("cpu")
    return [spread(values("throughput")), milliseconds(values("p50")), milliseconds(values("p99")),
            spread(cpu) + " µs" if cpu else "", spread(values("busy"), shown=percent),
            spread(values("client"), shown=percent), better("throughput")]


def table_of(found, scenario):
    unasked = {s: most[0] for s in found.servers(scenario.key) if (most := found.values(scenario.key, s, "unasked"))}
    servers = [s for s in found.servers(scenario.key) if s not in unasked]
    columns = columns_of(scenario)
    lines = ["| Server | Revision | " + " | ".join(columns) + " |", "|---|---|" + "---:|" * len(columns)]
    notes = []
    for server in servers:
        revisions = sorted(set(found.values(scenario.key, server, "revision")))
        lines.append(f"| {server} | {', '.join(revisions)} | " + " | ".join(row_of(found, scenario, server)) + " |")
        rounds = len(found.rounds(scenario.key, server))
        for what, said in (("cannot", "can't"), ("error", "no figure")):
            reasons = found.values(scenario.key, server, what)
            if reasons:
                notes.append(f"- {server}: {said} in {len(reasons)} of {rounds} rounds; {told(reasons[0])}")
    if unasked:
        notes.append("- Not asked, because it is more than their most: " +
                     ", ".join(f"{s} ({number(most)} per second)" for s, most in unasked.items()))
    if scenario.load != "stream":
        streaming = [s for s in servers if any(found.values(scenario.key, s, "streams"))]
        if streaming:
            notes.append(f"- With event streams, for want of JSON answers: {', '.join(streaming)}")
    head = [f"### {scenario.title}", ""]
    about = " ".join(filter(None, [scenario.about, rate_of(found, scenario)]))
    if about:
        head += [about, ""]
    return "\n".join(head + lines + ([""] + notes if notes else [])) + "\n"


def rate_of(found, scenario):
    """Which rate it was, and how many requests a percentile is of."""
    if scenario.shows != "rate":
        return ""
    rounds = [[f for f in found.rounds(scenario.key, s) if "asked" in f] for s in found.servers(scenario.key)]
    rounds = [r for r in rounds if r]
    if not rounds:
        return ""
    return (f"{number(rounds[0][0]['asked'])} per second; a round's percentiles are of "
            f"{number(min(f['samples'] for r in rounds for f in r))} answers at least, a server's rounds together of "
            f"{number(min(sum(f['samples'] for f in r) for r in rounds))}.")


def told(reason):
    return "`" + " ".join(reason.replace("`", "'").split())[:200] + "`"


def processors_of(found):
    """Whose processor was full in the throughput runs: whom they measured."""
    runs = [(scenario, server) for scenario in found.plan if scenario.shows == "throughput"
            for server in found.servers(scenario.key) if found.values(scenario.key, server, "busy")]

    def share(run, what):
        return statistics.median(found.values(run[0].key, run[1], what))

    def named(some, what):
        return ", ".join(f"{run[1]} ({run[0].title}: {percent(share(run, what))})" for run in some)

    if not runs:
        return ""
    full = [run for run in runs if share(run, "client") >= FULL]
    idle = [run for run in runs if share(run, "busy") < FULL]
    most = max(runs, key=lambda run: share(run, "client"))
    text = [f"In the runs for throughput the load generator took at most {percent(share(most, 'client'))} of its "
            f"processor (median; {most[1]}, {most[0].title})."]
    if full:
        text.append(f"Where it took {percent(FULL)} or more it is the generator that was measured: "
                    f"{named(full, 'client')}.")
    if idle:
        text.append(f"Less than {percent(FULL)} of the server's own was busy with {named(idle, 'busy')}; "
                    "what isn't busy is waiting, or was taken by others.")
    else:
        text.append(f"Each server's own was at least {percent(FULL)} busy.")
    return " ".join(text)


def warmth_of(data):
    unsteady = [f"{w['server']} ({w['load']})" for w in data["warming"] if not w["steady"]]
    return (f"Before the first round each server was warmed with each kind of load, until the last {warming.LAST} "
            f"windows of {warming.WINDOW} ({2 * warming.LAST} where it compiles itself as it runs: Node, Bun, Java) "
            f"were at most {percent(warming.RISE - 1)} better than the best before them, or for {warming.MOST} windows. " +
            (f"Still getting quicker then: {', '.join(unsteady)}. " if unsteady else "All were steady by then. ") +
            f"Rates come from {warming.CALIBRATIONS} runs after that, which are in no table. Over stdio each run has a "
            "new process, warmed for 3 s where it compiles itself, else for 0.3 s.")


def text_of(data):
    found = Found(data)
    made_of = ["| Server | Is |", "|---|---|"] + [f"| {s['name']} | {s['madeOf']} |" for s in data["servers"]]
    missing = [f"- {s['name']}: {s['missing']}" for s in data["servers"] if s["missing"]]
    others = data["others"]
    parts = [
        "# comcp beside the public SDKs",
        f"Written by `bench/compare` on {data['date']}, in {data['minutes']:.0f} minutes: {data['rounds']} rounds, "
        f"{data['duration']} each run. [bench/README.md](README.md) says how to repeat it.",
        "![Sequential latency, throughput and stdio, by server](results.svg)",
        f"**Machine:** {data['machine']}. Load average before the run {data['loadBefore']:.1f}; during the runs other "
        f"processes had {spread(others, shown=percent)} of the processors (median, range; "
        f"{sum(o > 0.1 for o in others)} of {len(others)} runs above 10 %). A run that others disturbed by more than "
        f"{percent(data['disturbance'])} was done again, whatever its figures, for {data['patience']:.0f} minutes "
        "in all.",
        "Figures are medians over the rounds, with the range in brackets. Factors are within a round, and above 1 "
        "where comcp is better.",
        warmth_of(data),
        "## What was to be shown", goals.table_of(goals.goals_of(found)),
        "Against peers a round holds when comcp is better than each that has a figure in it; those without are named, "
        "and don't count as beaten. At a fixed rate a server has no figure and \"can't\" when more than "
        f"{100 * UNSENT:g} % of the requests couldn't be sent or less than {percent(ANSWERED)} were answered in time. "
        "Counted instructions and allocations, memory, cost curves and shards: [bench/README.md](README.md).",
        "## What wasn't a goal", goals.table_of(goals.others_of(found)),
        "## What the figures can tell", CAVEATS + "\n\n" + processors_of(found),
        "## Figures", *(table_of(found, s) for s in found.plan),
        "## Servers",
        "Each is one small file of `bench/peers`, written as its SDK's documentation does it, with logs off, release "
        "builds, `NODE_ENV=production`, `GOMAXPROCS=1`, tokio's `current_thread`, one processor for Java, JSON answers "
        "where the SDK has them, which is checked, and asked in the newest revision that it speaks.",
        "\n".join(made_of)]
    if missing:
        parts += ["Not measured:", "\n".join(missing)]
    return "\n\n".join(p.strip("\n") for p in parts) + "\n"


CAVEATS = """\
Two processors, one for the server and one for the load, in a virtual machine that others use at the same time. What holds within each round
and is far from 1 can be relied on; a median that changes with the round can't. Between servers in C++, factors of throughput below 2 aren't
resolved: two runs of the same pair have differed by as much. For those, counted instructions ([bench/README.md](README.md)) say more.
Sequential latency has the client in it, some 3 µs over HTTP. The servers' CPU time is charged with the host's pauses. `plain` and `tuned`
check nothing and can nothing but echo: they are the limit, not an offer. Nothing here says how servers scale over processors."""
