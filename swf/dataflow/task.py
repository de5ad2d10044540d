"""Tasks: what can be submitted to a workflow.

An activity or a workflow class with arguments becomes a task (`as_task`); timers, signals, markers
and the rest are made by the methods of `Workflow`. A task that is started asks for what it stands
for and returns a future. Arguments may be futures, or contain some at any depth: the task begins
when all of them are done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from swf import payload
from swf.codecs import JSON
from swf.constants import DATA_LIMIT
from swf.dataflow.activity import PRIORITY_NOT_SET, Activity, as_policy
from swf.dataflow.arguments import (
    first_unusable,
    fixed,
    futures_in,
    identified,
    is_ready,
    resolved,
)
from swf.dataflow.attempts import ActivityRequest, ChildRequest, LambdaRequest
from swf.dataflow.exceptions import TaskException, WorkflowException
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope, fit
from swf.dataflow.requests import Beginning, CloseRequest, MarkerRequest, SignalRequest
from swf.dataflow.rerun import child_key
from swf.exceptions import InvalidTypeError
from swf.models.decision import continue_as_new_workflow_execution

if TYPE_CHECKING:
    from swf.dataflow.run import Run
    from swf.dataflow.workflow import Workflow


class Submittable:
    """Something that a workflow can submit."""

    #: What is raised when it fails and may not.
    failure: ClassVar[type[TaskException]] = TaskException
    #: Whether it raises on failure, given by who submits it; None: as it was declared.
    raises: bool | None = None

    def start(self, run: Run, scope: Scope) -> Future:
        """Ask for it, at a place in the structure of the workflow."""
        raise NotImplementedError

    def with_result(self, result: Any) -> Submittable:  # noqa: ARG002 - for those that take one
        """Return the same with one more argument.

        :raises InvalidTypeError: it takes no arguments.
        """
        raise InvalidTypeError("send_result", self, "takes no arguments")


class _Called(Submittable):
    """Something with arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = fixed(args)
        self.kwargs = fixed(kwargs)

    @property
    def input(self) -> Any:
        """What is sent, with the results of its futures."""
        return {"args": list(resolved(self.args)), "kwargs": resolved(self.kwargs)}

    def _begin(self, run: Run, request: Beginning) -> Future:
        """Begin it as soon as the futures among its arguments are done."""
        future = request.future
        given = list(futures_in(self.args)) + list(futures_in(self.kwargs))
        if not given or (all(map(is_ready, given)) and first_unusable(given) is None):
            request.begin(self.input)
        else:
            needed = [each for each in given if not is_ready(each)]
            _when_done(run, needed, lambda: self._begin_late(request, given))
        return future

    def _begin_late(self, request: Beginning, given: list[Future]) -> None:
        future = request.future
        if future.done:
            return
        failed = first_unusable(given)
        if failed is not None:
            future.follow(failed)
            return
        try:
            request.begin(self.input)
        except Exception as error:  # noqa: BLE001 - arguments of a user's
            future.set_exception(error)


class ActivityTask(_Called):
    """An activity with arguments."""

    def __init__(self, activity: Activity, *args: Any, **kwargs: Any) -> None:
        self.priority = kwargs.pop("__priority", PRIORITY_NOT_SET)
        super().__init__(*args, **kwargs)
        self.activity = activity

    def start(self, run: Run, scope: Scope) -> Future:
        """Schedule it, unless it is idempotent and was."""
        run.new_activities.add(self.activity)
        unique = self._unique_id(run)
        known = run.by_content.get(unique or "")
        if known is not None:
            return known
        activity = self.activity
        task_id = unique or fit(scope.next(activity.name))
        raises = activity.raises_on_failure if self.raises is None else self.raises
        future = run.future(self, task_id, raises_on_failure=raises)
        if unique:
            run.by_content[unique] = future
        if run.keep(future, task_id):
            return future
        return self._begin(run, ActivityRequest(run, task_id, self, future, activity.policy))

    def _unique_id(self, run: Run) -> str | None:
        make = getattr(self.activity.callable, "get_task_id", None)
        if make is not None:
            return fit(str(make(run.workflow, *self.args, **self.kwargs)))
        if not self.activity.idempotent:
            return None
        return fit(_of_content(self.activity.name, self.args, self.kwargs))

    def priority_in(self, workflow: Workflow) -> int | None:
        """Return its priority: as submitted, else as declared, else the workflow's."""
        for priority in (self.priority, self.activity.task_priority):
            if priority is not PRIORITY_NOT_SET:
                return None if priority is None else int(priority)
        return workflow.task_priority

    def with_result(self, result: Any) -> ActivityTask:
        """Return the same with one more argument."""
        task = ActivityTask(self.activity, *self.args, result, **self.kwargs)
        task.priority, task.raises = self.priority, self.raises
        return task

    def __repr__(self) -> str:
        return f"<ActivityTask {self.activity.name}>"


