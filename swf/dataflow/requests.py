"""Requests: what a workflow asks of the service, one class for each kind of decision.

A request is decided, found again in the history (`says` is what must be found there), and then told
what becomes of it by the `on_` methods, which end its future. It is the same object from attempt to
attempt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from swf import payload
from swf.constants import DATA_LIMIT, REASON_LIMIT
from swf.dataflow.exceptions import (
    TaskCanceled,
    TaskFailed,
    TaskTerminated,
    TimeoutError,  # noqa: A004 - the documented name
)
from swf.models.decision import (
    Decision,
    cancel_timer,
    cancel_workflow_execution,
    complete_workflow_execution,
    fail_workflow_execution,
    record_marker,
    request_cancel_activity_task,
    request_cancel_external_workflow_execution,
    schedule_activity_task,
    schedule_lambda_function,
    signal_external_workflow_execution,
    start_child_workflow_execution,
    start_timer,
)
from swf.retry import TRANSIENT_CAUSES, Retry, failure_names

if TYPE_CHECKING:
    from swf.dataflow.futures import Future
    from swf.dataflow.run import Run
    from swf.models.history.entity import Entity

Attributes = Mapping[str, Any]

#: How what the service refuses for now is asked for again: without end, but ever more rarely.
REFUSED_FOR_NOW: Final = Retry(max_attempts=None, delay=1, max_delay=300, jitter=0.5)

_HERE = str(Path(__file__).parent)


def caller() -> tuple[str, int] | None:
    """Return file and line of the code that called into this package; None if none did."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


class Request:
    """Something that a workflow asks for.

    :param run: whose request it is.
    :param id: its id, or what stands for it.
    """

    kind: ClassVar[str]

    def __init__(self, run: Run, id: str) -> None:  # noqa: A002 - the service's word
        self.run = run
        self.id = id
        self.where = caller()
        #: In which turn of the run it was asked for.
        self.turn = 0

    @property
    def says(self) -> Attributes:
        """What the history must say of it, by the attributes of the event."""
        return {}

    def decision(self) -> Decision:
        """Return the decision that asks for it."""
        raise NotImplementedError

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:
        """It was decided: the event says so."""

    def on_refused(self, attributes: Attributes) -> None:
        """The service did not take the decision, or could not carry it out."""

    def __str__(self) -> str:
        return f"{self.kind} {self.id!r}"


class Lasting(Request):
    """A request that goes on for a while: its later events refer to the one that began it."""

    future: Future
    open_event_id: int | None = None

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        """Wait for what becomes of it."""
        self.open_event_id = event_id
        self.run.open[event_id] = self

    def on_started(self, attributes: Attributes) -> None:  # noqa: ARG002
        """Somebody is at it."""
        self.future.set_running()

    def on_completed(self, attributes: Attributes) -> None:
        """It came to a result."""
        if not self.future.done:
            self.future.set_finished(self.run.decode(attributes.get("result")))

    def on_canceled(self, attributes: Attributes) -> None:
        """It was canceled."""
        if not self.future.done:
            self.future.set_cancelled(TaskCanceled(self.run.decode(attributes.get("details"))))

    def withdraw(self) -> bool:
        """Take it back if it was not sent yet; return whether it was."""
        return self.run.withdraw(self)


