"""`ActivityExecution`: an activity task, passed to its tasks as `activity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf import payload
from swf.constants import HEARTBEAT_DETAILS_LIMIT, REASON_LIMIT
from swf.exceptions import ActivityCanceled
from swf.flow.domain_resolution import resolve_connection
from swf.flow.log import GarconLogger
from swf.payload import Codec

if TYPE_CHECKING:
    from swf.actors import ActivityTaskContext


class ActivityExecution(GarconLogger):
    """An activity task: its context, heartbeats and response.

    :param client: a boto3 client or a `Connection`; None: the current connection.
    :param activity_id: the activity id; None: the poll returned no task.
    :param task_token: the token of the task; None: there is no task to respond to.
    :param context: the input, encoded or decoded; only a dictionary is readable for tasks.
    :param task: the task of the worker that performs it; None: the caller responds.
    :param codec: the codec of the result.
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
        """Whether the decider requested cancellation, as of the last heartbeat."""
        return self._cancel_requested or (self.task is not None and self.task.cancel_requested)

    def check_canceled(self) -> None:
        """Raise an error if cancellation was requested.

        :raises ActivityCanceled: cancellation was requested.
        """
        if self.cancel_requested:
            raise ActivityCanceled

    def before_task(self) -> None:
        """Send a heartbeat, unless a worker sends them, and check for cancellation.

        :raises ActivityCanceled: cancellation was requested.
        """
        if self.task is None and self.task_token is not None:
            self.heartbeat()
        self.check_canceled()

    def heartbeat(self, details: Any = None) -> bool:
        """Send a heartbeat (RecordActivityTaskHeartbeat).

        Workers send heartbeats for their tasks: call this to report progress, or to react to a
        cancellation at once.

        :param details: progress, as JSON of at most 2,048 characters.
        :returns: whether cancellation was requested.
        :raises ActivityCanceled: cancellation was requested and a worker performs the task.
        """
        if self.task is not None:
            return self.task.heartbeat(details)
        response = self._call(
            "RecordActivityTaskHeartbeat",
            details=payload.encode(details, "details", HEARTBEAT_DETAILS_LIMIT),
        )
        self._cancel_requested = bool(response["cancelRequested"])
        return self._cancel_requested

    def fail(self, reason: str | None = None, details: Any = None) -> None:
        """Fail the task (RespondActivityTaskFailed).

        :param reason: truncated to 256 characters.
        :param details: any JSON value.
        """
        self._take_over()
        self._call(
            "RespondActivityTaskFailed",
            reason=payload.cut(reason or "", REASON_LIMIT),
            details=payload.encode(details, "details"),
        )

    def complete(self, context: Any = None) -> None:
        """Complete the task (RespondActivityTaskCompleted).

        :param context: the result; a dictionary hydrates the context of the execution.
        :raises ValidationError: the result is too long or cannot be encoded.
        """
        self._take_over()
        result = payload.encode(context, "result", codec=self._codec)
        self._call("RespondActivityTaskCompleted", result=result)

    def _take_over(self) -> None:
        """Keep the worker, if there is one, from responding as well."""
        if self.task is not None:
            self.task.complete_elsewhere()

    def _call(self, operation: str, **members: Any) -> dict[str, Any]:
        connection = resolve_connection(self.client)
        return connection.call(operation, taskToken=self.task_token, **members)
