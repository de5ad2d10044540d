"""`ActivityEvents`: the events of activity tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.models.history.entity_record import EntityRecord
from swf.models.history.writer import HistoryWriter, end_references, opened_event_id

if TYPE_CHECKING:
    from typing_extensions import Self


class ActivityEvents(HistoryWriter):
    """The events of activity tasks."""

    __slots__ = ()

    def activity_scheduled(
        self,
        activity_id: str,
        name: str = "activity",
        version: str = "1.0",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Decide to schedule an activity task; its timeouts are `NONE` by default.

        :param name: the name of the activity type.
        :param version: the version of the activity type.
        """
        defaults: dict[str, Any] = dict.fromkeys(_ACTIVITY_TIMEOUTS, "NONE")
        settings = {**defaults, "task_list": "activities", "input": input, **attributes}
        kind = {"name": name, "version": version}
        return self.decide(
            "ActivityTaskScheduled", activity_id=activity_id, activity_type=kind, **settings
        )

    def activity_started(self, activity_id: str, identity: str | None = "worker") -> Self:
        """Let a worker start the activity task.

        :param identity: the identity of the worker.
        """
        record = self.open_record(self._state().activities, activity_id)
        return self.happen(
            "ActivityTaskStarted", scheduled_event_id=opened_event_id(record), identity=identity
        )

    def activity_completed(self, activity_id: str, result: Any = None) -> Self:
        """Let the worker complete the activity task.

        :param activity_id: the id of an open activity task.
        """
        return self.happen(
            "ActivityTaskCompleted",
            **end_references(self._running_activity(activity_id)),
            result=result,
        )

    def activity_failed(
        self, activity_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the worker fail the activity task.

        :param activity_id: the id of an open activity task.
        """
        record = self._running_activity(activity_id)
        return self.happen(
            "ActivityTaskFailed", **end_references(record), reason=reason, details=details
        )

    def activity_timed_out(
        self, activity_id: str, timeout_type: str = "START_TO_CLOSE", details: Any = None
    ) -> Self:
        """Let the activity task time out.

        :param timeout_type: `START_TO_CLOSE` or `HEARTBEAT`, which start the task first if it is
            not started; `SCHEDULE_TO_START` or `SCHEDULE_TO_CLOSE`, which do not.
        """
        if timeout_type in ("START_TO_CLOSE", "HEARTBEAT"):
            self._running_activity(activity_id)
        record = self.open_record(self._state().activities, activity_id)
        return self.happen(
            "ActivityTaskTimedOut",
            **end_references(record),
            timeout_type=timeout_type,
            details=details,
        )

    def activity_cancel_requested(self, activity_id: str) -> Self:
        """Decide to cancel the activity task; the service cancels a task that is not started.

        :param activity_id: the id of an open activity task.
        """
        self.decide("ActivityTaskCancelRequested", activity_id=activity_id)
        record = self.open_record(self._state().activities, activity_id)
        if record.started is None:
            self._add_to_batch("ActivityTaskCanceled", self._cancel_references(record))
        return self

    def activity_canceled(self, activity_id: str, details: Any = None) -> Self:
        """Let the worker cancel the activity task.

        :param activity_id: the id of an open activity task.
        """
        record = self._running_activity(activity_id)
        return self.happen(
            "ActivityTaskCanceled", **self._cancel_references(record), details=details
        )

    def schedule_activity_failed(
        self,
        activity_id: str,
        cause: str = "ACTIVITY_TYPE_DOES_NOT_EXIST",
        name: str = "activity",
        version: str = "1.0",
    ) -> Self:
        """Refuse the decision to schedule an activity task.

        :param cause: the cause of the refusal, one of the API's values.
        """
        kind = {"name": name, "version": version}
        return self.decide(
            "ScheduleActivityTaskFailed", activity_id=activity_id, activity_type=kind, cause=cause
        )

    def request_cancel_activity_failed(
        self, activity_id: str, cause: str = "ACTIVITY_ID_UNKNOWN"
    ) -> Self:
        """Refuse the decision to cancel an activity task.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide("RequestCancelActivityTaskFailed", activity_id=activity_id, cause=cause)

    def _running_activity(self, activity_id: str) -> EntityRecord:
        return self.running_record(self._state().activities, activity_id, self.activity_started)

    def _cancel_references(self, record: EntityRecord) -> dict[str, Any]:
        requested = record.cancels[-1]["eventId"] if record.cancels else 0
        return {**end_references(record), "latest_cancel_requested_event_id": requested}


_ACTIVITY_TIMEOUTS = (
    "heartbeat_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
)
