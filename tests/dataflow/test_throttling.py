"""Commands that the service refuses because of a rate, a quota or a permission, in virtual time."""

import uuid

import pytest

from swf import Domain, WorkflowType
from swf.constants import PAUSE_TIMER_ID
from swf.dataflow import ActivityWorker, Decider, Workflow, activity, futures, replay
from swf.dataflow.exceptions import WorkflowCanceled
from swf.local import LocalSWF, SkippingClock, limits
from swf.local.injection import FailedDecision
from swf.retry import Retry
from swf.testing import run_until_closed

DAY = 86_400
attempts = []


@activity.with_attributes(name="work", version="1", task_list="w")
def work(value=1):
    return value


@activity.with_attributes(
    name="flaky",
    version="1",
    task_list="w",
    retry=Retry(max_attempts=2, delay=3600),
    raises_on_failure=True,
)
def flaky():
    attempts.append(1)
    if len(attempts) < 2:
        raise RuntimeError("once")
    return len(attempts)


class Base(Workflow):
    version, task_list = "1", "t"


class Sleeper(Base):
    name = "sleeper"

    def run(self):
        self.sleep(30 * DAY)
        return "awake"


class Retrying(Base):
    name = "retrying"

    def run(self):
        return self.submit(flaky).result


class Working(Base):
    name = "working"

    def run(self):
        return self.submit(work, 7).result


class Impatient(Base):
    name = "impatient"

    def run(self):
        signal = self.submit(self.wait_signal("never"))
        try:
            signal.wait(timeout=3600)
        except TimeoutError:
            return "timeout"


class Patched(Base):
    name = "patched"

    def run(self):
        is_new = self.patched("change")
        self.submit(work).wait()
        return is_new


class SideEffect(Base):
    name = "side effect"

    def run(self):
        value = self.side_effect(uuid.uuid4).hex
        self.submit(work).wait()
        return value


class Many(Base):
    name = "many"

    def run(self):
        return len(futures.wait(*[self.submit(work, number) for number in range(1100)]))


class ManyTimers(Base):
    name = "many timers"
    count = 1100

    def run(self):
        timers = [self.submit(self.start_timer(f"t{number}", 3600)) for number in range(self.count)]
        futures.wait(*timers)
        return [timer.exception for timer in timers].count(None)


class FewTimers(ManyTimers):
    name = "few timers"
    count = 450


class Child(Base):
    name = "child"

    def run(self):
        return "done"


class Parent(Base):
    name = "parent"

    def run(self):
        return self.submit(Child).result


class Sender(Base):
    name = "sender"

    def run(self):
        self.submit(self.signal("go", workflow_id="receiver")).wait()
        return "sent"


class Receiver(Base):
    name = "receiver"

    def run(self):
        self.submit(self.wait_signal("go")).wait()
        return "received"


class Continuing(Base):
    name = "continuing"

    def run(self, runs=2):
        if runs:
            return self.submit(self.continue_as_new(runs - 1))
        return "last"


class Ending(Base):
    """Code that ends in several ways, after it has consumed the signals."""

    name = "ending"

    def run(self, outcome, received=()):
        received = list(received)
        try:
            self.submit(work).wait()
            deadline = self.submit(self.start_timer("deadline", 3600))
            while (news := self.submit(self.wait_signal("news", consume=True))).done:
                received.append(news.result)
            deadline.cancel()
        except WorkflowCanceled:
            self.submit(work, 2).wait()
            raise
        if outcome == "ContinueAsNewWorkflowExecution":
            return self.continue_as_new("CompleteWorkflowExecution", received)
        if outcome == "FailWorkflowExecution":
            self.fail(f"received {received}")
        return received


class Counting(Base):
    """Code that continues as new automatically."""

    name, event_budget = "counting", 20

    def run(self, count=0):
        self.count = count
        while self.count < 9:
            tasks = [self.submit(work) for _ in range(3)]
            self.count += len(futures.wait(*tasks))
        return self.count

    def on_continue_as_new(self):
        return self.continue_as_new(self.count)


CONTINUATION_RATE = "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED"
WORKFLOWS = [
    Counting,
    Ending,
    Sleeper,
    Retrying,
    Working,
    Impatient,
    Patched,
    SideEffect,
    Many,
    ManyTimers,
    FewTimers,
    Child,
    Parent,
    Sender,
    Receiver,
    Continuing,
]


