"""Programs of the migration page on simpleflow and on this library, on one local service.

    python -m venv /tmp/simpleflow && /tmp/simpleflow/bin/pip install simpleflow
    python bench/bench_simpleflow.py --simpleflow /tmp/simpleflow/bin/simpleflow

Each line shows a program, whether result and events are the same, and the seconds of both. The
events of decision tasks are left out, because the libraries decide at different times; and so are
refusals of activity tasks, because simpleflow registers a type when its first task is refused.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from swf import Domain
from swf.dataflow import standalone
from swf.local import LocalSWF
from swf.models.history import History

PROGRAMS = """
@activity.with_attributes(task_list="bench", version="1")
def increment(x):
    return x + 1


@activity.with_attributes(task_list="bench", version="1")
def double(x):
    return x * 2


@activity.with_attributes(task_list="bench", version="1", retry=1)
def failing(x):
    raise ValueError("no")


class Base(Workflow):
    version, task_list, execution_timeout, decision_tasks_timeout = "1", "bench", 120, 30


class Basic(Base):
    name = "basic"

    def run(self, x):
        y = self.submit(increment, x)
        return self.submit(double, y).result


class Parallel(Base):
    name = "parallel"

    def run(self, x):
        return sum(futures.wait(*self.map(double, range(x))))


class Canvas(Base):
    name = "canvas"

    def run(self, x):
        return self.submit(Chain((increment, x), Group((double, 1), (double, 2)))).result


class Retries(Base):
    name = "retries"

    def run(self, x):
        return str(self.submit(failing, x).exception is not None)


class Timer(Base):
    name = "timer"

    def run(self, x):
        futures.wait(self.submit(self.start_timer("rest", 1)))
        return self.submit(increment, x).result
"""
ANCESTOR = """
from simpleflow import Workflow, activity, futures
from simpleflow.canvas import Chain, Group
"""
SUCCESSOR = """
from swf.dataflow import Chain, Group, Workflow, activity, futures
"""
CLASSES = ("Basic", "Parallel", "Canvas", "Retries", "Timer")
TIMEOUT = 40  # seconds


def run_ancestor(command: str, folder: str, name: str, domain: Domain) -> History:
    """Run a program with simpleflow's command, and return the history of the closed execution."""
    arguments = ["--nb-workers", "1", "--nb-deciders", "1", "--heartbeat", "0", "--input", "[3]"]
    process = subprocess.Popen(
        [command, "standalone", "--domain", domain.name, *arguments, f"ancestor.{name}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": folder},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        closed = domain.executions.filter(status="CLOSED", workflow_type_name=name.lower())
        deadline = time.monotonic() + TIMEOUT
        while (execution := closed.all().first()) is None:
            if time.monotonic() > deadline:
                sys.exit(f"{name}: simpleflow has not closed the execution in {TIMEOUT} seconds")
            time.sleep(0.05)
        return execution.history()
    finally:
        os.killpg(process.pid, signal.SIGKILL)


def outcome(history: History) -> tuple[object, Counter[str]]:
    """Return the result and the number of events by name, without those named above."""
    names = Counter(
        event.name
        for event in history
        if not event.name.startswith("Decision") and event.name != "ScheduleActivityTaskFailed"
    )
    return history.execution.result, names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))
    installed = shutil.which("simpleflow", path=path)
    parser.add_argument("--simpleflow", default=installed, help="the command of simpleflow")
    command = parser.parse_args().simpleflow
    if command is None:
        print("skipped: the command `simpleflow` is not installed")
        return
    logging.disable(logging.ERROR)  # one program fails on purpose
    with LocalSWF() as service, tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            AWS_ENDPOINT_URL_SWF=service.serve(),
            AWS_ACCESS_KEY_ID="x",
            AWS_SECRET_ACCESS_KEY="x",
            AWS_DEFAULT_REGION="us-east-1",
        )
        Path(folder, "ancestor.py").write_text(ANCESTOR + PROGRAMS)
        Path(folder, "successor.py").write_text(SUCCESSOR + PROGRAMS)
        sys.path.insert(0, folder)
        successor = importlib.import_module("successor")
        for name in CLASSES:
            compare(command, folder, name, getattr(successor, name))


def compare(command: str, folder: str, name: str, workflow: type) -> None:
    """Run one program with both libraries, and print the comparison."""
    before = Domain(f"ancestor-{name}")
    before.save()
    began = time.perf_counter()
    old = outcome(run_ancestor(command, folder, name, before))
    middle = time.perf_counter()
    after = Domain(f"successor-{name}")
    after.save()
    standalone(workflow, 3, domain=after, timeout=TIMEOUT)
    new = outcome(after.executions.filter(status="CLOSED")[0].history())
    end = time.perf_counter()
    is_same = "same" if old == new else "DIFFERENT"
    print(f"{name:10} {is_same:10} simpleflow {middle - began:5.1f} s  swf {end - middle:5.1f} s")
    if old != new:
        print(json.dumps([old, new], default=str, indent=1))


if __name__ == "__main__":
    main()
