"""`CommandQueue`: the commands of one execution, and their comparison with its history.

A command is *pending* from its creation until the event of its decision is found, *throttled* while
a rate or quota holds it back, and *open* from the event of its decision until its outcome. Each
turn begins by finding the commands of the previous turns in the history.

Which commands are throttled depends on the history alone: on the open entities, and on the refusals
that `swf.engine.throttling` has seen up to the turn. So a replay throttles the same commands.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from swf.dataflow import replay
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.fibers import EventLoop
from swf.dataflow.late_events import Turn
from swf.dataflow.simpleflow_compat import ENGINE_TIMERS, WAKE_UP_TIMERS
from swf.engine.throttling import QUOTAS, CommandKind, Throttle
from swf.models.history import DecisionBatch
from swf.payload import Codec

#: An event in its wire format.
RawEvent = Mapping[str, Any]


class RecordedDecisions:
    """The decisions that the history records for one turn.

    Usually these are the decisions of one decision task. A decision task that had no room for all
    decisions, or that a stopping decider handed back, ends with a wake-up timer, and the following
    decision tasks carry the rest. So do those that follow a repeated turn.

    :param turns: The turns of the history; none if nothing is decided yet.
    :param number: The index of the turn in `turns`.
    """

    def __init__(self, turns: Sequence[Turn] = (), number: int = 0) -> None:
        self._turns = turns
        self._number = number
        #: Whether the decision task is the open one.
        self.is_live = not turns or turns[number].batch.completed_event_id is None

    @property
    def is_complete(self) -> bool:
        """Whether a single decision task holds all decisions of the turn."""
        return not self.is_live and len(self._continuation_batches) == 1

    @property
    def is_open(self) -> bool:
        """Whether some decisions of the turn are not made yet."""
        return self.is_live or self._continuation_batches[-1].completed_event_id is None

    @cached_property
    def kinds(self) -> Counter[str]:
        """The number of decisions of each kind, without the engine's own timers."""
        return Counter(
            replay.DECISION_EVENTS[raw["eventType"]].kind
            for raw in self._raws
            if not _is_timer(raw, ENGINE_TIMERS)
        )

    @property
    def last_event_id(self) -> int:
        """The last event that records a decision of the turn; 0 if there is none."""
        return self._raws[-1]["eventId"] if self._raws else 0

    @cached_property
    def by_command(self) -> Mapping[tuple[str, str], list[Attributes]]:
        """The attributes of the decision events by kind and id of the command."""
        events: dict[tuple[str, str], list[Attributes]] = {}
        for raw in self._raws:
            kind = replay.DECISION_EVENTS[raw["eventType"]].kind
            attributes = replay.attributes_of(raw)
            command_id = replay.id_of(kind, attributes)
            if command_id is not None:
                events.setdefault((kind, command_id), []).append(attributes)
        return events

    @cached_property
    def _raws(self) -> list[RawEvent]:
        """The events that record the decisions."""
        return [raw for batch in self._continuation_batches for raw in batch._raw_decisions]

    @cached_property
    def _continuation_batches(self) -> list[DecisionBatch]:
        """The decision task of the turn, and those that carry the rest of its decisions."""
        batches = []
        for number in range(self._number, len(self._turns)):
            turn = self._turns[number]
            batches.append(turn.batch)
            if not (turn.is_repeated or was_split(turn.batch._raw_decisions)):
                break
        return batches


def was_split(raws: Sequence[RawEvent]) -> bool:
    """Return whether a decision task started a wake-up timer, to leave decisions to the next.

    :param raws: The events of the decision task, in wire format.
    """
    return any(_is_timer(raw, WAKE_UP_TIMERS) for raw in raws)


def _is_timer(raw: RawEvent, ids: Collection[str]) -> bool:
    """Return whether an event records the decision to start one of these timers."""
    # `StartTimerFailed` means that the timer is already running.
    is_timer = raw["eventType"] in ("TimerStarted", "StartTimerFailed")
    return is_timer and replay.attributes_of(raw)["timerId"] in ids


