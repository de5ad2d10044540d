"""How long to wait, and which faults are worth it."""

from __future__ import annotations

import random

import pytest

from swf.actors import Backoff
from swf.actors.backoff import Retrier
from swf.actors.faults import FaultAction, fault_action
from swf.exceptions import (
    BudgetExceeded,
    DoesNotExistError,
    EndpointUnreachableError,
    InvalidCredentialsError,
    LimitExceededError,
    PermissionDeniedError,
    RateLimitExceededError,
    ResponseError,
    ValidationError,
)
from swf.models import Domain

THROTTLED = RateLimitExceededError("Rate exceeded", "ThrottlingException")


@pytest.mark.parametrize(
    ("failures", "bound"), [(1, 0.5), (2, 1), (3, 2), (5, 8), (6, 10), (999, 10)]
)
def test_the_bound_of_a_wait_doubles_up_to_a_cap(failures, bound):
    assert Backoff(base=0.5, cap=10).bound(failures) == bound


def test_waits_are_spread_evenly_below_the_bound():
    backoff = Backoff(base=8, cap=8, random=random.Random(7))

    waits = [backoff.delay(1) for _ in range(1000)]

    assert 0 <= min(waits) < 0.5
    assert 7.5 < max(waits) <= 8
    assert 3.7 < sum(waits) / 1000 < 4.3


@pytest.mark.parametrize("wrong", [{"base": -1}, {"cap": -0.1}])
def test_a_wait_is_not_negative(wrong):
    with pytest.raises(ValueError, match=">= 0"):
        Backoff(**wrong)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (THROTTLED, FaultAction.RETRY),
        (LimitExceededError("too many pollers", "LimitExceededFault"), FaultAction.RETRY),
        (EndpointUnreachableError("connection refused"), FaultAction.RETRY),
        (ResponseError("oops", "InternalFailure"), FaultAction.RETRY),
        (ValueError("what is this"), FaultAction.RETRY),
        (DoesNotExistError("Unknown activity", "UnknownResourceFault"), FaultAction.DROP),
        (ResponseError("bad", "ValidationException"), FaultAction.REJECT),
        (ValidationError("result", "...", "too long"), FaultAction.REJECT),
        (Domain.DoesNotExist("Unknown domain", "UnknownResourceFault"), FaultAction.STOP),
        (PermissionDeniedError("no", "OperationNotPermittedFault"), FaultAction.STOP),
        (InvalidCredentialsError("expired", "ExpiredToken"), FaultAction.STOP),
        (BudgetExceeded("50 calls"), FaultAction.STOP),
    ],
)
def test_what_a_fault_means(error, meaning):
    assert fault_action(error) is meaning


class Call:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)

    def __call__(self):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_a_call_is_repeated_while_its_fault_passes():
    waits = []
    retrier = Retrier(Backoff(base=1, random=random.Random(3)), None, waits.append)

    assert retrier.call(Call(THROTTLED, THROTTLED, "done")) == "done"
    assert len(waits) == 2


def test_a_call_is_given_up_after_so_many_attempts():
    retrier = Retrier(Backoff(base=0), attempts=3)
    call = Call(*[THROTTLED] * 5)

    with pytest.raises(RateLimitExceededError):
        retrier.call(call)

    assert len(call.outcomes) == 2


@pytest.mark.parametrize(
    "error",
    [DoesNotExistError("gone"), ValidationError("f", "v", "r"), PermissionDeniedError("no")],
)
def test_a_fault_that_does_not_pass_is_raised_at_once(error):
    call = Call(error, "never")

    with pytest.raises(type(error)):
        Retrier(Backoff(base=0)).call(call)

    assert call.outcomes == ["never"]


def test_a_call_is_given_up_when_there_is_no_more_time():
    retrier = Retrier(Backoff(base=0), None, lambda _: True)

    with pytest.raises(RateLimitExceededError):
        retrier.call(Call(THROTTLED, "never"))
