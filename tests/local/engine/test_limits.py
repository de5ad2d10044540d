"""Token buckets."""

from swf.local import limits
from swf.local.engine import OPERATIONS
from swf.local.limits import TokenBuckets


def taken(throttle, key, now, times, rate=(3, 2)):
    return [throttle.take(key, rate, now) for _ in range(times)]


def test_a_bucket_gives_as_many_tokens_as_it_holds():
    assert taken(TokenBuckets(), "k", 0.0, 4) == [True, True, True, False]


def test_tokens_come_back_with_time():
    throttle = TokenBuckets()
    taken(throttle, "k", 0.0, 3)

    assert taken(throttle, "k", 1.0, 3) == [True, True, False]


def test_a_bucket_never_holds_more_than_its_size():
    throttle = TokenBuckets()
    taken(throttle, "k", 0.0, 3)

    assert taken(throttle, "k", 1000.0, 4) == [True, True, True, False]


def test_buckets_do_not_share():
    throttle = TokenBuckets()
    taken(throttle, "k", 0.0, 3)

    assert throttle.take("other", (3, 2), 0.0)


def test_full_buckets_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "FORGET_AFTER", 10)
    throttle = TokenBuckets()

    for number in range(100):
        throttle.take(number, (3, 2), float(number))

    assert len(throttle._buckets) <= 11


def test_every_operation_has_a_rate():
    assert set(limits.OPERATION_RATES) == set(OPERATIONS)
