"""Futures engine compared with simpleflow: cold and warm decisions, complete runs, memory.

    python bench/bench_dataflow.py

A cold decision parses the bytes of the response (simpleflow with botocore) and replays all events.
A warm decision has the run in its cache and processes six new events. Chains and executions run on
the local service, with decider and worker in one thread. Figures are medians of interleaved rounds;
the first two benchmarks run with the garbage collector off.
"""

from __future__ import annotations

import gc
import json
import logging
import resource
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import botocore.session
import simpleflow
from botocore.parsers import JSONParser
from simpleflow.swf.executor import Executor
from simpleflow.swf.mapper.models.domain import Domain as SimpleflowDomain
from simpleflow.swf.mapper.models.history import History as SimpleflowEvents
from simpleflow.swf.mapper.models.workflow import WorkflowExecution as SimpleflowExecution
from simpleflow.swf.mapper.models.workflow import WorkflowType as SimpleflowType
from simpleflow.swf.mapper.responses import Response

from swf.dataflow import Local, Workflow, activity
from swf.dataflow.runtime import DeciderOptions, Identity
from swf.dataflow.workflow_instance import WorkflowInstance
from swf.models.history import History

ROUNDS = 7
STEP = 6  # events per step of a chain
WINDOW = 10
HISTORY_SHAPE = (
    botocore.session.get_session()
    .get_service_model("swf")
    .operation_model("GetWorkflowExecutionHistory")
    .output_shape
)


@activity.with_attributes(name="bench.step")
def step(x: int) -> int:
    return x + 1


class Chain(Workflow):
    name, version = "chain", "1"

    def run(self, steps: int) -> int:
        x = 0
        for _ in range(steps):
            x = self.submit(step, x).result
        return x


class Fan(Workflow):
    name, version = "fan", "1"

    def run(self, steps: int) -> int:
        done = 0
        for _ in range(0, steps, WINDOW):
            done += sum(future.result for future in self.map(step, range(WINDOW)))
        return done


class One(Workflow):
    name, version = "one", "1"

    def run(self) -> int:
        return self.submit(step, 1).result


their_step = simpleflow.activity.with_attributes(name="bench.step", version="default")(
    lambda x: x + 1
)


class SimpleflowChain(simpleflow.Workflow):
    name, version, task_list = "chain", "1", "main"

    def run(self, steps: int) -> int:
        x = 0
        for _ in range(steps):
            x = self.submit(their_step, x).result
        return x


class SimpleflowFan(simpleflow.Workflow):
    name, version, task_list = "fan", "1", "main"

    def run(self, steps: int) -> int:
        done = 0
        for _ in range(0, steps, WINDOW):
            futures = [self.submit(their_step, n) for n in range(WINDOW)]
            done += sum(future.result for future in futures)
        return done


def recorded(workflow: type[Workflow], steps: int) -> tuple[list[Any], Identity]:
    """Return the history of a run of `steps` steps, up to the start of its last decision task."""
    with Local(workflow) as local:
        execution = local.start(workflow, steps)
        events = local.run(execution).history().raw
        identity = Identity("local", execution.workflow_id, execution.run_id)
    starts = [e["eventId"] for e in events if e["eventType"] == "DecisionTaskStarted"]
    return events[: starts[-2]], identity


def with_simpleflow_ids(events: list[Any]) -> list[Any]:
    """Return the events with activity ids in the format of simpleflow."""
    changed, ids = [], iter(range(1, len(events)))
    for event in events:
        copy = {name: dict(v) if isinstance(v, dict) else v for name, v in event.items()}
        scheduled = copy.get("activityTaskScheduledEventAttributes")
        if scheduled:
            scheduled["activityId"] = f"activity-bench.step-{next(ids)}"
        changed.append(copy)
    return changed


def our_cold(workflow: type[Workflow], body: bytes, identity: Identity) -> int:
    """Decide once without a cache; return the number of decisions."""
    history = History(raw=json.loads(body)["events"])
    return len(WorkflowInstance(workflow, identity, DeciderOptions()).advance(history))


def their_cold(workflow: Any, body: bytes) -> int:
    """Decide once with simpleflow; return the number of decisions."""
    response = {"status_code": 200, "headers": {}, "body": body}
    events = JSONParser().parse(response, HISTORY_SHAPE)["events"]
    domain = SimpleflowDomain("bench")
    kind = SimpleflowType(domain, workflow.name, workflow.version)
    execution = SimpleflowExecution(domain, "w", "r", workflow_type=kind)
    history = SimpleflowEvents.from_event_list(events)
    task = Response(token="t", history=history, execution=execution)
    return len(Executor(domain, workflow, "main").replay(task).decisions)


