"""ActivityWorker: takes activity tasks, does them, and tells the service how it went."""

from __future__ import annotations

from typing import Any

from swf.actors.core import Actor, Polled
from swf.constants import HEARTBEAT_DETAILS_LIMIT, REASON_LIMIT
from swf.models import ActivityTask
from swf.payload import encode


class ActivityWorker(Actor):
    """Take activity tasks from a task list and answer them.

    Each answer raises `DoesNotExistError` when the task is not waiting for one any more: it timed
    out, was answered already, or its execution is closed; and `ValidationError`, with nothing
    sent, when a field is too long. Payloads are encoded by `swf.payload`.

    Source: API Reference, PollForActivityTask, RespondActivityTask*, RecordActivityTaskHeartbeat.
    """

    def poll(self, task_list: str | None = None, identity: str | None = None) -> Polled:
        """Wait up to 60 seconds for an activity task; unpacks as `(token, ActivityTask)`.

        :param task_list: another list than the worker's own.
        :param identity: another name than the worker's own.
        :raises PollTimeout: when no task came.
        """
        params = self._from(task_list, identity)
        data = self._poll("PollForActivityTask", params)
        task = ActivityTask.from_poll(self.domain, params["taskList"]["name"], data)
        return Polled(task, task)

    def complete(self, token: str, result: Any = None) -> None:
        """Say that the task is done."""
        self.connection.call(
            "RespondActivityTaskCompleted", taskToken=token, result=encode(result, "result")
        )

    def fail(self, token: str, details: Any = None, reason: str | None = None) -> None:
        """Say that the task failed.

        :param reason: what went wrong, at most 256 characters; a decider may go by it.
        """
        self.connection.call(
            "RespondActivityTaskFailed",
            taskToken=token,
            details=encode(details, "details"),
            reason=encode(reason, "reason", REASON_LIMIT),
        )

    def cancel(self, token: str, details: Any = None) -> None:
        """Say that the task was given up because its cancellation was requested."""
        self.connection.call(
            "RespondActivityTaskCanceled", taskToken=token, details=encode(details, "details")
        )

    def heartbeat(self, token: str, details: Any = None) -> dict[str, bool]:
        """Say that the task is being worked on, and learn whether to cancel it.

        :param details: how far it is, at most 2,048 characters; those of the last heartbeat are
            kept with a timeout.
        :returns: `{"cancelRequested": bool}`
        :raises RateLimitExceededError: when it was throttled; the task goes on.
        """
        return self.connection.call(
            "RecordActivityTaskHeartbeat",
            taskToken=token,
            details=encode(details, "details", HEARTBEAT_DETAILS_LIMIT),
        )