class Task(Lasting):
    """A request that can fail and be tried again: an activity, a child, a Lambda function.

    :param task: what was submitted.
    :param policy: when it is tried again.
    """

    def __init__(self, run: Run, id: str, task: Any, future: Future, policy: Retry) -> None:  # noqa: A002
        super().__init__(run, id)
        self.task = task
        self.future = future
        self.policy = policy
        self.failures = 0
        self.refusals = 0
        self.input: str | None = None
        self._pause: Future | None = None

    @property
    def name(self) -> str:
        """What it runs."""
        raise NotImplementedError

    def begin(self, value: Any) -> None:
        """Ask for it with an input."""
        self.input = payload.encode(value, f"input of {self.name}", DATA_LIMIT, self.run.codec)
        self.run.ask(self)

    def attempt(self) -> Entity:
        """Return what the history knows of the present attempt."""
        raise NotImplementedError

    def on_failed(self, attributes: Attributes) -> None:
        """It failed."""
        details = self.run.decode(attributes.get("details"))
        self.failed(TaskFailed(self.name, attributes.get("reason"), details), attributes)

    def on_timed_out(self, attributes: Attributes) -> None:
        """It took too long."""
        kind = str(attributes.get("timeoutType"))
        self.failed(TimeoutError(kind, self.timeout(kind)), attributes)

    def on_terminated(self, attributes: Attributes) -> None:
        """Somebody terminated it."""
        self.failed(TaskTerminated(self.name), attributes)

    def on_refused(self, attributes: Attributes) -> None:
        """Ask again later if the cause passes by itself."""
        cause = str(attributes.get("cause"))
        if cause in TRANSIENT_CAUSES and not self.future.cancel_requested:
            self.refusals += 1
            self._again(REFUSED_FOR_NOW.next_delay(self.refusals, key=self.id), "refused")
        else:
            self.failed(TaskFailed(self.name, cause, attributes.get("message")), attributes)

    def timeout(self, kind: str) -> int | str | None:  # noqa: ARG002 - for those that know more
        """Return the seconds of one of its timeouts, if they are known."""
        return None

    def failed(self, error: Exception, attributes: Attributes) -> None:
        """Try again, or end: as the workflow says, else its policy."""
        self.failures += 1
        if self.future.done:
            return
        if self.future.cancel_requested:
            self.future.set_exception(error)
            return
        handled = self.run.on_task_failure(self, error, attributes)
        if not handled:
            self._again(self._delay(attributes), "retry", error)

    def retry(self, seconds: float) -> None:
        """Try again after so many seconds."""
        self._again(round(seconds), "retry")

    def _delay(self, attributes: Attributes) -> int | None:
        recorded = self.run.recorded_delay(self.id, f"{self.id}.retry-{self.failures}")
        if recorded is not None:
            return recorded[0]
        cause = attributes.get("cause")
        names = ["schedule_failed", cause] if cause else failure_names(self.attempt())
        return self.policy.next_delay(self.failures, names, self.id)

    def _again(self, delay: int | None, why: str, error: Exception | None = None) -> None:
        if delay is None and error is not None:
            self.future.set_exception(error)
        elif not delay:
            self.run.ask(self)
        else:
            number = self.failures if why == "retry" else self.refusals
            self._pause = self.run.start_timer(f"{self.id}.{why}-{number}", delay, policy=True)
            self._pause.add_done_callback(self._resume)

    def _resume(self, pause: Future) -> None:
        self._pause = None
        if pause.finished and not self.future.done:
            self.run.ask(self)

    def cancel(self) -> bool:
        """Ask for its end; return whether it is over at once."""
        if self.withdraw():
            return True
        if self._pause is not None:
            self._pause.cancel()
            return True
        if self.open_event_id is None:
            return True
        self.run.ask(self.cancellation())
        return False

    def cancellation(self) -> Request:
        """Return the request that asks for its end."""
        raise NotImplementedError


class ActivityRequest(Task):
    """An activity task."""

    kind = "activity"

    @property
    def name(self) -> str:
        return str(self.task.activity.name)

    @property
    def says(self) -> Attributes:
        return {"activityId": self.id, "activityType": self.name, "input": self.input}

    def attempt(self) -> Entity:
        return self.run.history.activities.by_event(self.open_event_id or 0)

    def timeout(self, kind: str) -> int | str | None:
        seconds: int | str | None = getattr(self.task.activity, f"{kind.lower()}_timeout", None)
        return seconds

    def decision(self) -> Decision:
        activity = self.task.activity
        return schedule_activity_task(
            self.id,
            (activity.name, activity.version),
            input=self.input,
            heartbeat_timeout=activity.heartbeat_timeout,
            schedule_to_close_timeout=activity.schedule_to_close_timeout,
            schedule_to_start_timeout=activity.schedule_to_start_timeout,
            start_to_close_timeout=activity.start_to_close_timeout,
            task_list=self.run.options.activity_task_list or activity.task_list,
            task_priority=self.task.priority_in(self.run.workflow),
        )

    def cancellation(self) -> Request:
        return CancelActivityRequest(self.run, self.id)


