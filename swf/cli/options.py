"""The options of every command, accepted before the command name or after it.

Each option stores its value in the `Session`; the occurrence nearest to the end of the line wins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from swf.cli.session import Session
from swf.text import suggest

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "yaml")


#: Key of `Context.meta`: the values of the options in this command as text, by parameter name.
RAW_VALUES = "swf.raw_values"

#: Common options that change only the form of the output.
OUTPUT_OPTIONS = frozenset(
    ("output", "fields", "no_header", "time_zone", "spreadsheet", "color", "redact", "debug")
)


def _store(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    session, name = ctx.ensure_object(Session), str(parameter.name)
    if value is None or value is False:
        return
    from_environment = ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT
    if not (from_environment and name in session.options):
        session.set_option(name, value)


def complete_domain(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a domain.

    :param incomplete: the beginning of the name.
    """
    from swf.cli.completers import domains  # only while a shell completes

    return domains(ctx, incomplete)


def complete_fields(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of several field names.

    :param incomplete: the text before the cursor.
    """
    from swf.cli.completers import fields  # only while a shell completes

    return fields(ctx, incomplete)


class CommonOption(click.Option):
    """An option of every command. `swf --help` describes it; other help texts refer to that."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the lines for a command's help; one record stands for all common options.

        :param ctx: the context of the command.
        """
        if ctx.parent is None:
            return super().get_help_record(ctx)
        return COMMON_OPTIONS_HELP if self.name == "domain" else None


COMMON_OPTIONS_HELP = (
    "-d, -o, --fields, --local, ...",
    "Options of every command, such as domain, output format and endpoint; see swf --help.",
)


def _option(*names: str, **attributes: Any) -> Callable[[F], F]:
    attributes.setdefault("is_flag", False)
    attributes.setdefault("default", None if not attributes["is_flag"] else False)
    return click.option(*names, cls=CommonOption, expose_value=False, callback=_store, **attributes)


_OPTIONS = (
    _option(
        "-d", "--domain", metavar="NAME", shell_complete=complete_domain,
        help="The domain. [`domain` in ~/.swf; SWF_DOMAIN]",
    ),
    _option(
        "--context", metavar="NAME", envvar="SWF_CONTEXT",
        help="A context of `swf context list`; \"\" for none. [SWF_CONTEXT; `swf context use`]",
    ),
    _option("--region", metavar="NAME", help="The AWS region. [`region` in ~/.swf; AWS_REGION]"),
    _option("--profile", metavar="NAME", help="A profile of the AWS configuration. [AWS_PROFILE]"),
    _option(
        "--endpoint-url", metavar="URL",
        help="Another endpoint, such as that of `swf local`. [AWS_ENDPOINT_URL_SWF]",
    ),
    _option(
        "--local", is_flag=True,
        help="Use an embedded service in this process, stored in a file between commands: "
        "~/.swf-local.db, or that of --local=FILE. "
        "[`local` in ~/.swf, SWF_LOCAL: yes, or a file]",
    ),
    _option(
        "--archive", metavar="DIRECTORY",
        help="Read executions from an archive, made by `swf archive update`; starts go to SWF.",
    ),
    _option("--local-database", metavar="FILE", hidden=True, help="The same as --local=FILE."),
    _option(
        "-o", "--output", "--format", "output", type=click.Choice(FORMATS),
        help="Output format; a table by default. [`output` in ~/.swf; SWF_OUTPUT]",
    ),
    _option(
        "--fields", metavar="A,B,...", shell_complete=complete_fields,
        help="The fields to show, in order; a.b is a field of a field.",
    ),
    _option(
        "--no-header", is_flag=True,
        help="Omit the field names from table, csv and tsv.",
    ),
    _option(
        "--time", "time_zone", type=click.Choice(("utc", "local")),
        help="Zone of the times in the output; UTC by default.",
    ),
    _option(
        "--spreadsheet", is_flag=True,
        help="Put an apostrophe before csv and tsv cells that a spreadsheet would run as formulas.",
    ),
    _option(
        "--color", type=click.Choice(("auto", "always", "never")),
        help="Use colours; by default on a terminal unless NO_COLOR is set.",
    ),
    _option(
        "--codec", metavar="MODULE:NAME", envvar="SWF_CODEC",
        help="The payload codec that your deciders and workers use. [SWF_CODEC]",
    ),
    _option(
        "--redact", is_flag=True, envvar="SWF_REDACT",
        help="Replace payloads by their length. [SWF_REDACT]",
    ),
    _option("--debug", is_flag=True, help="Show tracebacks, and log to standard error."),
)  # fmt: skip


def common_options(function: F) -> F:
    """Decorate a command with the common options and pass it the session.

    :param function: takes the `Session` as its first argument.
    """
    return _add_common_options(click.pass_obj(function))  # type: ignore[no-any-return] # click's decorators return their argument


def option_words(ctx: click.Context) -> list[str]:
    """Return the options of the current command as words, without those of the output.

    :param ctx: the context of the command.
    """
    words: list[str] = []
    for option in ctx.command.params:
        value = ctx.meta[RAW_VALUES].get(option.name)
        if value is None or option.name in OUTPUT_OPTIONS or not isinstance(option, click.Option):
            continue
        name = next(opt for opt in option.opts if opt.startswith("--"))
        if option.is_flag:
            words.append(name)
        else:
            for text in value if isinstance(value, list) else [value]:
                words += [name, text]
    return words


class StrictCommand(click.Command):
    """A command that refuses an option given twice unless the option is repeatable."""

    def make_parser(self, ctx: click.Context) -> Any:
        """Return a parser that raises `click.UsageError` for a repeated option.

        :param ctx: the context of the command.
        """
        parser = super().make_parser(ctx)
        parse_args = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            values, rest, parameters = parse_args(args)
            _refuse_repeated(ctx, parameters)
            ctx.meta[RAW_VALUES] = values
            return values, rest, parameters

        parser.parse_args = parse_once  # type: ignore[method-assign] # click has no hook here
        return parser


def _refuse_repeated(ctx: click.Context, parameters: list[click.Parameter]) -> None:
    for option in () if ctx.resilient_parsing else parameters:
        if isinstance(option, click.Option) and parameters.count(option) > 1:
            is_switch = option.is_flag and not option.secondary_opts
            if not (option.multiple or option.count or is_switch):
                name = max(option.opts, key=len)
                raise click.UsageError(f"{name}: given more than once; takes one value", ctx)


class CommandGroup(StrictCommand, click.Group):
    """A group of commands; common options may also stand between the group and its command."""

    command_class = StrictCommand

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params += click.command()(_add_common_options(lambda: None)).params

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; `help` shows the help of the group, or of the command after it.

        :param args: the rest of the command line, beginning with the name of the command.
        :raises click.UsageError: the command does not exist; the message names the nearest one.
        """
        commands = self.list_commands(ctx)
        if args[0] == "help":
            if ctx.resilient_parsing:  # a shell completes the name of a command
                return super().resolve_command(ctx, args[1:]) if args[1:] else (None, None, [])
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
            args = [*args[1:], "--help"]
        if ctx.resilient_parsing and args[0] not in commands:
            return None, None, []
        if args[0] not in commands and not args[0].startswith("-"):
            hint = suggest(args[0], commands) or f"there are {', '.join(commands)}"
            raise click.UsageError(f"no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


def _add_common_options(function: Any) -> Any:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
