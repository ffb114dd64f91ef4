"""The programs that are measured."""

import sys


def need(directory, *names):
    """Ends, and says what to do, when one of them isn't in the directory."""
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        sys.exit(f"{', '.join(missing)}: not in {directory}. Build first:\n"
                 "    scripts/setup build bench && cmake --preset release -DCOMCP_BUILD_BENCH=ON &&\n"
                 f"    cmake --build --preset release --target {' '.join(names)}")
