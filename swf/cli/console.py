"""Python's own prompt, where IPython is not installed or not wanted; and scripts, without any."""

from __future__ import annotations

import ast
import builtins
import code
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from swf.cli.candidates import ReadlineCompleter
from swf.cli.prompt import Names, keep, one_line
from swf.models.display import Displayed


def interact(names: Names, banner: str, debug: bool) -> None:
    """Read lines and run them until the user leaves.

    :param debug: whether errors are shown in full.
    """
    _complete(names)
    with _shown():
        Console(names, debug).interact(banner, exitmsg="")


def run_script(names: Names, text: str) -> None:
    """Run a text as if it were typed, a statement at a time, up to the first that fails.

    :raises click.ClickException: there is no such name; what helps at a prompt helps here, too.
    """
    with _shown():
        for statement in ast.parse(text, "<stdin>").body:
            names.refresh()
            program = compile(ast.Interactive([statement]), "<stdin>", "single")
            try:
                exec(program, names)  # noqa: S102 - it is what the user asks for
            except NameError as error:
                raise click.ClickException(one_line(error)) from error


def show(value: Any) -> None:
    """Show a value: as a table where IPython would show one."""
    if isinstance(value, Displayed):
        builtins._ = value  # type: ignore[attr-defined] # as Python's own hook does
        click.echo(value._display().text())
    else:
        sys.__displayhook__(value)


class Console(code.InteractiveConsole):
    """Python's console, with errors of one line."""

    def __init__(self, names: Names, debug: bool) -> None:
        super().__init__(names)
        self._names = names
        self._debug = debug

    def runsource(self, source: str, *args: Any, **kwargs: Any) -> bool:
        """Run a line; `%tb` shows the whole of the last error."""
        if source.strip() == "%tb":
            self.write(_last_traceback())
            return False
        self._names.refresh()
        return super().runsource(source, *args, **kwargs)

    def runcode(self, program: Any) -> None:
        """Run what was typed; Ctrl-C ends it, and not the prompt."""
        try:
            super().runcode(program)
        except KeyboardInterrupt as interruption:
            keep(interruption)
            self.write("\nKeyboardInterrupt\n")

    def showtraceback(self) -> None:
        """Show an error as a line."""
        error = sys.exc_info()[1]
        if self._debug or error is None:
            super().showtraceback()
        else:
            keep(error)
            self.write(one_line(error) + "\n")


@contextmanager
def _shown() -> Iterator[None]:
    before, sys.displayhook = sys.displayhook, show
    try:
        yield
    finally:
        sys.displayhook = before


def _complete(names: Names) -> None:
    try:
        import readline
    except ImportError:  # not on every platform
        return
    readline.set_completer(ReadlineCompleter(names).complete)
    readline.parse_and_bind("tab: complete")


def _last_traceback() -> str:
    error: BaseException | None = getattr(sys, "last_value", None)
    return "".join(traceback.format_exception(error)) if error else "no error yet\n"
