"""Random workflows with futures, on an unreliable service."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from swf import WorkflowType
from swf.dataflow import (
    ActivityWorker,
    Chain,
    Decider,
    Group,
    Workflow,
    activity,
    exceptions,
    futures,
    replay,
)
from swf.retry import Retry

DAY = 86_400
DELAY = 30


class Attempts:
    """The number of attempts of each activity.

    :ivar on_attempt: Called while an activity runs.
    """

    def __init__(self):
        self.counts = Counter()
        self.on_attempt = None

    def begin(self, key):
        self.counts[key] += 1
        self.on_attempt()
        return self.counts[key]


attempts = Attempts()


@activity.with_attributes(
    name="double",
    version="1",
    task_list="w",
    start_to_close_timeout=60,
    retry=Retry(max_attempts=40, delay=DELAY, backoff=1),
)
def double(number, key, failures=0):
    """Fail some times, then return twice the number."""
    if attempts.begin(key) <= failures:
        raise ValueError(key)
    return number * 2


@activity.with_attributes(
    name="hopeless",
    version="1",
    task_list="w",
    start_to_close_timeout=60,
    retry=Retry(max_attempts=40, on=["START_TO_CLOSE", "SCHEDULE_TO_START"]),
)
def hopeless(key):
    attempts.begin(key)
    raise KeyError(key)


@activity.with_attributes(
    name="neglected",
    version="1",
    task_list="nobody",
    schedule_to_start_timeout=DAY,
    schedule_to_close_timeout=DAY,
)
def neglected():
    raise AssertionError


class Part(Workflow):
    """Performs a program: a list of steps, each with a kind and a value."""

    name, version, task_list, decision_tasks_timeout = "simulated part", "1", "t", 60
    execution_timeout = 365 * DAY
    raises_on_failure = False
    #: Whether the code is the new version, which runs another activity in the step `patch`.
    is_new = False

    def run(self, path, program, is_failing=False):
        results = [self.perform(f"{path}.{i}", *step) for i, step in enumerate(program)]
        if is_failing:
            self.fail("as planned")
        return results

    def perform(self, path, kind, value):
        return getattr(self, f"run_{kind}")(path, value)

    def run_activity(self, path, value):
        number, failures = value
        return self.submit(double, number, path, failures).result

    def run_hopeless_activity(self, path, value):
        return type(self.submit(hopeless, path).exception).__name__

    def run_group(self, path, value):
        tasks = [self.submit(double, n, f"{path}-{i}") for i, n in enumerate(value)]
        return sorted(each.result for each in futures.as_completed(tasks))

    def run_bounded_group(self, path, value):
        items = [(double, n, f"{path}-{i}") for i, n in enumerate(value)]
        return self.submit(Group(*items, max_parallel=2)).result

    def run_chain(self, path, value):
        chain = Chain((double, value, path), self.start_timer(f"chain {path}", 5))
        return self.submit(chain).result[0]

    def run_first(self, path, value):
        timer = self.submit(self.start_timer(None, DAY))
        return futures.wait_any(timer, self.submit(double, value, path)).result

    def run_sleep(self, path, value):
        began = self.now()
        self.sleep(value)
        assert (self.now() - began).total_seconds() >= value
        return value

    def run_canceled_timer(self, path, value):
        timer = self.submit(self.start_timer(f"canceled {path}", DAY))
        self.submit(double, value, path).wait()
        timer.cancel()
        return timer.cancelled

    def run_timeout(self, path, value):
        began, task = self.now(), self.submit(neglected)
        try:
            task.wait(timeout=value)
        except exceptions.TimeoutError:
            assert (self.now() - began).total_seconds() >= value
            task.cancel()
            return "late" if task.exception else "early"
        return "early"

    def run_marker(self, path, value):
        return self.submit(self.record_marker("step", value)).result

    def run_side_effect(self, path, value):
        return self.side_effect(int, value)

    def run_signal(self, path, value):
        """Send a signal to this execution, and wait for it."""
        received = self.submit(self.wait_signal(f"own {path}"))
        self.submit(self.signal(f"own {path}", value, propagate=False))
        return received.result["args"][0]

    def run_patch(self, path, value):
        if self.is_new and self.patched(path):
            self.submit(double, value, path).wait()
        return value

    def run_child(self, path, value):
        program, is_failing = value
        child = self.submit(Part, path, program, is_failing)
        return type(child.exception).__name__ if is_failing else child.result

    def run_canceled_child(self, path, value):
        child = self.submit(Part, path, [("sleep", 30 * DAY)])
        self.submit(double, value, path).wait()
        child.cancel()
        return type(child.exception).__name__


class Whole(Part):
    """Performs a program, and returns the signals that no step received."""

    name = "simulated whole"

    def run(self, program, outcome, results=(), news=(), knocks=()):
        self.news, self.knocks = list(news), list(knocks)
        results = list(results)
        try:
            for number in range(len(results), len(program)):
                kind, value = program[number]
                if kind == "continue_as_new":
                    if value % 2:  # else the next run receives the unread signals
                        self.receive_all()
                    results.append(value)
                    return self.continue_as_new(program, outcome, results, self.news, self.knocks)
                results.append(self.perform(str(number), kind, value))
            self.receive_all()
        except exceptions.WorkflowCanceled:
            self.submit(double, 1, "clean up").wait()
            raise
        if outcome == "failure":
            self.fail("as planned", self.news)
        if outcome == "error":
            raise LookupError("as planned")
        return [results, self.news, self.knocks]

    def fails_with(self, error):
        return isinstance(error, LookupError)

    def run_knock(self, path, value):
        if self.knocks:
            return self.knocks.pop(0)
        return self.submit(self.wait_signal("knock", consume=True)).result["number"]

    def receive_all(self):
        for name, received in (("news", self.news), ("knock", self.knocks)):
            while (signal := self.submit(self.wait_signal(name, consume=True))).done:
                received.append(signal.result["number"])


OLD = [Whole, Part]
NEW = [type(each.__name__, (each,), {"name": each.name, "is_new": True}) for each in OLD]


# Programs.


def make_program(chance, depth=1):
    kinds = [kind for kind in STEPS if depth or kind not in OUTER_STEPS]
    selected = [chance.choice(kinds) for _ in range(chance.randint(1, 3))]
    return [(kind, STEPS[kind][0](chance)) for kind in selected]


def make_number(chance):
    return chance.randint(1, 99)


def make_numbers(chance):
    return [chance.randint(1, 99) for _ in range(chance.randint(1, 3))]


def make_activity(chance):
    return chance.randint(1, 99), chance.choice([0, 0, 1, 3])


def make_child(chance):
    return make_program(chance, depth=0), chance.random() < 0.2


def same(value):
    return value


def twice(value):
    return value * 2


def expected_results(program):
    return [STEPS[kind][1](value) for kind, value in program]


#: Kind of a step -> a function that makes its value, and one that returns its expected result.
STEPS = {
    "activity": (make_activity, lambda value: value[0] * 2),
    "hopeless_activity": (make_number, lambda value: "TaskFailed"),
    "group": (make_numbers, lambda value: sorted(map(twice, value))),
    "bounded_group": (make_numbers, lambda value: list(map(twice, value))),
    "chain": (make_number, twice),
    "first": (make_number, twice),
    "sleep": (make_number, same),
    "canceled_timer": (make_number, lambda value: True),
    "timeout": (make_number, lambda value: "late"),
    "marker": (make_number, same),
    "side_effect": (make_number, same),
    "signal": (make_number, same),
    "patch": (make_number, same),
    "child": (make_child, lambda value: "TaskFailed" if value[1] else expected_results(value[0])),
    "canceled_child": (make_number, lambda value: "TaskCanceled"),
    "knock": (make_number, same),
    "continue_as_new": (make_number, same),
}
OUTER_STEPS = ("child", "canceled_child", "knock", "continue_as_new")


def expected_end(program, signals):
    """Return the expected results, and the expected signals that no step receives."""
    results, knocks = expected_results(program), list(signals.get("knock", ()))
    for position, (kind, _) in enumerate(program):
        if kind == "knock":
            results[position] = knocks.pop(0)
    return [results, signals.get("news", []), knocks]


class Deployment:
    """The actors: caching and replaying deciders, first with old code, then also with new code.

    Some deciders restart, and lose their caches.
    """

    def __init__(self, simulation):
        self.simulation = simulation
        self.chance = simulation.chance
        self.first_new, self.last_old = sorted(self.chance.sample(range(60), 2))
        self.old = [self.decider(OLD), self.decider(OLD, replay_every_decision=True)]
        self.new = [self.decider(NEW), self.decider(NEW, replay_every_decision=True)]
        self.worker = ActivityWorker(simulation.domain, "w", [double, hopeless])

    def decider(self, workflows, **options):
        return Decider(self.simulation.domain, "t", workflows, **options, **self.simulation.options)

    def actors(self, number):
        """Return the actors that are alive.

        :param number: The number of the poll.
        """
        if self.chance.random() < 0.02:
            self.old[0], self.new[0] = self.decider(OLD), self.decider(NEW)
        old = self.old if number <= self.last_old else []
        new = self.new if number >= self.first_new else []
        return [*old, *new, self.worker]


@pytest.mark.seeds(120)
def test_workflow_ends_as_its_program_says(simulation):
    program = make_program(simulation.chance)
    outcome = simulation.chance.choice(["result", "result", "failure", "error"])
    simulation.signal_names = ("news", "knock")
    Part.max_open_activity_count = simulation.chance.choice([None, 2])
    attempts.counts.clear()
    attempts.on_attempt = partial(simulation.on_call, "activity")
    Decider(simulation.domain, "t", OLD).register()
    execution = WorkflowType(simulation.domain, Whole.name, "1").start_execution(
        "whole",
        task_list="t",
        execution_timeout=365 * DAY,
        decision_tasks_timeout=60,
        child_policy="TERMINATE",
        input={"args": [program, outcome], "kwargs": {}},
    )

    histories = simulation.run(execution, Deployment(simulation).actors)

    check_end(simulation, histories[-1], program, outcome)
    check_completions(histories)
    simulation.check(histories, {"double": DELAY})
    if "patch" in str(program):  # old and new deciders differ: only replay knows the version
        for history, run in zip(histories, simulation.runs, strict=True):
            replay(NEW[0], history, domain="simulated", workflow_id="whole", run_id=run.run_id)
    else:
        simulation.check_replay(histories, Decider(simulation.domain, "t", OLD))


def check_end(simulation, history, program, outcome):
    closed = history.execution
    if simulation.is_cancel_accepted:
        assert closed.close_status == "CANCELED", closed.reason
        return
    expected = expected_end(program, simulation.signals)
    if outcome == "result":
        assert (closed.result, closed.close_status) == (expected, "COMPLETED")
    elif outcome == "failure":
        assert (closed.reason, closed.details) == ("as planned", expected[1])
    else:
        assert closed.reason == "LookupError: as planned"


def check_completions(histories):
    """Check that each call completed once, and that each signal to itself arrived once."""
    completed, signaled = Counter(), Counter()
    for history in histories:
        for each in history.activities.values():
            if each.name == double.name and each.input is not None:
                states = [attempt.state for attempt in each.attempts]
                completed[each.input["args"][1]] += states.count("completed")
        names = [event.signal_name for event in history if event.name == SIGNALED]
        signaled.update(name for name in names if name.startswith("own "))
    assert not [key for key, count in (completed + signaled).items() if count > 1]


SIGNALED = "WorkflowExecutionSignaled"
