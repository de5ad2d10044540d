"""Requests on their way, and the polls among them that wait for a task, in the order they came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from swf.local.entities import QueueKey
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.store import TenantKey

LONG_POLL = 60.0
"""Seconds that a poll waits for a task.  Source: API Reference, PollForDecisionTask."""

VIRTUAL_POLL = 1.0
"""Real seconds that a poll waits for other threads while the time of the service is virtual."""

Queue = tuple[TenantKey, QueueKey]
"""A task list of one world."""


class PendingRequest:
    """A request: it has its answer, or it is a poll that waits for one.

    `notify` is called when a waiting poll was answered; `is_alive` says whether there still is
    somebody to answer.
    """

    __slots__ = ("answer", "call", "deadline", "empty", "is_alive", "notify", "queue")

    def __init__(
        self, call: ApiCall, notify: Callable[[], None], is_alive: Callable[[], bool]
    ) -> None:
        self.call = call
        self.notify = notify
        self.is_alive = is_alive
        self.answer: ApiResponse | None = None
        self.queue: Queue | None = None
        """Where it waits; None when it does not."""
        self.empty: ApiResponse | None = None
        """The answer if no task comes."""
        self.deadline = 0.0
        """When, by the service's clock, it has waited long enough."""


class WaitingPolls:
    """The polls that wait, by task list."""

    def __init__(self) -> None:
        self._queues: dict[Queue, dict[PendingRequest, None]] = {}

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def __bool__(self) -> bool:
        return bool(self._queues)

    def __iter__(self) -> Iterator[PendingRequest]:
        return iter([pending for queue in self._queues.values() for pending in queue])

    def count(self, queue: Queue) -> int:
        """Return how many polls wait for a list."""
        return len(self._queues.get(queue, ()))

    def add(
        self, pending: PendingRequest, queue: Queue, empty: ApiResponse, deadline: float
    ) -> None:
        """Let a poll wait behind those that wait for the same list."""
        pending.queue, pending.empty, pending.deadline = queue, empty, deadline
        self._queues.setdefault(queue, {})[pending] = None

    def first(self, queue: Queue) -> PendingRequest | None:
        """Return who has waited longest; those who are gone are forgotten on the way."""
        while queue in self._queues:
            pending = next(iter(self._queues[queue]))
            if pending.is_alive():
                return pending
            self.end(pending)
        return None

    def end(self, pending: PendingRequest, answer: ApiResponse | None = None) -> None:
        """Let a poll wait no longer; without an answer it gets the empty one."""
        if pending.queue is None:
            return
        queue = self._queues[pending.queue]
        del queue[pending]
        if not queue:
            del self._queues[pending.queue]
        pending.answer = pending.empty if answer is None else answer
        pending.queue = None


class PollTimeout:
    """How many real seconds an empty poll waits.

    Under the system's clock that is what SWF's long poll takes. Under a virtual clock time brings
    nothing: only somebody else can make a task. A thread that is the only one that ever called
    would wait for nobody, so it is not kept; others wait a moment, so that they neither spin nor
    hang a test.

    :param seconds: what to wait in any case, given by the user.
    """

    def __init__(self, seconds: float | None, *, is_virtual: bool) -> None:
        self._seconds = seconds
        self._otherwise = VIRTUAL_POLL if is_virtual else LONG_POLL
        self._is_virtual = is_virtual
        self._caller: int | None = None
        self._is_shared = False

    def for_this_thread(self) -> float:
        """Return it for a poll of the calling thread."""
        if self._caller is None:
            self._caller = threading.get_ident()
        elif self._caller != threading.get_ident():
            self._is_shared = True
        if self._seconds is None and self._is_virtual and not self._is_shared:
            return 0.0
        return self._otherwise if self._seconds is None else self._seconds

    def for_network(self) -> float:
        """Return it for a poll that comes over the network."""
        self._is_shared = True
        return self._otherwise if self._seconds is None else self._seconds
