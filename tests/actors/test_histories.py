"""Histories: cached ones extended by new events, others fetched."""

from __future__ import annotations

import random
import threading

import pytest

from swf.actors import StickyCache
from swf.actors.histories import Histories
from swf.actors.sticky import size_of
from swf.exceptions import RateLimitExceededError
from swf.models import DecisionTask, Domain, WorkflowExecution
from swf.models.history import History


def event(event_id, name="MarkerRecorded", **attributes):
    key = f"{name[0].lower()}{name[1:]}EventAttributes"
    return {"eventId": event_id, "eventType": name, "eventTimestamp": 1.0, key: attributes}


def events(first, last):
    return [event(i, markerName=f"m{i}") for i in range(first, last + 1)]


def task(news, previous, started):
    domain = Domain("d")
    return DecisionTask(
        domain,
        "list",
        "token",
        None,
        WorkflowExecution(domain, "w", "run"),
        History.from_event_list(news),
        started,
        previous,
    )


class Service:
    """Answers with pages of two events, up to a number of events."""

    def __init__(self, length):
        self.all = events(1, length)
        self.calls = 0

    def __call__(self, operation, *, execution, nextPageToken=None, **_):  # noqa: N803
        assert (operation, execution) == (
            "GetWorkflowExecutionHistory",
            {"workflowId": "w", "runId": "run"},
        )
        self.calls += 1
        at = int(nextPageToken or 0)
        page = {"events": self.all[at : at + 2]}
        return {**page, "nextPageToken": str(at + 2)} if at + 2 < len(self.all) else page


def histories(service, **options):
    options = {"audit_rate": 0.0, "max_fetches": 2, "random": random.Random(1), **options}
    return Histories(StickyCache(), service, **options)


def ids(context):
    return [event.id for event in context.history]


def test_first_task_needs_no_fetch():
    service = Service(9)

    context = histories(service).open(task(events(1, 3), previous=0, started=3))

    assert (ids(context), service.calls) == ([1, 2, 3], 0)


def test_unknown_history_is_fetched_up_to_the_task():
    service = Service(12)

    context = histories(service).open(task(events(6, 8), previous=6, started=8))

    assert ids(context) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert service.calls == 3


def test_cached_history_is_extended_by_new_events():
    service = Service(12)
    opened = histories(service)
    opened.keep(opened.open(task(events(1, 3), previous=0, started=3)))

    context = opened.open(task(events(3, 7), previous=3, started=7))

    assert (ids(context), service.calls) == ([1, 2, 3, 4, 5, 6, 7], 0)


def test_overlapping_event_is_tolerated():
    opened = histories(Service(12))
    opened.keep(opened.open(task(events(1, 3), previous=0, started=3)))

    context = opened.open(task(events(2, 7), previous=3, started=7))

    assert ids(context) == [1, 2, 3, 4, 5, 6, 7]


def test_gap_causes_new_fetch():
    service = Service(12)
    opened = histories(service)
    opened.keep(opened.open(task(events(1, 3), previous=0, started=3)))

    context = opened.open(task(events(5, 7), previous=3, started=7))

    assert ids(context) == [1, 2, 3, 4, 5, 6, 7]
    assert service.calls == 2


def test_the_size_grows_with_the_events():
    opened = histories(Service(12))
    first = opened.open(task(events(1, 3), previous=0, started=3))
    opened.keep(first)

    second = opened.open(task(events(3, 7), previous=3, started=7))

    assert second.size == size_of(events(1, 7))


def test_concurrent_fetches_are_limited():
    lock, together, most = threading.Lock(), [0], [0]
    both = threading.Barrier(2)
    service = Service(2)

    def call(*args, **kwargs):
        with lock:
            together[0] += 1
            most[0] = max(most[0], together[0])
        both.wait(10)
        with lock:
            together[0] -= 1
        return service(*args, **kwargs)

    opened = histories(call, max_fetches=2)
    threads = [
        threading.Thread(target=opened.open, args=(task(events(2, 2), previous=1, started=2),))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert most == [2]


def test_failed_fetch_frees_its_slot():
    def refuse(*_, **__):
        raise RateLimitExceededError("Rate exceeded")

    opened = histories(refuse, max_fetches=1)

    for _ in range(2):
        with pytest.raises(RateLimitExceededError):
            opened.open(task(events(2, 2), previous=1, started=2))
