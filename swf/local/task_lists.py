"""Task lists: priority queues of scheduled tasks.

Tasks are delivered by priority, then in order of scheduling. A list exists while it has pending
tasks. A decision task behind a started one of the same execution is pending but not offered.
"""

import heapq
from collections.abc import Iterable

from swf.local.entities import QueueKey, Task

SLACK = 64
"""Withdrawn tasks that a heap may contain before a sweep."""


class TaskList:
    """The pending tasks of one list; withdrawn tasks stay in the heap until they reach the top."""

    __slots__ = ("heap", "pending")

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Task]] = []
        self.pending = 0

    def push(self, task: Task) -> None:
        """Add a task."""
        heapq.heappush(self.heap, (-task.priority, task.order, task))
        if len(self.heap) > 2 * self.pending + SLACK:
            self.heap = [entry for entry in self.heap if entry[2].pending]
            heapq.heapify(self.heap)

    def peek(self) -> Task | None:
        """Return the next task, None if there is none."""
        while self.heap:
            task = self.heap[0][2]
            if task.pending:
                return task
            heapq.heappop(self.heap)
        return None


class TaskLists:
    """All task lists of a tenant.

    :ivar ready: the lists that received a task since the last request.
    """

    def __init__(self) -> None:
        self._lists: dict[QueueKey, TaskList] = {}
        self._scheduled = 0
        self.ready: set[QueueKey] = set()

    def schedule(self, task: Task) -> None:
        """Add a pending task, which `offer` makes available.

        :param task: a new task; it is delivered after those scheduled before it.
        """
        self._scheduled += 1
        task.order = self._scheduled
        task.pending = True
        self._lists.setdefault(task.key, TaskList()).pending += 1

    def offer(self, task: Task) -> None:
        """Make a scheduled task available to pollers.

        :param task: a scheduled task that may be delivered.
        """
        self._lists[task.key].push(task)
        self.ready.add(task.key)

    def withdraw(self, task: Task) -> None:
        """Remove a task that was started, timed out, or whose execution closed.

        :param task: a task that was started or has closed.
        """
        if not task.pending:
            return
        task.pending = False
        task_list = self._lists[task.key]
        task_list.pending -= 1
        if not task_list.pending:
            del self._lists[task.key]

    def next(self, key: QueueKey) -> Task | None:
        """Return the next task of a polled list, None if there is none.

        :param key: kind, domain and name of the list.
        """
        task_list = self._lists.get(key)
        return task_list.peek() if task_list else None

    def pending(self, key: QueueKey) -> int:
        """Return the number of tasks of a list that are scheduled but not started.

        :param key: kind, domain and name of the list.
        """
        task_list = self._lists.get(key)
        return task_list.pending if task_list else 0

    def reorder(self, tasks: Iterable[Task]) -> None:
        """Restore the order of all pending tasks, from a snapshot.

        :param tasks: all pending tasks, in the order of delivery.
        """
        offered = {id(entry[2]) for each in self._lists.values() for entry in each.heap}
        for task_list in self._lists.values():
            task_list.heap = []
        for task in tasks:
            self._scheduled += 1
            task.order = self._scheduled
            if id(task) in offered:
                self._lists[task.key].push(task)