class Account:
    """A decider and a worker on a service that refuses some decisions."""

    def __init__(self, *refusals, limits="off", clock=None, **options):
        self.clock = clock or SkippingClock()
        faults = [FailedDecision(kind, cause=cause, times=times) for kind, cause, times in refusals]
        self.service = LocalSWF(self.clock, faults=faults, limits=limits)
        self.service.install()
        self.domain = Domain("d")
        self.domain.save()
        self.decider = Decider(self.domain, "t", WORKFLOWS, **options)
        self.decider.register()
        self.worker = ActivityWorker(self.domain, "w", [work, flaky])

    def start(self, workflow, *args):
        return WorkflowType(self.domain, workflow.name, "1").start_execution(
            workflow.name,
            task_list="t",
            execution_timeout=365 * DAY,
            decision_tasks_timeout=60,
            child_policy="TERMINATE",
            input={"args": list(args), "kwargs": {}},
        )

    def run(self, workflow):
        """Return the closed execution and the seconds it took."""
        begin = self.clock.now()
        closed = run_until_closed(self.start(workflow), self.decider, self.worker)
        return closed, self.clock.now() - begin


@pytest.fixture(params=[False, True], ids=["cached", "replayed"])
def account(request):
    attempts.clear()
    accounts = []

    def account(*refusals, **options):
        accounts.append(Account(*refusals, replay_every_decision=request.param, **options))
        return accounts[-1]

    yield account
    for each in accounts:
        each.service.close()


def count(execution, name):
    return sum(event.name == name for event in execution.history())


@pytest.mark.parametrize("cause", ["TIMER_CREATION_RATE_EXCEEDED", "OPEN_TIMERS_LIMIT_EXCEEDED"])
@pytest.mark.parametrize("times", [1, 5])
def test_refused_timer_has_not_elapsed(cause, times, account):
    closed, seconds = account(("StartTimer", cause, times)).run(Sleeper)

    assert closed.history().execution.result == "awake"
    assert 30 * DAY <= seconds < 30 * DAY + 120


@pytest.mark.parametrize("workflow", [Sleeper, Retrying, Impatient])
def test_permanently_refused_timer_has_not_elapsed(workflow, account):
    closed, _ = account(("StartTimer", "OPERATION_NOT_PERMITTED", None)).run(workflow)

    expected = "RuntimeError: once" if workflow is Retrying else "OPERATION_NOT_PERMITTED"
    assert closed.close_status == "FAILED"
    assert expected in closed.history().execution.reason
    assert len(attempts) == (1 if workflow is Retrying else 0)


def test_close_without_permission_is_sent_again_after_growing_pauses(account):
    place = account(("CompleteWorkflowExecution", "OPERATION_NOT_PERMITTED", 8))

    closed, seconds = place.run(Working)

    assert closed.history().execution.result == 7
    assert seconds >= 1 + 2 + 4 + 8 + 16 + 3 * 32


@pytest.mark.parametrize("is_canceled", [False, True], ids=["signaled", "canceled"])
@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("CompleteWorkflowExecution", "OPERATION_NOT_PERMITTED"),
        ("FailWorkflowExecution", "OPERATION_NOT_PERMITTED"),
        (
            "ContinueAsNewWorkflowExecution",
            "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED",
        ),
    ],
)
def test_event_during_the_pause_before_another_close_is_handled(kind, cause, is_canceled, account):
    place = account((kind, cause, 3))
    execution = place.start(Ending, kind)
    for number in range(2):
        while len(execution.history().refusals) == number:
            assert place.decider.poll_once() or place.worker.poll_once()
        execution.signal("news", number)
    if is_canceled:
        execution.request_cancel()

    closed = run_until_closed(execution, place.decider, place.worker)

    replay(Ending, closed.history(), run_id=closed.run_id)
    if is_canceled:
        assert closed.close_status == "CANCELED"
        inputs = [each.input["args"] for each in closed.history().activities.values()]
        assert inputs == [[], [2]]
        return
    if kind == "ContinueAsNewWorkflowExecution":
        following = closed.evolve(run_id=closed.history().execution.new_execution_run_id)
        closed = run_until_closed(following, place.decider, place.worker)
    outcome = closed.history().execution
    expected = "received [0, 1]" if kind == "FailWorkflowExecution" else None
    assert outcome.reason == expected
    assert expected or outcome.result == [0, 1]


def test_patch_with_a_refused_marker_is_replayed(account):
    closed, _ = account(("RecordMarker", "OPERATION_NOT_PERMITTED", None)).run(Patched)

    assert closed.history().execution.result is True
    assert count(closed, "RecordMarkerFailed") == 1
    replay(Patched, closed.history())


