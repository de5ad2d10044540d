"""`CompiledEvent`: an event that follows the state of its entity through later events.

`states.py` defines the states and their order; the fold uses the same table.
"""

from __future__ import annotations

from swf.exceptions import InconsistentStateError, TransitionError
from swf.models.event.base import Event
from swf.models.event.states import INITIAL_STATES, STATES, TRANSITIONS, next_states


class CompiledEvent(Event):
    """The state of one entity; it has the attributes of the latest event.

    >>> timer = CompiledEvent(timer_started)
    >>> timer.transit(timer_fired)
    >>> timer.state
    'fired'

    :param event: the first event of the entity.
    :raises InconsistentStateError: the event cannot begin an entity.
    """

    __slots__ = ()

    def __init__(self, event: Event) -> None:
        initial = INITIAL_STATES.get(event.type, (event.state,))
        if event.state not in initial:
            raise InconsistentStateError(
                f"{describe(event)} cannot begin a {event.type}, which begins as "
                f"{' or '.join(initial)}"
            )
        super().__init__(event.id, event.state, event._timestamp, event._raw)

    @property
    def states(self) -> tuple[str, ...]:
        """All states of the entity."""
        return STATES.get(self.type, (self.state,))

    @property
    def transitions(self) -> dict[str, tuple[str, ...]]:
        """The states that may follow each state."""
        return dict(TRANSITIONS.get(self.type, {}))

    @property
    def initial_state(self) -> str:
        """The usual first state of the entity."""
        return INITIAL_STATES.get(self.type, (self.state,))[0]

    @property
    def next_states(self) -> tuple[str, ...]:
        """The states that may follow the current state; empty after the last one."""
        return next_states(self.type, self.state)

    def transit(self, event: Event) -> None:
        """Move to the state of a later event.

        :param event: an event of the same entity.
        :raises InconsistentStateError: the event belongs to another kind of entity.
        :raises TransitionError: its state cannot follow the current state, which does not change.
        """
        if event.type != self.type or event.state not in self.states:
            raise InconsistentStateError(f"{describe(event)} cannot follow {describe(self)}")
        if event.state not in self.next_states:
            states = " or ".join(self.next_states) or "nothing"
            raise TransitionError(
                f"{describe(event)} cannot follow {describe(self)}; only {states} can"
            )
        super().__init__(event.id, event.state, event._timestamp, event._raw)


def describe(event: Event) -> str:
    """Return the name of an event in error messages: `TimerFired (event 7)`."""
    return f"{event.name} (event {event.id})"
