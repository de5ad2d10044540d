"""`HistoryView`: the history of one execution as of the decision that is made or replayed."""

from __future__ import annotations

from datetime import datetime

from swf.models.history import History, ReadOnlyHistory, wire_events


class HistoryView:
    """A position in a history.

    :ivar full: The whole history; in a replay, also the events after the replayed decision.
    :ivar is_replaying: Whether the decision is a recorded one.
    :ivar started_event_id: The `DecisionTaskStarted` event of the decision.
    :ivar last_event_id: The last event that the decision processes. It follows
        `started_event_id` if the turn is repeated with late events.
    :ivar completed_event_id: The last `DecisionTaskCompleted` event before the decision.
    """

    def __init__(self) -> None:
        self.full = History()
        self.is_replaying = True
        self.started_event_id = 0
        self.last_event_id = 0
        self.completed_event_id = 0
        self._prefix: History | None = None

    def finish_replay(self) -> None:
        """Drop the copy of the events that `visible` made during a replay."""
        self._prefix = None

    @property
    def visible(self) -> History:
        """The history up to the start of this decision, the same in every replay."""
        if not self.is_replaying:
            return self.full
        if self._prefix is None:
            self._prefix = ReadOnlyHistory()
        new = self.full[len(self._prefix) : self.last_event_id]
        History.extend(self._prefix, wire_events(new))
        return self._prefix

    @property
    def now(self) -> datetime:
        """The time at which this decision started."""
        return self.full.event(self.started_event_id).timestamp
