"""The expiring cache: eviction and time-to-live."""

from __future__ import annotations

from swf.codecs.cache import ExpiringCache


def test_oldest_entry_is_evicted():
    recent = ExpiringCache(10)

    for key in "abc":
        recent.put(key, key.upper(), 4)
    recent.put("d", "too much", 11)

    assert [recent.get(key) for key in "abcd"] == [None, "B", "C", None]


def test_entries_expire_after_ten_minutes():
    now = [0.0]
    recent = ExpiringCache(10, lambda: now[0])
    recent.put("a", "A")

    now[0] = 599
    assert recent.get("a") == "A"
    now[0] = 601
    assert recent.get("a") is None
