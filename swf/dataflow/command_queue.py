"""`CommandQueue`: what a run has asked for, and what its history says of that.

A request is `pending` from when it is asked for until the event of its decision is found, `held` as
long as it may not be decided, and `open` from that event until one that tells its end. Each turn
begins by finding in the history what the turns before have asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from swf.dataflow import replay
from swf.dataflow.activity_task import ActivityCommand
from swf.dataflow.commands import Attributes, Command, OpenCommand
from swf.dataflow.fibers import EventLoop
from swf.dataflow.markers import is_patch
from swf.dataflow.replay import DECISION_EVENTS, attributes_of, id_of
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.simpleflow_compat import WAKE_UP_TIMERS
from swf.models.history import DecisionBatch
from swf.payload import Codec


class RecordedDecisions:
    """The decisions of a turn, as far as they are recorded.

    :param batches: the history as its deciders saw it.
    :param number: which of them is the turn's; without any, nothing is decided yet.
    """

    def __init__(self, batches: Sequence[DecisionBatch] = (), number: int = 0) -> None:
        self._batches = batches
        self._number = number
        self.is_live = not batches or batches[number].completed_event_id is None

    @property
    def is_whole(self) -> bool:
        """Whether its own decisions hold all that was asked for."""
        return not self.is_live and len(self._continuation_batches) == 1

    @property
    def is_open(self) -> bool:
        """Whether some of what was asked for is not decided yet."""
        return self.is_live or self._continuation_batches[-1].completed_event_id is None

    @cached_property
    def count(self) -> int:
        """How many decisions carried it, without the wake-up timers."""
        decisions = (raw for batch in self._continuation_batches for raw in batch.raw_decisions)
        return sum(not _is_wake_up(raw) for raw in decisions)

    @cached_property
    def begun(self) -> Mapping[tuple[str, str], list[Attributes]]:
        """The attributes of what they began, or were refused to, by kind and id."""
        found: dict[tuple[str, str], list[Attributes]] = {}
        for raw in (raw for batch in self._continuation_batches for raw in batch.raw_decisions):
            kind, attributes = DECISION_EVENTS[raw["eventType"]][0], attributes_of(raw)
            begun_id = id_of(kind, attributes)
            if begun_id is not None:
                found.setdefault((kind, begun_id), []).append(attributes)
        return found

    @cached_property
    def _continuation_batches(self) -> list[DecisionBatch]:
        """The batch of the turn, and those that carry what had no room before."""
        carriers = []
        for number in range(self._number, len(self._batches)):
            carriers.append(self._batches[number])
            if not was_split(self._batches[number].raw_decisions):
                break
        return carriers


def was_split(raws: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether some events tell of a wake-up timer: more was asked for than decided."""
    return any(map(_is_wake_up, raws))


def _is_wake_up(raw: Mapping[str, Any]) -> bool:
    # Refused, it runs already.
    is_timer = raw["eventType"] in ("TimerStarted", "StartTimerFailed")
    return is_timer and attributes_of(raw)["timerId"] in WAKE_UP_TIMERS


#: An event as on the wire.
Wire = Mapping[str, Any]


