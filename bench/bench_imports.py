"""Import times as ratios to `import boto3`, in new processes run alternately.

Each figure is the median of the wall time minus that of an interpreter without imports.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9
STATEMENTS = ("pass", "import swf", "import swf.models", "import swf.local", "import boto3")


def seconds(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started


def main() -> None:
    times: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(ROUNDS):
        for statement in STATEMENTS:
            times[statement].append(seconds(statement))
    medians = {statement: statistics.median(walls) for statement, walls in times.items()}
    bare = medians.pop("pass")
    boto3 = medians["import boto3"] - bare
    for statement, wall in medians.items():
        own = wall - bare
        print(f"{statement:20} {own * 1000:7.1f} ms {own / boto3:6.2f} of import boto3")


if __name__ == "__main__":
    main()