def seconds(function: Callable[..., Any], *args: Any) -> float:
    """Return the duration of a call in seconds."""
    started = time.perf_counter()
    function(*args)
    return time.perf_counter() - started


def cold() -> None:
    """Compare cold decisions, from bytes to decisions."""
    print("cold decision, ms", f"{'events':>10} {'ours':>8} {'simpleflow':>11} {'ratio':>6}")
    for ours, theirs in ((Chain, SimpleflowChain), (Fan, SimpleflowFan)):
        events, identity = recorded(ours, 10_000 // STEP)
        body = json.dumps({"events": events}).encode()
        their_body = json.dumps({"events": with_simpleflow_ids(events)}).encode()
        decisions = our_cold(ours, body, identity), their_cold(theirs, their_body)
        our_times, their_times = [], []
        for _ in range(ROUNDS):
            our_times.append(1000 * seconds(our_cold, ours, body, identity))
            their_times.append(1000 * seconds(their_cold, theirs, their_body))
        ratio = statistics.median(our_times) / statistics.median(their_times)
        print(
            f"{ours.name:>17} {len(events):>10} {statistics.median(our_times):>8.1f} "
            f"{statistics.median(their_times):>11.1f} {ratio:>6.2f}  "
            f"(decisions: {decisions[0]} and {decisions[1]})"
        )


def warm() -> None:
    """Compare warm decisions for histories of different lengths."""
    print("warm decision, ms", f"{'events':>10} {'ours':>8}")
    events, identity = recorded(Chain, 26_000 // STEP)
    starts = [e["eventId"] for e in events if e["eventType"] == "DecisionTaskStarted"]
    run, history, position = WorkflowInstance(Chain, identity, DeciderOptions()), History(), 0
    medians = []
    for target in (1_000, 5_000, 25_000):
        samples = []
        ends = [start for start in starts if position < start <= target + 300]
        for end in ends:
            duration = seconds(_advance, run, history, events[position:end])
            position = end
            if end > target - 300:
                samples.append(duration)
        medians.append(1000 * statistics.median(samples))
        print(f"{'chain':>17} {target:>10} {medians[-1]:>8.3f}")
    print(f"{'25,000 to 1,000':>28} {medians[-1] / medians[0]:>8.2f}")


def _advance(run: WorkflowInstance, history: History, news: list[Any]) -> None:
    history.extend(news)
    run.advance(history)


def whole_runs() -> None:
    """Run chains of different lengths."""
    print("chain on the local service", f"{'steps':>6} {'s':>7} {'ms/step':>8}")
    for steps in (500, 1_000, 2_000, 4_000):
        with Local(Chain) as local:
            duration = seconds(local.run, local.start(Chain, steps))
        print(f"{'':>26} {steps:>6} {duration:>7.2f} {1000 * duration / steps:>8.2f}")


def executions(count: int = 1_000) -> None:
    """Run many small executions, and the same number of plain calls for comparison."""
    with Local(One) as local:
        duration = seconds(_run_many, local, count)
        call = seconds(_describe_many, local, count) / count
    calls = 7 * call * count
    print(
        f"executions of one activity: {count / duration:.0f} per second; "
        f"7 DescribeDomain calls per execution: {count / calls:.0f} ({duration / calls:.2f} times)"
    )


def _run_many(local: Local, count: int) -> None:
    for _ in range(count):
        local.start(One)
    for actor in (local.decider, local.worker, local.decider):
        while actor.poll_once():
            pass


def _describe_many(local: Local, count: int) -> None:
    for _ in range(count):
        local.domain.connection.call("DescribeDomain", name="local")


def weight(count: int = 500) -> None:
    """Measure the memory of a suspended run with one open activity."""
    with Local(One) as local:
        for _ in range(count):
            local.start(One)
        gc.collect()
        tracemalloc.start()
        before, rss = tracemalloc.get_traced_memory()[0], resident()
        for _ in range(count):
            local.decider.poll_once()
        gc.collect()
        traced = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    print(
        f"a cached execution: {traced / count / 1024:.1f} KiB of Python objects, "
        f"at most {(resident() - rss) / count:.1f} KiB resident"
    )


def resident() -> int:
    """Return the maximum resident set size in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    gc.disable()
    cold()
    warm()
    gc.enable()
    whole_runs()
    executions()
    weight()
