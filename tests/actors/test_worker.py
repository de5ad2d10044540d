"""Activity workers on the embedded service: from an activity task to its response."""

from __future__ import annotations

import pytest
from botocore.config import Config

from swf.actors import ActivityCanceled, ActivityWorker, Backoff, Decider, Hooks, Timeouts
from swf.actors.faults import FaultAction, fault_action
from swf.exceptions import ActivityTaskLost, SWFError, ValidationError
from swf.local import (
    DuplicateDelivery,
    LocalSWF,
    LostResponse,
    ServerError,
    SkippingClock,
    Throttling,
)
from swf.models import WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    request_cancel_activity_task,
    schedule_activity_task,
)
from swf.testing import run_until_closed

AT_ONCE = Backoff(base=0)


class OneActivity(Decider):
    """Schedules `pack`, requests its cancellation after a signal, and completes at its end."""

    def decide(self, task):
        pack = task.history.activities.get("pack-1")
        if pack is None:
            return [schedule_activity_task("pack-1", ("pack", "1"), input=task.input)]
        if not pack.is_open:
            return [complete_workflow_execution(pack.state)]
        if task.history.signals and pack.state != "cancel_requested":
            return [request_cancel_activity_task("pack-1")]
        return []


@pytest.fixture
def decider(shop):
    return OneActivity(shop, "decisions", backoff=AT_ONCE)


@pytest.fixture
def worker(shop):
    return ActivityWorker(shop, "activities", backoff=AT_ONCE)


@pytest.fixture
def execution(ship):
    return ship.start_execution("order-1", input={"boxes": 2})


def outcome(execution, decider, worker):
    run_until_closed(execution, decider, worker)
    return execution.history().activities["pack-1"]


def test_result_of_registered_function_completes_task(execution, decider, worker):
    @worker.activity("pack", "1")
    def pack(task):
        return {"packed": task.input["boxes"]}

    activity = outcome(execution, decider, worker)

    assert (activity.state, activity.result) == ("completed", {"packed": 2})


def test_perform_may_be_overridden(shop, execution, decider):
    class Packer(ActivityWorker):
        def perform(self, task):
            return task.activity_type.name

    activity = outcome(execution, decider, Packer(shop, "activities"))

    assert activity.result == "pack"


def test_task_exposes_its_attributes(execution, decider, worker):
    observations = []
    worker.register("pack", "1", observations.append)

    outcome(execution, decider, worker)

    [task] = observations
    assert (task.activity_id, task.execution.workflow_id) == ("pack-1", "order-1")
    assert task.heartbeat_timeout == 60.0
    assert 599 < task.time_left <= 600
    assert task.token == worker.last_token
    assert not task.stopping.is_set()


def test_registered_timeouts_are_used(execution, decider, worker):
    observations = []
    worker.register("pack", "1", observations.append, Timeouts(heartbeat=None, start_to_close=None))

    outcome(execution, decider, worker)

    assert (observations[0].heartbeat_timeout, observations[0].time_left) == (None, None)


def test_exception_fails_task_with_reason_and_traceback(execution, decider, worker):
    @worker.activity("pack", "1")
    def pack(task):
        raise ValueError("no more boxes")

    activity = outcome(execution, decider, worker)

    assert (activity.state, activity.reason) == ("failed", "ValueError: no more boxes")
    assert 'raise ValueError("no more boxes")' in activity.details


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit()])
def test_any_exception_fails_the_task(execution, decider, worker, error):
    @worker.activity("pack", "1")
    def pack(task):
        raise error

    assert outcome(execution, decider, worker).state == "failed"


def test_long_reason_and_details_are_truncated(execution, decider, worker):
    @worker.activity("pack", "1")
    def pack(task):
        raise ValueError("x" * 40000)

    activity = outcome(execution, decider, worker)

    assert len(activity.reason) == 256
    assert len(activity.details) == 32768
    assert "cut from" in activity.reason
    assert "cut from" in activity.details


