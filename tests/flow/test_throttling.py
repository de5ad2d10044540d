"""Commands that the service refuses because of a rate, a quota or a permission, in virtual time."""

import pytest

from swf.constants import PAUSE_TIMER_ID
from swf.flow import Flow, activity, runner
from swf.flow.activity_worker import ActivityWorker
from swf.flow.decider import DeciderWorker
from swf.local import LocalSWF, SkippingClock, limits
from swf.local.injection import FailedDecision
from swf.retry import Retry
from swf.testing import run_until_closed

DAY = 86_400
ACTIVITY_RATE = "ACTIVITY_CREATION_RATE_EXCEEDED"
TIMER_RATE = "TIMER_CREATION_RATE_EXCEEDED"
CANCEL_RATE = "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"

create = activity.create("kitchen", "flow")


class Account:
    """Deciders and workers of flows on a service that refuses some decisions."""

    def __init__(self, *refusals, limits="off", clock=None):
        self.clock = clock or SkippingClock()
        faults = [FailedDecision(kind, cause=cause, times=times) for kind, cause, times in refusals]
        self.service = LocalSWF(self.clock, faults=faults, limits=limits)
        self.service.install()

    def begin(self, flow, *others, **start):
        deciders = [DeciderWorker(each) for each in (flow, *others)]
        workers = [ActivityWorker(each) for each in (flow, *others)]
        self.actors = [each.actor for each in deciders]
        self.actors += [actor for worker in workers for actor in worker.actors]
        self.started_at = self.clock.now()
        return Flow(flow).start({}, execution_timeout=365 * DAY, **start)

    def run(self, flow, *others):
        """Return the history of the closed execution and the seconds it took."""
        execution = self.begin(flow, *others)
        history = run_until_closed(execution, *self.actors).history()
        return history, self.clock.now() - self.started_at

    def run_in_bulk(self, flow):
        """Return the history of the closed execution; work completes between decisions."""
        execution = self.begin(flow)
        decider, *workers = self.actors
        while execution.upstream().close_status is None:
            decider.poll_once()
            pending = execution.history().open_activities
            for _ in pending:
                workers[0].poll_once()
        return execution.history()


@pytest.fixture
def account():
    accounts = []

    def open_account(*refusals, **options):
        accounts.append(Account(*refusals, **options))
        return accounts[-1]

    yield open_account
    for each in accounts:
        each.service.close()


@pytest.fixture(params=["steps", "custom decider"])
def flow(request, flow_of):
    """Build a flow of steps that run in sequence, with and without a custom decider."""

    def build(*steps, **attributes):
        if request.param == "steps":
            return flow_of(*steps, **attributes)

        def decide(schedule):
            for number, step in enumerate(steps):
                schedule(str(number), step).wait()

        return flow_of(*steps, decider=decide, **attributes)

    return build


def flaky(**options):
    attempts = []

    def cook(context):
        attempts.append(1)
        if len(attempts) < 2:
            raise RuntimeError("once")
        return {"attempts": len(attempts)}

    return create(name="cook", run=runner.Sync(cook), **options)


@pytest.mark.parametrize("cause", [TIMER_RATE, "OPEN_TIMERS_LIMIT_EXCEEDED"])
@pytest.mark.parametrize("times", [1, 5])
def test_refused_timer_step_has_not_elapsed(cause, times, account, flow, tasks):
    steps = [create.timer("rest", 30 * DAY), create(name="cook", run=tasks({"x": 1}))]

    history, seconds = account(("StartTimer", cause, times)).run(flow(*steps))

    assert history.execution.result == {"x": 1}
    assert 30 * DAY <= seconds < 30 * DAY + 120


def test_refused_retry_delay_is_waited_for(account, flow):
    step = flaky(retry=Retry(max_attempts=2, delay=3600))

    history, seconds = account(("StartTimer", TIMER_RATE, 3)).run(flow(step))

    assert history.execution.result == {"attempts": 2}
    assert 3600 <= seconds < 3700


