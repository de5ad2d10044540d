"""Local runs of both engines, compared with the bare calls of the same chain through botocore.

    python bench/bench_local_runs.py [activities]

Goals: 1,000 activities per second of CPU time for a chain and for a fan-out of each engine, and 3
times the rate of the bare calls. The bare calls poll and respond as a decider and a worker do, with
the boto3 client of a local service. Figures are medians of interleaved rounds.
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from swf.dataflow import Workflow, activity, run_local
from swf.flow import Flow, runner
from swf.flow import activity as flow_activity
from swf.local import LocalSWF, SkippingClock

ROUNDS = 7

LIST = {"name": "main"}
ORDER = {"name": "order", "version": "1"}
CHARGE = {"name": "charge", "version": "1"}


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
        return sum(future.result for future in self.map(step, range(steps)))


def bare_chain(steps: int) -> None:
    """Make the calls of a chain with the boto3 client of a local service."""
    with LocalSWF(SkippingClock(), poll_timeout=0) as service:
        client: Any = service.client()
        client.register_domain(name="d", workflowExecutionRetentionPeriodInDays="1")
        client.register_workflow_type(
            domain="d", **ORDER, defaultTaskList=LIST, defaultChildPolicy="TERMINATE",
            defaultTaskStartToCloseTimeout="600", defaultExecutionStartToCloseTimeout="86400",
        )  # fmt: skip
        timeouts = ("ScheduleToStart", "ScheduleToClose", "StartToClose", "Heartbeat")
        settings = {f"defaultTask{each}Timeout": "NONE" for each in timeouts}
        client.register_activity_type(domain="d", **CHARGE, defaultTaskList=LIST, **settings)
        client.start_workflow_execution(domain="d", workflowId="w", workflowType=ORDER)
        for number in range(steps):
            task = client.poll_for_decision_task(
                domain="d", taskList=LIST, startAtPreviousStartedEvent=True
            )
            attributes = {"activityId": str(number), "activityType": CHARGE, "input": "1"}
            decision = {
                "decisionType": "ScheduleActivityTask",
                "scheduleActivityTaskDecisionAttributes": attributes,
            }
            client.respond_decision_task_completed(
                taskToken=task["taskToken"], decisions=[decision]
            )
            task = client.poll_for_activity_task(domain="d", taskList=LIST)
            client.respond_activity_task_completed(taskToken=task["taskToken"], result="1")


def flow_of(generators: list[Any], count: int) -> Flow:
    """Return a flow that is a chain of activities of one task list."""
    create = flow_activity.create("local", "bench")
    steps: dict[str, Any] = {}
    for number in range(count):
        steps[f"step_{number}"] = create(
            name=f"step_{number}",
            run=runner.Sync(lambda context: None),  # noqa: ARG005 - the signature of tasks
            task_list="bench",
            generators=generators,
            requires=list(steps.values())[-1:],
        )
    return Flow(SimpleNamespace(domain="local", name="bench", **steps))


def flow_chain(steps: int) -> None:
    flow_of([], steps).run_local(progress=False)


def flow_fan(steps: int) -> None:
    def numbers(context: Any) -> Iterator[dict[str, int]]:  # noqa: ARG001 - of generators
        return ({"i": i} for i in range(steps))

    flow_of([numbers], 1).run_local(progress=False)


def cpu_seconds(function: Callable[..., Any], *args: Any) -> float:
    """Return the CPU time of a call, in seconds."""
    started = time.process_time()
    function(*args)
    return time.process_time() - started


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    contenders: dict[str, Callable[[], Any]] = {
        "bare calls, chain": lambda: bare_chain(steps),
        "dataflow, chain": lambda: run_local(Chain, steps),
        "dataflow, fan-out": lambda: run_local(Fan, steps),
        "flow, chain": lambda: flow_chain(steps),
        "flow, fan-out": lambda: flow_fan(steps),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            times[name].append(cpu_seconds(run))
    bare = times["bare calls, chain"]
    for name, seconds in times.items():
        ratio = statistics.median(other / own for other, own in zip(bare, seconds, strict=True))
        rate = steps / statistics.median(seconds)
        print(f"{name:18} {rate:6.0f} activities/s of CPU time, {ratio:5.2f} x bare calls")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main()