def test_side_effect_with_a_refused_marker_fails(account):
    closed, _ = account(("RecordMarker", "OPERATION_NOT_PERMITTED", None)).run(SideEffect)

    assert "swf.side_effect failed: OPERATION_NOT_PERMITTED" in closed.history().execution.reason


def test_refused_retry_delay_is_waited_for(account):
    closed, seconds = account(("StartTimer", "TIMER_CREATION_RATE_EXCEEDED", 3)).run(Retrying)

    assert closed.history().execution.result == 2
    assert seconds >= 3600


@pytest.mark.parametrize(
    ("kind", "cause", "workflow", "result"),
    [
        ("ScheduleActivityTask", "ACTIVITY_CREATION_RATE_EXCEEDED", Working, 7),
        ("ScheduleActivityTask", "OPEN_ACTIVITIES_LIMIT_EXCEEDED", Working, 7),
        ("StartChildWorkflowExecution", "CHILD_CREATION_RATE_EXCEEDED", Parent, "done"),
        ("StartChildWorkflowExecution", "OPEN_WORKFLOWS_LIMIT_EXCEEDED", Parent, "done"),
        (
            "SignalExternalWorkflowExecution",
            "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
            Sender,
            "sent",
        ),
    ],
)
@pytest.mark.parametrize("times", [1, 25])
def test_refusal_is_no_attempt(kind, cause, workflow, result, times, account):
    place = account((kind, cause, times))
    receiver = place.start(Receiver) if workflow is Sender else None

    closed, seconds = place.run(workflow)

    assert closed.history().execution.result == result
    assert len(closed.history().refusals) == times
    assert seconds >= times
    assert receiver is None or count(receiver, "WorkflowExecutionSignaled") == 1


def test_storm_of_activities_and_timers_costs_few_events(account):
    closed, seconds = account(
        ("ScheduleActivityTask", "ACTIVITY_CREATION_RATE_EXCEEDED", 40),
        ("StartTimer", "TIMER_CREATION_RATE_EXCEEDED", 40),
    ).run(Working)

    assert closed.close_status == "COMPLETED"
    assert len(closed.history().refusals) <= seconds
    assert len(closed.history()) < 600


def test_refused_continuation_is_repeated_once_a_second(account):
    cause = "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED"

    closed, seconds = account(("ContinueAsNewWorkflowExecution", cause, 3)).run(Continuing)

    assert closed.close_status == "CONTINUED_AS_NEW"
    assert seconds >= 3


def test_refused_automatic_continuation_is_repeated(account):
    place = account(
        ("ContinueAsNewWorkflowExecution", CONTINUATION_RATE, 3),
        ("ScheduleActivityTask", "ACTIVITY_CREATION_RATE_EXCEEDED", 4),
    )

    closed, seconds = place.run(Counting)
    last = closed.evolve(run_id=closed.history().execution.new_execution_run_id)
    while last.upstream().close_status is None or last.close_status == "CONTINUED_AS_NEW":
        last = run_until_closed(last, place.decider, place.worker)
        new_run_id = last.history().execution.new_execution_run_id
        last = last.evolve(run_id=new_run_id) if new_run_id else last

    assert last.history().execution.result == 9
    assert seconds >= 3
    replay(Counting, closed.history())


def test_more_timers_than_may_be_open_all_fire(account):
    closed, _ = account().run(ManyTimers)

    assert closed.history().execution.result == 1100
    assert not closed.history().refusals


def test_more_activities_than_may_be_open_all_complete():
    account = Account(limits="strict")
    with account.service:
        closed, _ = account.run(Many)

        assert closed.history().execution.result == 1100
        assert len(closed.history().refusals) <= 100


def test_storm_of_timers_in_a_shared_account_drains_fast(repeatable_clock, monkeypatch):
    monkeypatch.setitem(limits.DECISION_RATES, "StartTimer", (50, 20))
    account = Account(limits="strict", clock=repeatable_clock())
    with account.service:
        closed, seconds = account.run(FewTimers)
        history = closed.history()

    first, *others = [event.timestamp for event in history.refusals]
    later = [each for each in others if (each - first).total_seconds() >= 1]
    assert seconds <= 1.3 * (450 - 50) / 20 + 3600
    assert len(later) <= seconds - 3600


def test_pause_is_no_timer_of_the_workflow(account):
    place = account(("ScheduleActivityTask", "ACTIVITY_CREATION_RATE_EXCEEDED", 1))
    closed, _ = place.run(Working)

    started = [e.timer_id for e in closed.history() if e.name == "TimerStarted"]
    assert started == [PAUSE_TIMER_ID]
