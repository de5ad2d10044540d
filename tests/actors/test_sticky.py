"""What a decider remembers, and when it may be used."""

from __future__ import annotations

import random
import threading

import pytest

from swf.actors import StickyCache
from swf.actors.histories import Histories
from swf.actors.sticky import CachedHistory, size_of
from swf.exceptions import RateLimitExceededError
from swf.models import DecisionTask, Domain, WorkflowExecution
from swf.models.history import History


def kept(started_event_id=3, size=10):
    return CachedHistory(History(), started_event_id, None, size)


def test_entry_is_taken_once():
    cache = StickyCache()
    cache.put("run", kept())

    assert cache.take("run", 3) is not None
    assert cache.take("run", 3) is None


def test_outdated_entry_is_not_used():
    cache = StickyCache()
    cache.put("run", kept(started_event_id=3))

    assert cache.take("run", 7) is None
    assert (len(cache), cache.misses) == (0, 1)


def test_cache_respects_count():
    cache = StickyCache(count=2)

    for run in ("one", "two", "three"):
        cache.put(run, kept())

    assert [run in cache for run in ("one", "two", "three")] == [False, True, True]


def test_cache_respects_size():
    cache = StickyCache(size=25)

    for run in ("one", "two", "three"):
        cache.put(run, kept(size=10))

    assert (len(cache), cache.used) == (2, 20)


def test_least_recently_used_entry_is_evicted():
    cache = StickyCache(count=2)
    cache.put("one", kept())
    cache.put("two", kept())
    cache.put("one", cache.take("one", 3))

    cache.put("three", kept())

    assert ("one" in cache, "two" in cache) == (True, False)


def test_entry_larger_than_cache_is_not_stored():
    cache = StickyCache(size=5)

    cache.put("run", kept(size=10))

    assert (len(cache), cache.used) == (0, 0)


def test_size_counts_events_and_long_texts():
    small = {"eventId": 1, "eventType": "MarkerRecorded", "markerRecordedEventAttributes": {}}
    large = {**small, "markerRecordedEventAttributes": {"details": "x" * 5000}}

    assert size_of([large]) - size_of([small]) > 5000


# Opening tasks.


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
    """Answers for a history of so many events, a page of two at a time."""

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