class NonPythonicActivityTask(ActivityTask):
    """An activity for workers in other languages: its input is the arguments as they are.

    Positional arguments are a list, keywords an object; one or the other.
    """

    def __init__(self, activity: Activity, *args: Any, **kwargs: Any) -> None:
        super().__init__(activity, *args, **kwargs)
        if self.args and self.kwargs:
            raise ValueError("arguments are either positional or keywords, not both")

    @property
    def input(self) -> Any:
        """The list, or the object."""
        return resolved(self.kwargs) if self.kwargs else list(resolved(self.args))


class WorkflowTask(_Called):
    """A workflow class with arguments, to be run as a child.

    :param executor: of no use here.
    :param workflow_task_list: where its decision tasks go, whatever the class says.
    """

    failure: ClassVar[type[TaskException]] = WorkflowException

    def __init__(
        self,
        executor: Any,  # noqa: ARG002 - part of the documented signature
        workflow: type[Workflow],
        *args: Any,
        workflow_task_list: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.workflow = workflow
        self._task_list = workflow_task_list

    def start(self, run: Run, scope: Scope) -> Future:
        """Start the child, unless it is idempotent and was."""
        workflow = self.workflow
        run.new_children.add(workflow)
        unique = _of_content(workflow.name, self.args, self.kwargs) if workflow.idempotent else None
        known = run.by_content.get(unique or "")
        if known is not None:
            return known
        place = unique or scope.next(workflow.name)
        task_id = workflow.get_workflow_id(*self.args, **self.kwargs) or run.child_id(place)
        raises = workflow.raises_on_failure if self.raises is None else self.raises
        future = run.future(self, task_id, raises_on_failure=raises)
        if unique:
            run.by_content[unique] = future
        if run.keep(future, child_key(place)):
            return future
        policy = as_policy(workflow.retry)
        return self._begin(run, ChildRequest(run, task_id, self, future, policy, place))

    def task_list(self) -> str:
        """Return where its decision tasks go."""
        return self._task_list or self.workflow.get_task_list(*self.args, **self.kwargs)

    def tag_list_in(self, run: Run) -> list[str] | None:
        """Return its tags, or those of the workflow that it inherits them from."""
        tags = self.workflow.get_tag_list(*self.args, **self.kwargs)
        return run.history.execution.tag_list if tags is self.workflow.INHERIT_TAG_LIST else tags

    def with_result(self, result: Any) -> WorkflowTask:
        """Return the same with one more argument."""
        task = ChildWorkflowTask(
            self.workflow, *self.args, result, workflow_task_list=self._task_list, **self.kwargs
        )
        task.raises = self.raises
        return task

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.workflow.name}>"


class ChildWorkflowTask(WorkflowTask):
    """The same, without an executor."""

    def __init__(self, workflow: type[Workflow], *args: Any, **kwargs: Any) -> None:
        super().__init__(None, workflow, *args, **kwargs)


class LambdaTask(_Called):
    """An AWS Lambda function, called with one value.

    :param timeout: seconds, from 1 to 900.
    """

    def __init__(
        self, name: str, value: Any = None, timeout: int | None = None, retry: Any = 0
    ) -> None:
        super().__init__(value)
        self.name = name
        self.timeout = timeout
        self.retry = retry

    @property
    def input(self) -> Any:
        """The value."""
        return resolved(self.args[0])

    def start(self, run: Run, scope: Scope) -> Future:
        """Call it."""
        task_id = fit(scope.next(self.name))
        future = run.future(self, task_id, raises_on_failure=bool(self.raises))
        return self._begin(run, LambdaRequest(run, task_id, self, future, as_policy(self.retry)))


class TimerTask(Submittable):
    """A timer; its future is done when it fires."""

    def __init__(self, timer_id: str | None, timeout: float | str, control: Any = None) -> None:
        self.timer_id = timer_id
        self.timeout = timeout
        self.control = control

    def start(self, run: Run, scope: Scope) -> Future:
        """Start it; one of its name that runs already is the same."""
        timer_id = self.timer_id or scope.next("sleep")
        running = run.timers.get(timer_id)
        if running is not None and not running.done:
            return running
        return run.start_timer(timer_id, self.timeout, self.control)


