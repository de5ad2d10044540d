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


class Verdict(Enum):
    """What to do about a fault."""

    TRANSIENT = "it passes: try again"
    LOST = "nobody waits for an answer about this task any more: drop it"
    REFUSED = "the service will never take this request"
    FATAL = "nothing that this actor sends will ever be taken"


#: The first row that an error is an instance of counts.
_VERDICTS: tuple[tuple[type[SWFError], Verdict], ...] = (
    (Domain.DoesNotExist, Verdict.FATAL),
    (PermissionDeniedError, Verdict.FATAL),
    (InvalidCredentialsError, Verdict.FATAL),
    (BudgetExceeded, Verdict.FATAL),
    (DoesNotExistError, Verdict.LOST),
    (ValidationError, Verdict.REFUSED),
)

_REFUSALS = ("ValidationException", "ValidationError", "SerializationException")


def verdict(error: Exception) -> Verdict:
    """Return what to do about an error of a call; one that nobody knows may well pass."""
    for kind, meaning in _VERDICTS:
        if isinstance(error, kind):
            return meaning
    if isinstance(error, ResponseError) and error.error_code in _REFUSALS:
        return Verdict.REFUSED
    return Verdict.TRANSIENT
