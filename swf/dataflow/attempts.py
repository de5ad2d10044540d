"""Attempts: requests that can fail and be tried again: activities, children, Lambda functions.

What becomes of a failure is decided by the workflow's `on_task_failure`, else by the policy; in a
replay, by what the history says was done about it. What the service refuses for now is asked for
again after a pause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow.exceptions import (
    TaskFailed,
    TaskTerminated,
    TimeoutError,  # noqa: A004 - the documented name
)
from swf.dataflow.requests import Attributes, Lasting, Request
from swf.models.decision import (
    Decision,
    request_cancel_activity_task,
    request_cancel_external_workflow_execution,
    schedule_activity_task,
    schedule_lambda_function,
    start_child_workflow_execution,
)
from swf.retry import TRANSIENT_CAUSES, Retry, failure_names

if TYPE_CHECKING:
    from swf.dataflow.futures import Future
    from swf.dataflow.run import Run
    from swf.models.history.entity import Entity

#: How what the service refuses for now is asked for again: without end, but ever more rarely.
REFUSED_FOR_NOW: Final = Retry(max_attempts=None, delay=1, max_delay=300, jitter=0.5)


class Task(Lasting):
    """A request that can fail and be tried again: an activity, a child, a Lambda function.

    :param task: what was submitted.
    :param policy: when it is tried again.
    """

    def __init__(self, run: Run, id: str, task: Any, future: Future, policy: Retry) -> None:  # noqa: A002
        super().__init__(run, id)
        self.task = task
        self.future = future
        future._cancel = self.cancel
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
        self._encode(value)
        self.run.ask(self)

    def _encode(self, value: Any) -> None:
        self.input = payload.encode(value, f"input of {self.name}", DATA_LIMIT, self.run.codec)

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
        """Try again after so many seconds, with the arguments that its task has now."""
        self._encode(self.task.input)
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
            task_priority=workflow.declared_priority(),
            lambda_role=workflow.lambda_role,
        )

    def cancellation(self) -> Request:
        return CancelChildRequest(self.run, self.id, self.run_id)


class CancelActivityRequest(Request):
    """A request to cancel an activity task; that it came too late is no harm."""

    kind = "cancellation of activity"

    @property
    def says(self) -> Attributes:
        return {"activityId": self.id}

    def decision(self) -> Decision:
        return request_cancel_activity_task(self.id)


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
