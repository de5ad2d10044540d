"""Startup time of `swf --help` as a ratio to `simpleflow --help`.

Both are the installed commands, run alternately in new processes. Each figure is the median of the
wall time.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
BIN = Path(sys.executable).parent


def command(name: str) -> str:
    """Return the path of a command in this environment, or on PATH."""
    path = shutil.which(name, path=str(BIN)) or shutil.which(name)
    if path is None:
        sys.exit(f"{name} is not installed: pip install -e '.[dev,bench]'")
    return path


def seconds(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    commands = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "swf --help": (command("swf"), "--help"),
        "simpleflow --help": (command("simpleflow"), "--help"),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, arguments in commands.items():
            times[name].append(seconds(*arguments))
    medians = {name: statistics.median(walls) for name, walls in times.items()}
    peer = medians["simpleflow --help"]
    for name, wall in medians.items():
        print(f"{name:20} {wall * 1000:7.1f} ms {wall / peer:6.2f} of simpleflow --help")


if __name__ == "__main__":
    main()
