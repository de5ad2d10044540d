"""An unreliable service: faults, signals and time passing at moments that a seed determines.

The mark `seeds` of a test is the number of its seeds in `make test`. With `SWF_SOAK=1` it runs with
50 times as many. A failure prints the command that repeats its seed.
"""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections import Counter
from contextlib import suppress

import pytest

import swf
from swf import Connection, Domain
from swf.actors import Backoff, Hooks
from swf.constants import PAUSE_TIMER_ID
from swf.engine.throttling import NOT_PERMITTED, is_quota_cause
from swf.exceptions import SWFError
from swf.local import LocalSWF, ManualClock
from swf.local.injection import DuplicateDelivery, FailedDecision, LostDelivery, ShortPages
from swf.testing import replay

DAY = 86_400
MAX_POLLS = 1000
#: Calls that fail; more would prevent progress.
MAX_FAULTS = 50
#: Signals of one name that are sent at random times; more are sent while nothing else happens.
MAX_SIGNALS = 4

#: Refusals because of a rate, a quota or a missing permission, by decision type.
REFUSALS = {
    "ScheduleActivityTask": ["ACTIVITY_CREATION_RATE_EXCEEDED", "OPEN_ACTIVITIES_LIMIT_EXCEEDED"],
    "StartTimer": ["TIMER_CREATION_RATE_EXCEEDED", "OPEN_TIMERS_LIMIT_EXCEEDED"],
    "StartChildWorkflowExecution": [
        "CHILD_CREATION_RATE_EXCEEDED",
        "OPEN_CHILDREN_LIMIT_EXCEEDED",
        "OPEN_WORKFLOWS_LIMIT_EXCEEDED",
    ],
    "SignalExternalWorkflowExecution": ["SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"],
    "RequestCancelExternalWorkflowExecution": [
        "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"
    ],
    "ContinueAsNewWorkflowExecution": ["CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED"],
    "CompleteWorkflowExecution": ["OPERATION_NOT_PERMITTED"],
    "FailWorkflowExecution": ["OPERATION_NOT_PERMITTED"],
    "CancelWorkflowExecution": ["OPERATION_NOT_PERMITTED"],
}
THROTTLED = 400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'


class Death(BaseException):
    """The process of an actor ends during a call."""


class Weather:
    """The transport of the actors: it loses requests and answers, throttles and kills callers.

    Before and after a call, things happen outside: time passes, signals are sent.
    """

    def __init__(self, chance, transport, clock):
        self.chance = chance
        self.transport = transport
        self.clock = clock
        self.calls = Counter()
        self.on_call = lambda operation: None
        self.remaining = MAX_FAULTS
        rarely = [0, 0, 0, 0.02, 0.1]
        self.faults = {
            fault: chance.choice(rarely)
            for fault in ("lost request", "throttled", "lost answer", "death before", "death after")
        }

    def __call__(self, operation, body):
        self.calls[operation] += 1
        self.clock.advance(0.01)
        fault = self.select_fault()
        if fault == "throttled":
            return THROTTLED
        if fault == "lost request":
            raise ConnectionError(fault)
        if fault == "death before":
            raise Death
        self.on_call(operation)
        answer = self.transport(operation, body)
        self.on_call(operation)
        if fault == "lost answer":
            raise ConnectionError(fault)
        if fault == "death after":
            raise Death
        return answer

    def select_fault(self):
        number = self.chance.random()
        for fault, probability in self.faults.items():
            number -= probability
            if number < 0:
                self.remaining -= 1
                return fault if self.remaining > 0 else None
        return None

    def end_polls(self, identities):
        self.transport.end_polls(identities)


class LastError(Hooks):
    """A hook that keeps the last error of an actor."""

    error = None

    def on_error(self, actor, error, task):
        self.error = error


