"""Time of commands as a ratio to that of the peers' commands.

`swf --help` is compared with `simpleflow --help`, and `swf domain list` with `aws swf list-domains`
on the same local service, if there is an `aws` on PATH (it needs an environment of its own, since
it pins botocore). All are run alternately in new processes. Each figure is the median.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
BIN = Path(sys.executable).parent

DOMAIN_LIST = ("domain", "list", "--output", "json")
AWS_LIST = ("swf", "list-domains", "--registration-status", "REGISTERED", "--output", "json")


def command(name: str) -> str:
    """Return the path of a command in this environment, or on PATH."""
    path = shutil.which(name, path=str(BIN)) or shutil.which(name)
    if path is None:
        sys.exit(f"{name} is not installed: pip install -e '.[dev,bench]'")
    return path


def cost(*arguments: str) -> tuple[float, float]:
    """Run a command, and return the seconds of wall time and CPU time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def compare(commands: dict[str, tuple[str, ...]]) -> None:
    """Run commands alternately, and print each as a ratio to the last one."""
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, arguments in commands.items():
            costs[name].append(cost(*arguments))
    medians = {
        name: [statistics.median(values) for values in zip(*each, strict=True)]
        for name, each in costs.items()
    }
    *_, peer = medians
    for name, (wall, cpu) in medians.items():
        print(
            f"{name:22} {wall * 1000:7.1f} ms {cpu * 1000:7.1f} ms CPU  "
            f"{wall / medians[peer][0]:5.2f} ({cpu / medians[peer][1]:.2f} CPU) of {peer}"
        )


def compare_lists() -> None:
    """Compare the list of domains with that of the AWS command."""
    aws = shutil.which("aws")
    if aws is None:
        print("aws swf list-domains: no aws on PATH")
        return
    service = subprocess.Popen(
        [sys.executable, "-m", "swf.local", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert service.stdout is not None
    os.environ |= {
        "AWS_ENDPOINT_URL_SWF": service.stdout.readline().strip().rpartition("=")[2],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    try:
        cost(command("swf"), "domain", "create", "orders")
        compare(
            {
                "swf domain list": (command("swf"), *DOMAIN_LIST),
                "aws swf list-domains": (aws, *AWS_LIST),
            }
        )
    finally:
        service.terminate()
        service.wait()


def main() -> None:
    compare(
        {
            "python -c pass": (sys.executable, "-c", "pass"),
            "swf --help": (command("swf"), "--help"),
            "simpleflow --help": (command("simpleflow"), "--help"),
        }
    )
    compare_lists()


if __name__ == "__main__":
    main()
