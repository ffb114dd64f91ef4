"""How one server is measured once: processes, cores, `comcp bench`, and what else the machine did meanwhile."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ENVIRONMENT = dict(os.environ, NODE_ENV="production", GOMAXPROCS="1", PYTHONUNBUFFERED="1")
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """Why there is no figure."""


class CannotFollow(Failed):
    """The server didn't answer at the rate that it was asked at."""


def seconds(text):
    """Of `600ms` and `2s`, as `comcp bench` takes them."""
    for unit, scale in (("ms", 1000), ("s", 1)):
        if text.endswith(unit):
            return float(text[:-len(unit)]) / scale
    raise ValueError(f"{text}: not a time as 600ms or 2s")


def pinned(core, command):
    return ["taskset", "-c", str(core), *command]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def busy_seconds():
    """CPU seconds that all processes, and the host's other guests, have had of this machine's processors."""
    with open("/proc/stat", encoding="ascii") as f:
        user, nice, system, _, _, irq, softirq, steal = map(int, f.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


def seconds_of(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except OSError:
        return 0.0


class Stage:
    """The servers' processes: each is started once and stands still (SIGSTOP) while it isn't its turn."""

    def __init__(self, options, directory):
        self.options = options
        self.directory = pathlib.Path(directory)
        self.environment = dict(ENVIRONMENT, XDG_DATA_HOME=str(directory))
        self.running = {}  # command -> (process, port)
        self.patience = options.patience * 60
        self.others = []  # shares of the machine that others had during a run

    def close(self):
        for process, _ in self.running.values():
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def turn_of(self, command):
        """The server's URL and process; it is started unless it runs, and stands still afterwards."""
        key = tuple(command)
        process, port = self.running.get(key, (None, 0))
        if process is None or process.poll() is not None:
            process, port = self.start(command)
            self.running[key] = process, port
        process.send_signal(signal.SIGCONT)
        try:
            yield f"http://127.0.0.1:{port}/mcp", process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGSTOP)

    def start(self, command):
        port = free_port()
        log = self.directory / f"server-{port}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                pinned(self.options.server_core, [word.replace("{port}", str(port)) for word in command]),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment)
        try:
            self.wait_for(process, port, log)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process, port

    @staticmethod
    def wait_for(process, port, log):
        for _ in range(600):
            if process.poll() is not None:
                said = log.read_text(errors="replace").strip().splitlines()
                raise Failed("ended at once: " + (said[-1] if said else f"status {process.returncode}"))
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Failed("doesn't listen after 30 s")

    def bench(self, words, core, checked=True):
        """The report of `comcp bench`."""
        command = pinned(core, [str(self.options.bin / "comcp"), "bench", "--quiet", "--json-report", "-", *words])
        try:
            run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True, timeout=60, env=self.environment)
        except subprocess.TimeoutExpired as e:
            raise Failed("comcp bench didn't end within a minute") from e
        if not run.stdout:
            raise Failed((run.stderr.strip().splitlines() or ["comcp bench said nothing"])[-1])
        report = json.loads(run.stdout)
        first = next(iter(report["firstErrors"].items()), None)
        if checked and first:
            raise Failed(f"{report['errors']['total']} errors, the first: {first[0]} {first[1]}")
        if checked and report["answers"] == 0:
            raise Failed("no answers")
        return report

    def over_http(self, command, words, together=False):
        """`together`: client and server on one core."""
        core = self.options.server_core if together else self.options.client_core
        process, _ = self.running.get(tuple(command), (None, 0))
        is_cold = process is None or process.poll() is not None  # it has failed after it was warmed, or before
        with self.turn_of(command) as (url, process):
            if is_cold:
                self.bench([url, "--connections", "16", "--duration", "5s", "--warmup", "0s"], core, False)
            return self.undisturbed(lambda: self.bench([url, *words], core), process.pid)

    def over_stdio(self, command, words, together=False):
        core = self.options.server_core if together else self.options.client_core
        return self.undisturbed(lambda: self.bench(
            ["--stdio", *words, "--", *pinned(self.options.server_core, command)], core))

    def raw_pipe(self, request_bytes, answer_bytes):
        """The p50 of two processes that send each other so many bytes; the first run is for caches and clock."""
        def echo(length):
            words = [str(self.options.bin / "bench_pipe"), str(request_bytes), str(answer_bytes), str(length)]
            run = subprocess.run(pinned(self.options.server_core, words), stdout=subprocess.PIPE, timeout=60,
                                 check=True)
            return json.loads(run.stdout)["p50"]

        def warmed():
            echo(seconds(self.options.warmup))
            return echo(seconds(self.options.duration))
        return self.undisturbed(warmed)

    def undisturbed(self, run, pid=None):
        """Runs again, whatever the figure, while others had more of the machine than is allowed and patience lasts."""
        while True:
            begin = time.monotonic()
            report, others = self.watched(run, pid)
            if others <= self.options.disturbance or self.patience <= 0:
                self.others.append(others)
                return report
            while self.patience > time.monotonic() - begin and self.watched(lambda: time.sleep(0.2))[1] > 0.05:
                pass
            self.patience -= time.monotonic() - begin

    @staticmethod
    def watched(run, pid=None):
        """What `run` gives, and how much of the machine others had meanwhile."""
        def now():
            children = os.times()
            return (time.monotonic(), busy_seconds(), children.children_user + children.children_system,
                    seconds_of(pid) if pid else 0.0)
        before = now()
        out = run()
        seconds, busy, clients, server = (b - a for a, b in zip(before, now()))
        return out, max(0.0, busy - clients - server) / seconds / os.cpu_count()