class LambdaRequest(Task):
    """A Lambda function."""

    kind = "Lambda function"

    @property
    def name(self) -> str:
        return str(self.task.name)

    @property
    def says(self) -> Attributes:
        return {"id": self.id, "name": self.name, "input": self.input}

    def attempt(self) -> Entity:
        return self.run.history.lambdas.by_event(self.open_event_id or 0)

    def decision(self) -> Decision:
        return schedule_lambda_function(
            self.id, self.name, input=self.input, start_to_close_timeout=self.task.timeout
        )

    def cancel(self) -> bool:
        """Forget it: the service cannot stop a Lambda function."""
        if self._pause is not None:
            self._pause.cancel()
        self.withdraw()
        return True


class ChildRequest(Task):
    """A child workflow."""

    kind = "child workflow"
    run_id: str | None = None

    def __init__(
        self,
        run: Run,
        id: str,  # noqa: A002 - the service's word
        task: Any,
        future: Future,
        policy: Retry,
        place: str,
    ) -> None:
        super().__init__(run, id, task, future, policy)
        self.place = place

    @property
    def name(self) -> str:
        return str(self.task.workflow.name)

    @property
    def says(self) -> Attributes:
        return {"workflowId": self.id, "workflowType": self.name, "input": self.input}

    def attempt(self) -> Entity:
        return self.run.history.children.by_event(self.open_event_id or 0)

    def on_started(self, attributes: Attributes) -> None:
        super().on_started(attributes)
        self.run_id = attributes["workflowExecution"]["runId"]
        if self.task.workflow.child_policy == "ABANDON":
            self.run.release(self.future)

    def decision(self) -> Decision:
        workflow = self.task.workflow
        return start_child_workflow_execution(
            (workflow.name, workflow.version),
            self.id,
            control=self.place,
            input=self.input,
            child_policy=workflow.child_policy,
            execution_start_to_close_timeout=workflow.execution_timeout,
            task_start_to_close_timeout=workflow.decision_tasks_timeout,
            tag_list=self.task.tag_list_in(self.run),
            task_list=self.run.options.child_task_list or self.task.task_list(),
            task_priority=workflow.task_priority,
            lambda_role=workflow.lambda_role,
        )

    def cancellation(self) -> Request:
        return CancelChildRequest(self.run, self.id, self.run_id)


class TimerRequest(Lasting):
    """A timer.

    :param is_policy: whether its seconds come from a policy, which may change under a run.
    """

    kind = "timer"

    def __init__(
        self,
        run: Run,
        id: str,  # noqa: A002 - the service's word
        seconds: int,
        future: Future,
        control: Any = None,
        *,
        is_policy: bool = False,
    ) -> None:
        super().__init__(run, id)
        self.seconds = seconds
        self.future = future
        self.control = control
        self.is_policy = is_policy

    @property
    def says(self) -> Attributes:
        seconds = {} if self.is_policy else {"startToFireTimeout": str(self.seconds)}
        return {"timerId": self.id, **seconds}

    def decision(self) -> Decision:
        control = payload.encode(self.control, "control", DATA_LIMIT, self.run.codec)
        return start_timer(self.id, self.seconds, control=control)

    def on_refused(self, attributes: Attributes) -> None:
        if not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))

    def cancel(self) -> bool:
        """Stop it; it is over at once."""
        if not self.withdraw():
            self.run.ask(CancelTimerRequest(self.run, self.id, self.open_event_id))
        return True


