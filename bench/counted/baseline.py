"""What requests cost when it was written down, the goals, and how far a new count is from them.

Allocations are kept as the sum over all requests that were counted, and have to be exactly that: these sums repeat, and
one allocation in a hundred requests shows.
"""

import re

TOLERANCE = 0.01  # of instructions, by the same tools
TOLERANCE_BESIDE_PLAIN = 0.05  # of instructions as a share of plain's, by others
# Instructions of a row as a share of another's.
GOALS = {"comcp, stateless": (0.7, "plain, stateless"), "comcp, session": (0.8, "plain, session")}


def rows_beside(name):
    """Whose row of plain this one is compared with, where tools differ."""
    return "plain, session" if "session" in name else "plain, stateless"


def kind_of(tools):
    """What allocations depend on: the compiler, without its minor version, and Boost."""
    compiler = re.search(r"(GCC|clang)\D.*?(\d+)(?:\.\d+)+(?=, Boost)", tools)
    boost = re.search(r"Boost ([^,]*)", tools)
    return (compiler and compiler.groups(), boost and boost[1])


class Baseline:
    """`rows`: name -> (instructions of a request, allocations of all of them)."""

    def __init__(self, tools, requests, rows):
        self.tools, self.requests, self.rows = tools, requests, rows

    @classmethod
    def read(cls, file):
        notes, rows = {}, {}
        for line in file.read_text().splitlines():
            parts = line.split("\t")
            if parts[0].startswith("# "):
                notes[parts[0][2:]] = parts[1]
            else:
                rows[parts[0]] = (int(parts[1]), int(parts[2]))
        return cls(notes["tools"], int(notes["requests"]), rows)

    def write(self, file):
        lines = [f"# tools\t{self.tools}", f"# requests\t{self.requests}",
                 "# kind of call\tinstructions of one\tallocations of all"]
        lines += [f"{name}\t{each:.0f}\t{allocations}" for name, (each, allocations) in self.rows.items()]
        file.write_text("\n".join(lines) + "\n")


class Judge:
    """Compares what is counted with a baseline, as far as the tools here allow, and with the goals."""

    def __init__(self, baseline, tools, has_plain):
        self.baseline, self.has_plain = baseline, has_plain
        self.same = tools == baseline.tools
        self.alike = kind_of(tools) == kind_of(baseline.tools)
        self.tools = tools
        self.counted = {}

    @property
    def has_ratio(self):
        """Whether there is anything to divide comcp's instructions by."""
        return self.has_plain or self.same

    def terms(self):
        """What is compared, and what isn't, in sentences."""
        said = []
        if not self.same:
            said += [f"The baseline is of {self.baseline.tools}.", f"Here are {self.tools}."]
        if self.same and not self.has_plain:
            said.append("There is no bench_plain here: comcp's rows are compared with the baseline's plain.")
        if not self.same and self.has_plain:
            what = "with what plain costs here" if self.alike else "with the goals, as shares of what plain costs here"
            said.append(f"Not compared: instructions with the baseline's. Compared: {what}.")
        if not self.same and not self.has_plain:
            said.append("Not compared: instructions, for want of bench_plain here.")
        if not self.alike:
            said.append("Not compared: allocations, as compiler or Boost is another.")
        return said

    def look_at(self, name, instructions, allocations):
        """How the row differs, in words; nothing when it doesn't."""
        expected = self.baseline.rows.get(name)
        if expected is None:
            return "not in the baseline"
        said = []
        if self.same:
            change = instructions / expected[0] - 1
            if abs(change) > TOLERANCE:
                said.append(f"{100 * change:+.1f} % instructions")
        elif self.alike and name.startswith("comcp") and (plain := self.counted.get(rows_beside(name))):
            change = instructions / plain / (expected[0] / self.baseline.rows[rows_beside(name)][0]) - 1
            if change > TOLERANCE_BESIDE_PLAIN:
                said.append(f"{100 * change:+.1f} % instructions beside plain's")
        if self.alike and allocations != expected[1]:
            said.append(f"{allocations - expected[1]:+d} allocations in {self.baseline.requests} requests")
        if self.has_ratio and name in GOALS:
            ratio, goal = self.ratio(name, instructions), GOALS[name][0]
            if ratio > goal:
                said.append(f"{ratio:.3f} of plain's instructions, {goal} is the goal")
        return ", ".join(said)

    def ratio(self, name, instructions):
        """Of plain's as counted here, or else of the baseline's."""
        of = GOALS[name][1]
        return instructions / self.counted.get(of, self.baseline.rows[of][0])
