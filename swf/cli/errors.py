"""Error reports of the command: one line with a remedy, and an exit code."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from typing import Final

import click

from swf import exceptions as e
from swf.cli.extras import EXTRAS, install_hint
from swf.text import escape_controls

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
REFUSED: Final = 4
UNREACHABLE: Final = 5
INTERRUPTED: Final = 130


class RefusedError(click.ClickException):
    """An operation that the command refuses, with the exit code of a refusal by the service."""


#: Exit codes by error class; the first class that matches applies.
EXIT_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (click.UsageError, USAGE),
    (e.ValidationError, USAGE),
    (e.DoesNotExistError, NOT_FOUND),
    (e.RateLimitExceededError, UNREACHABLE),
    (e.EndpointError, UNREACHABLE),
    (e.ResponseError, REFUSED),
    (RefusedError, REFUSED),
    (FileNotFoundError, NOT_FOUND),
)

#: Codes of responses with an HTTP status of 500 or more; botocore uses the status without a body.
SERVER_FAULTS: Final = frozenset(
    ("InternalFailure", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException")
) | {str(status) for status in range(500, 600)}

#: The service's message about an unknown domain, in the response of any operation.
_UNKNOWN_DOMAIN: Final = re.compile(r"Unknown domain: (\S+)")

#: Remedies by the service's fault code or the name of the error class.
REMEDIES: Final = {
    "DomainDoesNotExist": "see `swf domain list`, or create it: swf domain create NAME",
    "TypeNotDeprecatedFault": "deprecate it first with the `deprecate` command of its group",
    "NoCredentialsError": "set AWS_ACCESS_KEY_ID, --profile or ~/.swf, or use --local",
    "WorkflowTypeDoesNotExist": "see `swf workflow-type list`",
    "ActivityTypeDoesNotExist": "see `swf activity-type list`",
    "WorkflowExecutionDoesNotExist": "see `swf execution list --all`",
    "DomainAlreadyExists": "see `swf domain show NAME`; a deprecated one: swf domain undeprecate",
    "TypeAlreadyExistsFault": "registered settings cannot change: register another version, or "
    "restore a deprecated one with the `undeprecate` command of its group",
    "WorkflowExecutionAlreadyStartedError": "an execution with this id is open: choose another id",
    "DefaultUndefinedError": "pass it to the call, or register the type with a default",
    "DeprecatedError": "restore it with the `undeprecate` command of its group",
    "RateLimitExceededError": "try again later; --rps limits the rate of a bulk command",
    **dict.fromkeys(SERVER_FAULTS, "the endpoint failed; try again later, or see `swf config`"),
    "EndpointUnreachableError": "see `swf config` for the effective endpoint and region",
    "PermissionDeniedError": "the effective credentials lack the permission; see `swf config`",
    "InvalidCredentialsError": "see `swf config` for the source of the credentials",
}


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error."""
    if isinstance(error, e.ResponseError) and error.error_code in SERVER_FAULTS:
        return UNREACHABLE
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAILED)


def format_error(error: BaseException, *, redact: bool = False) -> str:
    """Return an error as one line with a remedy.

    :param redact: whether to omit values, and the messages of errors that user code raised.
    """
    if isinstance(error, click.ClickException):
        text = " ".join(error.format_message().split()).removesuffix(".")
        return (
            f"{text}; see `{_help_command(error)}`" if isinstance(error, click.UsageError) else text
        )
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, e.ValidationError) and error.field == "settings":
        return f"{error.rule}; see `swf config`"
    if isinstance(error, e.ValidationError) and redact:
        return f"{error.field}: {error.rule}"
    if isinstance(error, e.DoesNotExistError) and (match := _UNKNOWN_DOMAIN.search(text)):
        return f"domain {match[1]!r} does not exist; create it with: swf domain create {match[1]}"
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        return install_hint(error.name)
    if not isinstance(error, (e.SWFError, OSError)):
        text = type(error).__name__ if redact else f"{type(error).__name__}: {text}"
    hint = remedy(error)
    return f"{text}; {hint}" if hint else text


def remedy(error: BaseException, remedies: Mapping[str, str] = REMEDIES) -> str:
    """Return the remedy for an error, an empty string if none is known.

    :param remedies: texts by fault code or class name.
    """
    names = [getattr(error, "error_code", ""), *(kind.__name__ for kind in type(error).__mro__)]
    return next((remedies[name] for name in names if name in remedies), "")


def report(error: BaseException, *, debug: bool = False, redact: bool = False) -> int:
    """Write an error to standard error.

    :param debug: whether to write the traceback too.
    :param redact: whether to omit values and the messages of user code.
    :returns: the exit code.
    """
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return USAGE
    if debug:
        frames = error.__traceback__
        lines = traceback.format_tb(frames) if redact else traceback.format_exception(error)
        text = escape_controls("".join(lines), lines=True)
        click.echo(text, err=True, nl=False)
    line = escape_controls(format_error(error, redact=redact))
    click.echo(f"swf: {line}", err=True)
    return exit_code(error)


def _help_command(error: click.UsageError) -> str:
    return f"{error.ctx.command_path if error.ctx else 'swf'} --help"