def test_exception_without_message_fails_the_task(execution, decider, worker):
    class MuteError(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    @worker.activity("pack", "1")
    def pack(task):
        raise MuteError

    assert outcome(execution, decider, worker).reason == "MuteError: (no message: str() failed)"


@pytest.mark.parametrize("result", ["x" * 32769, object(), float("nan")])
def test_unencodable_result_fails_the_task(execution, decider, worker, result):
    worker.register("pack", "1", lambda task: result)

    activity = outcome(execution, decider, worker)

    assert activity.state == "failed"
    assert activity.reason.startswith("ValidationError: result=")


class Sealed:
    """A codec that cannot read texts of other codecs."""

    def encode(self, value, field):
        return f"sealed {value}"

    def decode(self, text):
        if not text.startswith("sealed "):
            raise ValidationError("payload", ..., "is not sealed")
        return text.removeprefix("sealed ")


def test_undecodable_input_fails_task_only(shop, execution, decider):
    worker = ActivityWorker(shop, "activities", codec=Sealed(), backoff=AT_ONCE)
    decider.poll_once()

    with pytest.raises(SWFError, match="activity 'pack-1': invalid input") as error:
        worker.poll_once()

    activity = execution.history().activities["pack-1"]
    assert activity.state == "failed"
    assert activity.reason == "ValidationError: payload: is not sealed"
    assert fault_action(error.value) is FaultAction.RETRY


def test_unregistered_activity_does_not_run(execution, decider, worker):
    activity = outcome(execution, decider, worker)

    assert activity.state == "failed"
    assert activity.reason == "LookupError: activity not registered at this worker: 'pack' '1'"


def test_heartbeat_raises_after_cancellation_request(execution, decider, worker):
    @worker.activity("pack", "1")
    def pack(task):
        execution.signal("stop")
        decider.poll_once()
        task.heartbeat("half")

    activity = outcome(execution, decider, worker)

    assert activity.state == "canceled"


def test_canceled_activity_reports_details(execution, decider, worker):
    @worker.activity("pack", "1")
    def pack(task):
        execution.signal("stop")
        decider.poll_once()
        try:
            task.heartbeat()
        except ActivityCanceled:
            raise ActivityCanceled({"packed": 1}) from None

    activity = outcome(execution, decider, worker)

    assert (activity.state, activity.details) == ("canceled", {"packed": 1})


def test_heartbeat_can_return_cancellation_instead(shop, execution, decider):
    worker = ActivityWorker(shop, "activities", raise_on_cancel=False)
    observations = []

    @worker.activity("pack", "1")
    def pack(task):
        execution.signal("stop")
        decider.poll_once()
        observations.append((task.heartbeat(), task.cancel_requested))
        return "done anyway"

    activity = outcome(execution, decider, worker)

    assert observations == [(True, True)]
    assert activity.state == "completed"


def test_heartbeat_raises_after_execution_closed(execution, decider, worker):
    observations = []

    @worker.activity("pack", "1")
    def pack(task):
        execution.terminate()
        try:
            task.heartbeat()
        except ActivityTaskLost as lost:
            observations.append(task.lost)
            raise lost from None

    decider.poll_once()
    worker.poll_once()

    assert observations == [True]


def test_result_of_lost_task_is_dropped_and_reported(shop, execution, decider, caplog):
    class Watch(Hooks):
        def on_error(self, actor, error, task):
            errors.append((type(error).__name__, task.activity_id))

    errors = []
    worker = ActivityWorker(shop, "activities", hooks=[Watch()])
    worker.register("pack", "1", lambda task: execution.terminate())

    decider.poll_once()
    worker.poll_once()

    assert "activity task lost, outcome dropped" in caplog.text
    assert errors == [("DoesNotExistError", "pack-1")]


def test_too_long_details_raise_in_user_code(execution, decider, worker):
    worker.register("pack", "1", lambda task: task.heartbeat("x" * 2049))

    assert outcome(execution, decider, worker).reason.startswith("ValidationError: details=")


def test_task_can_be_completed_elsewhere(execution, decider, worker):
    tokens = []

    @worker.activity("pack", "1")
    def pack(task):
        tokens.append(task.token)
        task.complete_elsewhere()

    decider.poll_once()
    worker.poll_once()
    worker.complete(tokens[0], "by hand")

    assert outcome(execution, decider, worker).result == "by hand"


def test_external_completion_can_send_heartbeats(execution, decider, worker):
    tasks = []

    @worker.activity("pack", "1")
    def pack(task):
        tasks.append(task)
        task.complete_elsewhere()

    decider.poll_once()
    worker.poll_once()

    assert tasks[0].heartbeat("still here") is False


@pytest.mark.parametrize(
    "trouble",
    [
        Throttling("RespondActivityTaskCompleted", times=20),
        ServerError("RespondActivityTaskCompleted", times=20),
        LostResponse("RespondActivityTaskCompleted", times=1),
        DuplicateDelivery("PollForActivityTask", times=2),
        Throttling("PollForActivityTask", times=20),
        Throttling("DescribeActivityType", times=3),
    ],
)
def test_transient_errors_delay_but_keep_the_response(trouble, make_shop, monkeypatch):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    once = Config(retries={"total_max_attempts": 1})
    with LocalSWF(clock=SkippingClock(), faults=[trouble], poll_timeout=0.02) as service:
        connection = service.connection(config=once)
        shop = make_shop(connection)
        ship = WorkflowType(shop, "ship", "1", connection=connection)
        worker = ActivityWorker(shop, "activities", backoff=AT_ONCE)
        worker.register("pack", "1", lambda task: "packed")
        execution = ship.start_execution()

        with OneActivity(shop, "decisions", backoff=AT_ONCE), worker:
            closed = execution.wait(timeout=20)

        activities = closed.history().activities

    assert closed.close_status == "COMPLETED"
    assert [activity.state for activity in activities.values()] == ["completed"]


def test_hooks_see_activities_heartbeats_and_errors(shop, execution, decider):
    observations = []

    class Watch(Hooks):
        def before_activity(self, actor, task):
            observations.append(("before", task.activity_id))

        def after_activity(self, actor, task, outcome):
            observations.append(("after", outcome))

        def before_heartbeat(self, actor, task):
            observations.append("beat")

        def after_heartbeat(self, actor, task, cancel_requested):
            observations.append(cancel_requested)

        def on_error(self, actor, error, task):
            observations.append(type(error))

    worker = ActivityWorker(shop, "activities", hooks=[Watch()])

    @worker.activity("pack", "1")
    def pack(task):
        task.heartbeat()
        raise LookupError

    outcome(execution, decider, worker)

    assert observations == [("before", "pack-1"), "beat", False, LookupError, ("after", "failed")]


def test_async_function_runs_on_an_event_loop(execution, decider, worker):
    @worker.activity("pack", "1")
    async def pack(task):
        return task.activity_id

    assert outcome(execution, decider, worker).result == "pack-1"


def test_exception_of_hook_is_logged_only(shop, execution, decider, caplog):
    class Broken(Hooks):
        def before_activity(self, actor, task):
            raise RuntimeError("broken hook")

    worker = ActivityWorker(shop, "activities", hooks=[Broken()])
    worker.register("pack", "1", lambda task: "packed")

    assert outcome(execution, decider, worker).state == "completed"
    assert "broken hook" in caplog.text