class Simulation:
    """One execution, its actors, and the events from outside.

    :ivar connection: The connection of the test itself, without faults.
    :ivar signals: The numbers of the accepted signals by name.
    :ivar is_cancel_accepted: Whether a cancel request was accepted.
    """

    def __init__(self, seed, clock):
        self.chance = chance = random.Random(seed)
        self.seed = seed
        self.clock = clock
        self.service = LocalSWF(clock, poll_timeout=0, faults=self.make_faults(), limits="strict")
        self.connection = self.service.connection()
        self.weather = Weather(chance, self.connection._transport, clock)
        self.weather.on_call = self.on_call
        self.stormy_connection = Connection(client=self.connection.client, transport=self.weather)
        self.last = LastError()
        #: Options of deciders: failed decisions are repeated at once.
        self.options = {
            "backoff": Backoff(base=0, random=random.Random(seed)),
            "quarantine": 0,
            "hooks": [self.last],
        }
        self.domain = Domain("simulated")
        self.execution = None
        self.signal_names = ()
        self.signals = {}
        self.may_cancel = chance.random() < 0.3
        self.is_cancel_accepted = False
        self.runs = []

    def make_faults(self):
        chance, faults = self.chance, []
        for kind, causes in REFUSALS.items():
            faults.append(
                FailedDecision(
                    kind,
                    cause=chance.choice(causes),
                    probability=chance.choice([0, 0.1, 0.5]),
                    times=10,
                    seed=self.seed,
                )
            )
        for operation in ("PollForDecisionTask", "PollForActivityTask"):
            rarely = {"probability": chance.choice([0, 0.05]), "seed": self.seed}
            faults += [LostDelivery(operation, **rarely), DuplicateDelivery(operation, **rarely)]
        if chance.random() < 0.2:
            faults.append(ShortPages(size=chance.randint(20, 50)))
        return faults

    # Events from outside.

    def on_call(self, operation):
        """Let things happen during a call of an actor."""
        number = self.chance.random()
        if number < 0.04:
            self.send_signal()
        elif number < 0.05 and self.may_cancel:
            self.request_cancel()
        elif number < 0.10:
            self.clock.advance(self.chance.choice([0.001, 1, 3, 20, 70]))

    def send_signal(self):
        if self.execution is None or not self.signal_names:
            return
        name = self.chance.choice(self.signal_names)
        accepted = self.signals.setdefault(name, [])
        if len(accepted) < MAX_SIGNALS:
            self.send(name)

    def send(self, name):
        accepted = self.signals.setdefault(name, [])
        try:
            self.execution.signal(name, {"number": len(accepted)})
        except SWFError:  # the execution is closed
            return
        accepted.append(len(accepted))

    def request_cancel(self):
        if self.execution is None or self.is_cancel_accepted:
            return
        try:
            self.execution.request_cancel()
        except SWFError:  # the execution is closed
            return
        self.is_cancel_accepted = True

    # Running.

    def run(self, execution, actors):
        """Poll actors in random order until the execution is closed.

        :param execution: The execution; its runs are followed.
        :param actors: Returns the actors that are alive, for the number of a poll.
        :returns: The histories of all runs.
        """
        run = execution.evolve(connection=self.connection)
        self.execution = run.evolve(run_id=None)
        with swf.using(self.stormy_connection):
            return self.poll(run, actors)

    def poll(self, run, actors):
        histories, idle = [], set()
        for number in range(MAX_POLLS):
            busy = [actor for actor in actors(number) if actor not in idle]
            if busy:
                actor = self.chance.choice(busy)
                with suppress(SWFError, Death):
                    idle = set() if actor.poll_once() else {*idle, actor}
                continue
            idle = set()
            if run.upstream().status == "CLOSED":
                histories.append(run.history())
                self.runs.append(run)
                run_id = histories[-1].execution.new_execution_run_id
                if run_id is None:
                    return histories
                run = run.evolve(run_id=run_id)
                continue
            self.on_idle()
        raise AssertionError(
            f"no end after {MAX_POLLS} polls: {run.history().summary()}"
        ) from self.last.error

    def check(self, histories, delays):
        """Check the invariants of all runs.

        :param delays: The delays of retries in seconds, by the name of the activity type.
        """
        for history in histories:
            check_history(history)
            check_delays(history, delays)

    def check_replay(self, histories, decider):
        """Check that a decider makes the decisions of the histories with any cache."""
        for history, run in zip(histories, self.runs, strict=True):
            check_replay(history, run, decider)

    def on_idle(self):
        """Let time pass, and send a signal for which the execution may wait."""
        self.clock.advance(self.chance.choice([5, 61, 600]))
        if self.signal_names:
            self.send(self.chance.choice(self.signal_names))


# Invariants.

