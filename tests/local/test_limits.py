"""Token buckets."""

from swf.local import limits
from swf.local.engine import OPERATIONS
from swf.local.limits import TokenBuckets


def take(buckets, key, now, times, rate=(3, 2)):
    return [buckets.take(key, rate, now) for _ in range(times)]


def test_bucket_gives_its_size_in_tokens():
    assert take(TokenBuckets(), "k", 0.0, 4) == [True, True, True, False]


def test_tokens_are_refilled_over_time():
    buckets = TokenBuckets()
    take(buckets, "k", 0.0, 3)

    assert take(buckets, "k", 1.0, 3) == [True, True, False]


def test_a_bucket_never_holds_more_than_its_size():
    buckets = TokenBuckets()
    take(buckets, "k", 0.0, 3)

    assert take(buckets, "k", 1000.0, 4) == [True, True, True, False]


def test_buckets_are_independent():
    buckets = TokenBuckets()
    take(buckets, "k", 0.0, 3)

    assert buckets.take("other", (3, 2), 0.0)


def test_full_buckets_are_removed(monkeypatch):
    monkeypatch.setattr(limits, "FORGET_AFTER", 10)
    buckets = TokenBuckets()

    for number in range(100):
        buckets.take(number, (3, 2), float(number))

    assert len(buckets._buckets) <= 11


def test_every_operation_has_a_rate():
    assert set(limits.OPERATION_RATES) == set(OPERATIONS)
