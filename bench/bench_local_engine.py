"""The engine without a transport, a timer of a year in virtual time, and the startup time.

Goals: 10,000 small requests per second; a timer of a year in 20 ms; the first response after 50 ms
in process and after 0.5 s as a separate process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from botocore import xform_name as snake_case
from local_peers import CHARGE, DOMAIN, LIST, ORDER, Client, activity, swf_local

from swf.local import LocalSWF, SkippingClock
from swf.local.engine import State, apply, tick

REQUESTS = 20_000
ROUNDS = 5
YEAR = 31_000_000

FIRST_RESPONSE = """
import time
from swf.local import LocalSWF
started = time.perf_counter()
with LocalSWF() as service:
    service.client().list_domains(registrationStatus="REGISTERED")
    print(time.perf_counter() - started)
"""


class EngineHarness:
    """Calls the engine on a state, as the service core does."""

    def __init__(self) -> None:
        self._state = State("us-east-1", seed=1)
        self._now = 1_000_000.0

    def call(self, operation: str, **params: object) -> object:
        self._now += 0.001
        tick(self._state, self._now)
        return apply(self._state, operation, params, self._now).response


def register(call: Callable[..., object]) -> None:
    call("RegisterDomain", name=DOMAIN, workflowExecutionRetentionPeriodInDays="1")
    call(
        "RegisterWorkflowType",
        domain=DOMAIN,
        **ORDER,
        defaultTaskList=LIST,
        defaultChildPolicy="TERMINATE",
        defaultTaskStartToCloseTimeout="NONE",
        defaultExecutionStartToCloseTimeout="31536000",
    )
    timeouts = ("ScheduleToStart", "ScheduleToClose", "StartToClose", "Heartbeat")
    none = {f"defaultTask{each}Timeout": "NONE" for each in timeouts}
    call("RegisterActivityType", domain=DOMAIN, **CHARGE, defaultTaskList=LIST, **none)


def rate(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(REQUESTS):
        call()
    return REQUESTS / (time.perf_counter() - started)


def requests() -> None:
    """Print the requests per second of the engine by operation."""
    engine, numbers = EngineHarness(), iter(range(10**9))
    register(engine.call)

    def ask(operation: str, **params: object) -> object:
        return engine.call(operation, domain=DOMAIN, **params)

    def start() -> object:
        return ask("StartWorkflowExecution", workflowId=str(next(numbers)), workflowType=ORDER)

    start()
    task = ask("PollForDecisionTask", taskList=LIST)
    token = task["taskToken"]
    engine.call("RespondDecisionTaskCompleted", taskToken=token, decisions=[activity("a")])
    started = ask("PollForActivityTask", taskList=LIST)["taskToken"]
    calls: dict[str, Callable[[], object]] = {
        "DescribeDomain": lambda: engine.call("DescribeDomain", name=DOMAIN),
        "RecordActivityTaskHeartbeat": lambda: engine.call(
            "RecordActivityTaskHeartbeat", taskToken=started
        ),
        "SignalWorkflowExecution": lambda: ask(
            "SignalWorkflowExecution", workflowId="0", signalName="s"
        ),
        "StartWorkflowExecution": start,
        "PollForDecisionTask": lambda: ask("PollForDecisionTask", taskList=LIST),
        "PollForActivityTask, empty": lambda: ask("PollForActivityTask", taskList=LIST),
    }
    for name, call in calls.items():
        print(f"engine, {name:28} {rate(call):7.0f}/s")


def a_year() -> float:
    """Return the time from the decision to start a timer of a year to its TimerFired event."""
    with LocalSWF(SkippingClock()) as service:
        client = service.client()
        register(lambda operation, **params: getattr(client, snake_case(operation))(**params))
        client.start_workflow_execution(domain=DOMAIN, workflowId="w", workflowType=ORDER)
        task = client.poll_for_decision_task(domain=DOMAIN, taskList=LIST)
        timer = {"timerId": "t", "startToFireTimeout": str(YEAR)}
        decision = {"decisionType": "StartTimer", "startTimerDecisionAttributes": timer}
        started = time.perf_counter()
        client.respond_decision_task_completed(taskToken=task["taskToken"], decisions=[decision])
        fired = client.poll_for_decision_task(domain=DOMAIN, taskList=LIST)
        seconds = time.perf_counter() - started
    assert fired["events"][-3]["eventType"] == "TimerFired"
    return seconds


def first_response_in_process() -> float:
    """Return the time to the first response in a new process, after its imports."""
    process = subprocess.run(
        [sys.executable, "-c", FIRST_RESPONSE], check=True, capture_output=True, text=True
    )
    return float(process.stdout)


def first_response_as_process() -> float:
    started = time.perf_counter()
    with swf_local() as url:
        Client(url).call("ListDomains", registrationStatus="REGISTERED")
        return time.perf_counter() - started


def main() -> None:
    requests()
    for name, measure in (
        ("a timer of a year", a_year),
        ("first response in process", first_response_in_process),
        ("first response as a process", first_response_as_process),
    ):
        seconds = statistics.median(measure() for _ in range(ROUNDS))
        print(f"{name:30} {seconds * 1000:7.1f} ms")


if __name__ == "__main__":
    main()
