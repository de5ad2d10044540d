"""`TimerEvents`: the events of timers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.constants import LIBRARY_TIMER_IDS
from swf.models.event.factory import EventFactory
from swf.models.history.entity_record import EntityRecord
from swf.models.history.writer import HistoryWriter, opened_event_id

if TYPE_CHECKING:
    from typing_extensions import Self


class TimerEvents(HistoryWriter):
    """The events of timers."""

    __slots__ = ()

    def timer_started(
        self, timer_id: str, start_to_fire_timeout: int = 60, control: Any = None
    ) -> Self:
        """Decide to start a timer.

        :param start_to_fire_timeout: seconds after which it fires.
        """
        return self.decide(
            "TimerStarted",
            timer_id=timer_id,
            start_to_fire_timeout=start_to_fire_timeout,
            control=control,
        )

    def timer_fired(self, timer_id: str) -> Self:
        """Let the timer fire, not before its timeout has passed.

        :param timer_id: the id of an open timer.
        """
        record = self._open_timer(timer_id)
        started = EventFactory(record.opened or {})
        due = started.timestamp.timestamp() + int(started.start_to_fire_timeout or 0)
        self.later(max(0.0, due - self._now - 1))
        return self.happen(
            "TimerFired", timer_id=timer_id, started_event_id=opened_event_id(record)
        )

    def timer_canceled(self, timer_id: str) -> Self:
        """Decide to cancel the timer.

        :param timer_id: the id of an open timer.
        """
        record = self._open_timer(timer_id)
        return self.decide(
            "TimerCanceled", timer_id=timer_id, started_event_id=opened_event_id(record)
        )

    def start_timer_failed(self, timer_id: str, cause: str = "TIMER_ID_ALREADY_IN_USE") -> Self:
        """Refuse the decision to start a timer.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("StartTimerFailed", timer_id=timer_id, cause=cause)

    def cancel_timer_failed(self, timer_id: str, cause: str = "TIMER_ID_UNKNOWN") -> Self:
        """Refuse the decision to cancel a timer.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("CancelTimerFailed", timer_id=timer_id, cause=cause)

    def _open_timer(self, timer_id: str) -> EntityRecord:
        state = self._state()
        index = state.wake_ups if timer_id in LIBRARY_TIMER_IDS else state.timers
        return self.open_record(index, timer_id)
