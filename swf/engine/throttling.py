"""Pacing of commands that the service refuses because of a rate or a quota.

The service answers a decision that exceeds the rate of the account, or the number of open entities
of the execution, with a failure event. Such a refusal says nothing about the work itself. Both
engines therefore hold the command and send it again later; it never counts as an attempt, as an
elapsed timer or as a delivered signal.

`Throttle` folds the events of one execution. Its state depends on the history alone, so a cached
decider and one that replays the history hold and release the same commands. The window of commands
that may be sent follows the additive-increase, multiplicative-decrease scheme of TCP: a refusal
shrinks it to the number of accepted commands, and accepted batches let it grow to the documented
refill rate of the token bucket. It begins with the share of the rate that this execution has
probably for itself: if it emptied the bucket, most of it; else an eighth.

While the service accepts nothing, each attempt sends one command. The pauses between the attempts
double up to `DOUBLING_LIMIT`; then they last a quarter of the outage, up to `MAX_PAUSE`. So even an
outage of a year does not fill a history.

Source: Developer Guide, "Amazon SWF Quotas".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from swf.actors import DecisionTaskContext
from swf.constants import PAUSE_TIMER_ID
from swf.models.decision import Decision, start_timer
from swf.models.event.base import moment


class CommandKind(Enum):
    """A kind of command with its own rate or quota."""

    __hash__ = object.__hash__  # `Enum` hashes the name, which takes ten times as long

    ACTIVITY = "activity"
    TIMER = "timer"
    CHILD = "child"
    LAMBDA = "lambda"
    SIGNAL = "signal"
    CANCEL = "cancel"
    CONTINUE_AS_NEW = "continue as new"
    CLOSE = "close"


#: Longest pause that doubles the previous one, in seconds.
DOUBLING_LIMIT: Final = 32
#: Share of an outage that a longer pause lasts.
OUTAGE_SHARE: Final = 0.25
#: Longest pause between two attempts, in seconds: 2,190 attempts a year, of nine events each.
MAX_PAUSE: Final = 4 * 3600
#: The same while the service refuses timers: the next decision task is held back for that time.
MAX_TASK_DELAY: Final = 600


class Quota(NamedTuple):
    """The documented default quotas of a kind of command.

    :param refill: commands a second that the account may send in the long run.
    :param burst: commands that it may send at once after a pause.
    :param open: entities that one execution may have open; None if there is no such quota.
    :param max_pause: longest pause between two attempts, in seconds.
    """

    refill: int
    burst: int
    open: int | None = None
    max_pause: int = MAX_PAUSE


#: Timers that stay free for the engines' own timers, among the 1,000 that may be open.
RESERVED_TIMERS: Final = 2

QUOTAS: Final[Mapping[CommandKind, Quota]] = {
    CommandKind.ACTIVITY: Quota(200, 1000, 1000),
    CommandKind.TIMER: Quota(200, 2000, 1000 - RESERVED_TIMERS, MAX_TASK_DELAY),
    CommandKind.CHILD: Quota(12, 500, 1000),
    # Not documented: the quotas of activity tasks, which the service handles in the same way.
    CommandKind.LAMBDA: Quota(200, 1000, 1000),
    CommandKind.SIGNAL: Quota(120, 1200),
    CommandKind.CANCEL: Quota(120, 1200),
    CommandKind.CONTINUE_AS_NEW: Quota(1, 1),
    # No quota of the service: the pace at which a close without permission is sent again.
    CommandKind.CLOSE: Quota(1, 1),
}

#: Causes of a refusal that time or the end of other work removes.
QUOTA_CAUSES: Final = frozenset(
    (
        "ACTIVITY_CREATION_RATE_EXCEEDED",
        "CHILD_CREATION_RATE_EXCEEDED",
        "CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED",
        "LAMBDA_FUNCTION_CREATION_RATE_EXCEEDED",
        "OPEN_ACTIVITIES_LIMIT_EXCEEDED",
        "OPEN_CHILDREN_LIMIT_EXCEEDED",
        "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED",
        "OPEN_TIMERS_LIMIT_EXCEEDED",
        "OPEN_WORKFLOWS_LIMIT_EXCEEDED",
        "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
        "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
        "TIMER_CREATION_RATE_EXCEEDED",
    )
)

#: Cause of a refusal that a change of the decider's permissions removes.
NOT_PERMITTED: Final = "OPERATION_NOT_PERMITTED"

_ACCEPTED: Final = {
    "ActivityTaskScheduled": CommandKind.ACTIVITY,
    "TimerStarted": CommandKind.TIMER,
    "StartChildWorkflowExecutionInitiated": CommandKind.CHILD,
    "LambdaFunctionScheduled": CommandKind.LAMBDA,
    "SignalExternalWorkflowExecutionInitiated": CommandKind.SIGNAL,
    "RequestCancelExternalWorkflowExecutionInitiated": CommandKind.CANCEL,
}
_REFUSED: Final = {
    "ScheduleActivityTaskFailed": CommandKind.ACTIVITY,
    "StartTimerFailed": CommandKind.TIMER,
    "StartChildWorkflowExecutionFailed": CommandKind.CHILD,
    "ScheduleLambdaFunctionFailed": CommandKind.LAMBDA,
    "SignalExternalWorkflowExecutionFailed": CommandKind.SIGNAL,
    "RequestCancelExternalWorkflowExecutionFailed": CommandKind.CANCEL,
    "ContinueAsNewWorkflowExecutionFailed": CommandKind.CONTINUE_AS_NEW,
    "CompleteWorkflowExecutionFailed": CommandKind.CLOSE,
    "FailWorkflowExecutionFailed": CommandKind.CLOSE,
    "CancelWorkflowExecutionFailed": CommandKind.CLOSE,
}

#: Seconds after the end of a pause without a command of a kind, after which it is no longer paced.
RECOVERY: Final = 60.0
#: Seconds for which an accepted command shows that the account's bucket was not empty before.
RECENT: Final = 2.0
#: Resolution of the service's timestamps, in seconds.
TICK: Final = 0.001
#: Share of the accepted commands that the next batch sends after a refusal.
DECREASE: Final = 0.8
#: Share by which an accepted batch grows beyond the last known limit.
INCREASE: Final = 0.02


class Pause(NamedTuple):
    """How an engine waits until it may send the commands that it holds back.

    :param seconds: Seconds until the next attempt, at least 1.
    :param is_timer_doubtful: Whether the service may refuse the timer that ends the pause.
    """

    seconds: int
    is_timer_doubtful: bool

    def apply(self, task: DecisionTaskContext, decisions: Iterable[Decision]) -> list[Decision]:
        """Return decisions that include the timer of the pause.

        A refusal of that timer causes a new decision task immediately. If a refusal is likely,
        the service is asked to hold that decision task back as well.

        :param decisions: The decisions of the engine.
        """
        decisions = list(decisions)
        if decisions and decisions[-1].is_closing:
            return decisions
        if self.is_timer_doubtful:
            task.next_task_delay = min(self.seconds, MAX_TASK_DELAY)
        return [start_timer(PAUSE_TIMER_ID, self.seconds), *decisions]


def is_quota_cause(cause: str | None) -> bool:
    """Return whether the cause of a refused decision is a rate or a quota."""
    return cause in QUOTA_CAUSES


class Throttle:
    """How many commands of each kind one execution may send now."""

    __slots__ = ("_buckets", "_windows", "is_pausing")

    def __init__(self) -> None:
        #: Whether the timer of a pause is open.
        self.is_pausing = False
        self._windows: dict[CommandKind, _Window] = {}
        self._buckets = {CommandKind.CHILD: _Bucket(QUOTAS[CommandKind.CHILD])}

    def observe(self, raw: Mapping[str, Any]) -> None:
        """Fold one event of the execution, in the order of the history.

        :param raw: the event as the service sends it.
        """
        name = raw["eventType"]
        if name.startswith("Timer") and _is_pause(raw):
            self.is_pausing = name == "TimerStarted"
        if name in _ACCEPTED:
            self._observe_accepted(_ACCEPTED[name], raw)
        elif name in _REFUSED:
            self._observe_refused(_REFUSED[name], raw)

    def allowance(self, kind: CommandKind, now: float) -> float:
        """Return how many commands of a kind may be sent now.

        :param now: seconds since the epoch at which the decision task started.
        :returns: 0 during a pause, `math.inf` when the kind is not paced.
        """
        allowed = self._window(kind).allowance(now)
        bucket = self._buckets.get(kind)
        return allowed if bucket is None else min(allowed, bucket.tokens(now))

    def is_paused(self, kind: CommandKind, now: float) -> bool:
        """Return whether no command of a kind may be sent now."""
        return self.allowance(kind, now) < 1

    def pause(self, kinds: Iterable[CommandKind], now: float) -> int:
        """Return the seconds until a held command of one of these kinds may be sent, at least 1."""
        resumes_at = min((self._resumes_at(kind) for kind in kinds), default=now)
        return max(1, math.ceil(resumes_at - now - TICK))

    def _resumes_at(self, kind: CommandKind) -> float:
        return self._window(kind).resumes_at()

    def _window(self, kind: CommandKind) -> _Window:
        if kind not in self._windows:
            self._windows[kind] = _Window(QUOTAS[kind])
        return self._windows[kind]

    def _observe_accepted(self, kind: CommandKind, raw: Mapping[str, Any]) -> None:
        if kind in self._buckets:
            self._buckets[kind].take(_time(raw))
        self._window(kind).accept(*_batch(raw))

    def _observe_refused(self, kind: CommandKind, raw: Mapping[str, Any]) -> None:
        cause = _attributes(raw).get("cause")
        is_close_without_permission = kind is CommandKind.CLOSE and cause == NOT_PERMITTED
        if not is_quota_cause(cause) and not is_close_without_permission:
            return
        if _is_pause(raw) and self.is_paused(kind, _time(raw)):
            return  # it repeats the refusal that began the pause
        self._window(kind).refuse(*_batch(raw))
        if kind in self._buckets:
            self._buckets[kind].empty(_time(raw))


class _Bucket:
    """A token bucket that paces a kind before the service refuses any of it.

    Only for a kind whose burst is smaller than its quota of open entities.
    """

    __slots__ = ("_level", "_quota", "_time")

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._level = float(quota.burst)
        self._time = 0.0

    def tokens(self, now: float) -> int:
        refilled = self._level + max(0.0, now - self._time) * self._quota.refill
        return math.floor(min(refilled, self._quota.burst))

    def take(self, now: float) -> None:
        refilled = self._level + max(0.0, now - self._time) * self._quota.refill
        self._level = min(refilled, self._quota.burst) - 1
        self._time = max(now, self._time)

    def empty(self, now: float) -> None:
        self._level, self._time = 0.0, now


class _Window:
    """The number of commands of one kind that a batch may send, unlimited until a refusal.

    The commands that one decision task sends are a batch; its outcome is settled when the next
    batch begins or the next allowance is computed.
    """

    __slots__ = (
        "_accepted",
        "_accepted_at",
        "_batch",
        "_debt",
        "_is_paced",
        "_limit",
        "_outage_at",
        "_pause",
        "_quota",
        "_refill",
        "_refused",
        "_resumes_at",
        "_size",
        "_time",
    )

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._refill = float(quota.refill)
        #: Tokens that this execution has taken from the bucket and that are not refilled.
        self._debt = 0.0
        self._resumes_at = 0.0
        self._reset()
        #: The batch whose outcome is being counted: its decision task, and when it was carried out.
        self._batch = 0
        self._time = 0.0
        self._accepted = 0
        self._refused = 0
        self._accepted_at = -math.inf

    def _reset(self) -> None:
        self._is_paced = False
        #: Commands of the next batch: it grows fast up to the limit and slowly above it.
        self._size = self._refill / 8
        self._limit = self._refill
        self._pause = 0
        #: The first batch since the last accepted one, of which the service refused everything.
        self._outage_at: float | None = None

    def accept(self, batch: int, time: float) -> None:
        """Count a command that the service accepted."""
        self._begin(batch, time)
        self._accepted += 1

    def refuse(self, batch: int, time: float) -> None:
        """Count a command that the service refused."""
        self._begin(batch, time)
        self._refused += 1

    def allowance(self, now: float) -> float:
        """Return how many commands may be sent now."""
        self._settle()
        if not self._is_paced or now - self._resumes_at > RECOVERY:
            return math.inf
        return 0 if now + TICK < self._resumes_at else max(1, math.floor(self._size))

    def resumes_at(self) -> float:
        """Return when commands may be sent again, in seconds since the epoch."""
        self._settle()
        return self._resumes_at

    def _begin(self, batch: int, time: float) -> None:
        if batch != self._batch:
            self._settle()
            if time - self._resumes_at > RECOVERY:
                self._reset()
            self._debt = max(0.0, self._debt - max(0.0, time - self._time) * self._refill)
            self._batch, self._time = batch, time

    def _settle(self) -> None:
        self._debt += self._accepted
        if self._refused:
            self._shrink()
        elif self._accepted and self._is_paced:
            self._grow()
        if self._accepted:
            self._accepted_at, self._outage_at = self._time, None
        self._accepted = self._refused = 0

    def _shrink(self) -> None:
        is_first, self._is_paced = not self._is_paced, True
        if is_first and (self._accepted or self._time - self._accepted_at < RECENT):
            self._pause = 1
            # If this execution has emptied the bucket, others take little of the rate.
            share = min(1.0, self._debt / self._quota.burst)
            self._size = max(self._size, DECREASE * share * self._refill)
        elif self._accepted:
            self._pause = 1
            self._limit = max(1.0, min(self._refill, self._accepted * DECREASE))
            self._size = self._limit
        else:
            self._size = 1.0
            self._pause = self._outage_pause()
        self._resumes_at = self._time + self._pause

    def _outage_pause(self) -> int:
        if self._outage_at is None:
            self._outage_at = self._time
        doubled = min(self._pause * 2, DOUBLING_LIMIT) or 1
        share = int(OUTAGE_SHARE * (self._time - self._outage_at))
        return min(max(doubled, share), self._quota.max_pause)

    def _grow(self) -> None:
        if self._size < self._limit / 4:
            size = self._size * 2
        elif self._size < self._limit:
            size = max(self._size + 1, self._size * 1.25)
        else:
            size = max(self._size + 1, self._size * (1 + INCREASE))
        self._size = min(size, self._refill)
        self._pause = 0
        self._resumes_at = self._time + 1


def _attributes(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    name = raw["eventType"]
    attributes: Mapping[str, Any] = raw.get(f"{name[0].lower()}{name[1:]}EventAttributes", {})
    return attributes


def _is_pause(raw: Mapping[str, Any]) -> bool:
    return _attributes(raw).get("timerId") == PAUSE_TIMER_ID


def _batch(raw: Mapping[str, Any]) -> tuple[int, float]:
    return int(_attributes(raw).get("decisionTaskCompletedEventId", 0)), _time(raw)


def _time(raw: Mapping[str, Any]) -> float:
    return moment(raw["eventTimestamp"]).timestamp()
