"""Isolated tasks: the activity tasks of a worker that each run in their own process.

`isolation.py` forks the processes. This module passes a task to its process, answers the heartbeats
of the process, and returns its outcome.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from swf.actors.ending import Ending
from swf.actors.isolation import Channel, Exit, ForkServer, Progress, ProgressReply
from swf.actors.processes import flush_output
from swf.actors.tasks import ActivityTaskContext
from swf.constants import HEARTBEAT_DETAILS_LIMIT
from swf.payload import encode


class IsolatedTasks:
    """Performs activity tasks, each in its own process.

    :param perform: performs a task in its process and returns its outcome.
    :param report: called in the worker with the encoded heartbeat details of a task.
    :param raise_on_cancel: whether `task.heartbeat()` raises `ActivityCanceled`.
    """

    def __init__(
        self,
        perform: Callable[[ActivityTaskContext], Ending],
        report: Callable[[ActivityTaskContext, str | None], None],
        raise_on_cancel: bool,
    ) -> None:
        self._perform = perform
        self._report = report
        self._raise_on_cancel = raise_on_cancel
        self._channels: dict[ActivityTaskContext, Channel] = {}
        self._server = ForkServer(self._serve)

    def close(self) -> None:
        """End the processes."""
        self._server.close()

    def abort(self, task: ActivityTaskContext) -> None:
        """End the process of a task.

        :param task: the activity task; its process may have ended.
        """
        channel = self._channels.get(task)
        if channel is not None:
            channel.abort()

    def perform(self, task: ActivityTaskContext) -> Ending | Exit:
        """Perform a task in a new process; return its outcome, or the exit of the process.

        :param task: the activity task.
        """
        message: Any = None
        self._channels[task] = channel = self._server.start()
        try:
            channel.send((task.task, task.heartbeat_timeout, task.deadline))
            while not isinstance(message := channel.receive(), (Ending, Exit)):
                self._report(task, message.details)
                stopping = task.stopping.is_set()
                channel.send(ProgressReply(task.cancel_requested, task.lost, stopping))
        except EOFError:
            return Exit(-signal.SIGKILL)
        finally:
            del self._channels[task]
            channel.close()
        outcome: Ending | Exit = message
        return outcome

    def _serve(self, channel: Channel) -> None:
        """Perform one task in its own process."""
        task, heartbeat_timeout, deadline = channel.receive()
        reporting = threading.Lock()

        def report(task: ActivityTaskContext, details: Any) -> None:
            progress = Progress(encode(details, "details", HEARTBEAT_DETAILS_LIMIT))
            with reporting:
                channel.send(progress)
                reply = channel.receive()
            task.cancel_requested, task.lost = reply.cancel_requested, reply.lost
            if reply.stopping:
                task.stopping.set()

        context = ActivityTaskContext(
            task,
            heartbeat_timeout,
            deadline,
            time.monotonic,
            threading.Event(),
            report,
            self._raise_on_cancel,
        )
        ending = self._perform(context)
        flush_output()
        channel.send(ending)