class CancelTimerTask(Submittable):
    """The end of a timer."""

    def __init__(self, timer_id: str) -> None:
        self.timer_id = timer_id

    def start(self, run: Run, scope: Scope) -> Future:  # noqa: ARG002 - it has an id
        """Cancel the timer, if it runs."""
        timer = run.timers.get(self.timer_id)
        if timer is not None:
            timer.cancel()
        return run.done(None)


class MarkerTask(_Called):
    """A marker; its future is done as soon as the futures in its details are."""

    def __init__(self, name: str, details: Any = None) -> None:
        super().__init__(details)
        self.name = name

    @property
    def details(self) -> Any:
        """What is noted, as it was given."""
        return self.args[0]

    @property
    def input(self) -> Any:
        """What is noted."""
        return resolved(self.details)

    def start(self, run: Run, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Record it."""
        future = run.future(self, self.name, raises_on_failure=False)
        return self._begin(run, MarkerRequest(run, self.name, future))


class SignalTask(_Called):
    """A signal to another execution, or to the relatives of this one.

    :param propagate: whether those who get it pass it on to their parents and children.
    """

    def __init__(
        self,
        name: str,
        *args: Any,
        workflow_id: str | None = None,
        run_id: str | None = None,
        propagate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.propagate = propagate

    @property
    def input(self) -> Any:
        """What is sent; who sends it is added to it."""
        return {**super().input, "__propagate": self.propagate}

    def start(self, run: Run, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Send it; one that names no execution is for this one and its relatives."""
        if self.workflow_id is not None:
            to: tuple[str, str | None] = (self.workflow_id, self.run_id)
        else:
            to = (run.identity.workflow_id, run.identity.run_id)
        future = run.future(self, self.name, raises_on_failure=False)
        return self._begin(run, SignalRequest(run, self.name, *to, future))


class WaitForSignal(Submittable):
    """A wait for a signal; the future's result is its input.

    :param consume: whether each signal is for one wait only, in the order in which they came;
        otherwise a wait is for the last one that came, if any did.
    """

    def __init__(self, signal_name: str, *, consume: bool = False) -> None:
        self.signal_name = signal_name
        self.consume = consume

    def start(self, run: Run, scope: Scope) -> Future:  # noqa: ARG002 - it has a name
        """Wait for it."""
        return run.signals.wait(run, self)


class ContinueAsNewTask(Submittable):
    """The end of this execution, which begins anew with other arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def start(self, run: Run, scope: Scope) -> Future:  # noqa: ARG002 - there is one only
        """Have the execution close that way as soon as its code has returned."""
        run.continuation = self
        return run.done(None)

    def close(self, run: Run) -> CloseRequest:
        """Return the request; what is not declared stays as it is in this execution."""
        value = {"args": list(resolved(self.args)), "kwargs": resolved(self.kwargs)}
        text = payload.encode(value, "input", DATA_LIMIT, run.codec)
        now = run.history.execution
        return CloseRequest(
            run,
            "continuation",
            lambda: continue_as_new_workflow_execution(
                input=text,
                child_policy=now.child_policy,
                execution_start_to_close_timeout=_seconds(now.execution_timeout),
                task_start_to_close_timeout=now.decision_tasks_timeout,
                lambda_role=now.lambda_role,
                tag_list=now.tag_list or None,
                task_list=now.task_list,
                task_priority=now.task_priority,
                workflow_type_version=run.workflow.version,
            ),
            input=text,
        )


def as_task(what: Any, *args: Any, **kwargs: Any) -> Submittable:
    """Return the task for whatever can be submitted.

    :raises InvalidTypeError: a `TypeError`, nobody knows how to submit this.
    """
    if isinstance(what, Activity):
        return ActivityTask(what, *args, **kwargs)
    if isinstance(what, type) and hasattr(what, "as_child"):
        task: Submittable = what.as_child(*args, **kwargs)
        return task
    if isinstance(what, Submittable) and not args and not kwargs:
        return what
    raise InvalidTypeError(
        "submit", what, "must be an activity, a workflow class with arguments, or a task without"
    )


def _of_content(name: str, args: Any, kwargs: Any) -> str:
    """Return an id that is made of a name and its arguments."""
    # Not the codec of the run: an encrypted text is another each time.
    text = JSON.encode(identified([args, kwargs]), "arguments")
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{name}-{digest}"


def _when_done(run: Run, needed: list[Future], begin: Callable[[], None]) -> None:
    if not needed:
        run.loop.soon(begin)
        return
    left = len(needed)

    def one_is_done(_: Future) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            begin()

    for future in needed:
        future.add_done_callback(one_is_done)


def _seconds(timeout: int | str | None) -> int | None:
    return timeout if isinstance(timeout, int) else None
