"""`CommandQueue`: the commands of one execution, and their comparison with its history.

A command is *pending* from its creation until the event of its decision is found, *throttled* while
it must not be sent yet, and *open* from the event of its decision until its outcome. Each turn
begins by finding the commands of the previous turns in the history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from swf.dataflow import replay
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.fibers import EventLoop
from swf.dataflow.simpleflow_compat import WAKE_UP_TIMERS
from swf.models.history import DecisionBatch
from swf.payload import Codec

#: An event in its wire format.
RawEvent = Mapping[str, Any]


class RecordedDecisions:
    """The decisions that the history records for one turn.

    Usually these are the decisions of one decision task. A decision task that had no room for all
    decisions, or that a stopping decider handed back, ends with a wake-up timer, and the following
    decision tasks carry the rest.

    :param batches: The decision tasks of the history; none if nothing is decided yet.
    :param number: The index of the turn's decision task in `batches`.
    """

    def __init__(self, batches: Sequence[DecisionBatch] = (), number: int = 0) -> None:
        self._batches = batches
        self._number = number
        #: Whether the decision task is the open one.
        self.is_live = not batches or batches[number].completed_event_id is None

    @property
    def is_complete(self) -> bool:
        """Whether a single decision task holds all decisions of the turn."""
        return not self.is_live and len(self._continuation_batches) == 1

    @property
    def is_open(self) -> bool:
        """Whether some decisions of the turn are not made yet."""
        return self.is_live or self._continuation_batches[-1].completed_event_id is None

    @cached_property
    def count(self) -> int:
        """The number of decisions, without wake-up timers."""
        events = (raw for batch in self._continuation_batches for raw in batch.raw_decisions)
        return sum(not _is_wake_up(raw) for raw in events)

    @cached_property
    def by_command(self) -> Mapping[tuple[str, str], list[Attributes]]:
        """The attributes of the decision events by kind and id of the command."""
        events: dict[tuple[str, str], list[Attributes]] = {}
        for raw in (raw for batch in self._continuation_batches for raw in batch.raw_decisions):
            kind = replay.DECISION_EVENTS[raw["eventType"]].kind
            attributes = replay.attributes_of(raw)
            command_id = replay.id_of(kind, attributes)
            if command_id is not None:
                events.setdefault((kind, command_id), []).append(attributes)
        return events

    @cached_property
    def _continuation_batches(self) -> list[DecisionBatch]:
        """The decision task of the turn, and those that carry the rest of its decisions."""
        batches = []
        for number in range(self._number, len(self._batches)):
            batches.append(self._batches[number])
            if not was_split(self._batches[number].raw_decisions):
                break
        return batches


def was_split(raws: Sequence[RawEvent]) -> bool:
    """Return whether a decision task started a wake-up timer and left decisions to the next.

    :param raws: The events of the decision task, in wire format.
    """
    return any(map(_is_wake_up, raws))


def _is_wake_up(raw: RawEvent) -> bool:
    # `StartTimerFailed` means that the timer is already running.
    is_timer = raw["eventType"] in ("TimerStarted", "StartTimerFailed")
    return is_timer and replay.attributes_of(raw)["timerId"] in WAKE_UP_TIMERS


class CommandQueue:
    """The commands of one execution.

    :param max_open_activities: The number of activity tasks that may be open at the same time.
    :param is_draining: Returns whether new work must wait, because the execution is about to
        continue as new.
    :ivar pending: Commands without an event, oldest first.
    :ivar throttled: Commands that must not be sent yet.
    :ivar open: Commands without an outcome, by the event that opened them.
    :ivar is_from_simpleflow: Whether simpleflow started the execution; see `simpleflow_compat.py`.
    """

    def __init__(
        self,
        loop: EventLoop,
        codec: Codec,
        max_open_activities: int,
        is_draining: Callable[[], bool],
    ) -> None:
        self.pending: deque[Command] = deque()
        self.throttled: deque[Command] = deque()
        self.open: dict[int, OpenCommand] = {}
        self.recorded = RecordedDecisions()
        self.is_from_simpleflow = False
        self._loop = loop
        self._codec = codec
        self._max_open_activities = max_open_activities
        self._is_draining = is_draining
        self._open_activities = 0
        self._turn = 0

    def begin_turn(self, recorded: RecordedDecisions) -> None:
        """Begin the turn of one decision task.

        :param recorded: The decisions that the history records for the turn.
        """
        self._turn += 1
        self.recorded = recorded

    @property
    def is_idle(self) -> bool:
        """Whether no activity, child workflow or Lambda function is pending or open."""
        return not any(command.starts_work for command in (*self.open.values(), *self.pending))

    def add(self, command: Command) -> None:
        """Queue a command for the next decision, or throttle it.

        :param command: A new command, or one to send again.
        :raises GreenletExit: The execution has left the cache.
        """
        self._loop.check_open()
        if command.starts_work and self._must_wait(command):
            self.throttled.append(command)
            return
        if command.is_activity:
            self._open_activities += 1
        command.turn = self._turn
        self.pending.append(command)

    def _must_wait(self, command: Command) -> bool:
        is_full = self._open_activities >= self._max_open_activities
        return (command.is_activity and is_full) or self._is_draining()

    def withdraw(self, command: Command) -> bool:
        """Remove a command that has not been sent.

        :param command: A command that may be throttled or pending.
        :returns: False if the command was already sent.
        """
        if command in self.throttled:
            self.throttled.remove(command)
            return True
        if command not in self.pending:
            return False
        self.pending.remove(command)
        self._release_slot(command)
        return True

    def dispatch(self, event_id: int | None, method: str, attributes: Attributes) -> None:
        """Deliver an outcome event to the command that the given event opened.

        :param event_id: The event that opened the command; events of unknown commands are ignored.
        :param method: The name of the command's method that receives the attributes.
        """
        command = self.open.get(event_id or 0)
        if command is None:
            return
        if method != "on_started":
            del self.open[event_id or 0]
            self._release_slot(command)
        getattr(command, method)(attributes)

    def _release_slot(self, command: Command) -> None:
        if command.is_activity:
            self._open_activities -= 1
            if self.throttled:
                self.add(self.throttled.popleft())

    # Comparison with the history.

    def match_event(
        self,
        raw: RawEvent,
        attributes: Attributes,
        current_line: Callable[[], tuple[str, int] | None],
    ) -> Command | None:
        """Find the command whose decision an event records.

        :param current_line: Returns file and line at which the workflow code waits.
        :returns: The command if the service refused it, else None.
        :raises NonDeterminismError: The next command differs from the event, or there is none.
        """
        command, difference = self._match(raw, attributes)
        if (command is None or difference) and replay.is_patch(attributes):
            # The call of `patched` was removed from the code. If the code does not follow the
            # patched branch, the next event differs.
            return None
        if command is None:
            raise replay.missing(raw, current_line())
        if difference:
            raise replay.different(raw, command, *difference)
        self.pending.remove(command)
        if not replay.DECISION_EVENTS[raw["eventType"]].is_accepted:
            return command
        event_id = raw["eventId"]
        if isinstance(command, OpenCommand):
            command.open_event_id = event_id
            self.open[event_id] = command
        command.on_accepted(event_id, attributes)
        return None

    def refuse(self, command: Command, attributes: Attributes) -> None:
        """Deliver the refusal of its decision to a command.

        :param command: The command that `match_event` returned.
        :param attributes: The attributes of the event that records the refusal.
        """
        self._release_slot(command)
        command.on_refused(attributes)

    def _match(
        self, raw: RawEvent, attributes: Attributes
    ) -> tuple[Command | None, tuple[str, Any, Any] | None]:
        """Return the command that an event is compared with, and the first difference."""
        for command in self.pending if self.is_from_simpleflow else ():
            if command.turn < self._turn and self._matches_legacy(command, raw, attributes):
                return command, None
        oldest = self._oldest_unmatched()
        if oldest is None:
            return None, None
        return oldest, next(replay.differences(oldest, raw, attributes, self._codec), None)

    def _matches_legacy(self, command: Command, raw: RawEvent, attributes: Attributes) -> bool:
        """Return whether simpleflow sent the same command; if so, it gets the recorded id."""
        differences = replay.differences(command, raw, attributes, self._codec)
        if not all(command.matches_legacy(name, recorded) for name, recorded, _ in differences):
            return False
        recorded_id = replay.id_of(command.kind, attributes)
        if recorded_id is not None and isinstance(command, OpenCommand):
            command.rename(recorded_id)
        return True

    def check_all_recorded(self, raws: list[RawEvent], completed_event_id: int) -> None:
        """Check that the history records every command of the previous turns.

        :param raws: The events of the turn.
        :param completed_event_id: The `DecisionTaskCompleted` event before the turn.
        :raises NonDeterminismError: A command has no event, and no decision task was split.
        """
        command = self._oldest_unmatched()
        if command is not None and not was_split(raws):
            raise replay.unrecorded(command, completed_event_id)

    def _oldest_unmatched(self) -> Command | None:
        """Return the oldest pending command of a previous turn."""
        if self.pending and self.pending[0].turn < self._turn:
            return self.pending[0]
        return None

    @property
    def is_ahead(self) -> bool:
        """Whether the code has passed the recorded decisions."""
        recorded = self.recorded
        return recorded.is_live or (recorded.is_open and len(self.pending) >= recorded.count)

    def is_unrecorded(self, command: Command, retry_id: str) -> bool:
        """Return whether a retry is pending that the history does not record.

        :param retry_id: The id of the timer that delays the retry.
        """
        is_pending = any(each is command or each.id == retry_id for each in self.pending)
        return is_pending and self.recorded_delay(command, retry_id) is None

    def recorded_delay(self, command: Command, retry_id: str) -> int | None:
        """Return the seconds after which the history retries a command in this turn.

        :param retry_id: The id of the timer that delays the retry.
        :returns: 0 for an immediate retry, None if the history records no retry.
        """
        by_command = self.recorded.by_command
        for timer in by_command.get(("timer", retry_id), ()):
            return int(timer.get("startToFireTimeout", 1))
        place = None if self.is_from_simpleflow else command.place
        retries = by_command.get((command.kind, command.id), ())
        return 0 if any(place in (None, each.get("control")) for each in retries) else None

    def is_rescheduled(self, command: Command) -> bool:
        """Return whether simpleflow scheduled a refused command again in this turn.

        :param command: A command that the service refused because its type was not registered.
        """
        return self.is_from_simpleflow and self.recorded_delay(command, "") == 0
