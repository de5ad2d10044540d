"""Task lists and workers in events."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from swf.report.workload import Workload


def event(event_id, kind, **attributes):
    key = f"{kind[0].lower()}{kind[1:]}EventAttributes"
    return {"eventId": event_id, "eventType": kind, "eventTimestamp": event_id, key: attributes}


def scheduled(event_id, name, kind="ActivityTaskScheduled"):
    return event(event_id, kind, taskList={"name": name})


def started(event_id, scheduled_id, identity=None, kind="ActivityTaskStarted"):
    attributes = {"identity": identity} if identity else {}
    return event(event_id, kind, scheduledEventId=scheduled_id, **attributes)


def at(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


def test_oldest_waiting_task_of_a_list_is_found():
    workload = Workload()
    workload.add([scheduled(8, "packing"), scheduled(5, "packing"), started(6, 5, "w-1")])
    workload.add([scheduled(7, "packing")])

    assert workload.lists["packing"].waiting_since == at(7)
    assert workload.lists["packing"].workers == {"w-1"}


def test_worker_has_running_tasks_and_a_rate():
    workload = Workload()
    workload.add(
        [
            *(scheduled(1, "packing"), started(60, 1, "w-1")),
            event(61, "ActivityTaskCompleted", scheduledEventId=1, startedEventId=60),
            *(scheduled(62, "packing"), started(119, 62, "w-1")),
        ]
    )

    worker = workload.workers["w-1", "packing"]
    assert worker.running == 1
    assert worker.rate(timedelta(minutes=2), at(120)) == 1.0
    assert worker.rate(timedelta(seconds=30), at(120)) == 2.0


def test_deciders_are_workers_of_their_list():
    workload = Workload()
    workload.add(
        [
            scheduled(2, "shipping", "DecisionTaskScheduled"),
            started(3, 2, "d-1", "DecisionTaskStarted"),
        ]
    )

    assert [*workload.workers] == [("d-1", "shipping")]


def test_start_without_schedule_or_identity_names_no_worker():
    workload = Workload()
    workload.add([started(9, 2, "w-1"), scheduled(10, "packing"), started(11, 10)])

    assert workload.workers == {}
    assert [*workload.lists] == ["packing"]
