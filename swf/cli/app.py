"""`app`: the root of the command line, and `run`, which turns what happens into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from swf.cli.commands import COMMANDS
from swf.cli.options import Group
from swf.cli.session import Session

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(Group):
    """A group whose commands are loaded when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; for click, a reader who has gone is a failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _silent()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table, without loading what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from swf import __version__

        click.echo(f"swf {__version__}")
        ctx.exit()


@click.group(cls=Commands, context_settings=CONTEXT)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Show the version and exit.",
)  # fmt: skip
def app() -> None:
    """Amazon Simple Workflow: administer it, run flows, look into executions.

    Data goes to standard output, everything else to standard error. Options may stand before the
    command or after it. Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 throttled
    or unreachable, 130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    from swf.cli.errors import INTERRUPTED, report

    session = Session()
    try:
        result = app.main(
            [_spelled(number, each) for number, each in enumerate(arguments, 1)],
            prog_name="swf",
            standalone_mode=False,
            obj=session,
        )
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _silent()
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes a line and a code
        is_redacted = bool(session.get("redact"))
        return report(error, debug="--debug" in arguments, redact=is_redacted)
    finally:
        _let_go()
    return result if isinstance(result, int) else 0


def _spelled(number: int, argument: str) -> str:
    """Return an argument as click takes it: to click, an option has a value or has none.

    :raises click.UsageError: it has bytes that are no text here, and would be another id there.
    """
    if any("\ud800" <= character <= "\udfff" for character in argument):
        raise click.UsageError(
            f"argument {number} is no text in {sys.getfilesystemencoding()}, "
            "the encoding of the locale (LC_ALL, PYTHONUTF8)"
        )
    name, _, file = argument.partition("=")
    return f"--local-database={file}" if name == "--local" and file else argument


def _let_go() -> None:
    """Leave nothing to Python's end that cannot be written: it would tell it in its own way."""
    try:
        sys.stdout.flush()
    except OSError:
        _silent()


def _silent() -> int:
    """Write no more, whoever read has had enough; return the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