def test_refused_signal_timeout_has_not_elapsed(account, flow):
    step = create.signal("go", timeout=3600)

    history, seconds = account(("StartTimer", TIMER_RATE, 3)).run(flow(step))

    assert "signal 'go' not received within 3600 seconds" in history.execution.reason
    assert 3600 <= seconds < 3700


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (create.timer("rest", DAY), "OPERATION_NOT_PERMITTED"),
        (create.signal("go", timeout=3600), "OPERATION_NOT_PERMITTED"),
        (flaky(retry=Retry(max_attempts=2, delay=3600)), "RuntimeError: once"),
    ],
    ids=["timer", "signal timeout", "retry delay"],
)
def test_permanently_refused_timer_fails_its_step(step, reason, account, flow_of):
    history, seconds = account(("StartTimer", "OPERATION_NOT_PERMITTED", None)).run(flow_of(step))

    assert reason in history.execution.reason
    assert history.activities.open_count == 0
    assert seconds < 60


@pytest.mark.parametrize("cause", [ACTIVITY_RATE, "OPEN_ACTIVITIES_LIMIT_EXCEEDED"])
@pytest.mark.parametrize("times", [1, 25])
def test_refused_activity_is_no_attempt(cause, times, account, flow, tasks):
    step = create(name="cook", run=tasks({"x": 1}))

    history, seconds = account(("ScheduleActivityTask", cause, times)).run(flow(step))

    assert history.execution.result == {"x": 1}
    assert len(history.refusals) == times
    assert times <= seconds


def test_refused_activity_keeps_the_attempts_of_its_policy(account, flow):
    step = flaky(retry=1)

    history, _ = account(("ScheduleActivityTask", ACTIVITY_RATE, 3)).run(flow(step))

    assert history.execution.result == {"attempts": 2}


@pytest.mark.parametrize("cause", ["CHILD_CREATION_RATE_EXCEEDED", "OPEN_WORKFLOWS_LIMIT_EXCEEDED"])
def test_refused_child_is_no_attempt(cause, account, flow, flow_of, tasks):
    cook = activity.create("kitchen", "child")(name="cook", run=tasks({"x": 1}))
    child = flow_of(cook, name="child")
    place = account(("StartChildWorkflowExecution", cause, 25))

    history, seconds = place.run(flow(create.child("sub", child)), child)

    assert history.execution.result == {"x": 1}
    assert seconds >= 25


@pytest.mark.parametrize(("result", "status"), [({}, "COMPLETED"), (ValueError("x"), "FAILED")])
def test_close_without_permission_is_sent_again_after_growing_pauses(
    result, status, account, flow, tasks
):
    kind = {"COMPLETED": "CompleteWorkflowExecution", "FAILED": "FailWorkflowExecution"}[status]
    place = account((kind, "OPERATION_NOT_PERMITTED", 8))

    history, seconds = place.run(flow(create(name="cook", run=tasks(result))))

    assert history.execution.close_status == status
    assert seconds >= 1 + 2 + 4 + 8 + 16 + 3 * 32


def test_continuation_without_permission_fails_the_execution(account, flow):
    steps = []
    for number in range(4):
        steps.append(create.timer(f"t{number}", 60, requires=steps[-1:]))
    place = account(("ContinueAsNewWorkflowExecution", "OPERATION_NOT_PERMITTED", None))

    history, _ = place.run(flow(*steps, event_budget=10))

    assert history.execution.reason == "continue as new was refused: OPERATION_NOT_PERMITTED"


