"""Errors as pages: the problem and its remedy."""

from __future__ import annotations

from typing import Final

from swf import exceptions as e
from swf.console.page import BadRequest, Forbidden, MethodNotAllowed, NotFound, Page

#: Error class, HTTP status, title and remedy; the first class that matches applies.
_PROBLEMS: Final[tuple[tuple[type[BaseException], int, str, str], ...]] = (
    (BadRequest, 400, "Bad request", "Correct the address or the form."),
    (NotFound, 404, "No such page", "Begin at the list of domains."),
    (MethodNotAllowed, 405, "Method not allowed", "Nothing was changed."),
    (Forbidden, 403, "Refused", "Nothing was changed."),
    (e.DoesNotExistError, 404, "Not found", "It may have been deleted after its retention period."),
    (e.RateLimitExceededError, 503, "Throttled", "The account's rate is exhausted; reload later."),
    (e.BudgetExceeded, 503, "Too many calls", "Narrow the filter and load the page again."),
    (e.InvalidCredentialsError, 502, "Credentials refused", "Renew the credentials, then reload."),
    (e.PermissionDeniedError, 502, "Access denied", "The credentials may not make this call."),
    (e.AlreadyExistsError, 409, "Refused by the service", "Nothing was changed."),
    (e.DeprecatedError, 409, "Refused by the service", "Undeprecate it, or name another one."),
    (e.DefaultUndefinedError, 409, "Refused by the service", "Register a type with the setting."),
    (e.LimitExceededError, 409, "Refused by the service", "Nothing was changed."),
    (e.EndpointError, 502, "Unreachable", "Check endpoint and region: `swf config`."),
    (e.HistoryError, 400, "Damaged history", "Export the file again; nothing was stored."),
    (e.ValidationError, 400, "Invalid value", "Correct the value; nothing was sent."),
    (e.ResponseError, 502, "Refused by the service", "The message is that of the service."),
    (e.SWFError, 502, "Failed", "Reload the page."),
)

#: Names of errors of botocore, so that botocore need not be imported.
_CREDENTIALS: Final = ("NoCredentialsError", "ProfileNotFound", "TokenRetrievalError")


def problem(error: Exception, *, is_redacted: bool = False) -> Page:
    """Return the page for an error.

    :param is_redacted: whether to omit invalid values.
    """
    if isinstance(error, e.ValidationError) and is_redacted:
        return _page("Invalid value", f"{error.field}: {error.rule}", "Correct the value.", 400)
    if isinstance(error, e.ResponseError) and error.error_code == "ValidationException":
        message = "The service found an invalid value." if is_redacted else str(error)
        return _page("Invalid value", message, "Correct the value; nothing was changed.", 400)
    for kind, status, title, remedy in _PROBLEMS:
        if isinstance(error, kind):
            return _page(title, str(error), remedy, status)
    if type(error).__name__ in _CREDENTIALS:
        return _page("No credentials", str(error), "Start the console with --profile.", 502)
    message = f"{type(error).__name__} (see the console's log)"
    return _page("Internal error", message, "Reload the page.", 500, is_expected=False)


def loggable(error: Exception, *, is_redacted: bool) -> Exception:
    """Return an error for the log, with its traceback.

    :param is_redacted: whether to omit the message, which may quote a payload, and the cause.
    """
    if not is_redacted:
        return error
    text = f"{type(error).__name__} (message redacted)"
    return RuntimeError(text).with_traceback(error.__traceback__)


def _page(title: str, message: str, remedy: str, status: int, *, is_expected: bool = True) -> Page:
    data = {"message": message, "remedy": remedy, "is_expected": is_expected}
    return Page("problem", title, data, status=status)
