"""The options that every command takes, before the command or after it.

Each leaves its value in the `Session`; what stands nearer to the end of the line wins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from swf.cli.session import Session

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "yaml")


def _keep(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    session, name = ctx.ensure_object(Session), str(parameter.name)
    if value is None or value is False:
        return
    from_environment = ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT
    if not (from_environment and name in session.given):
        session.take(name, value)


def complete_domain(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the domains that the service knows and that begin so."""
    from swf.cli.completion import domains  # only while a shell completes

    return domains(ctx, incomplete)


class Common(click.Option):
    """An option of every command: `swf --help` tells about it, other helps that it is there."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what the help of a command says; one option speaks for all."""
        if ctx.parent is None:
            return super().get_help_record(ctx)
        return COMMON_OPTIONS_HELP if self.name == "domain" else None


COMMON_OPTIONS_HELP = (
    "-d, -o, --fields, --local, ...",
    "Options of every command: domain, form of output, endpoint and so on; see swf --help.",
)


def _option(*names: str, **attributes: Any) -> Callable[[F], F]:
    attributes.setdefault("is_flag", False)
    attributes.setdefault("default", None if not attributes["is_flag"] else False)
    return click.option(*names, cls=Common, expose_value=False, callback=_keep, **attributes)


_OPTIONS = (
    _option(
        "-d", "--domain", metavar="NAME", shell_complete=complete_domain,
        help="The domain. [`domain` in ~/.swf; SWF_DOMAIN]",
    ),
    _option("--region", metavar="NAME", help="The AWS region. [`region` in ~/.swf; AWS_REGION]"),
    _option("--profile", metavar="NAME", help="A profile of the AWS configuration. [AWS_PROFILE]"),
    _option(
        "--endpoint-url", metavar="URL",
        help="Another endpoint, such as that of `swf local`. [AWS_ENDPOINT_URL_SWF]",
    ),
    _option(
        "--local", is_flag=True,
        help="Use an embedded service in this process, kept in a file between commands: "
        "~/.swf-local.db, or that of --local=FILE. "
        "[`local` in ~/.swf, SWF_LOCAL: yes, or a file]",
    ),
    _option("--local-database", metavar="FILE", hidden=True, help="The same as --local=FILE."),
    _option(
        "-o", "--output", "--format", "output", type=click.Choice(FORMATS),
        help="How data is written; as a table by default, on a terminal or not. "
        "[`output` in ~/.swf; SWF_OUTPUT]",
    ),
    _option(
        "--fields", metavar="A,B,...",
        help="Which fields, in which order; a.b is a field of a field.",
    ),
    _option(
        "--no-header", is_flag=True,
        help="Leave the names of the fields out of table, csv and tsv.",
    ),
    _option(
        "--color", type=click.Choice(("auto", "always", "never")),
        help="Colours: by default on a terminal only, and not where NO_COLOR is set.",
    ),
    _option(
        "--codec", metavar="MODULE:NAME", envvar="SWF_CODEC",
        help="How payloads are written: a codec of yours, as deciders and workers have it. "
        "[SWF_CODEC]",
    ),
    _option(
        "--redact", is_flag=True, envvar="SWF_REDACT",
        help="Show no payloads: only how long they are. [SWF_REDACT]",
    ),
    _option("--debug", is_flag=True, help="Show tracebacks, and log to standard error."),
)  # fmt: skip


def common(function: F) -> F:
    """Add the options that every command takes; the function gets the session first."""
    return _everywhere(click.pass_obj(function))  # type: ignore[no-any-return] # click's decorators return what they are given


class Group(click.Group):
    """A group of commands; what every command takes may stand between it and its verb, too."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params += click.command()(_everywhere(lambda: None)).params

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that does not exist is answered with the nearest that does."""
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            from difflib import get_close_matches  # only for who mistypes

            near = get_close_matches(args[0], known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise click.UsageError(f"no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


def _everywhere(function: Any) -> Any:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
