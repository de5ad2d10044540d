"""The reaction of an actor to an error of a call."""

from __future__ import annotations

import pytest

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
    ("error", "meaning"),
    [
        (THROTTLED, FaultAction.RETRY),
        (LimitExceededError("too many pollers", "LimitExceededFault"), FaultAction.RETRY),
        (EndpointUnreachableError("connection refused"), FaultAction.RETRY),
        (ResponseError("oops", "InternalFailure"), FaultAction.RETRY),
        (ValueError("unknown text"), FaultAction.RETRY),
        (DoesNotExistError("Unknown activity", "UnknownResourceFault"), FaultAction.DROP),
        (ResponseError("bad", "ValidationException"), FaultAction.REJECT),
        (ValidationError("result", "...", "too long"), FaultAction.REJECT),
        (Domain.DoesNotExist("Unknown domain", "UnknownResourceFault"), FaultAction.RETRY),
        (PermissionDeniedError("no", "OperationNotPermittedFault"), FaultAction.STOP),
        (InvalidCredentialsError("expired", "ExpiredToken"), FaultAction.STOP),
        (BudgetExceeded("50 calls"), FaultAction.STOP),
    ],
)
def test_errors_map_to_actions(error, meaning):
    assert fault_action(error) is meaning
