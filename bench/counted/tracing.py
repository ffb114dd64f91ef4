"""A server without valgrind, and the system calls of its threads, with strace."""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time


@contextlib.contextmanager
def native(command, directory):
    """The process and its port, without valgrind."""
    log = pathlib.Path(directory) / "native.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                   env=dict(os.environ, XDG_DATA_HOME=str(directory)))
    try:
        for _ in range(400):
            if found := re.search(r"serving on http://[^ ]*:(\d+)/", log.read_text(errors="replace")):
                yield process, int(found[1])
                return
            time.sleep(0.05)
        raise RuntimeError("the server doesn't start:\n" + log.read_text(errors="replace"))
    finally:
        process.kill()
        process.wait()


def traced(process, work, directory):
    """The system calls of each thread while `work` is done, or nothing where there is no strace."""
    if shutil.which("strace") is None:
        print("there is no strace to trace with: apt install strace")
        return {}
    out = pathlib.Path(directory) / "strace.out"
    tracer = subprocess.Popen(["strace", "-f", "-p", str(process.pid), "-o", str(out)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = tracer.stderr.readline()
    if "attached" not in said:
        print("strace can't trace here: " + said.strip())
        tracer.wait()
        return {}
    time.sleep(1)  # for the other threads, which it attaches to one by one
    work()
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    tracer.stderr.close()
    by_thread = collections.defaultdict(collections.Counter)
    for line in out.read_text(errors="replace").splitlines():
        if found := re.match(r"(\d+) +([a-z0-9_]+)\(", line):
            by_thread[found[1]][found[2]] += 1
    return by_thread


def show(by_thread):
    for thread, calls in sorted(by_thread.items(), key=lambda i: -sum(i[1].values())):
        print(f"  thread {thread}: " + ", ".join(f"{name} {n}" for name, n in calls.most_common()))
