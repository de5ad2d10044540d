"""Random programs of both engines on a service with strict limits and injected faults.

`SWF_SOAK=1` runs more seeds. A failure prints the command that repeats its seed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from swf import Domain, WorkflowType
from swf.dataflow import ActivityWorker, Decider, Workflow, activity, futures, replay
from swf.exceptions import SWFError
from swf.flow import Flow, runner
from swf.flow import activity as flow_activity
from swf.flow.activity_worker import ActivityWorker as FlowWorker
from swf.flow.decider import DeciderWorker
from swf.local import LocalSWF, SkippingClock
from swf.local.injection import DuplicateDelivery, FailedDecision, LostRequest, LostResponse

IS_SOAK = os.environ.get("SWF_SOAK") == "1"
DAY = 86_400
MAX_POLLS = 5000
QUOTA_CAUSES = {
    "ScheduleActivityTask": "ACTIVITY_CREATION_RATE_EXCEEDED",
    "StartTimer": "TIMER_CREATION_RATE_EXCEEDED",
    "StartChildWorkflowExecution": "CHILD_CREATION_RATE_EXCEEDED",
}


def seeds(count, soak):
    return [pytest.param(seed, id=f"seed{seed}") for seed in range(soak if IS_SOAK else count)]


@contextmanager
def repeatable(request):
    try:
        yield
    except BaseException:
        print(f"Repeat with: pytest '{request.node.nodeid}'")  # noqa: T201 - shown on failure
        raise


@contextmanager
def unreliable_service(seed):
    """Yield a strict service that refuses decisions and loses requests, answers and deliveries."""
    rare = {"probability": 0.05, "seed": seed}
    faults = [
        LostRequest("RespondDecisionTaskCompleted", **rare),
        LostResponse("RespondDecisionTaskCompleted", **rare),
        LostRequest("RespondActivityTaskCompleted", **rare),
        LostResponse("RespondActivityTaskCompleted", **rare),
        DuplicateDelivery("PollForDecisionTask", **rare),
        DuplicateDelivery("PollForActivityTask", **rare),
        *(FailedDecision(kind, cause=cause, **rare) for kind, cause in QUOTA_CAUSES.items()),
    ]
    with LocalSWF(SkippingClock(), poll_timeout=0, faults=faults, limits="strict") as service:
        service.install()
        yield service


def run_actors(chance, execution, actors, on_poll=lambda: None):
    """Poll actors in random order until the execution is closed, and return its history."""
    for _ in range(MAX_POLLS):
        on_poll()
        try:
            has_worked = chance.choice(actors).poll_once()
        except SWFError:
            continue
        if not has_worked and execution.upstream().status == "CLOSED":
            return execution.history()
    pytest.fail(f"no end after {MAX_POLLS} polls: {execution.history().summary()}")


def check_history(history, max_events):
    completed = Counter(
        history.event(event.scheduled_event_id).activity_id
        for event in history
        if event.name == "ActivityTaskCompleted"
    )
    assert not [activity_id for activity_id, count in completed.items() if count > 1]
    for event in history:
        if event.name == "TimerFired":
            started = history.event(event.started_event_id)
            elapsed = (event.timestamp - started.timestamp).total_seconds()
            assert elapsed >= int(started.start_to_fire_timeout)
    assert len(history) <= max_events


# Workflows with futures.


@activity.with_attributes(
    name="simulated", version="1", task_list="w", start_to_close_timeout=60, retry=20
)
def double(number):
    return number * 2


class Part(Workflow):
    name, version, task_list, decision_tasks_timeout = "simulated part", "1", "t", 60
    execution_timeout = 365 * DAY

    def run(self, program):
        return [self.perform(*step) for step in program]

    def perform(self, kind, value):
        if kind == "activity":
            return self.submit(double, value).result
        if kind == "group":
            return sorted(f.result for f in futures.as_completed(self.map(double, value)))
        if kind == "first":
            timer = self.submit(self.start_timer(None, DAY))
            return futures.wait_any(timer, self.submit(double, value)).result
        if kind == "sleep":
            began = self.now()
            self.sleep(value)
            assert (self.now() - began).total_seconds() >= value
            return value
        if kind == "marker":
            return self.submit(self.record_marker("step", value)).result
        if kind == "side effect":
            return self.side_effect(int, value)
        return self.submit(Part, value).result


class Whole(Part):
    """A program that also returns all signals that it receives before its end."""

    name = "simulated whole"

    def run(self, program, outcome):
        results, received = super().run(program), []
        while True:
            news = self.submit(self.wait_signal("news", consume=True))
            if not news.done:
                self.decide_end()
                break
            received.append(news.result)
        if outcome == "failure":
            self.fail("as planned", received)
        return [results, received]

    def decide_end(self):
        """Run in the decision that closes the execution; the test sends signals here."""


def make_program(chance, depth=1):
    kinds = ["activity", "group", "first", "sleep", "marker", "side effect"] + ["child"] * depth
    return [make_step(chance, chance.choice(kinds), depth) for _ in range(chance.randint(1, 5))]


def make_step(chance, kind, depth):
    number = chance.randint(1, 99)
    if kind == "group":
        return kind, [number + offset for offset in range(chance.randint(1, 6))]
    return kind, make_program(chance, depth - 1) if kind == "child" else number


def expected_results(program):
    return [expected_result(kind, value) for kind, value in program]


def expected_result(kind, value):
    if kind in ("activity", "first"):
        return value * 2
    if kind == "group":
        return [number * 2 for number in value]
    return expected_results(value) if kind == "child" else value


@pytest.mark.parametrize("seed", seeds(35, 3000))
def test_workflow_ends_as_its_program_says(seed, request):
    chance = random.Random(seed)
    program, outcome = make_program(chance), chance.choice(["result", "failure"])
    with repeatable(request), unreliable_service(seed):
        domain = Domain("simulated")
        domain.save()
        deciders = [
            Decider(domain, "t", [Whole, Part], replay_every_decision=replays)
            for replays in (False, True)
        ]
        deciders[0].register()
        actors = [*deciders, ActivityWorker(domain, "w", [double])]
        execution = WorkflowType(domain, Whole.name, "1").start_execution(
            "whole",
            task_list="t",
            execution_timeout=365 * DAY,
            decision_tasks_timeout=60,
            child_policy="TERMINATE",
            input={"args": [program, outcome], "kwargs": {}},
        )
        accepted = []

        def send_signal(probability=0.05):
            if len(accepted) < 20 and chance.random() < probability:
                try:
                    execution.signal("news", len(accepted))
                except SWFError:  # the execution is closed
                    return
                accepted.append(len(accepted))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Whole, "decide_end", lambda _: send_signal(0.4))
            history = run_actors(chance, execution, actors, send_signal)

        if outcome == "failure":
            assert (history.execution.reason, history.execution.details) == ("as planned", accepted)
        else:
            assert history.execution.result == [expected_results(program), accepted]
        check_history(history, max_events=300 + 100 * len(program))
        replay(Whole, history, domain="simulated", workflow_id="whole", run_id=execution.run_id)


# Flows.


def make_flow(chance):
    """Return a flow of random steps, and the names of its steps."""
    create = flow_activity.create("simulated", "flow")
    steps = {}
    for number in range(chance.randint(1, 6)):
        requires = [step for step in steps.values() if chance.random() < 0.4]
        name = f"step{number}"
        task = runner.Sync(lambda context, name=name: {name: sorted(context)})
        steps[name] = create(
            name=name, requires=requires, tasks=task, retry=20, timeout=60, heartbeat=60
        )
    return Flow(SimpleNamespace(domain="simulated", name="flow", **steps)), list(steps)


@pytest.mark.parametrize("seed", seeds(15, 1000))
def test_flow_completes_each_step_once(seed, request):
    chance = random.Random(seed)
    with repeatable(request), unreliable_service(seed):
        flow, names = make_flow(chance)
        deciders = [DeciderWorker(flow.definition) for _ in range(2)]
        actors = [each.actor for each in deciders]
        actors += FlowWorker(flow.definition).actors
        execution = flow.start({}, execution_timeout=365 * DAY)
        history = run_actors(chance, execution, actors)

        assert history.execution.close_status == "COMPLETED"
        completed = Counter(
            str(each.name) for each in history.activities.values() if each.state == "completed"
        )
        assert completed == Counter(f"flow_{name}" for name in names)
        check_history(history, max_events=200 + 60 * len(names))
