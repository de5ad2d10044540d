"""The error tree, and the translation of the service's faults.

::

    SWFError
    |-- ValidationError (ValueError)             invalid argument; nothing was sent
    |   |-- InvalidTypeError (TypeError)         a value of the wrong type
    |   |-- InvalidKeywordArgumentError (TypeError)  an unknown name
    |   |-- ExpressionError                      an invalid expression of `where`
    |   `-- JumboFieldError                      no store for a long field of simpleflow
    |-- NotFetchedError (AttributeError)         the response did not contain the attribute
    |-- BudgetExceeded                           `swf.budget` prevented a call
    |-- MultipleObjectsReturned                  `get` found several objects
    |-- PlanError                                a step of a plan failed
    |-- PollTimeout                              a long poll returned no task
    |-- WaitTimeout (TimeoutError)               an execution is still open
    |-- ActivityCanceled                         an activity stops after a cancellation request
    |-- ActivityTaskLost                         an activity task timed out or its execution closed
    |-- EndpointError                            no valid response of the service
    |   `-- EndpointUnreachableError             no response: network or endpoint
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
    `-- HistoryError                             a history contradicts the code or itself
        |-- InconsistentStateError
        |-- TransitionError
        `-- NonDeterminismError              workflow code deviates from its history

An unknown fault is a plain `ResponseError` with its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from swf.text import suggest


class SWFError(Exception):
    """Base class of the errors of this library.

    `error_code` is the fault code of the service, empty for other errors.
    """

    error_code: str = ""

    @cached_property
    def message(self) -> str:
        """The message; for refusals, the message of the service."""
        return str(self)


class ValidationError(SWFError, ValueError):
    """A value violates a documented rule; nothing was sent.

    :param field: name of the argument or attribute.
    :param value: the invalid value, shortened in the message; `...` hides it.
    :param rule: the rule.
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
    """A value has the wrong type."""


class InvalidKeywordArgumentError(ValidationError, TypeError):
    """A keyword does not exist; the rule lists the valid ones."""

    @classmethod
    def unknown(
        cls, name: str, value: object, valid_names: Iterable[str]
    ) -> InvalidKeywordArgumentError:
        """Return the error for an unknown keyword.

        :param name: the keyword.
        :param value: its value; `...` hides it.
        :param valid_names: the valid keywords.
        """
        names = sorted(valid_names)
        hint = suggest(name, names)
        rule = f"unknown argument; must be one of {', '.join(names)}"
        return cls(name, value, f"{rule}; {hint}" if hint else rule)


class ExpressionError(ValidationError):
    """An expression of `where` is invalid.

    :param expression: the expression.
    :param problem: the problem.
    :param position: the index of the character at which the problem begins, from 0.
    """

    def __init__(self, expression: str, problem: str, position: int) -> None:
        super().__init__("where", expression, f"{problem}, at character {position + 1}")
        self.args = (expression, problem, position)
        self.position = position


class JumboFieldError(ValidationError):
    """A payload is a jumbo field of simpleflow, and its bucket is not configured."""


class NotFetchedError(SWFError, AttributeError):
    """The response from which a model was read does not contain the attribute."""


class BudgetExceeded(SWFError):  # noqa: N818 - a limit set by the caller, not a fault
    """A call was not sent, since the budget of `swf.budget` is used up."""


class MultipleObjectsReturned(SWFError):  # noqa: N818 - Django's name
    """`get` found more than one object."""


class PlanError(SWFError):
    """A step of a plan failed (see `__cause__`); the following steps were not applied.

    :param done: the applied steps.
    :param failed: the step that failed.
    :param rest: the steps that were not applied.
    """

    def __init__(self, done: Sequence[Any], failed: Any, rest: Sequence[Any]) -> None:
        super().__init__(done, failed, rest)
        self.done = done
        self.failed = failed
        self.rest = rest

    def __str__(self) -> str:
        counts = f"{len(self.done)} steps applied, {len(self.rest)} not applied"
        return f"step failed: {self.failed}; {counts}"


class PollTimeout(SWFError):  # noqa: N818 - the documented name
    """A long poll returned no task."""


class WaitTimeout(SWFError, TimeoutError):  # noqa: N818 - pairs with PollTimeout
    """The time to wait for an execution is over, and it is still open."""


class ActivityCanceled(SWFError):  # noqa: N818 - an outcome, not a fault
    """An activity stops after a cancellation request; raised by heartbeats or by user code.

    :param details: payload for the decider.
    """

    def __init__(self, details: Any = None) -> None:
        super().__init__(details)
        self.details = details


class ActivityTaskLost(SWFError):  # noqa: N818 - an outcome, not a fault
    """The activity task timed out or its execution closed; no response is accepted."""


class EndpointError(SWFError):
    """The endpoint sent a response that is not of the service, such as a page of a proxy.

    :param message: the operation, and status, content type and first line of the response.
    :param was_sent: whether the service may have carried out the request.
    :param status: the HTTP status of the response, if there was one.
    """

    def __init__(self, message: str, was_sent: bool = True, status: int | None = None) -> None:
        super().__init__(message, was_sent, status)
        self.was_sent = was_sent
        self.status = status

    def __str__(self) -> str:
        return str(self.args[0])


class EndpointUnreachableError(EndpointError):
    """The endpoint sent no response: connection refused, lost or timed out."""


class ResponseError(SWFError):
    """The service refused the request.

    :param message: the message of the service.
    :param error_code: the fault, e.g. `"UnknownResourceFault"`.
    :param operation: the operation of the API.
    :param request_id: id of the request, for support cases.
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
    """The domain, type, execution or task does not exist or is no longer open."""


class AlreadyExistsError(ResponseError):
    """A domain or type with this name is already registered or deprecated."""


class WorkflowExecutionAlreadyStartedError(AlreadyExistsError):
    """An execution with this workflow id is open."""


class DeprecatedError(ResponseError):
    """The domain or type is deprecated."""


class DefaultUndefinedError(ResponseError):
    """Neither the request nor the registered type specifies a required setting."""


class LimitExceededError(ResponseError):
    """A quota of the account or domain is used up."""


class RateLimitExceededError(ResponseError):
    """The request was throttled; retry later."""


class PermissionDeniedError(ResponseError):
    """The credentials do not permit the operation."""


class InvalidCredentialsError(ResponseError):
    """The credentials are missing, malformed, expired or unknown."""


class HistoryError(SWFError):
    """A history contradicts itself or the workflow code."""


class InconsistentStateError(HistoryError):
    """An event refers to an event that is not in the history."""


class TransitionError(HistoryError):
    """An event is not possible in the current state."""


class NonDeterminismError(HistoryError):
    """Workflow code deviates from its history.

    :param expected: the command in the history.
    :param produced: the command of the code.
    :param event_id: the event of the expected command.
    :param source: the source line of the produced command; None if the code has ended.
    :param remedy: advice.
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
            f"the code produced {self.produced}{where}. {self.remedy}"
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
    """Return the exception for an error of botocore.

    :param error: the error member of the response: `{"Code": ..., "Message": ...}`.
    :param operation: the operation of the API.
    :param request_id: id of the request.
    """
    code = error.get("Code", "").rsplit("#", 1)[-1]
    kind = FAULTS.get(code, ResponseError)
    return kind(error.get("Message", ""), code, operation, request_id)


def _shorten(value: object, limit: int = 120) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - __repr__ of user code
        text = f"<{type(value).__name__}: repr() failed>"
    if len(text) <= limit:
        return text
    length = f" ({len(value)} characters)" if isinstance(value, str) else ""
    return f"{text[:limit]}...{length}"
