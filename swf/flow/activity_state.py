"""`ActivityState`: the state of one instance of a step, over all its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swf import payload
from swf.engine.decoding import UndecodableError, decode
from swf.engine.throttling import is_quota_cause
from swf.exceptions import SWFError
from swf.payload import Codec
from swf.retry import failure_names

if TYPE_CHECKING:
    from typing_extensions import Self

    from swf.models.history.entity import Entity

ACTIVITY_STANDBY = 0
ACTIVITY_SCHEDULED = 1
ACTIVITY_COMPLETED = 2
ACTIVITY_FAILED = 3

#: The name of the failure of an instance whose result cannot be decoded.
UNDECODABLE = "undecodable"


class ActivityInstanceNotReadyException(BaseException):
    """A custom decider waits for an instance that has not completed.

    Raising it ends the decision task. It is not an `Exception`, so `except Exception` in a decider
    does not catch it.
    """


class ActivityState:
    """The states of an instance over all its attempts, and its result.

    Every attempt that failed, timed out, was canceled or could not be scheduled counts as a
    failure. A refusal because of a rate or quota is no attempt.

    :param activity_id: the id of the instance.
    """

    def __init__(self, activity_id: str) -> None:
        self.activity_id = activity_id
        self.states: list[int] = []
        #: Names of the last failure; see `swf.retry.failure_names`.
        self.failure: list[str] = []
        #: Reason of the last failure, for people.
        self.reason = ""
        #: Ids of the first event about the instance and of the last one that closed an attempt.
        self.first_event_id = 0
        self.last_event_id = 0
        self._result: Any = None
        self._has_result = False

    @classmethod
    def from_entity(cls, entity: Entity, codec: Codec = payload.PLAIN_JSON) -> Self:
        """Return the state of an activity, a timer or a child execution of a history.

        :param entity: an entity of `History.activities`, `timers` or `children`.
        :param codec: the codec of the result.
        """
        state = cls(str(entity.id))
        attempts = [each for each in entity.attempts if not is_held_back(each)]
        for attempt in sorted(attempts, key=lambda attempt: attempt.is_open):
            state._add_attempt(attempt, codec)
        state._set_event_ids(attempts)
        return state

    @classmethod
    def from_signal_timer(cls, timer: Entity) -> Self:
        """Return the state of a signal step from its timeout timer.

        A fired timer is a failure, and so is one that the service refused permanently.

        :param timer: a timer whose control is the name of the signal.
        """
        state = cls(str(timer.id))
        attempts = [each for each in timer.attempts if not is_held_back(each)]
        for attempt in attempts:
            if attempt.opened_event_id is None:
                state._add_attempt(attempt, payload.PLAIN_JSON)
                continue
            state.add_state(ACTIVITY_SCHEDULED)
            if attempt.state != "fired":
                continue
            state.add_state(ACTIVITY_FAILED)
            state.failure = ["timed_out", "SIGNAL"]
            seconds = attempt.start_to_fire_timeout  # type: ignore[attr-defined]  # timers have it
            state.reason = f"signal {timer.text('control')!r} not received within {seconds} seconds"
        state._set_event_ids(attempts)
        return state

    @classmethod
    def completed(cls, activity_id: str, result: Any, event_id: int = 0) -> Self:
        """Return the state of a completed instance.

        :param event_id: the id of the event that records the completion; 0: not in this history.
        """
        state = cls(activity_id)
        state.add_state(ACTIVITY_COMPLETED)
        state.set_result(result)
        state.first_event_id = state.last_event_id = event_id
        return state

    def _set_event_ids(self, attempts: Sequence[Entity]) -> None:
        self.last_event_id = max((each.closed_event_id or 0 for each in attempts), default=0)
        if attempts:
            first = attempts[0]
            self.first_event_id = first.opened_event_id or first.closed_event_id or 0

    def _add_attempt(self, attempt: Entity, codec: Codec) -> None:
        if attempt.opened_event_id:
            self.add_state(ACTIVITY_SCHEDULED)
        if attempt.is_open:
            return
        if attempt.state in ("completed", "fired"):
            self._add_completed(attempt, codec)
            return
        self.add_state(ACTIVITY_FAILED)
        self.failure = failure_names(attempt)
        self.reason = ": ".join(filter(None, (attempt.state, *_causes(attempt))))

    def _add_completed(self, attempt: Entity, codec: Codec) -> None:
        """Add a completed attempt; a result that cannot be decoded is a failure without retry."""
        try:
            result = decode(attempt.text("result"), "result", codec)
        except UndecodableError as error:
            self.add_state(ACTIVITY_FAILED)
            self.failure, self.reason = [UNDECODABLE], str(error)
            return
        self.add_state(ACTIVITY_COMPLETED)
        self.set_result({} if result is None else result)

    @property
    def result(self) -> Any:
        """The result.

        :raises ActivityInstanceNotReadyException: the instance has not completed.
        """
        self.wait()
        return self._result

    @property
    def ready(self) -> bool:
        """Whether the instance has completed."""
        return self.get_last_state() == ACTIVITY_COMPLETED

    @property
    def failures(self) -> int:
        """The number of failed attempts."""
        return self.states.count(ACTIVITY_FAILED)

    def get_last_state(self) -> int | None:
        """Return the last state, or None if there is none."""
        return self.states[-1] if self.states else None

    def add_state(self, state: int) -> None:
        """Append a state.

        :param state: one of the `ACTIVITY_...` constants.
        """
        self.states.append(state)

    def set_result(self, result: Any) -> None:
        """Set the result.

        :raises SWFError: the result is already set.
        """
        if self._has_result:
            raise SWFError(f"result is already set: {self.activity_id}")
        self._has_result = True
        self._result = result

    def wait(self) -> None:
        """Return if the instance has completed, else end the decision task.

        :raises ActivityInstanceNotReadyException: the instance has not completed.
        """
        if not self.ready:
            raise ActivityInstanceNotReadyException(f"not completed: {self.activity_id}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.activity_id!r} {self.states}>"


def is_held_back(attempt: Entity) -> bool:
    """Return whether the service refused an attempt because of a rate or quota.

    :param attempt: an attempt of an activity, a timer or a child execution.
    """
    return attempt.opened_event_id is None and is_quota_cause(attempt.cause)


def count_activity_failures(states: ActivityState) -> int:
    """Return the number of failed attempts of an instance.

    :param states: the state of the instance.
    """
    return states.failures


def _causes(attempt: Entity) -> tuple[str | None, ...]:
    return attempt.timeout_type, attempt.cause, attempt.reason
