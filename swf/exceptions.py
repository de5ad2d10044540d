"""The error tree, and the one table that translates the service's faults.

::

    SWFError
    |-- ValidationError (ValueError)             your call was wrong; nothing was sent
    |   |-- InvalidTypeError (TypeError)         a value of the wrong type
    |   `-- InvalidKeywordArgumentError (TypeError)  a name that does not exist
    |-- BudgetExceeded                           `swf.budget` stopped a crawl; the call was not sent
    |-- MultipleObjectsReturned                  `get` found more than one
    |-- PlanError                                a step of a plan failed; says what was done
    |-- PollTimeout                              a long poll ended without a task
    |-- WaitTimeout (TimeoutError)               an execution that was waited for is still open
    |-- ActivityCanceled                         an activity stops because it was asked to
    |-- ActivityTaskLost                         nobody waits for this activity's result any more
    |-- EndpointUnreachableError                 no answer: the network, not the service
    |-- ResponseError                            the service refused (`__cause__`: botocore)
    |   |-- DoesNotExistError
    |   |-- AlreadyExistsError
    |   |   `-- WorkflowExecutionAlreadyStartedError
    |   |-- DeprecatedError
    |   |-- DefaultUndefinedError
    |   |-- LimitExceededError
    |   |-- RateLimitExceededError
    |   |-- PermissionDeniedError
    |   `-- InvalidCredentialsError
    `-- HistoryError                             the history contradicts the code or itself
        |-- InconsistentStateError
        |-- TransitionError
        `-- NonDeterminismError              code asks for what its history does not say

A fault that the table does not know stays visible as a plain `ResponseError` with its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any


class SWFError(Exception):
    """Root of everything that this library raises on purpose.

    `error_code` is the fault of the service, empty where it was not the service that refused.
    """

    error_code: str = ""

    @cached_property
    def message(self) -> str:
        """What went wrong, in words; of a refusal, in the service's own."""
        return str(self)


class ValidationError(SWFError, ValueError):
    """A value breaks a documented rule; nothing was sent.

    :param field: name of the argument or attribute.
    :param value: what was given (shown shortened); `...` when it is not to be shown.
    :param rule: what would have been right.
    """

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(field, value, rule)
        self.field = field
        self.value = value
        self.rule = rule

    def __str__(self) -> str:
        value = "" if self.value is ... else f"={_shorten(self.value)}"
        return f"{self.field}{value}: {self.rule}"


class InvalidTypeError(ValidationError, TypeError):
    """A value is of a type that can never be right here."""


class InvalidKeywordArgumentError(ValidationError, TypeError):
    """A keyword does not exist; the rule lists those that do."""

    @classmethod
    def unknown(cls, name: str, value: object, known: Iterable[str]) -> InvalidKeywordArgumentError:
        """Return the error for `name`, listing the `known` names."""
        return cls(name, value, f"unknown argument; known are {', '.join(sorted(known))}")


class BudgetExceeded(SWFError):  # noqa: N818 - a limit that was asked for, not a fault
    """A block under `swf.budget` tried one call more than it may make."""


class MultipleObjectsReturned(SWFError):  # noqa: N818 - Django's name
    """`get` was asked for one object and found several."""


class PlanError(SWFError):
    """A step of a plan failed (`__cause__` says how), and what follows it was not tried.

    :param done: the steps that were carried out before.
    :param failed: the step that was refused.
    :param left: the steps that were not tried.
    """

    def __init__(self, done: Sequence[Any], failed: Any, left: Sequence[Any]) -> None:
        super().__init__(done, failed, left)
        self.done = done
        self.failed = failed
        self.left = left

    def __str__(self) -> str:
        return f"could not {self.failed}; {len(self.done)} steps done, {len(self.left)} not tried"


class PollTimeout(SWFError):  # noqa: N818 - the documented name
    """A long poll ended without a task."""


class WaitTimeout(SWFError, TimeoutError):  # noqa: N818 - pairs with PollTimeout
    """An execution that was waited for is still open."""


class ActivityCanceled(SWFError):  # noqa: N818 - what became of the task, not a fault
    """An activity stops because its cancellation was requested; raised in it, or by it.

    :param details: what to tell the decider, any payload.
    """

    def __init__(self, details: Any = None) -> None:
        super().__init__(details)
        self.details = details


class ActivityTaskLost(SWFError):  # noqa: N818 - what became of the task, not a fault
    """The activity task timed out, or its execution closed: no answer is taken any more."""


class EndpointUnreachableError(SWFError):
    """The endpoint gave no answer: connection refused, lost, or timed out."""


class ResponseError(SWFError):
    """The service refused the request.

    :param message: the service's own words.
    :param error_code: the fault, e.g. `"UnknownResourceFault"`.
    :param operation: the API operation that was called.
    :param request_id: the service's id of the request, for a support case.
    """

    def __init__(
        self,
        message: str = "",
        error_code: str = "",
        operation: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, error_code, operation, request_id)
        self.message = message
        self.error_code = error_code
        self.operation = operation
        self.request_id = request_id

    def __str__(self) -> str:
        subject = f"{self.operation}: " if self.operation else ""
        code = f" ({self.error_code})" if self.error_code else ""
        return f"{subject}{self.message or 'no message'}{code}"