#: The kind of each decision that the service may refuse, by the names of its events.
COMMANDS = {
    "ActivityTaskScheduled": "activity",
    "ScheduleActivityTaskFailed": "activity",
    "TimerStarted": "timer",
    "StartTimerFailed": "timer",
    "StartChildWorkflowExecutionInitiated": "child",
    "StartChildWorkflowExecutionFailed": "child",
    "SignalExternalWorkflowExecutionInitiated": "signal",
    "SignalExternalWorkflowExecutionFailed": "signal",
    "RequestCancelExternalWorkflowExecutionInitiated": "cancel",
    "RequestCancelExternalWorkflowExecutionFailed": "cancel",
    "ContinueAsNewWorkflowExecutionFailed": "continuation",
    "WorkflowExecutionContinuedAsNew": "continuation",
    "CompleteWorkflowExecutionFailed": "close",
    "WorkflowExecutionCompleted": "close",
    "FailWorkflowExecutionFailed": "close",
    "WorkflowExecutionFailed": "close",
    "CancelWorkflowExecutionFailed": "close",
    "WorkflowExecutionCanceled": "close",
}


def check_history(history):
    """Check the invariants of every history of both engines."""
    assert swf.check(history) == []
    check_timers(history)
    check_pauses(history)
    assert len(history) <= 10 + 10 * sum(is_cause(event) for event in history)


def is_refusal(event):
    """Return whether the service refused a decision for a time."""
    cause = event.attributes.get("cause")
    return is_quota_cause(cause) or cause == NOT_PERMITTED


def is_cause(event):
    """Return whether an event makes a few others necessary, which the engine cannot avoid."""
    names = (
        "WorkflowExecutionSignaled",
        "DecisionTaskTimedOut",
        "WorkflowExecutionCancelRequested",
    )
    return event.name in (*names, *COMMANDS) or is_refusal(event)


def check_timers(history):
    """Check that no timer fired early."""
    for event in history:
        if event.name == "TimerFired":
            started = history.event(event.started_event_id)
            elapsed = (event.timestamp - started.timestamp).total_seconds()
            assert elapsed >= int(started.start_to_fire_timeout)


def check_pauses(history):
    """Check that decisions of a kind pause for a second after a refusal of that kind."""
    refusals = {}
    for event in history:
        kind = COMMANDS.get(event.name)
        if kind is None or event.attributes.get("timerId") == PAUSE_TIMER_ID:
            continue
        batch = event.attributes.get("decisionTaskCompletedEventId")
        earlier = refusals.get(kind)
        if earlier is not None and earlier.attributes["decisionTaskCompletedEventId"] != batch:
            assert (event.timestamp - earlier.timestamp).total_seconds() >= 0.999, event
        if is_refusal(event):
            refusals[kind] = event


def check_delays(history, delays):
    """Check that an activity is retried after the delay of its policy.

    :param delays: The delays in seconds by the name of the activity type.
    """
    for each in history.activities.values():
        closed_at = None
        for attempt in each.attempts:
            if attempt.opened_event_id is None:
                continue
            opened_at = history.event(attempt.opened_event_id).timestamp
            if closed_at is not None:
                assert (opened_at - closed_at).total_seconds() >= delays.get(each.name, 0)
            if attempt.closed_event_id is not None:
                closed_at = history.event(attempt.closed_event_id).timestamp


def check_replay(history, execution, decider):
    """Check that a decider makes the decisions of the history with any cache."""
    for caches in (["warm"], ["warm", "cold"]):
        states = dict.fromkeys(caches)
        caches = itertools.cycle(caches)

        def decide(task, states=states, caches=caches):
            cache = next(caches)
            task.state = states[cache]
            decisions = decider.decide(task)
            if cache == "warm":
                states[cache] = task.state
            return decisions

        difference = replay(history, decide, execution=execution)
        assert difference is None, f"{caches}: {difference}"


@pytest.fixture
def simulation(seed, monkeypatch):
    """The simulation of a seed."""
    clock = ManualClock()
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.advance(round(seconds, 3)))
    logging.disable(logging.CRITICAL)
    simulation = Simulation(seed, clock)
    with simulation.service, swf.using(simulation.connection):
        simulation.domain.save()
        yield simulation
    logging.disable(logging.NOTSET)


def pytest_generate_tests(metafunc):
    """Run a test with the seeds that its mark `seeds` counts, and 50 times as many in a soak."""
    mark = metafunc.definition.get_closest_marker("seeds")
    if mark is not None:
        count = mark.args[0] * (50 if metafunc.config.option.soak else 1)
        metafunc.parametrize("seed", range(count), ids="seed{}".format)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and "seed" in getattr(item, "fixturenames", ()):
        report.sections.append(("Repeat with", f"SWF_SOAK=1 python -m pytest '{item.nodeid}'"))
    return report
