"""Task lists: which task a poller gets next.

Higher priority first, then first come first served in the order of scheduling.  A list comes to be
when a task is put on it and goes when its last task is taken.  A decision task that waits behind a
started one of the same execution is pending, but not offered.
"""

import heapq
from collections.abc import Iterable

from swf.local.entities import QueueKey, Task

SLACK = 64
"""Taken tasks that a heap may hold before it is swept."""


class TaskList:
    """The pending tasks of one list; a task that was withdrawn stays in the heap until seen."""

    __slots__ = ("heap", "pending")

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Task]] = []
        self.pending = 0

    def push(self, task: Task) -> None:
        """Make a task available to pollers."""
        heapq.heappush(self.heap, (-task.priority, task.order, task))
        if len(self.heap) > 2 * self.pending + SLACK:
            self.heap = [entry for entry in self.heap if entry[2].pending]
            heapq.heapify(self.heap)

    def peek(self) -> Task | None:
        """Return the task that comes next."""
        while self.heap:
            task = self.heap[0][2]
            if task.pending:
                return task
            heapq.heappop(self.heap)
        return None


class TaskLists:
    """All task lists of a world; `ready` collects the lists that received a task."""

    def __init__(self) -> None:
        self._lists: dict[QueueKey, TaskList] = {}
        self._scheduled = 0
        self.ready: set[QueueKey] = set()

    def schedule(self, task: Task) -> None:
        """Give a task its place in the order of its list."""
        self._scheduled += 1
        task.order = self._scheduled
        task.pending = True
        self._lists.setdefault(task.key, TaskList()).pending += 1

    def offer(self, task: Task) -> None:
        """Let pollers have a scheduled task."""
        self._lists[task.key].push(task)
        self.ready.add(task.key)

    def withdraw(self, task: Task) -> None:
        """Take a task off its list: it was started, it timed out, or its execution closed."""
        if not task.pending:
            return
        task.pending = False
        task_list = self._lists[task.key]
        task_list.pending -= 1
        if not task_list.pending:
            del self._lists[task.key]

    def next(self, key: QueueKey) -> Task | None:
        """Return the task that a poller of this list gets, None if there is none."""
        task_list = self._lists.get(key)
        return task_list.peek() if task_list else None

    def pending(self, key: QueueKey) -> int:
        """Return how many tasks of the list are scheduled and not started."""
        task_list = self._lists.get(key)
        return task_list.pending if task_list else 0

    def reorder(self, tasks: Iterable[Task]) -> None:
        """Put the pending tasks in the order given: a snapshot keeps it."""
        offered = {id(entry[2]) for each in self._lists.values() for entry in each.heap}
        for task_list in self._lists.values():
            task_list.heap = []
        for task in tasks:
            self._scheduled += 1
            task.order = self._scheduled
            if id(task) in offered:
                self._lists[task.key].push(task)