class CommandQueue:
    """The requests of a run.

    :param may_open: how many activities may be open at a time.
    :param is_ending: whether nothing new is to be begun.
    """

    def __init__(
        self, loop: EventLoop, codec: Codec, may_open: int, is_ending: Callable[[], bool]
    ) -> None:
        self.pending: deque[Command] = deque()
        self.held: deque[Command] = deque()
        self.open: dict[int, OpenCommand] = {}
        #: Whether simpleflow began the execution; see `simpleflow_compat.py`.
        self.is_from_simpleflow = False
        self._loop = loop
        self._codec = codec
        self._may_open = may_open
        self._is_ending = is_ending
        self._open_activities = 0
        self._turn = 0
        self.recorded = RecordedDecisions()

    def begin_turn(self, recorded: RecordedDecisions) -> None:
        """Begin the turn of a decision task.

        :param recorded: what the history holds of its decisions.
        """
        self._turn += 1
        self.recorded = recorded

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way that comes to a result."""
        return not any(
            isinstance(each, RetryableCommand) for each in (*self.open.values(), *self.pending)
        )

    def ask(self, request: Command) -> None:
        """Decide something, or hold it until it may be."""
        self._loop.check()
        if isinstance(request, RetryableCommand) and self._is_held(request):
            self.held.append(request)
            return
        if isinstance(request, ActivityCommand):
            self._open_activities += 1
        request.turn = self._turn
        self.pending.append(request)

    def _is_held(self, request: RetryableCommand) -> bool:
        """Return whether a task may not be begun now: too many are open, or the end is near."""
        is_full = self._open_activities >= self._may_open
        return (isinstance(request, ActivityCommand) and is_full) or self._is_ending()

    def withdraw(self, request: Command) -> bool:
        """Take back what was not sent; return whether it was."""
        if request in self.held:
            self.held.remove(request)
            return True
        if request not in self.pending:
            return False
        self.pending.remove(request)
        self._closed(request)
        return True

    def tell(self, event_id: int | None, method: str, attributes: Attributes) -> None:
        """Tell the request that an event began what became of it."""
        request = self.open.get(event_id or 0)
        if request is None:
            return
        if method != "on_started":
            del self.open[event_id or 0]
            self._closed(request)
        getattr(request, method)(attributes)

    def _closed(self, request: Command) -> None:
        if isinstance(request, ActivityCommand):
            self._open_activities -= 1
            if self.held:
                self.ask(self.held.popleft())

    # What the history says.

    def confirm(
        self, raw: Wire, attributes: Attributes, waits_at: Callable[[], tuple[str, int] | None]
    ) -> Command | None:
        """Find the next request in the event that its decision left; return it if it was refused.

        :param waits_at: tells the line at which the code waits.
        :raises NonDeterminismError: it is another, or there is none.
        """
        request, difference = self._found(raw, attributes)
        if (request is None or difference) and is_patch(attributes):
            # The question was taken out of the code; if the new way was not kept, it shows.
            return None
        if request is None:
            raise replay.missing(raw, waits_at())
        if difference:
            raise replay.different(raw, request, *difference)
        self.pending.remove(request)
        if not replay.DECISION_EVENTS[raw["eventType"]][1]:
            return request
        request.on_accepted(raw["eventId"], attributes)
        return None

    def refuse(self, request: Command, attributes: Attributes) -> None:
        """Tell a request that its decision was refused."""
        self._closed(request)
        request.on_refused(attributes)

    def _found(
        self, raw: Wire, attributes: Attributes
    ) -> tuple[Command | None, tuple[str, Any, Any] | None]:
        """Return the request that an event is of, and in what they differ."""
        for request in self.pending if self.is_from_simpleflow else ():
            if request.turn < self._turn and self._matches_legacy(request, raw, attributes):
                return request, None
        first = self._next_asked()
        if first is None:
            return None, None
        return first, next(replay.differences(first, raw, attributes, self._codec), None)

    def _matches_legacy(self, request: Command, raw: Wire, attributes: Attributes) -> bool:
        """Return whether simpleflow asked for the same; it goes on under the id that it gave."""
        found = replay.differences(request, raw, attributes, self._codec)
        if not all(request.matches_legacy(name, recorded) for name, recorded, _ in found):
            return False
        its_id = replay.id_of(request.kind, attributes)
        if its_id is not None and isinstance(request, OpenCommand):
            request.rename(its_id)
        return True

    def check_nothing_is_left(self, raws: list[Wire], completed_event_id: int) -> None:
        """Refuse a request that no decision carried, unless that had no room for it.

        :param completed_event_id: the completion of the decision task that should have carried it.
        :raises NonDeterminismError: there is one.
        """
        request = self._next_asked()
        if request is not None and not was_split(raws):
            raise replay.unrecorded(request, completed_event_id)

    def _next_asked(self) -> Command | None:
        """Return the oldest request that a decision before this turn must have carried."""
        if self.pending and self.pending[0].turn < self._turn:
            return self.pending[0]
        return None

    @property
    def is_ahead(self) -> bool:
        """Whether what is asked for now cannot have been decided yet."""
        recorded = self.recorded
        return recorded.is_live or (recorded.is_open and len(self.pending) >= recorded.count)

    def is_held(self, request: Command) -> bool:
        """Return whether something was asked for that may not be decided now."""
        return request in self.held

    def is_unrecorded(self, task: RetryableCommand, retry_id: str) -> bool:
        """Return whether a further attempt is asked for that the history does not have."""
        is_asked = any(each is task or each.id == retry_id for each in self.pending)
        return is_asked and self.recorded_delay(task, retry_id) is None

    def recorded_delay(self, task: RetryableCommand, retry_id: str) -> int | None:
        """Return after how many seconds this turn tried a task again, according to the history.

        :param retry_id: of the timer until then, if it was not at once.
        :returns: None if the history has no further attempt.
        """
        begun = self.recorded.begun
        for pause in begun.get(("timer", retry_id), ()):
            return int(pause.get("startToFireTimeout", 1))
        place = None if self.is_from_simpleflow else task.place
        again = begun.get((task.kind, task.id), ())
        return 0 if any(place in (None, each.get("control")) for each in again) else None
