"""Errors as a user of the command meets them: one line, what helps, and an exit code."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from typing import Final

import click

from swf import exceptions as e

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
REFUSED: Final = 4
UNREACHABLE: Final = 5
INTERRUPTED: Final = 130


class Refused(click.ClickException):
    """What the command itself refuses, as the service would."""


#: The first class that an error is an instance of tells its exit code.
EXIT_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (click.UsageError, USAGE),
    (e.ValidationError, USAGE),
    (e.DoesNotExistError, NOT_FOUND),
    (e.RateLimitExceededError, UNREACHABLE),
    (e.EndpointUnreachableError, UNREACHABLE),
    (e.ResponseError, REFUSED),
    (Refused, REFUSED),
    (FileNotFoundError, NOT_FOUND),
)

#: How the service says that there is no such domain, whatever it was asked for.
_UNKNOWN_DOMAIN: Final = re.compile(r"Unknown domain: (\S+)")

#: What helps, by the service's code for the fault or the name of the error's class.
REMEDIES: Final = {
    "DomainDoesNotExist": "see `swf domain list`, or make it: swf domain create NAME",
    "TypeNotDeprecatedFault": "the `deprecate` of its group comes first",
    "NoCredentialsError": "give some (AWS_ACCESS_KEY_ID, --profile, ~/.swf), or stay here: --local",
    "WorkflowTypeDoesNotExist": "see `swf workflow-type list`",
    "ActivityTypeDoesNotExist": "see `swf activity-type list`",
    "WorkflowExecutionDoesNotExist": "see `swf execution list --all`",
    "DomainAlreadyExists": "see `swf domain show NAME`; a deprecated one: swf domain undeprecate",
    "TypeAlreadyExistsFault": "its settings stay as they are: take another version; a deprecated "
    "one comes back by the `undeprecate` of its group",
    "WorkflowExecutionAlreadyStartedError": "an execution of this id is open: take another id",
    "DefaultUndefinedError": "give it with the call, or register the type with a default",
    "DeprecatedError": "the `undeprecate` of its group brings it back",
    "RateLimitExceededError": "try again a little later; --rps slows a batch down",
    "EndpointUnreachableError": "see `swf config` for the endpoint and the region in force",
    "PermissionDeniedError": "the credentials in force may not do this; see `swf config`",
    "InvalidCredentialsError": "see `swf config` for where credentials come from",
}

#: Modules that not everybody has -> the extra that brings them.
EXTRAS: Final = {
    "aiohttp": "local",
    "greenlet": "dataflow",
    "rich": "cli",
    "tomli": "cli",
    "yaml": "cli",
}


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAILED)


def line(error: BaseException, *, redact: bool = False) -> str:
    """Return an error in one line, with what helps.

    :param redact: whether to quote no value, and to say no more than its class where code of the
        user raised it.
    """
    if isinstance(error, click.ClickException):
        told = error.format_message()
        told = " ".join(told.split()).removesuffix(".")
        return f"{told}; see `{_help(error)}`" if isinstance(error, click.UsageError) else told
    told = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        told = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, e.ValidationError) and error.field == "settings":
        return f"{error.rule}; see `swf config`"
    if isinstance(error, e.ValidationError) and redact:
        return f"{error.field}: {error.rule}"
    if isinstance(error, e.DoesNotExistError) and (found := _UNKNOWN_DOMAIN.search(told)):
        return f"domain {found[1]!r} does not exist; create it with: swf domain create {found[1]}"
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        return f"this needs more: pip install 'swf-orm[{EXTRAS[error.name]}]'"
    if not isinstance(error, (e.SWFError, OSError)):
        told = type(error).__name__ if redact else f"{type(error).__name__}: {told}"
    helps = remedy(error)
    return f"{told}; {helps}" if helps else told


def remedy(error: BaseException, remedies: Mapping[str, str] = REMEDIES) -> str:
    """Return what helps; nothing where no remedy is known."""
    names = [getattr(error, "error_code", ""), *(kind.__name__ for kind in type(error).__mro__)]
    return next((remedies[name] for name in names if name in remedies), "")


def report(error: BaseException, *, debug: bool = False, redact: bool = False) -> int:
    """Write an error to standard error and return its exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return USAGE
    if debug:
        at = error.__traceback__
        told = traceback.format_tb(at) if redact else traceback.format_exception(error)
        click.echo("".join(told), err=True, nl=False)
    click.echo(f"swf: {line(error, redact=redact)}", err=True)
    return exit_code(error)


def _help(error: click.UsageError) -> str:
    return f"{error.ctx.command_path if error.ctx else 'swf'} --help"
