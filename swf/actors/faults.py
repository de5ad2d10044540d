"""What a fault means to an actor that must go on: try again, drop the task, or give up."""

from __future__ import annotations

from enum import Enum

from swf.exceptions import (
    BudgetExceeded,
    DoesNotExistError,
    InvalidCredentialsError,
    PermissionDeniedError,
    ResponseError,
    SWFError,
    ValidationError,
)
from swf.models import Domain


class FaultAction(Enum):
    """What to do about a fault."""

    RETRY = "it passes: try again"
    DROP = "nobody waits for an answer about this task any more: drop it"
    REJECT = "the service will never take this request"
    STOP = "nothing that this actor sends will ever be taken"


#: The first row that an error is an instance of counts.
_ACTIONS: tuple[tuple[type[SWFError], FaultAction], ...] = (
    (Domain.DoesNotExist, FaultAction.STOP),
    (PermissionDeniedError, FaultAction.STOP),
    (InvalidCredentialsError, FaultAction.STOP),
    (BudgetExceeded, FaultAction.STOP),
    (DoesNotExistError, FaultAction.DROP),
    (ValidationError, FaultAction.REJECT),
)

_REFUSALS = ("ValidationException", "ValidationError", "SerializationException")


def fault_action(error: Exception) -> FaultAction:
    """Return what to do about an error of a call; one that nobody knows may well pass."""
    for kind, meaning in _ACTIONS:
        if isinstance(error, kind):
            return meaning
    if isinstance(error, ResponseError) and error.error_code in _REFUSALS:
        return FaultAction.REJECT
    return FaultAction.RETRY
