"""A server under callgrind, and what callgrind counted of it."""

import collections
import os
import pathlib
import platform
import re
import signal
import subprocess
import time

ALLOCATORS = {"malloc", "calloc", "realloc", "aligned_alloc", "memalign", "posix_memalign"}


class Server:
    """A process under callgrind that is asked over HTTP or its standard input and output.

    `dump` may be called whenever the server has nothing to do; `ended` is what the whole run cost, or what came
    after the last dump.
    """

    def __init__(self, command, directory, stdio=False, options=(), environment=()):
        self.directory = pathlib.Path(directory)
        self.out = self.directory / "callgrind.out"
        for old in self.directory.glob("callgrind.out*"):
            old.unlink()
        self.dumps = 0
        self.stdio = stdio
        self.log = self.directory / "server.log"
        pipe = subprocess.PIPE if stdio else subprocess.DEVNULL
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["valgrind", "--tool=callgrind", "--collect-systime=yes", f"--callgrind-out-file={self.out}", *options,
                 *map(str, command)],
                stdin=pipe, stdout=pipe, stderr=log,
                env={**os.environ, "XDG_DATA_HOME": str(self.directory), **dict(environment)})
        try:
            self.port = None if stdio else self.wait_for_port()
            self.wait_until_idle()
        except Exception:
            self.kill()
            raise

    def wait_for_port(self):
        until = time.monotonic() + 300
        while True:
            said = self.log.read_text(errors="replace")
            if found := re.search(r"serving on http://[^ ]*:(\d+)/", said):
                return int(found[1])
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server doesn't start:\n" + said)
            time.sleep(0.05)

    def wait_until_idle(self):
        """Until all threads sleep. Whether a client came before the server waited for it, or two messages came at once,
        would show in the allocations."""
        asleep = 0
        while asleep < 5 and self.process.poll() is None:
            time.sleep(0.01)
            states = {f.read_text().rsplit(")", 1)[1].split()[0]
                      for f in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/stat")}
            asleep = asleep + 1 if states == {"S"} else 0

    def dump(self):
        """What was counted since the last dump: a file per thread with --separate-threads=yes, otherwise one."""
        self.dumps += 1
        command = ["callgrind_control", "--dump", str(self.process.pid)]
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                              check=False).stdout
        files = sorted(self.directory.glob(f"callgrind.out.{self.dumps}")) or sorted(
            self.directory.glob(f"callgrind.out.{self.dumps}-*"))
        if not files:
            raise RuntimeError("callgrind doesn't dump what it counted: " + said)
        return [Counts(f) for f in files]

    def ended(self):
        if self.stdio:
            self.process.stdin.close()
        else:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        return Counts(self.out)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Counts:
    """One file of callgrind: its totals, what each function cost by itself, and who called whom how often."""

    def __init__(self, file):
        events, totals, names, objects = [], [], {}, {}
        self.calls = collections.Counter()  # (caller, callee): how often
        self.own = collections.Counter()  # function: instructions, without those of what it calls
        # (program or library, function, address): how often; only with --dump-instr=yes --compress-pos=no
        self.executed = collections.Counter()
        caller = callee = binary = ""
        positions = 1
        of_callee = False  # the next line of costs
        for line in file.read_text().splitlines():
            if line.startswith("events:"):
                events = line.split()[1:]
            elif line.startswith(("totals:", "summary:")):
                totals = [int(n) for n in line.split()[1:]]
            elif line.startswith("positions:"):
                positions = len(line.split()) - 1
            elif line.startswith(("ob=", "cob=")):
                found = re.match(r"(c?)ob=\((\d+)\)(?: (.*))?", line)
                if found[3] is not None:
                    objects[found[2]] = found[3]
                if not found[1]:
                    binary = objects[found[2]]
            elif line.startswith(("fn=", "cfn=")):
                found = re.match(r"(c?)fn=\((\d+)\)(?: (.*))?", line)
                if found[3] is not None:
                    names[found[2]] = re.sub(r"@.*|'\d+$", "", found[3])
                if found[1]:
                    callee = names[found[2]]
                else:
                    caller = names[found[2]]
            elif line.startswith("calls="):
                self.calls[caller, callee] += int(line[6:].split()[0])
                of_callee = True
            elif line[:1] in set("0123456789+-*"):
                if of_callee:
                    of_callee = False
                elif len(cost := line.split()) > positions:
                    self.own[caller] += int(cost[positions])
                    if positions > 1:
                        self.executed[binary, caller, int(cost[0], 16)] += int(cost[positions])
        sums = dict(zip(events, totals))
        self.instructions = sums.get("Ir", 0)
        self.system_calls = sums.get("sysCount", 0)

    def called(self, functions):
        """How often any of these functions was called."""
        return sum(n for (_, callee), n in self.calls.items() if callee in functions)

    def callers(self, functions):
        out = collections.Counter()
        for (caller, callee), n in self.calls.items():
            if callee in functions:
                out[caller, callee] += n
        return out

    @property
    def allocations(self):
        return self.called(ALLOCATORS)


def tools(program):
    """What has a part in the figures, besides our code. Which system calls a write takes depends on the kernel."""
    def version(*command):
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return run.stdout.strip()
    compiler = re.findall(rb"GCC: \([^)]*\) [0-9.]+|[a-zA-Z ]*clang version [0-9.]+", program.read_bytes())
    libraries = version("ldd", str(program))
    json_library = re.search(r"libboost_json\.so\.([0-9.]+)", libraries)
    libc = re.search(r"[0-9.]+$", version("ldd", "--version").splitlines()[0])
    return ", ".join([compiler[0].decode() if compiler else "unknown compiler",
                      "Boost " + (json_library[1] if json_library else "unknown"),
                      "libc " + (libc[0] if libc else "unknown"), version("valgrind", "--version"),
                      "Linux " + ".".join(platform.release().split(".")[:2])])
