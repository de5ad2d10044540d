"""The cache of histories: when an entry is used and evicted."""

from __future__ import annotations

from swf.actors import StickyCache
from swf.actors.sticky import CachedHistory, size_of
from swf.models.history import History


def cached(started_event_id=3, size=10):
    return CachedHistory(History(), started_event_id, None, size)


def test_entry_is_taken_once():
    cache = StickyCache()
    cache.put("run", cached())

    assert cache.take("run", 3) is not None
    assert cache.take("run", 3) is None


def test_outdated_entry_is_not_used():
    cache = StickyCache()
    cache.put("run", cached(started_event_id=3))

    assert cache.take("run", 7) is None
    assert (len(cache), cache.misses) == (0, 1)


def test_cache_respects_count():
    cache = StickyCache(count=2)

    for run in ("one", "two", "three"):
        cache.put(run, cached())

    assert [run in cache for run in ("one", "two", "three")] == [False, True, True]


def test_cache_respects_size():
    cache = StickyCache(size=25)

    for run in ("one", "two", "three"):
        cache.put(run, cached(size=10))

    assert (len(cache), cache.used) == (2, 20)


def test_least_recently_used_entry_is_evicted():
    cache = StickyCache(count=2)
    cache.put("one", cached())
    cache.put("two", cached())
    cache.put("one", cache.take("one", 3))

    cache.put("three", cached())

    assert ("one" in cache, "two" in cache) == (True, False)


def test_entry_larger_than_cache_is_not_stored():
    cache = StickyCache(size=5)

    cache.put("run", cached(size=10))

    assert (len(cache), cache.used) == (0, 0)


def test_size_counts_events_and_long_texts():
    small = {"eventId": 1, "eventType": "MarkerRecorded", "markerRecordedEventAttributes": {}}
    large = {**small, "markerRecordedEventAttributes": {"details": "x" * 5000}}

    assert size_of([large]) - size_of([small]) > 5000
