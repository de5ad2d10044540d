"""`ActivityExecution`: an activity task in hand, what its tasks get as `activity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import payload
from swf.constants import HEARTBEAT_DETAILS_LIMIT, REASON_LIMIT
from swf.exceptions import ActivityCanceled
from swf.flow.domain_resolution import connection_of
from swf.flow.log import GarconLogger
from swf.payload import Codec

if TYPE_CHECKING:
    from swf.actors import ActivityTaskContext


class ActivityExecution(GarconLogger):
    """An activity task: its context, and what can be said about it while it runs.

    :param client: a boto3 client or a `Connection`; the one in force if None.
    :param activity_id: the id under which it was scheduled; None: no task came.
    :param context: the input, as text or decoded; an object is what tasks can read.
    :param task: the task as the worker that performs it knows it, if one does.
    :param codec: how its result is written.
    """

    def __init__(
        self,
        client: Any,
        activity_id: str | None,
        task_token: str | None,
        context: Any,
        task: ActivityTaskContext | None = None,
        codec: Codec = payload.PLAIN_JSON,
    ) -> None:
        self.client = client
        self.activity_id = activity_id
        self.task_token = task_token
        decoded = payload.decode(context) if isinstance(context, str) else context
        self.context: dict[str, Any] = decoded if isinstance(decoded, dict) else {}
        self.task = task
        self._codec = codec
        self._cancel_requested = False
        self.set_log_context(self.context)

    @property
    def cancel_requested(self) -> bool:
        """Whether the decider asked to give up; the worker's heartbeats find out by themselves."""
        return self._cancel_requested or (self.task is not None and self.task.cancel_requested)

    def check_canceled(self) -> None:
        """Stop here if cancellation was requested.

        :raises ActivityCanceled: it was.
        """
        if self.cancel_requested:
            raise ActivityCanceled

    def before_task(self) -> None:
        """Say that the work goes on, unless a worker does, and stop here if it is canceled.

        :raises ActivityCanceled: it is.
        """
        if self.task is None and self.task_token is not None:
            self.heartbeat()
        self.check_canceled()

    def heartbeat(self, details: Any = None) -> bool:
        """Say how far the work is, and return whether its cancellation was requested.

        A worker keeps its tasks alive by itself: this is for details, and to obey at once.

        :raises ActivityCanceled: it was requested, and a worker performs the task.
        """
        if self.task is not None:
            return self.task.heartbeat(details)
        answer = self._call(
            "RecordActivityTaskHeartbeat",
            details=payload.encode(details, "details", HEARTBEAT_DETAILS_LIMIT),
        )
        self._cancel_requested = bool(answer["cancelRequested"])
        return self._cancel_requested

    def fail(self, reason: str | None = None, details: Any = None) -> None:
        """Answer the task: it failed. A reason that is too long is cut."""
        self._answer_elsewhere()
        self._call(
            "RespondActivityTaskFailed",
            reason=payload.cut(reason or "", REASON_LIMIT),
            details=payload.encode(details, "details"),
        )

    def complete(self, context: Any = None) -> None:
        """Answer the task: it is done, and this is its result."""
        self._answer_elsewhere()
        result = payload.encode(context, "result", codec=self._codec)
        self._call("RespondActivityTaskCompleted", result=result)

    def _answer_elsewhere(self) -> None:
        if self.task is not None:
            self.task.complete_elsewhere()

    def _call(self, operation: str, **members: Any) -> dict[str, Any]:
        return connection_of(self.client).call(operation, taskToken=self.task_token, **members)
