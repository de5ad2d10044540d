"""Python's own prompt, and scripts on standard input."""

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

from swf.cli.prompt import PromptNamespace, format_prompt_error, save_traceback
from swf.cli.prompt_completion import ReadlineCompleter
from swf.exceptions import SWFError
from swf.models.display import Displayed


def interact(names: PromptNamespace, banner: str, debug: bool) -> None:
    """Read and run lines until the user exits.

    :param names: the namespace of the lines.
    :param debug: whether errors show their traceback.
    """
    _enable_completion(names)
    with _display_hook(), _context_in_prompt(names):
        PythonPrompt(names, debug).interact(banner, exitmsg="")


def run_script(names: PromptNamespace, text: str) -> None:
    """Run a script, a statement at a time, up to the first error.

    :param names: the namespace of the script.
    :raises click.ClickException: a name or attribute does not exist; the message has the prompt's
        remedy.
    """
    with _display_hook():
        for statement in ast.parse(text, "<stdin>").body:
            names.refresh()
            program = compile(ast.Interactive([statement]), "<stdin>", "single")
            try:
                exec(program, names)  # noqa: S102 - the purpose of a script
            except (AttributeError, NameError) as error:
                if isinstance(error, SWFError):
                    raise
                raise click.ClickException(format_prompt_error(error)) from error


def display(value: Any) -> None:
    """Display the value of an expression; models and querysets appear as tables."""
    if isinstance(value, Displayed):
        builtins._ = value  # type: ignore[attr-defined] # as Python's own hook does
        click.echo(value._display().text())
    else:
        sys.__displayhook__(value)


class PythonPrompt(code.InteractiveConsole):
    """Python's console with one-line errors.

    :param names: the namespace of the lines.
    :param debug: whether errors show their traceback.
    """

    def __init__(self, names: PromptNamespace, debug: bool) -> None:
        super().__init__(names)
        self._names = names
        self._debug = debug

    def runsource(self, source: str, *args: Any, **kwargs: Any) -> bool:
        """Run a line; `%tb` shows the last traceback.

        :param source: the lines up to now.
        :returns: whether the statement is incomplete.
        """
        if source.strip() == "%tb":
            self.write(_last_traceback())
            return False
        self._names.refresh()
        return super().runsource(source, *args, **kwargs)

    def runcode(self, program: Any) -> None:
        """Run a statement; Ctrl-C interrupts it without ending the prompt.

        :param program: the compiled statement.
        """
        try:
            super().runcode(program)
        except KeyboardInterrupt as interruption:
            save_traceback(interruption)
            self.write("\nKeyboardInterrupt\n")

    def showtraceback(self) -> None:
        """Show an error as one line."""
        error = sys.exc_info()[1]
        if self._debug or error is None:
            super().showtraceback()
        else:
            save_traceback(error)
            self.write(format_prompt_error(error) + "\n")


@contextmanager
def _display_hook() -> Iterator[None]:
    hook, sys.displayhook = sys.displayhook, display
    try:
        yield
    finally:
        sys.displayhook = hook


@contextmanager
def _context_in_prompt(names: PromptNamespace) -> Iterator[None]:
    """Begin the prompt with the name of the context, in red if it is production."""
    if names.context is None:
        yield
        return
    label = f"{names.context.name} "
    if names.context.production and names.has_colors:
        # readline ignores the characters between \x01 and \x02 in the width of the prompt.
        label = f"\x01\x1b[1;31m\x02{label}\x01\x1b[0m\x02"
    sys.ps1, sys.ps2 = f"{label}>>> ", f"{' ' * len(names.context.name)} ... "
    try:
        yield
    finally:
        del sys.ps1, sys.ps2


def _enable_completion(names: PromptNamespace) -> None:
    try:
        import readline
    except ImportError:  # not on every platform
        return
    readline.set_completer(ReadlineCompleter(names).complete)
    readline.parse_and_bind("tab: complete")


def _last_traceback() -> str:
    error: BaseException | None = getattr(sys, "last_value", None)
    return "".join(traceback.format_exception(error)) if error else "no error yet\n"
