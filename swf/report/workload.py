"""Task lists and workers, observed in events of some executions.

SWF has no operation that lists task lists or pollers. Scheduled tasks name their list, and started
tasks the identity of their poller; so the events of a sample of executions show those in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, define

from swf.models.event.base import moment

#: Event type of a start -> the attributes of its event and of the schedule event.
_STARTS = {
    "ActivityTaskStarted": "activityTaskStartedEventAttributes",
    "DecisionTaskStarted": "decisionTaskStartedEventAttributes",
}
_SCHEDULES = {
    "ActivityTaskScheduled": "activityTaskScheduledEventAttributes",
    "DecisionTaskScheduled": "decisionTaskScheduledEventAttributes",
}


@define
class ObservedList:
    """A task list of the sample.

    :param waiting_since: the time at which its oldest unstarted task was scheduled.
    :param workers: the identities of its pollers.
    """

    waiting_since: datetime | None = None
    workers: set[str] = Factory(set)


@define
class ObservedWorker:
    """A poller of a task list.

    :param starts: the times at which it took tasks.
    :param running: the number of its tasks that have not ended.
    """

    starts: list[datetime] = Factory(list)
    running: int = 0

    def rate(self, window: timedelta, now: datetime) -> float:
        """Return the number of tasks that it took per minute.

        :param window: the time up to `now` in which tasks count.
        """
        recent = sum(now - window <= start <= now for start in self.starts)
        return recent / (window / timedelta(minutes=1))


class Workload:
    """The task lists and workers in the histories that were added.

    `lists` has an `ObservedList` for each name, `workers` an `ObservedWorker` for each pair
    (identity, task list); a poller without an identity is not in `workers`.
    """

    def __init__(self) -> None:
        self.lists: dict[str, ObservedList] = {}
        self.workers: dict[tuple[str, str], ObservedWorker] = {}

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Add events of one execution.

        :param events: events of the wire in any order, such as the last page of a history; a start
            without its schedule event is ignored.
        """
        by_id = {event["eventId"]: event for event in events}
        started, ended = set(), set()
        for event in by_id.values():
            kind = event["eventType"]
            attributes = event.get(f"{kind[0].lower()}{kind[1:]}EventAttributes") or {}
            if kind in _STARTS:
                started.add(attributes["scheduledEventId"])
            elif "startedEventId" in attributes:
                ended.add(attributes["startedEventId"])
        for event_id, event in by_id.items():
            if event["eventType"] in _SCHEDULES and event_id not in started:
                self._add_waiting(event)
            elif event["eventType"] in _STARTS:
                self._add_start(event, by_id, is_running=event_id not in ended)

    def _add_waiting(self, event: Mapping[str, Any]) -> None:
        name = event[_SCHEDULES[event["eventType"]]]["taskList"]["name"]
        observed = self.lists.setdefault(name, ObservedList())
        scheduled_at = moment(event["eventTimestamp"])
        if observed.waiting_since is None or scheduled_at < observed.waiting_since:
            observed.waiting_since = scheduled_at

    def _add_start(
        self, event: Mapping[str, Any], by_id: Mapping[int, Any], *, is_running: bool
    ) -> None:
        attributes = event[_STARTS[event["eventType"]]]
        schedule = by_id.get(attributes["scheduledEventId"])
        if schedule is None:
            return
        name = schedule[_SCHEDULES[schedule["eventType"]]]["taskList"]["name"]
        observed = self.lists.setdefault(name, ObservedList())
        identity = attributes.get("identity")
        if not identity:
            return
        observed.workers.add(identity)
        worker = self.workers.setdefault((identity, name), ObservedWorker())
        worker.starts.append(moment(event["eventTimestamp"]))
        worker.running += is_running