def test_refused_cancel_of_a_child_is_sent_again(account, flow, flow_of):
    child = flow_of(activity.create("kitchen", "child").timer("rest", DAY), name="child")
    place = account(("RequestCancelExternalWorkflowExecution", CANCEL_RATE, 3))
    execution = place.begin(flow(create.child("sub", child)), child)
    for decider in [*place.actors[:2], place.actors[0]]:
        decider.poll_once()

    execution.request_cancel()
    history = run_until_closed(execution, *place.actors).history()

    assert history.execution.close_status == "CANCELED"
    assert [each.state for each in history.children.values()] == ["canceled"]
    assert place.clock.now() - place.started_at < DAY


def test_refused_continuation_is_sent_again(account, flow):
    steps = []
    for number in range(4):
        steps.append(create.timer(f"t{number}", 60, requires=steps[-1:]))
    cause = "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED"
    place = account(("ContinueAsNewWorkflowExecution", cause, 3))

    history, seconds = place.run(flow(*steps, event_budget=8))

    assert history.execution.close_status == "CONTINUED_AS_NEW"
    assert len(history.refusals) == 3
    assert seconds >= 63


def test_refused_compensation_is_no_attempt(account, flow, tasks):
    undo = create(name="undo", run=tasks({}))
    cook = create(name="cook", run=tasks({}), compensation=undo)
    serve = create(name="serve", run=tasks(ValueError("spilled")), requires=[cook])

    history, _ = account(("ScheduleActivityTask", ACTIVITY_RATE, 3)).run(flow(cook, serve))

    assert history.execution.close_status == "FAILED"
    assert history.activities["flow_undo-" + next(iter(history.activities))].state == "completed"


def test_storm_of_activities_and_timers_costs_few_events(account, flow):
    step = flaky(retry=Retry(max_attempts=2, delay=5))
    refusals = [("ScheduleActivityTask", ACTIVITY_RATE, 40), ("StartTimer", TIMER_RATE, 40)]

    history, seconds = account(*refusals).run(flow(step))

    assert history.execution.close_status == "COMPLETED"
    assert len(history.refusals) <= seconds
    assert len(history) < 600


@pytest.mark.parametrize("kind", ["activity", "timer"])
def test_more_instances_than_may_be_open_all_finish(kind, account, flow, tasks):
    options = {"generators": [lambda context: ({"i": i} for i in range(1100))]}
    if kind == "timer":
        step = create.timer("each", 3600, **options)
    else:
        step = create(name="each", run=tasks({}), **options)

    history = account().run_in_bulk(flow(step))

    assert history.execution.close_status == "COMPLETED"
    assert len(history.activities) + len(history.timers) == 1100
    assert not history.refusals


def test_instances_beyond_the_rates_of_strict_limits_all_complete(account, flow_of, tasks):
    generators = [lambda context: ({"i": i} for i in range(1100))]
    step = create(name="each", run=tasks({}), generators=generators)

    history = account(limits="strict").run_in_bulk(flow_of(step))

    assert history.execution.close_status == "COMPLETED"
    assert len(history.refusals) <= 100


def test_storm_of_timers_in_a_shared_account_drains_fast(
    account, flow, repeatable_clock, monkeypatch
):
    monkeypatch.setitem(limits.DECISION_RATES, "StartTimer", (50, 20))
    options = {"generators": [lambda context: ({"i": i} for i in range(450))]}

    place = account(limits="strict", clock=repeatable_clock())
    history, seconds = place.run(flow(create.timer("each", 60, **options)))

    first, *others = [event.timestamp for event in history.refusals]
    later = [each for each in others if (each - first).total_seconds() >= 1]
    assert seconds <= 1.3 * (450 - 50) / 20 + 60
    assert len(later) <= seconds - 60


def test_pause_is_no_timer_of_the_flow(account, flow, tasks):
    step = create(name="cook", run=tasks({}))

    history, _ = account(("ScheduleActivityTask", ACTIVITY_RATE, 1)).run(flow(step))

    started = [event.timer_id for event in history if event.name == "TimerStarted"]
    assert started == [PAUSE_TIMER_ID]
    assert not history.timers
