"""The root command `app`, and `run`, which maps the outcome of a command line to an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from swf.cli.commands import COMMANDS
from swf.cli.options import CommandGroup
from swf.cli.session import Session

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class RootGroup(CommandGroup):
    """The root group. It imports a command's module when the command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the command names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command.

        :param cmd_name: the name under which `COMMANDS` lists it.
        :returns: None for an unknown name.
        """
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; `help --man` prints the manual page.

        :param args: the rest of the command line, beginning with the name of the command.
        """
        if args == ["help", "--man"]:
            from swf import __version__
            from swf.cli.manual import manual_page

            click.echo(manual_page(self, ctx, __version__), nl=False)
            ctx.exit()
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that closed the pipe is not an error.

        :param ctx: the root context.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _discard_stdout()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any of them.

        :param formatter: receives the list.
        """
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _print_version(ctx: click.Context, _: click.Parameter, is_set: bool) -> None:
    if is_set:
        from swf import __version__

        click.echo(f"swf {__version__}")
        ctx.exit()


@click.group(cls=RootGroup, context_settings=CONTEXT)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version and exit.",
)  # fmt: skip
def app() -> None:
    """Administer Amazon Simple Workflow, run flows, inspect executions.

    Data goes to standard output, everything else to standard error. Options may stand before the
    command or after it. Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 throttled
    or unreachable, 130 interrupted. `swf help COMMAND` shows the help of a command, and
    `swf help --man` prints a manual page of all commands.

    \b
    Examples:
      swf domain list
      swf --local domain list --output json
      swf help --man > swf.1
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line.

    :param arguments: the words after `swf`.
    :returns: the exit code.
    """
    from swf.cli.errors import INTERRUPTED, report

    session = Session()
    if "_SWF_COMPLETE" in os.environ:
        import_module("swf.cli.completion")  # quotes and word breaks of bash
    try:
        result = app.main(
            [_normalize(number, argument) for number, argument in enumerate(arguments, 1)],
            prog_name="swf",
            standalone_mode=False,
            obj=session,
        )
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _discard_stdout()
    except Exception as error:  # noqa: BLE001 - the edge: every error becomes a line and a code
        is_redacted = bool(session.get("redact"))
        return report(error, debug="--debug" in arguments, redact=is_redacted)
    finally:
        _flush_stdout()
    return result if isinstance(result, int) else 0


def _normalize(number: int, argument: str) -> str:
    """Rewrite `--local=FILE` as `--local-database=FILE`: click allows no optional values.

    :param number: the position of the argument, for the error.
    :raises click.UsageError: the argument has bytes that the locale's encoding cannot represent.
    """
    if any("\ud800" <= character <= "\udfff" for character in argument):
        raise click.UsageError(
            f"argument {number} is not valid {sys.getfilesystemencoding()}, "
            "the encoding of the locale (LC_ALL, PYTHONUTF8)"
        )
    name, _, file = argument.partition("=")
    return f"--local-database={file}" if name == "--local" and file else argument


def _flush_stdout() -> None:
    """Flush standard output now: at exit Python would report a failure in its own format."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard_stdout()


def _discard_stdout() -> int:
    """Redirect standard output to the null device, and return the exit code 0."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