class DoesNotExistError(ResponseError):
    """The domain, type, execution or task is unknown to the service, or no longer open."""


class AlreadyExistsError(ResponseError):
    """A domain or type of this name is registered (or deprecated) already."""


class WorkflowExecutionAlreadyStartedError(AlreadyExistsError):
    """An execution with this workflow id is open."""


class DeprecatedError(ResponseError):
    """The domain or type is deprecated, and the operation wants a registered one."""


class DefaultUndefinedError(ResponseError):
    """Neither the call nor the registered type gives a setting that is needed."""


class LimitExceededError(ResponseError):
    """A quota of the account or domain is used up."""


class RateLimitExceededError(ResponseError):
    """The request was throttled; it may succeed a little later."""


class PermissionDeniedError(ResponseError):
    """The caller's credentials do not allow the operation."""


class InvalidCredentialsError(ResponseError):
    """The credentials are missing, malformed, expired or unknown."""


class HistoryError(SWFError):
    """A history contradicts itself or the code that reads it."""


class InconsistentStateError(HistoryError):
    """An event refers to something that the history does not contain."""


class TransitionError(HistoryError):
    """An event follows another that it cannot follow."""


class NonDeterminismError(HistoryError):
    """The code of a workflow asks for something else than its history says it asked for.

    :param expected: what the history says was asked for.
    :param produced: what the code asks for.
    :param event_id: the event that says so.
    :param source: the line of the code; None if it has ended.
    :param remedy: what is likely to help.
    """

    def __init__(
        self, expected: str, produced: str, event_id: int, source: str | None, remedy: str
    ) -> None:
        super().__init__(expected, produced, event_id, source, remedy)
        self.expected = expected
        self.produced = produced
        self.event_id = event_id
        self.source = source
        self.remedy = remedy

    def __str__(self) -> str:
        where = f" at {self.source}" if self.source else ""
        return (
            f"event {self.event_id}: the history expects {self.expected}, "
            f"the code asks for {self.produced}{where}. {self.remedy}"
        )


FAULTS: dict[str, type[ResponseError]] = {
    "UnknownResourceFault": DoesNotExistError,
    "DomainAlreadyExistsFault": AlreadyExistsError,
    "TypeAlreadyExistsFault": AlreadyExistsError,
    "WorkflowExecutionAlreadyStartedFault": WorkflowExecutionAlreadyStartedError,
    "DomainDeprecatedFault": DeprecatedError,
    "TypeDeprecatedFault": DeprecatedError,
    "TypeNotDeprecatedFault": ResponseError,
    "DefaultUndefinedFault": DefaultUndefinedError,
    "LimitExceededFault": LimitExceededError,
    "LimitExceededException": LimitExceededError,
    "TooManyTagsFault": LimitExceededError,
    "ThrottlingException": RateLimitExceededError,
    "Throttling": RateLimitExceededError,
    "ThrottledException": RateLimitExceededError,
    "RequestThrottled": RateLimitExceededError,
    "RequestThrottledException": RateLimitExceededError,
    "RequestLimitExceeded": RateLimitExceededError,
    "TooManyRequestsException": RateLimitExceededError,
    "SlowDown": RateLimitExceededError,
    "OperationNotPermittedFault": PermissionDeniedError,
    "AccessDenied": PermissionDeniedError,
    "AccessDeniedException": PermissionDeniedError,
    "UnauthorizedOperation": PermissionDeniedError,
    "NotAuthorized": PermissionDeniedError,
    "OptInRequired": PermissionDeniedError,
    "AuthFailure": InvalidCredentialsError,
    "ExpiredToken": InvalidCredentialsError,
    "ExpiredTokenException": InvalidCredentialsError,
    "IncompleteSignature": InvalidCredentialsError,
    "IncompleteSignatureException": InvalidCredentialsError,
    "InvalidClientTokenId": InvalidCredentialsError,
    "InvalidSignatureException": InvalidCredentialsError,
    "MissingAuthenticationToken": InvalidCredentialsError,
    "MissingAuthenticationTokenException": InvalidCredentialsError,
    "RequestExpired": InvalidCredentialsError,
    "SignatureDoesNotMatch": InvalidCredentialsError,
    "UnrecognizedClientException": InvalidCredentialsError,
}


def fault(error: Mapping[str, Any], operation: str, request_id: str) -> ResponseError:
    """Return the exception for a botocore error member (`{"Code": ..., "Message": ...}`)."""
    code = error.get("Code", "").rsplit("#", 1)[-1]
    kind = FAULTS.get(code, ResponseError)
    return kind(error.get("Message", ""), code, operation, request_id)


def _shorten(value: object, limit: int = 120) -> str:
    text = repr(value)
    if len(text) <= limit:
        return text
    length = f" ({len(value)} characters)" if isinstance(value, str) else ""
    return f"{text[:limit]}...{length}"
