"""`CommandLimits`: the commands that the current decision task may still send.

The engine asks for each command that has a rate or a quota, and leaves out those that do not fit.
It derives its decisions from the history, so the next decision task makes the same commands again.
The history itself has a limit: no instance begins whose events would not fit.
"""

from __future__ import annotations

import math
from collections import Counter

from swf.engine.throttling import QUOTAS, CommandKind, Pause, Throttle
from swf.models.history import History

#: Maximum number of events of an execution, a limit of the service.
EVENT_LIMIT = 25_000
#: Events of an instance: scheduled, started, completed, and its share of the decision tasks.
EVENTS_PER_INSTANCE = 6
#: Events that stay free for decision tasks, compensations and the end of an execution.
RESERVED_EVENTS = 500


class CommandLimits:
    """The rates and quotas of one execution, and the commands sent in the current decision task."""

    def __init__(self) -> None:
        self.throttle = Throttle()
        self._open: dict[CommandKind, int] = {}
        self._now = 0.0
        #: How many more instances the history has room for.
        self.room: float = math.inf
        self._sent: Counter[CommandKind] = Counter()
        self._full: set[CommandKind] = set()
        self._delayed: set[CommandKind] = set()

    def begin(self, history: History) -> None:
        """Begin a decision task.

        :param history: the history up to the start of the decision task, which `throttle` has
            observed.
        """
        self._open = {
            CommandKind.ACTIVITY: history.activities.open_count,
            CommandKind.TIMER: history.timers.open_count,
            CommandKind.CHILD: history.children.open_count,
        }
        self._now = history[-1].timestamp.timestamp() if history else 0.0
        events = EVENTS_PER_INSTANCE * self.open_count + len(history) + RESERVED_EVENTS
        self.room = (EVENT_LIMIT - events) // EVENTS_PER_INSTANCE
        self.reset()

    def use_reserve(self) -> None:
        """Let compensations use the reserved events of the history."""
        self.reset()
        self.room = math.inf

    @property
    def open_count(self) -> int:
        """The number of open activities, timers and children."""
        return sum(self._open.values())

    def reset(self) -> None:
        """Forget the commands of the current decision task, because it decides again."""
        self._sent.clear()
        self._full.clear()
        self._delayed.clear()

    def admit(self, kind: CommandKind | None) -> bool:
        """Return whether a command may be sent now, and count it if so.

        :param kind: the kind of the command; None: a kind without rate and quota.
        """
        if kind is None:
            return True
        limit = QUOTAS[kind].open
        if limit is not None:
            is_full = self._open.get(kind, 0) + self._sent[kind] >= limit
            if is_full or self._sent.total() >= self.room:
                self._full.add(kind)
                return False
        if self._sent[kind] + 1 > self.throttle.allowance(kind, self._now):
            self._delayed.add(kind)
            return False
        self._sent[kind] += 1
        return True

    @property
    def is_holding(self) -> bool:
        """Whether a command of the current decision task was held back."""
        return bool(self._full or self._delayed)

    @property
    def pause(self) -> Pause | None:
        """The pause until a command may be sent that waits for time; None if there is none.

        Commands that wait for the end of open work need no pause.
        """
        if not self._delayed or self.throttle.is_pausing:
            return None
        seconds = self.throttle.pause(self._delayed, self._now)
        return Pause(seconds, self.throttle.is_paused(CommandKind.TIMER, self._now))
