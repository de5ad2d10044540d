"""Child workflows: a workflow class with arguments, and its start and cancel commands."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from swf.dataflow import simpleflow_compat
from swf.dataflow.activity import PRIORITY_NOT_SET, validate_priority
from swf.dataflow.arguments import content_id, resolve
from swf.dataflow.base_future import Future
from swf.dataflow.command_queue import CommandQueue
from swf.dataflow.commands import Attributes, Command
from swf.dataflow.declaration import Declaration
from swf.dataflow.encoding import writing
from swf.dataflow.exceptions import TaskException, WorkflowException
from swf.dataflow.ids import Scope
from swf.dataflow.rerun import child_key
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.runtime import Identity, WorkflowRuntime
from swf.dataflow.submittable import CallTask
from swf.engine.ids import fit_id
from swf.engine.throttling import CommandKind, is_quota_cause
from swf.models.decision import (
    Decision,
    request_cancel_external_workflow_execution,
    start_child_workflow_execution,
)
from swf.models.history.entity import Entity
from swf.payload import safe_copy
from swf.retry import Retry, as_policy


class ChildCommand(RetryableCommand):
    """Starts a child workflow. SWF: StartChildWorkflowExecution."""

    kind = "child workflow"
    quota = CommandKind.CHILD
    run_id: str | None = None

    def __init__(
        self,
        runtime: WorkflowRuntime,
        id: str,  # noqa: A002 - the service's word
        task: Any,
        future: Future,
        policy: Retry,
        place: str,
    ) -> None:
        super().__init__(runtime, id, task, future, policy)
        self.place = place

    @property
    def name(self) -> str:
        return str(self.task.workflow.name)

    @property
    def expected_attributes(self) -> Attributes:
        return {"workflowId": self.id, "workflowType": self.name, "input": self.input}

    def matches_legacy(self, name: str, recorded: Any) -> bool:
        if name == "workflowType":
            return bool(recorded == self.task.workflow.path())
        if name == "input":
            return simpleflow_compat.is_same_call(
                recorded, self.input, self.runtime.codec, self.task.input
            )
        return name == "workflowId" and simpleflow_compat.is_child_id(recorded, self.name)

    def begin(self, value: Any) -> None:
        """Start the child. The id of an idempotent child derives from the resolved arguments."""
        unique = self.task.unique_place()
        if unique is not None and unique != self.place:
            if self.joins_equal_task(unique) or self.runtime.reuse_result(
                self.future, child_key(unique)
            ):
                return
            self.place = unique
        self.rename(self.task.workflow_id(self.runtime, self.place))
        self._encode(value)
        with writing():  # raises here, in the code that starts the child
            self.decision()
        self.runtime.queue.add(self)

    def _encode(self, value: Any) -> None:
        if self.runtime.queue.is_from_simpleflow:
            value = simpleflow_compat.add_class(value, self.task.workflow.path())
        super()._encode(value)

    def attempt(self) -> Entity:
        return self.runtime.view.full.children.by_event(self.open_event_id or 0)

    def on_started(self, attributes: Attributes) -> None:
        super().on_started(attributes)
        self.run_id = attributes["workflowExecution"]["runId"]
        if self.task.workflow.child_policy == "ABANDON":
            self.runtime.tracker.release(self.future)

    def decision(self) -> Decision:
        workflow = self.task.workflow
        return start_child_workflow_execution(
            self.id,
            (workflow.name, workflow.version),
            control=self.place,
            input=self.input,
            child_policy=workflow.child_policy,
            execution_start_to_close_timeout=workflow.execution_timeout,
            task_start_to_close_timeout=workflow.decision_tasks_timeout,
            tag_list=self.task.tag_list(self.runtime),
            task_list=self.runtime.options.child_task_list or self.task.task_list(),
            task_priority=self.task.task_priority(),
            lambda_role=workflow.lambda_role,
        )

    def cancellation(self) -> Command:
        return CancelChildCommand(self.runtime.queue, self.id, self.run_id)


class CancelChildCommand(Command):
    """Requests cancellation of a child workflow. A request for a closed child has no effect."""

    kind = "cancellation of child workflow"
    quota = CommandKind.CANCEL

    def __init__(self, queue: CommandQueue, id: str, run_id: str | None) -> None:  # noqa: A002
        super().__init__(id)
        self.run_id = run_id
        self._queue = queue

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:  # noqa: ARG002
        self._queue.open[event_id] = self

    def on_completed(self, attributes: Attributes) -> None:
        """The child has received the request."""

    def on_refused(self, attributes: Attributes) -> None:
        if is_quota_cause(attributes.get("cause")):
            self._queue.add(self)

    @property
    def expected_attributes(self) -> Attributes:
        return {"workflowId": self.id}

    def decision(self) -> Decision:
        return request_cancel_external_workflow_execution(self.id, run_id=self.run_id)


class WorkflowTask(CallTask):
    """A workflow class with arguments, to run as a child workflow.

    :param executor: ignored; part of the signature of simpleflow.
    :param workflow: the class of the child.
    :param args: positional arguments of its `run`; they may contain futures.
    :param workflow_task_list: task list of its decision tasks. Default: `get_task_list` of the
        class.
    :param kwargs: keyword arguments of its `run`. `__priority` is the priority of its decision
        tasks and overrides that of the class.
    :raises ValidationError: `__priority` is not a 32-bit integer.
    """

    failure: ClassVar[type[TaskException]] = WorkflowException

    def __init__(
        self,
        executor: Any,  # noqa: ARG002 - part of the documented signature
        workflow: type[Declaration],
        /,
        *args: Any,
        workflow_task_list: str | None = None,
        **kwargs: Any,
    ) -> None:
        priority = kwargs.pop("__priority", PRIORITY_NOT_SET)
        self.priority: Any = validate_priority("__priority", priority)
        super().__init__(*args, **kwargs)
        self.workflow = workflow
        self._task_list = workflow_task_list

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Start the child, unless an idempotent child with equal arguments exists.

        :raises InvalidTypeError: the arguments do not match the signature of `run`.
        """
        workflow = self.workflow
        workflow.check_arguments(self.args, self.kwargs)
        runtime.new_children.add(workflow)
        can_begin = self.can_begin
        unique = self.unique_place() if can_begin else None
        existing = runtime.by_content.get(unique or "")
        if existing is not None:
            return existing
        place = unique or scope.next(workflow.name)
        task_id = _id(runtime.identity, place)
        if can_begin:
            task_id = self.workflow_id(runtime, place)
        raises = workflow.raises_on_failure if self.raises is None else self.raises
        future = runtime.tracker.create(self, task_id, raises_on_failure=raises)
        if unique:
            runtime.by_content[unique] = future
        if runtime.reuse_result(future, child_key(place)):
            return future
        policy = as_policy(workflow.retry)
        return self._begin(runtime, ChildCommand(runtime, task_id, self, future, policy, place))

    def workflow_id(self, runtime: WorkflowRuntime, place: str) -> str:
        """Return the workflow id: `get_workflow_id` of the class, else one derived from `place`."""
        args, kwargs = safe_copy(resolve((self.args, self.kwargs)))
        return self.workflow.get_workflow_id(*args, **kwargs) or _id(runtime.identity, place)

    def unique_place(self) -> str | None:
        """Return the place of an idempotent child, derived from its arguments; otherwise None."""
        if not self.workflow.idempotent:
            return None
        return content_id(self.workflow.name, resolve(self.args), resolve(self.kwargs))

    def task_priority(self) -> int | None:
        """Return the priority of the submission, else of the class."""
        declared = self.workflow.declared_priority()
        if self.priority is PRIORITY_NOT_SET:
            return declared
        if self.priority is None and declared is not None:
            return 0  # without a value, the default of the workflow type would apply
        submitted: int | None = self.priority
        return submitted

    def task_list(self) -> str:
        """Return the task list of its decision tasks."""
        args, kwargs = safe_copy(resolve((self.args, self.kwargs)))
        return self._task_list or self.workflow.get_task_list(*args, **kwargs)

    def tag_list(self, runtime: WorkflowRuntime) -> list[str] | None:
        """Return its tags; `INHERIT_TAG_LIST` stands for those of this execution."""
        args, kwargs = safe_copy(resolve((self.args, self.kwargs)))
        tags = self.workflow.get_tag_list(*args, **kwargs)
        return (
            runtime.view.full.execution.tag_list if tags is self.workflow.INHERIT_TAG_LIST else tags
        )

    def with_result(self, result: Any) -> WorkflowTask:
        """Return a copy with one more argument."""
        task = ChildWorkflowTask(
            self.workflow, *self.args, result, workflow_task_list=self._task_list, **self.kwargs
        )
        task.priority, task.raises = self.priority, self.raises
        return task

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.workflow.name}>"


class ChildWorkflowTask(WorkflowTask):
    """A `WorkflowTask` without the parameter `executor`."""

    def __init__(self, workflow: type[Declaration], /, *args: Any, **kwargs: Any) -> None:
        super().__init__(None, workflow, *args, **kwargs)


def _id(identity: Identity, place: str) -> str:
    """Return the workflow id of a child; it is unique among executions."""
    name, _, number = place.rpartition("-")
    digest = hashlib.sha256(identity.run_id.encode()).hexdigest()[:16]
    return fit_id(f"{name}-{identity.workflow_id}--{digest}--{number}")