class SignalRequest(Lasting):
    """A signal to another execution."""

    kind = "signal"

    def __init__(
        self, run: Run, name: str, workflow_id: str, run_id: str | None, value: Any, future: Future
    ) -> None:
        super().__init__(run, name)
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.future = future
        self.input = payload.encode(value, "input", DATA_LIMIT, run.codec)

    @property
    def says(self) -> Attributes:
        return {"signalName": self.id, "workflowId": self.workflow_id, "input": self.input}

    def decision(self) -> Decision:
        return signal_external_workflow_execution(
            self.workflow_id, self.id, input=self.input, run_id=self.run_id
        )

    def on_refused(self, attributes: Attributes) -> None:
        if not self.future.done:
            self.future.set_exception(TaskFailed(self.id, attributes.get("cause")))


class MarkerRequest(Request):
    """A marker."""

    kind = "marker"

    def __init__(self, run: Run, name: str, details: Any, future: Future) -> None:
        super().__init__(run, name)
        self.details = payload.encode(details, "details", DATA_LIMIT, run.codec)
        self.future = future

    @property
    def says(self) -> Attributes:
        return {"markerName": self.id, "details": self.details}

    def decision(self) -> Decision:
        return record_marker(self.id, details=self.details)

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        self.run.markers.append((self.id, self.run.decode(self.details), event_id))

    def on_refused(self, attributes: Attributes) -> None:
        """Nothing: permission is missing, and what was to be noted is not."""


class CancelActivityRequest(Request):
    """A request to cancel an activity task; that it came too late is no harm."""

    kind = "cancellation of activity"

    @property
    def says(self) -> Attributes:
        return {"activityId": self.id}

    def decision(self) -> Decision:
        return request_cancel_activity_task(self.id)


class CancelTimerRequest(Request):
    """The end of a timer; that it came too late is no harm."""

    kind = "cancellation of timer"

    def __init__(self, run: Run, id: str, started_event_id: int | None) -> None:  # noqa: A002
        super().__init__(run, id)
        self._started_event_id = started_event_id

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        self.run.open.pop(self._started_event_id or 0, None)

    @property
    def says(self) -> Attributes:
        return {"timerId": self.id}

    def decision(self) -> Decision:
        return cancel_timer(self.id)


class CancelChildRequest(Request):
    """A request to cancel a child; that it came too late is no harm."""

    kind = "cancellation of child workflow"

    def __init__(self, run: Run, id: str, run_id: str | None) -> None:  # noqa: A002
        super().__init__(run, id)
        self.run_id = run_id

    @property
    def says(self) -> Attributes:
        return {"workflowId": self.id}

    def decision(self) -> Decision:
        return request_cancel_external_workflow_execution(self.id, run_id=self.run_id)


class CloseRequest(Request):
    """The end of the execution.

    :param kind: `completion`, `failure`, `cancellation` or `continuation`.
    :param make: makes the decision.
    """

    def __init__(self, run: Run, kind: str, make: Callable[[], Decision]) -> None:
        super().__init__(run, kind)
        self.kind = kind  # type: ignore[misc] # one class for four kinds that differ in nothing else
        self._make = make

    def decision(self) -> Decision:
        return self._make()

    def on_refused(self, attributes: Attributes) -> None:
        """Ask again: something happened meanwhile. What can never be makes the execution fail."""
        cause = str(attributes.get("cause"))
        if self.kind == "continuation" and cause not in ("UNHANDLED_DECISION", *TRANSIENT_CAUSES):
            self.run.ask(failure(self.run, f"it could not continue as new: {cause}"))
        else:
            self.run.ask(self)

    def __str__(self) -> str:
        return f"{self.kind} of the execution"


def completion(run: Run, result: Any) -> CloseRequest:
    """Return the request to complete with a result; None is none."""
    text = payload.encode(result, "result", DATA_LIMIT, run.codec)
    return CloseRequest(run, "completion", lambda: complete_workflow_execution(text))


def failure(run: Run, reason: str | None, details: Any = None) -> CloseRequest:
    """Return the request to fail."""
    text = payload.encode(details, "details", DATA_LIMIT, run.codec)
    cut = None if reason is None else payload.cut(reason, REASON_LIMIT)
    return CloseRequest(run, "failure", lambda: fail_workflow_execution(cut, text))


def cancellation(run: Run) -> CloseRequest:
    """Return the request to end as canceled."""
    return CloseRequest(run, "cancellation", cancel_workflow_execution)
