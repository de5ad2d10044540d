"""Requests in progress, and the long polls among them, in order of arrival."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from swf.local.entities import QueueKey
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.store import TenantKey

LONG_POLL = 60.0
"""Seconds that a poll waits for a task.  Source: API Reference, PollForDecisionTask."""

VIRTUAL_POLL = 1.0
"""Real seconds that a poll waits for other threads while the service runs on a virtual clock."""

TaskListKey = tuple[TenantKey, QueueKey]
"""A task list of one tenant."""


class PendingRequest:
    """A request that has its response, or a poll that waits for one.

    :param notify: called once a waiting poll has its response.
    :param is_alive: returns whether the client can still receive a response.
    """

    __slots__ = ("call", "deadline", "empty_response", "is_alive", "notify", "queue", "response")

    def __init__(
        self, call: ApiCall, notify: Callable[[], None], is_alive: Callable[[], bool]
    ) -> None:
        self.call = call
        self.notify = notify
        self.is_alive = is_alive
        self.response: ApiResponse | None = None
        self.queue: TaskListKey | None = None
        """The task list on which it waits; None if it does not wait."""
        self.empty_response: ApiResponse | None = None
        """The response if no task arrives."""
        self.deadline = 0.0
        """When its long poll ends, by the clock of the service."""


class WaitingPolls:
    """The waiting polls, by task list."""

    def __init__(self) -> None:
        self._queues: dict[TaskListKey, dict[PendingRequest, None]] = {}

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def __bool__(self) -> bool:
        return bool(self._queues)

    def __iter__(self) -> Iterator[PendingRequest]:
        return iter([pending for queue in self._queues.values() for pending in queue])

    def count(self, queue: TaskListKey) -> int:
        """Return how many polls wait on a task list.

        :param queue: tenant, kind, domain and name of the list.
        """
        return len(self._queues.get(queue, ()))

    def add(
        self,
        pending: PendingRequest,
        queue: TaskListKey,
        empty_response: ApiResponse,
        deadline: float,
    ) -> None:
        """Add a poll behind those that wait on the same task list.

        :param empty_response: the response if no task arrives.
        :param deadline: when the long poll ends, by the clock of the service.
        """
        pending.queue, pending.deadline = queue, deadline
        pending.empty_response = empty_response
        self._queues.setdefault(queue, {})[pending] = None

    def first(self, queue: TaskListKey) -> PendingRequest | None:
        """Return the poll that has waited longest; polls of lost clients are removed.

        :param queue: tenant, kind, domain and name of the list.
        """
        while queue in self._queues:
            pending = next(iter(self._queues[queue]))
            if pending.is_alive():
                return pending
            self.end(pending)
        return None

    def end(self, pending: PendingRequest, response: ApiResponse | None = None) -> None:
        """End the wait of a poll.

        :param response: the response to the poll; None: its empty response.
        """
        if pending.queue is None:
            return
        queue = self._queues[pending.queue]
        del queue[pending]
        if not queue:
            del self._queues[pending.queue]
        pending.response = pending.empty_response if response is None else response
        pending.queue = None


class LongPollTimeout:
    """How many real seconds an empty poll waits.

    On the system clock a poll takes as long as a long poll of SWF. On a virtual clock, waiting
    brings no deadline nearer: only another caller can create a task. If a single thread has made
    all calls so far, its polls return at once; otherwise a poll waits one second, so that callers
    neither spin nor block a test.

    :param seconds: overrides both rules; None applies them.
    :param is_virtual: whether the clock of the service is virtual.
    """

    def __init__(self, seconds: float | None, *, is_virtual: bool) -> None:
        self._seconds = seconds
        self._default = VIRTUAL_POLL if is_virtual else LONG_POLL
        self._is_virtual = is_virtual
        self._first_thread: int | None = None
        self._is_shared = False

    def for_this_thread(self) -> float:
        """Return the timeout for a poll of the calling thread, in seconds."""
        if self._first_thread is None:
            self._first_thread = threading.get_ident()
        elif self._first_thread != threading.get_ident():
            self._is_shared = True
        if self._seconds is None and self._is_virtual and not self._is_shared:
            return 0.0
        return self._default if self._seconds is None else self._seconds

    def for_network(self) -> float:
        """Return the timeout for a poll over HTTP, in seconds."""
        self._is_shared = True
        return self._default if self._seconds is None else self._seconds
