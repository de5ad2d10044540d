"""How an actor reacts to an error of a call: retry, drop the task, reject the request, or stop."""

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
    """The reaction to an error."""

    RETRY = "retry: the error is transient"
    DROP = "drop: the task timed out, was answered or its execution closed"
    REJECT = "reject: the service will never accept this request"
    STOP = "stop: the service will accept no request of this actor"


#: The first class that matches decides.
_ACTIONS: tuple[tuple[type[SWFError], FaultAction], ...] = (
    (PermissionDeniedError, FaultAction.STOP),
    (InvalidCredentialsError, FaultAction.STOP),
    (BudgetExceeded, FaultAction.STOP),
    (Domain.DoesNotExist, FaultAction.RETRY),  # actors may start before the domain exists
    (DoesNotExistError, FaultAction.DROP),
    (ValidationError, FaultAction.REJECT),
)

_REFUSALS = ("ValidationException", "ValidationError", "SerializationException")


def fault_action(error: BaseException) -> FaultAction:
    """Return the reaction to an error of a call; unknown errors are retried.

    :param error: the exception.
    """
    for kind, meaning in _ACTIONS:
        if isinstance(error, kind):
            return meaning
    if isinstance(error, ResponseError) and error.error_code in _REFUSALS:
        return FaultAction.REJECT
    return FaultAction.RETRY
