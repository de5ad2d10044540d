"""Delays between attempts, and the number of attempts."""

from __future__ import annotations

import random

import pytest

from swf.actors import Backoff
from swf.actors.backoff import Retrier
from swf.exceptions import (
    DoesNotExistError,
    PermissionDeniedError,
    RateLimitExceededError,
    ValidationError,
)

THROTTLED = RateLimitExceededError("Rate exceeded", "ThrottlingException")


@pytest.mark.parametrize(
    ("failures", "bound"), [(1, 0.5), (2, 1), (3, 2), (5, 8), (6, 10), (999, 10)]
)
def test_delay_bound_doubles_up_to_cap(failures, bound):
    assert Backoff(base=0.5, cap=10).bound(failures) == bound


def test_delays_are_uniform_below_bound():
    backoff = Backoff(base=8, cap=8, random=random.Random(7))

    waits = [backoff.delay(1) for _ in range(1000)]

    assert 0 <= min(waits) < 0.5
    assert 7.5 < max(waits) <= 8
    assert 3.7 < sum(waits) / 1000 < 4.3


@pytest.mark.parametrize("wrong", [{"base": -1}, {"cap": -0.1}])
def test_delay_parameters_must_not_be_negative(wrong):
    with pytest.raises(ValueError, match=">= 0"):
        Backoff(**wrong)


class Call:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)

    def __call__(self):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_transient_errors_are_retried():
    waits = []
    retrier = Retrier(Backoff(base=1, random=random.Random(3)), None, waits.append)

    assert retrier.call(Call(THROTTLED, THROTTLED, "done")) == "done"
    assert len(waits) == 2


def test_retries_stop_after_maximum_attempts():
    retrier = Retrier(Backoff(base=0), attempts=3)
    call = Call(*[THROTTLED] * 5)

    with pytest.raises(RateLimitExceededError):
        retrier.call(call)

    assert len(call.outcomes) == 2


@pytest.mark.parametrize(
    "error",
    [DoesNotExistError("gone"), ValidationError("f", "v", "r"), PermissionDeniedError("no")],
)
def test_permanent_errors_are_raised_at_once(error):
    call = Call(error, "never")

    with pytest.raises(type(error)):
        Retrier(Backoff(base=0)).call(call)

    assert call.outcomes == ["never"]


def test_retries_stop_when_wait_returns_true():
    retrier = Retrier(Backoff(base=0), None, lambda _: True)

    with pytest.raises(RateLimitExceededError):
        retrier.call(Call(THROTTLED, "never"))
