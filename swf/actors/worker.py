"""ActivityWorker: takes activity tasks, does them, and tells the service how it went.

Low level: `poll`, `complete`, `fail`, `cancel`, `heartbeat`. On top of it register callables or
override `perform`, and `run`. From a task to its answer: `_work` performs it and says how it ended
as an `Ending`, `_tell` sends that until it is taken, and heartbeats go on beside both.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple, TypeVar

from attrs import frozen

from swf.actors.core import Actor, Polled, non_negative_number
from swf.actors.faults import FaultAction, fault_action
from swf.actors.heartbeat import Heartbeats
from swf.actors.tasks import ActivityTaskContext
from swf.connection import Connection
from swf.constants import DATA_LIMIT, HEARTBEAT_DETAILS_LIMIT, NONE, REASON_LIMIT
from swf.exceptions import (
    ActivityCanceled,
    ActivityTaskLost,
    DoesNotExistError,
    InvalidTypeError,
    SWFError,
)
from swf.models import ActivityTask, ActivityType, Domain
from swf.models.fields import NAME, VERSION
from swf.payload import PLAIN_JSON, Codec, cut, encode

logger = logging.getLogger(__name__)

Perform = Callable[[ActivityTaskContext], Any]
P = TypeVar("P", bound=Perform)

#: Seconds that count as a task's heartbeat timeout when the service does not tell it.
ASSUMED_HEARTBEAT_TIMEOUT = 60.0

#: Seconds between two heartbeats of one task at the least, however often its code reports.
HEARTBEAT_GAP = 1.0


class Timeouts(NamedTuple):
    """How long an activity may take, in seconds; None: no limit."""

    heartbeat: float | None
    start_to_close: float | None


@frozen
class RegisteredActivity:
    """What performs the tasks of a type, and its timeouts; None: those of the registered type."""

    perform: Perform
    timeouts: Timeouts | None = None


@frozen
class Ending:
    """How a task ended, and the call that says so (None: nobody is to be told)."""

    outcome: str
    tell: Callable[[], None] | None


class ActivityWorker(Actor[ActivityTask]):
    """Take activity tasks from a task list and answer them.

    Each answer raises `DoesNotExistError` when the task is not waiting for one any more: it timed
    out, was answered already, or its execution is closed; and `ValidationError`, with nothing
    sent, when a field is too long.

    :param raise_on_cancel: whether `task.heartbeat()` raises `ActivityCanceled` when cancellation
        was requested, or only returns True.
    :param heartbeat_gap: seconds between two heartbeats of one task at the least.
    :param codec: how the input of tasks is read and their results are written; deciders must use
        the same.

    The other parameters, and `options`, are those of `Actor`.
    Source: API Reference, PollForActivityTask, RespondActivityTask*, RecordActivityTaskHeartbeat.
    """

    sockets_per_slot: ClassVar[int] = 2  # a heartbeat beside the call of the slot

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
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, identity, connection, **options)
        gap = non_negative_number("heartbeat_gap", heartbeat_gap)
        self.raise_on_cancel = raise_on_cancel
        self.codec = codec
        self.activities: dict[tuple[str, str], RegisteredActivity] = {}
        self._heartbeats = Heartbeats(self._beat, gap=gap)
        self._timeouts: dict[tuple[str, str], Timeouts] = {}
        self._in_hand: set[str] = set()

    # The low level.

    def poll(self, task_list: str | None = None, identity: str | None = None) -> Polled:
        """Wait up to 60 seconds for an activity task; unpacks as `(token, ActivityTask)`.

        :param task_list: another list than the worker's own.
        :param identity: another name than the worker's own.
        :raises PollTimeout: when no task came.
        :raises DoesNotExistError: when the domain does not exist.
        :raises SWFError: when the codec cannot read the input; the task has failed for that.
        """
        params = self._from(task_list, identity)
        data = self._poll("PollForActivityTask", params)
        try:
            task = ActivityTask.from_poll(self.domain, params["taskList"]["name"], data, self.codec)
        except Exception as error:
            # Not the error itself: a worker gives up at what is refused for good.
            details, why = _told(error)
            self._persist(partial(self.fail, data["taskToken"], details, why))
            raise SWFError(f"the input of {data['activityId']!r} cannot be read: {why}") from error
        return Polled(task, task)

    def complete(self, task_token: str, result: Any = None) -> None:
        """Say that the task is done."""
        self.connection.call(
            "RespondActivityTaskCompleted",
            taskToken=task_token,
            result=encode(result, "result", codec=self.codec),
        )

    def fail(self, task_token: str, details: Any = None, reason: str | None = None) -> None:
        """Say that the task failed.

        :param reason: what went wrong, at most 256 characters; a decider may go by it.
        """
        self.connection.call(
            "RespondActivityTaskFailed",
            taskToken=task_token,
            details=encode(details, "details"),
            reason=encode(reason, "reason", REASON_LIMIT),
        )

    def cancel(self, task_token: str, details: Any = None) -> None:
        """Say that the task was given up because its cancellation was requested."""
        self.connection.call(
            "RespondActivityTaskCanceled", taskToken=task_token, details=encode(details, "details")
        )

    def heartbeat(self, task_token: str, details: Any = None) -> dict[str, bool]:
        """Say that the task is being worked on, and learn whether to cancel it.

        :param details: how far it is, at most 2,048 characters; those of the last heartbeat are
            kept with a timeout.
        :returns: `{"cancelRequested": bool}`
        :raises RateLimitExceededError: when it was throttled; the task goes on.
        """
        return self.connection.call(
            "RecordActivityTaskHeartbeat",
            taskToken=task_token,
            details=encode(details, "details", HEARTBEAT_DETAILS_LIMIT),
        )

    # For users and subclasses.

    def register(
        self, name: str, version: str, perform: Perform, timeouts: Timeouts | None = None
    ) -> None:
        """Have a callable perform the tasks of a type; it is given the task and returns the result.

        Only what is registered runs: nothing is imported because a task names it.

        :param timeouts: to be given where decisions schedule with other timeouts than those of the
            registered type, which a worker cannot see.
        :raises ValidationError: for a name or version that no type can have.
        """
        if not callable(perform):
            raise InvalidTypeError("perform", perform, "must be a callable that takes the task")
        key = NAME.validate("name", name), VERSION.validate("version", version)
        self.activities[key] = RegisteredActivity(perform, timeouts)

    def activity(
        self, name: str, version: str, timeouts: Timeouts | None = None
    ) -> Callable[[P], P]:
        """Register the decorated function; the arguments are those of `register`."""

        def decorate(perform: P) -> P:
            self.register(name, version, perform, timeouts)
            return perform

        return decorate

    def perform(self, task: ActivityTaskContext) -> Any:
        """Do what a task asks for and return its result; runs what was registered for its type.

        What it raises fails the task: the reason is `class: message`, the details hold the
        traceback. `ActivityCanceled` cancels it.
        """
        kind = task.activity_type
        registered = self.activities.get((kind.name, kind.version))
        if registered is None:
            raise LookupError(f"no activity {kind.name!r} {kind.version!r} is registered here")
        return registered.perform(task)

    def timeouts(self, task: ActivityTask) -> Timeouts:
        """Return how long a task may take: what was registered here for its type, else upstream."""
        if task.activity_type is None:
            return Timeouts(None, None)
        return self._timeouts_of(task.activity_type)

    # The runtime.

    def _poll_task(self, task_list: str) -> ActivityTask:
        task: ActivityTask = self.poll(task_list).task
        return task

    def _perform(self, task: ActivityTask) -> None:
        if task.task_token in self._in_hand:
            logger.warning("%r: %s was delivered twice", self, task.activity_id)
            return
        self._in_hand.add(task.task_token)
        context = self._context(task)
        self.hooks("before_activity", self, context)
        outcome = "lost"
        try:
            with self._heartbeats.beside(context):
                outcome = self._tell(context, self._work(context))
        finally:
            self._in_hand.discard(task.task_token)
            self.hooks("after_activity", self, context, outcome)

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
        """Return what was registered here for a type, else with the service."""
        key = (kind.name, kind.version)
        here = self.activities.get(key)
        if here is not None and here.timeouts is not None:
            return here.timeouts
        return self._timeouts.get(key) or self._ask_timeouts(kind)

    def _ask_timeouts(self, kind: ActivityType) -> Timeouts:
        """Ask the service for the timeouts of a type, once per type."""
        try:
            upstream = kind.evolve(connection=self.connection).upstream()
        except SWFError as error:
            assumed = Timeouts(ASSUMED_HEARTBEAT_TIMEOUT, None)
            logger.warning("%r: %s; assuming %s for %s", self, error, assumed, kind.name)
            if fault_action(error) is not FaultAction.RETRY:
                self._timeouts[kind.name, kind.version] = assumed
            return assumed
        timeouts = Timeouts(
            _limit(upstream.task_heartbeat_timeout), _limit(upstream.task_start_to_close_timeout)
        )
        self._timeouts[kind.name, kind.version] = timeouts
        return timeouts

    def _work(self, task: ActivityTaskContext) -> Ending:
        """Perform a task, and return how that ended."""
        try:
            result = self.perform(task)
            if task.elsewhere:
                return Ending("elsewhere", None)
            encode(
                result, "result", codec=self.codec
            )  # what cannot be sent is a failure like any other
        except KeyboardInterrupt:
            raise
        except ActivityCanceled as canceled:
            return Ending("canceled", partial(self.cancel, task.token, canceled.details))
        except ActivityTaskLost:
            return Ending("lost", None)
        except BaseException as error:  # noqa: BLE001 - the edge of a user's code
            return self._failure(task, error)
        return Ending("completed", partial(self.complete, task.token, result))

    def _failure(self, task: ActivityTaskContext, error: BaseException) -> Ending:
        logger.warning("%r: %s failed", self, task, exc_info=error)
        self.hooks("on_error", self, error, task)
        if task.elsewhere:
            return Ending("elsewhere", None)
        return Ending("failed", partial(self.fail, task.token, *_told(error)))

    def _tell(self, task: ActivityTaskContext, ending: Ending) -> str:
        """Say how a task ended until it is taken; return what became of it."""
        if ending.tell is None:
            return ending.outcome
        try:
            self._persist(ending.tell)
        except SWFError as error:
            if fault_action(error) is FaultAction.DROP:
                logger.warning("%r: %s %s, but it is lost: %s", self, task, ending.outcome, error)
                return "lost"
            if fault_action(error) is FaultAction.REJECT and ending.outcome != "failed":
                return self._tell(task, self._failure(task, error))
            raise
        return ending.outcome

    def _report(self, task: ActivityTaskContext, details: Any) -> None:
        """Take in what the code of a task reports: as it is now, and only if it can be sent."""
        self._heartbeats.report(task, encode(details, "details", HEARTBEAT_DETAILS_LIMIT))

    def _beat(self, task: ActivityTaskContext, details: Any) -> bool:
        """Send a heartbeat and note what it tells; return whether it got through."""
        self.hooks("before_heartbeat", self, task)
        requested = None
        try:
            requested = bool(self.heartbeat(task.token, details)["cancelRequested"])
            task.cancel_requested = task.cancel_requested or requested
        except DoesNotExistError:
            task.lost = True
        except Exception as error:  # noqa: BLE001 - whatever it was, the next one may get through
            logger.warning("%r: a heartbeat of %s failed: %r", self, task, error)
        finally:
            self.hooks("after_heartbeat", self, task, requested)
        return requested is not None


def _limit(seconds: int | str | None) -> float | None:
    """Return a timeout in seconds, None if there is no limit."""
    return None if seconds in (None, NONE, 0) else float(seconds or 0)


def _told(error: BaseException) -> tuple[str, str]:
    """Return the details and the reason with which an error fails a task."""
    details = "".join(traceback.format_exception(error))
    reason = f"{type(error).__name__}: {_message(error)}"
    return cut(details, DATA_LIMIT), cut(reason, REASON_LIMIT)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a user's own __str__
        return "(its message cannot be shown)"