class CommandQueue:
    """The commands of one execution.

    :param max_open_activities: The number of activity tasks that may be open at the same time.
    :param is_draining: Returns whether new work must wait, because the execution is about to
        continue as new.
    :ivar pending: Commands without an event, oldest first.
    :ivar throttle: The rates at which commands may be sent.
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
        # Ordered dictionaries: any command may be removed, in constant time.
        self.pending: OrderedDict[Command, None] = OrderedDict()
        self.throttle = Throttle()
        self.open: dict[int, Command] = {}
        self.recorded = RecordedDecisions()
        self.is_from_simpleflow = False
        self._loop = loop
        self._codec = codec
        self._is_draining = is_draining
        self._limits = {kind: quota.open for kind, quota in QUOTAS.items() if quota.open}
        self._limits[CommandKind.ACTIVITY] = max_open_activities
        self._throttled: dict[CommandKind, OrderedDict[Command, None]] = {
            kind: OrderedDict() for kind in CommandKind
        }
        #: Commands that are pending or open, and those that were queued in this turn.
        self._counts: Counter[CommandKind] = Counter()
        self._queued: Counter[CommandKind] = Counter()
        self._now = 0.0
        self._turn = 0

    def begin_turn(self, recorded: RecordedDecisions, now: float = 0.0) -> None:
        """Begin the turn of one decision task.

        :param recorded: The decisions that the history records for the turn.
        :param now: The time at which the decision task started, in seconds since the epoch.
        """
        self._turn += 1
        self._now = now
        self._queued.clear()
        self.recorded = recorded

    def release(self) -> None:
        """Queue the throttled commands that may be sent now, and throttle unsent ones.

        Unsent commands are those that a decision task had no room for, before the service refused
        others of their kind.
        """
        if self._is_replaying_simpleflow:
            return
        for command in [each for each in self.pending if each.turn < self._turn][::-1]:
            kind = command.quota
            if kind is not None and self.is_paused(kind):
                del self.pending[command]
                self._counts[kind] -= 1
                self._throttled[kind][command] = None
                self._throttled[kind].move_to_end(command, last=False)
        for kind, commands in self._throttled.items():
            if commands:
                self._release(kind)

    def is_throttled(self, command: Command) -> bool:
        """Return whether a command waits for a rate or quota, or for the end of draining."""
        return command.quota is not None and command in self._throttled[command.quota]

    def pause(self, *others: CommandKind) -> int | None:
        """Return the seconds until a throttled command may be sent; None if none waits for time.

        Commands that wait for the end of open work need no pause.

        :param others: The kinds of commands that are not created before they may be sent.
        """
        kinds = [*others, *self._paused_kinds()]
        if not kinds or self.throttle.is_pausing:
            return None
        return self.throttle.pause(kinds, self._now)

    def _paused_kinds(self) -> list[CommandKind]:
        return [
            kind
            for kind, commands in self._throttled.items()
            if commands
            and not self._is_full(kind)
            and not self._is_held_for_draining(_first(commands))
        ]

    def is_paused(self, kind: CommandKind) -> bool:
        """Return whether the rate of a kind is exhausted."""
        return self.throttle.is_paused(kind, self._now)

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
        kind = command.quota
        if kind is not None and (self._throttled[kind] or self._must_wait(command, kind)):
            self._throttled[kind][command] = None
        else:
            self._queue(command)

    def _queue(self, command: Command) -> None:
        if command.quota is not None:
            self._counts[command.quota] += 1
            self._queued[command.quota] += 1
        command.turn = self._turn
        self.pending[command] = None

    def _must_wait(self, command: Command, kind: CommandKind) -> bool:
        if self._is_full(kind) or self._is_held_for_draining(command):
            return True
        if self._is_replaying_simpleflow:
            return False
        return self._queued[kind] + 1 > self.throttle.allowance(kind, self._now)

    def _is_full(self, kind: CommandKind) -> bool:
        return self._counts[kind] >= self._limits.get(kind, math.inf)

    def _is_held_for_draining(self, command: Command) -> bool:
        return command.starts_work and self._is_draining()

    @property
    def _is_replaying_simpleflow(self) -> bool:
        return self.is_from_simpleflow and not self.recorded.is_live

    def has_pending(self, kind: str, command_id: str) -> bool:
        """Return whether a command of this kind and id is pending."""
        return any(each.kind == kind and each.id == command_id for each in self.pending)

    def withdraw(self, command: Command) -> bool:
        """Remove a command that has not been sent.

        :param command: A command that may be throttled or pending.
        :returns: False if the command was already sent.
        """
        if command.quota is not None and self.is_throttled(command):
            del self._throttled[command.quota][command]
            return True
        if command not in self.pending:
            return False
        del self.pending[command]
        self.release_slot(command)
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
            self.release_slot(command)
        getattr(command, method)(attributes)

    def release_slot(self, command: Command) -> None:
        """Count a command as closed, and queue one that waited for it."""
        if command.quota is not None:
            self._counts[command.quota] -= 1
            self._release(command.quota)

    def _release(self, kind: CommandKind) -> None:
        commands = self._throttled[kind]
        while commands and not self._must_wait(_first(commands), kind):
            command, _ = commands.popitem(last=False)
            self._queue(command)

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
        del self.pending[command]
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
        self.release_slot(command)
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
        oldest = _first(self.pending) if self.pending else None
        return oldest if oldest is not None and oldest.turn < self._turn else None

    @property
    def is_ahead(self) -> bool:
        """Whether the code has passed the recorded decisions."""
        recorded = self.recorded
        return recorded.is_live or (
            recorded.is_open and len(self.pending) >= recorded.kinds.total()
        )

    def is_unrecorded(self, command: Command, retry_id: str) -> bool:
        """Return whether a retry is pending that the history does not record.

        :param retry_id: The id of the timer that delays the retry.
        """
        is_pending = command in self.pending or any(each.id == retry_id for each in self.pending)
        return is_pending and self.recorded_delay(command, retry_id) is None

    def recorded_delay(self, command: Command, retry_id: str, refused: int = 1) -> int | None:
        """Return the seconds after which the history retries a command in this turn.

        :param retry_id: The id of the timer that delays the retry.
        :param refused: The seconds of a timer that the service refused, which does not record it.
        :returns: 0 for an immediate retry, None if the history records no retry.
        """
        by_command = self.recorded.by_command
        for timer in by_command.get(("timer", retry_id), ()):
            return int(timer.get("startToFireTimeout", refused))
        place = None if self.is_from_simpleflow else command.place
        retries = by_command.get((command.kind, command.id), ())
        return 0 if any(place in (None, each.get("control")) for each in retries) else None

    def is_rescheduled(self, command: Command) -> bool:
        """Return whether simpleflow scheduled a refused command again in this turn.

        :param command: A command that the service refused because its type was not registered.
        """
        return self.is_from_simpleflow and self.recorded_delay(command, "") == 0


def _first(commands: OrderedDict[Command, None]) -> Command:
    return next(iter(commands))
