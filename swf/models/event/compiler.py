"""`CompiledEvent`: an event that stands for its entity, and moves as later events tell of it.

The states and what may follow what come from `states.py`; the fold checks by the same table.
"""

from __future__ import annotations

from swf.exceptions import InconsistentStateError, TransitionError
from swf.models.event.base import Event
from swf.models.event.states import INITIAL_STATES, STATES, TRANSITIONS, next_states


class CompiledEvent(Event):
    """The life of one entity so far; it shows the last event that it was given.

    >>> timer = CompiledEvent(timer_started)
    >>> timer.transit(timer_fired)
    >>> timer.state
    'fired'

    :param event: the first event of the life.
    :raises InconsistentStateError: no life begins with such an event.
    """

    __slots__ = ()

    def __init__(self, event: Event) -> None:
        initial = INITIAL_STATES.get(event.type, (event.state,))
        if event.state not in initial:
            raise InconsistentStateError(
                f"{describe(event)} begins nothing: a {event.type} begins as {' or '.join(initial)}"
            )
        super().__init__(event.id, event.state, event.raw["eventTimestamp"], event.raw)

    @property
    def states(self) -> tuple[str, ...]:
        """All states of the entity."""
        return STATES.get(self.type, (self.state,))

    @property
    def transitions(self) -> dict[str, tuple[str, ...]]:
        """State -> the states that may follow."""
        return TRANSITIONS.get(self.type, {})

    @property
    def initial_state(self) -> str:
        """The state in which the entity usually begins."""
        return INITIAL_STATES.get(self.type, (self.state,))[0]

    @property
    def next_states(self) -> tuple[str, ...]:
        """The states that may follow now; empty when the life is over."""
        return next_states(self.type, self.state)

    def transit(self, event: Event) -> None:
        """Move to the state that `event` tells of.

        :raises InconsistentStateError: the event is about another kind of entity.
        :raises TransitionError: its state cannot follow the present one. Nothing changes.
        """
        if event.type != self.type or event.state not in self.states:
            raise InconsistentStateError(f"{describe(event)} cannot follow {describe(self)}")
        if event.state not in self.next_states:
            allowed = " or ".join(self.next_states) or "nothing"
            raise TransitionError(
                f"{describe(event)} follows {describe(self)}, which only {allowed} can follow"
            )
        super().__init__(event.id, event.state, event.raw["eventTimestamp"], event.raw)


def describe(event: Event) -> str:
    """Return an event as error messages name it: `TimerFired (event 7)`."""
    return f"{event.name} (event {event.id})"
