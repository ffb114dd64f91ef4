"""The programs that are measured."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = ["CMakeLists.txt", "include", "lib", "apps", "bench/support"]


def need(directory, *names):
    """Ends, and says what to do, when one of them isn't in the directory."""
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        sys.exit(f"{', '.join(missing)}: not in {directory}. Build first:\n"
                 "    scripts/setup build bench && cmake --preset release -DCOMCP_BUILD_BENCH=ON &&\n"
                 f"    cmake --build --preset release --target {' '.join(names)}")


def commit():
    """The last one that changed what the programs are made of, if they are up to date."""
    def git(*words):
        run = subprocess.run(["git", "-C", str(ROOT), *words, "--", *SOURCES], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, check=False)
        return run.stdout.strip()
    return (git("log", "-1", "--format=%h") or "unknown") + (" and changes" if git("status", "--porcelain") else "")
