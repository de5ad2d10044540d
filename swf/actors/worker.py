"""ActivityWorker: polls for activity tasks, performs them and responds.

Low level: `poll`, `complete`, `fail`, `cancel`, `heartbeat`. High level: register functions or
override `perform`, then call `run`. `_work` performs a task and returns an `Ending`, `_respond`
sends it until it is accepted, and heartbeats are sent in parallel.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, TypeVar

from attrs import frozen

from swf.actors.activity_timeouts import Timeouts, TypeTimeouts
from swf.actors.core import Actor, Polled, non_negative_number
from swf.actors.ending import RESPONSES, Ending, cancellation_details, failure_fields
from swf.actors.faults import FaultAction, fault_action
from swf.actors.functions import run_coroutine
from swf.actors.heartbeat import Heartbeats
from swf.actors.isolated_tasks import IsolatedTasks
from swf.actors.isolation import Exit, TaskProcessError
from swf.actors.log import LogContext
from swf.actors.runtime import Runtime, Slot, is_user_interrupt
from swf.actors.tasks import ActivityTaskContext
from swf.connection import Connection
from swf.constants import HEARTBEAT_DETAILS_LIMIT, REASON_LIMIT
from swf.exceptions import (
    ActivityCanceled,
    ActivityTaskLost,
    DoesNotExistError,
    InvalidTypeError,
    SWFError,
)
from swf.models import ActivityTask, ActivityType, Domain
from swf.models.fields import FLAG, NAME, VERSION
from swf.payload import PLAIN_JSON, Codec, encode

logger = logging.getLogger(__name__)

Perform = Callable[[ActivityTaskContext], Any]
P = TypeVar("P", bound=Perform)

#: Minimum number of seconds between two heartbeats of one task.
HEARTBEAT_GAP = 1.0


@frozen
class RegisteredActivity:
    """The function of an activity type, and its timeouts.

    :param perform: takes the task and returns the result.
    :param timeouts: None uses those of the registered type.
    """

    perform: Perform
    timeouts: Timeouts | None = None


class ActivityWorker(Actor[ActivityTask]):
    """Polls a task list for activity tasks and responds to them.

    The responding methods raise `DoesNotExistError` if the task timed out, was already answered or
    its execution closed, and `ValidationError`, before anything is sent, if a field is too long.

    :param domain: the domain.
    :param task_list: name of the task list to poll.
    :param identity: name of this worker in histories, at most 256 characters; None uses host,
        process and thread.
    :param connection: the connection; None uses the domain's.
    :param raise_on_cancel: whether `task.heartbeat()` raises `ActivityCanceled` after a
        cancellation request, or only returns True.
    :param heartbeat_gap: minimum number of seconds between heartbeats of a task.
    :param codec: codec of inputs and results; deciders must use the same.
    :param isolated: whether `run` and `start` perform each task in its own process, which inherits
        the functions that are registered at the start. A crash fails the task at once, a task
        beyond its start-to-close timeout is killed, and heartbeats continue while code holds the
        GIL. Needs Unix. `task.stopping` is updated by `task.heartbeat()`.
    :param options: further options of `Actor`: `concurrency`, `pollers`, `processes`, `hooks`,
        `backoff`.

    Source: API Reference, PollForActivityTask, RespondActivityTask*, RecordActivityTaskHeartbeat.
    """

    sockets_per_slot: ClassVar[int] = 2  # one for a heartbeat

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        identity: str | None = None,
        connection: Connection | None = None,
        *,
        raise_on_cancel: bool = True,
        heartbeat_gap: float = HEARTBEAT_GAP,
        codec: Codec = PLAIN_JSON,
        isolated: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, identity, connection, **options)
        gap = non_negative_number("heartbeat_gap", heartbeat_gap)
        self.raise_on_cancel = raise_on_cancel
        self.codec = codec
        self.isolated = FLAG.validate("isolated", isolated)
        self._isolated_tasks: IsolatedTasks | None = None
        self.activities: dict[tuple[str, str], RegisteredActivity] = {}
        self._heartbeats = Heartbeats(self._beat, self._handle_timeout, gap=gap)
        self._slots: dict[ActivityTaskContext, Slot | None] = {}
        self._type_timeouts = TypeTimeouts()
        self._current_tokens: set[str] = set()

    # The low level.

    def poll(self, task_list: str | None = None, identity: str | None = None) -> Polled:
        """Poll up to 60 seconds for an activity task; unpacks as `(token, ActivityTask)`.

        :param task_list: another task list than the worker's.
        :param identity: another identity than the worker's.
        :returns: the token and the task; attributes of the task are available directly.
        :raises PollTimeout: if no task arrived.
        :raises DoesNotExistError: if the domain does not exist.
        :raises SWFError: if the codec cannot decode the input; the task was failed.

        Source: API Reference, PollForActivityTask.
        """
        params = self._poll_params(task_list, identity)
        data = self._poll("PollForActivityTask", params)
        try:
            codec = self.codec_for(data["activityId"], data["activityType"]["name"])
            task = ActivityTask.from_poll(self.domain, params["taskList"]["name"], data, codec)
        except BaseException as error:
            if is_user_interrupt(error):
                raise
            # An SWFError: the runtime would stop after the ValidationError itself.
            details, reason = failure_fields(error)
            self._with_retries(partial(self.fail, data["taskToken"], details, reason))
            raise SWFError(f"activity {data['activityId']!r}: invalid input: {reason}") from error
        return Polled(task, task)

    def codec_for(self, activity_id: str, name: str) -> Codec:  # noqa: ARG002 - for subclasses
        """Return the codec of a task's input and result.

        :param activity_id: id of the task.
        :param name: name of its activity type.
        """
        return self.codec

    def complete(self, task_token: str, result: Any = None) -> None:
        """Complete a task.

        :param task_token: token of the task.
        :param result: any value that the codec can encode, at most 32,768 characters when encoded.
        :raises DoesNotExistError: if the task is no longer open.
        :raises ValidationError: if `result` cannot be encoded or is too long.

        Source: API Reference, RespondActivityTaskCompleted.
        """
        self.connection.call(
            "RespondActivityTaskCompleted",
            taskToken=task_token,
            result=encode(result, "result", codec=self.codec),
        )

    def fail(self, task_token: str, details: Any = None, reason: str | None = None) -> None:
        """Fail a task.

        :param task_token: token of the task.
        :param details: further information, at most 32,768 characters when encoded.
        :param reason: short reason for the decider, at most 256 characters.
        :raises DoesNotExistError: if the task is no longer open.
        :raises ValidationError: if a field is too long.

        Source: API Reference, RespondActivityTaskFailed.
        """
        self.connection.call(
            "RespondActivityTaskFailed",
            taskToken=task_token,
            details=encode(details, "details"),
            reason=encode(reason, "reason", REASON_LIMIT),
        )

    def cancel(self, task_token: str, details: Any = None) -> None:
        """Report that a task was canceled after a cancellation request.

        :param task_token: token of the task.
        :param details: further information, at most 32,768 characters when encoded.
        :raises DoesNotExistError: if the task is no longer open.
        :raises ValidationError: if `details` is too long.

        Source: API Reference, RespondActivityTaskCanceled.
        """
        self.connection.call(
            "RespondActivityTaskCanceled", taskToken=task_token, details=encode(details, "details")
        )

    def heartbeat(self, task_token: str, details: Any = None) -> dict[str, bool]:
        """Record a heartbeat of a task.

        :param task_token: token of the task.
        :param details: progress, at most 2,048 characters when encoded; recorded if the task times
            out.
        :returns: `{"cancelRequested": bool}`
        :raises DoesNotExistError: if the task is no longer open.
        :raises RateLimitExceededError: if the call was throttled; the task stays open.

        Source: API Reference, RecordActivityTaskHeartbeat.
        """
        return self.connection.call(
            "RecordActivityTaskHeartbeat",
            taskToken=task_token,
            details=encode(details, "details", HEARTBEAT_DETAILS_LIMIT),
        )

    # For subclasses.

    def register(
        self, name: str, version: str, perform: Perform, timeouts: Timeouts | None = None
    ) -> None:
        """Register a function for an activity type.

        Only registered functions run; a task never causes an import.

        :param name: name of the activity type.
        :param version: version of the activity type.
        :param perform: takes the task (`ActivityTaskContext`) and returns the result; also
            `async def`, which runs on an event loop in the thread of the task.
        :param timeouts: timeouts of the tasks; required if decisions override those of the
            registered type, which a worker cannot see. None uses those of the registered type.
        :raises InvalidTypeError: if `perform` is not callable.
        :raises ValidationError: if name or version is invalid.
        """
        if not callable(perform):
            raise InvalidTypeError("perform", perform, "must be callable with the task")
        key = NAME.validate("name", name), VERSION.validate("version", version)
        self.activities[key] = RegisteredActivity(perform, timeouts)

    def activity(
        self, name: str, version: str, timeouts: Timeouts | None = None
    ) -> Callable[[P], P]:
        """Return a decorator that registers a function for an activity type.

        :param name: name of the activity type.
        :param version: version of the activity type.
        :param timeouts: as for `register`.
        """

        def decorate(perform: P) -> P:
            self.register(name, version, perform, timeouts)
            return perform

        return decorate

    def perform(self, task: ActivityTaskContext) -> Any:
        """Perform a task and return its result; calls the registered function by default.

        An exception fails the task: the reason is `class: message`, the details are the traceback.
        `ActivityCanceled` cancels it.

        :param task: the activity task.
        :raises LookupError: if no function is registered for the type.
        """
        kind = task.activity_type
        registered = self.activities.get((kind.name, kind.version))
        if registered is None:
            raise LookupError(
                f"activity not registered at this worker: {kind.name!r} {kind.version!r}"
            )
        return registered.perform(task)

    def timeouts(self, task: ActivityTask) -> Timeouts:
        """Return the timeouts of a task: those of `register`, else those of the registered type.

        :param task: the activity task.
        """
        if task.activity_type is None:
            return Timeouts(None, None)
        return self._timeouts_of(task.activity_type)

    # The runtime.

    def _label(self, task: ActivityTask) -> str:
        return f"activity task {task.activity_id!r} of {task.workflow_execution!r}"

    def _prepare(self, max_tasks: int | None) -> Runtime[ActivityTask]:
        runtime = super()._prepare(max_tasks)
        if self.isolated:
            self._isolated_tasks = IsolatedTasks(
                self._work_in_process, self._report_encoded, self.raise_on_cancel
            )
        return runtime

    def _return_tasks(self) -> None:
        if self._isolated_tasks is not None:
            self._isolated_tasks.close()
            self._isolated_tasks = None

    def _poll_task(self, task_list: str) -> ActivityTask:
        task: ActivityTask = self.poll(task_list).task
        return task

    def _perform(self, task: ActivityTask) -> None:
        if task.task_token in self._current_tokens:
            logger.warning("activity task delivered twice: %r: %s", self, task.activity_id)
            return
        self._current_tokens.add(task.task_token)
        context = self._context(task)
        self.hooks("before_activity", self, context)
        outcome = "lost"
        self._slots[context] = None if self._runtime is None else self._runtime.slot
        try:
            with self._heartbeats.keep_alive(context):
                outcome = self._respond(context, self._work(context))
        finally:
            del self._slots[context]
            self._current_tokens.discard(task.task_token)
            self.hooks("after_activity", self, context, outcome)

    def _handle_timeout(self, task: ActivityTaskContext) -> None:
        """Log a task that runs beyond its start-to-close timeout, and replace its slot."""
        task.lost = True
        logger.error("activity exceeded its start-to-close timeout: %r: %s", self, task)
        if self._isolated_tasks is not None:
            self._isolated_tasks.abort(task)
            return
        runtime, slot = self._runtime, self._slots.get(task)
        if runtime is not None and slot is not None:
            runtime.replace_slot(slot)

    def _context(self, task: ActivityTask) -> ActivityTaskContext:
        started = time.monotonic()
        timeouts = self.timeouts(task)
        limit = timeouts.start_to_close
        return ActivityTaskContext(
            task,
            timeouts.heartbeat,
            None if limit is None else started + limit,
            time.monotonic,
            threading.Event() if self._runtime is None else self._runtime.stopping,
            self._report,
            self.raise_on_cancel,
        )

    def _timeouts_of(self, kind: ActivityType) -> Timeouts:
        """Return the timeouts of `register`, else those of the registered type."""
        key = (kind.name, kind.version)
        registered = self.activities.get(key)
        if registered is not None and registered.timeouts is not None:
            return registered.timeouts
        return self._type_timeouts.get(kind, self.connection)

    def _work(self, task: ActivityTaskContext) -> Ending:
        """Perform a task, here or in its own process, and return its outcome."""
        if self._isolated_tasks is None:
            return self._work_here(task)
        ending = self._isolated_tasks.perform(task)
        if isinstance(ending, Exit):
            if task.lost:
                return Ending("lost")
            return self._failure(task, TaskProcessError(f"task process ended: {ending.code}"))
        task.elsewhere = ending.outcome == "elsewhere"
        if ending.outcome == "failed":
            logger.warning("activity failed: %r: %s: %s", self, task, ending.fields[0])
            self.hooks("on_error", self, TaskProcessError(ending.fields[1]), task)
        return ending

    def _work_in_process(self, task: ActivityTaskContext) -> Ending:
        """Perform a task in its own process."""
        LogContext().before_activity(self, task)
        return self._work_here(task)

    def _work_here(self, task: ActivityTaskContext) -> Ending:
        try:
            result = run_coroutine(self.perform(task))
            if task.elsewhere:
                return Ending("elsewhere")
            # A result that cannot be encoded fails the task.
            codec = self.codec_for(str(task.activity_id), task.activity_type.name)
            return Ending("completed", (encode(result, "result", codec=codec),))
        except ActivityCanceled as canceled:
            return Ending("canceled", (cancellation_details(canceled.details),))
        except ActivityTaskLost:
            return Ending("lost")
        except BaseException as error:
            if is_user_interrupt(error):
                raise
            return self._failure(task, error)

    def _failure(self, task: ActivityTaskContext, error: BaseException) -> Ending:
        logger.warning("activity failed: %r: %s", self, task, exc_info=error)
        self.hooks("on_error", self, error, task)
        if task.elsewhere:
            return Ending("elsewhere")
        return Ending("failed", self.failure_fields(task, error))

    def failure_fields(self, task: ActivityTaskContext, error: BaseException) -> tuple[str, str]:  # noqa: ARG002 - for subclasses
        """Return the details and the reason with which a task fails.

        :param task: the activity task.
        :param error: the exception of the activity.
        """
        return failure_fields(error)

    def _respond(self, task: ActivityTaskContext, ending: Ending) -> str:
        """Report an outcome until it is accepted; return the final outcome."""
        if ending.outcome not in RESPONSES:
            return ending.outcome
        operation, members = RESPONSES[ending.outcome]
        fields = dict(zip(members, ending.fields, strict=True))
        respond = partial(self.connection.call, operation, taskToken=task.token, **fields)
        try:
            self._with_retries(respond)
        except SWFError as error:
            if fault_action(error) is FaultAction.DROP:
                logger.warning(
                    "activity task lost, outcome dropped: %s: %r: %s: %s",
                    ending.outcome,
                    self,
                    task,
                    error,
                )
                if ending.outcome == "completed":  # other outcomes follow an error of their own
                    self.hooks("on_error", self, error, task)
                return "lost"
            if fault_action(error) is FaultAction.REJECT and ending.outcome != "failed":
                return self._respond(task, self._failure(task, error))
            raise
        return ending.outcome

    def _report(self, task: ActivityTaskContext, details: Any) -> None:
        """Store the details that user code reports, if they can be encoded."""
        self._report_encoded(task, encode(details, "details", HEARTBEAT_DETAILS_LIMIT))

    def _report_encoded(self, task: ActivityTaskContext, details: str | None) -> None:
        self._heartbeats.report(task, details)

    def _beat(self, task: ActivityTaskContext, details: Any) -> bool:
        """Send a heartbeat and update the task; return whether it succeeded."""
        self.hooks("before_heartbeat", self, task)
        requested = None
        try:
            requested = bool(self.heartbeat(task.token, details)["cancelRequested"])
            task.cancel_requested = task.cancel_requested or requested
        except DoesNotExistError:
            task.lost = True
        except BaseException as error:  # noqa: BLE001 - the next one may succeed
            logger.warning("heartbeat failed: %r: %s: %r", self, task, error)
        finally:
            self.hooks("after_heartbeat", self, task, requested)
        return requested is not None
