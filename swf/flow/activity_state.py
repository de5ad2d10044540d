"""`ActivityState`: what has become of one instance of an activity, over all its attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import payload
from swf.exceptions import SWFError
from swf.payload import Codec
from swf.retry import TRANSIENT_CAUSES, failure_names

if TYPE_CHECKING:
    from typing_extensions import Self

    from swf.models.history.entity import Entity

ACTIVITY_STANDBY = 0
ACTIVITY_SCHEDULED = 1
ACTIVITY_COMPLETED = 2
ACTIVITY_FAILED = 3


class ActivityInstanceNotReadyException(BaseException):
    """What a custom decider needs next has not happened yet.

    It ends the decider's turn, and it is no `Exception`: a decider that catches all of those goes
    on to wait where it should.
    """


class ActivityState:
    """The states that an instance went through, and the result of the last one.

    Every attempt that did not complete (it failed, timed out, was canceled or could not be
    scheduled) is a failure.
    """

    def __init__(self, activity_id: str) -> None:
        self.activity_id = activity_id
        self.states: list[int] = []
        #: What the last failure is called; see `swf.retry.failure_names`.
        self.failure: list[str] = []
        #: Why the last attempt failed, for people.
        self.reason = ""
        #: How many of the failures are refusals of the service that pass by themselves.
        self.throttled = 0
        #: The ids of the first event that tells of it, and of the last one that ended an attempt.
        self.first_event_id = 0
        self.last_event_id = 0
        self._result: Any = None
        self._has_result = False

    @classmethod
    def of(cls, entity: Entity, codec: Codec = payload.PLAIN_JSON) -> Self:
        """Return the state of an activity (or timer, or child) as its history tells.

        :param codec: how its result is written.
        """
        state = cls(str(entity.id))
        for attempt in sorted(entity.attempts, key=lambda attempt: attempt.is_open):
            state._add_attempt(attempt, codec)
        first = entity.attempts[0]
        state.last_event_id = max(attempt.closed_event_id or 0 for attempt in entity.attempts)
        state.first_event_id = first.opened_event_id or first.closed_event_id or 0
        return state

    @classmethod
    def from_signal_timer(cls, timer: Entity) -> Self:
        """Return the state of a wait for a signal, told by its timer: to fire is to fail.

        :param timer: its control is the name of the signal.
        """
        state = cls(str(timer.id))
        for attempt in timer.attempts:
            state.add_state(ACTIVITY_SCHEDULED)
            if attempt.state != "fired":
                continue
            state.add_state(ACTIVITY_FAILED)
            state.failure = ["timed_out", "SIGNAL"]
            state.last_event_id = attempt.closed_event_id or 0
            seconds = attempt.start_to_fire_timeout  # type: ignore[attr-defined]  # timers have it
            state.reason = f"no signal {timer.text('control')!r} came within {seconds} seconds"
        state.first_event_id = timer.attempts[0].opened_event_id or 0
        return state

    @classmethod
    def completed(cls, activity_id: str, result: Any, event_id: int = 0) -> Self:
        """Return the state of what completed.

        :param event_id: of the event that tells of it.
        """
        state = cls(activity_id)
        state.add_state(ACTIVITY_COMPLETED)
        state.set_result(result)
        state.first_event_id = state.last_event_id = event_id
        return state

    def _add_attempt(self, attempt: Entity, codec: Codec) -> None:
        if attempt.opened_event_id:
            self.add_state(ACTIVITY_SCHEDULED)
        if attempt.is_open:
            return
        if attempt.state in ("completed", "fired"):
            self.add_state(ACTIVITY_COMPLETED)
            result = payload.decode(attempt.text("result"), codec)
            self.set_result({} if result is None else result)
            return
        self.add_state(ACTIVITY_FAILED)
        self.failure = failure_names(attempt)
        self.throttled += attempt.cause in TRANSIENT_CAUSES and attempt.opened_event_id is None
        self.reason = ": ".join(filter(None, (attempt.state, *_causes(attempt))))

    @property
    def result(self) -> Any:
        """The result.

        :raises ActivityInstanceNotReadyException: there is none yet.
        """
        self.wait()
        return self._result

    @property
    def ready(self) -> bool:
        """Whether it has completed."""
        return self.get_last_state() == ACTIVITY_COMPLETED

    @property
    def failures(self) -> int:
        """How many attempts did not complete."""
        return self.states.count(ACTIVITY_FAILED)

    def get_last_state(self) -> int | None:
        """Return the last state, None if there is none."""
        return self.states[-1] if self.states else None

    def add_state(self, state: int) -> None:
        """Take in a further state, one of `ACTIVITY_...`."""
        self.states.append(state)

    def set_result(self, result: Any) -> None:
        """Take in the result.

        :raises SWFError: there is one already, whichever.
        """
        if self._has_result:
            raise SWFError(f"{self.activity_id}: there is a result, and it does not change")
        self._has_result = True
        self._result = result

    def wait(self) -> None:
        """Go on only when it has completed.

        :raises ActivityInstanceNotReadyException: it has not, yet.
        """
        if not self.ready:
            raise ActivityInstanceNotReadyException(f"{self.activity_id} has not completed yet")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.activity_id!r} {self.states}>"


def count_activity_failures(states: ActivityState) -> int:
    """Return how many attempts of an instance did not complete."""
    return states.failures


def _causes(attempt: Entity) -> tuple[str | None, ...]:
    return attempt.timeout_type, attempt.cause, attempt.reason
