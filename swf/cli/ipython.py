"""The prompt where IPython is installed: its own shell, that knows this library's names."""

from __future__ import annotations

import sys
from typing import Any

import click
from IPython import start_ipython
from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from traitlets import Bool
from traitlets.config import Config

from swf.cli.candidates import candidates
from swf.cli.prompt import Names, keep, one_line


class Shell(TerminalInteractiveShell):
    """IPython's shell; an error is a line, `%tb` shows the rest."""

    full_errors = Bool(False, help="Show every error in full.").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names: Names = self.user_ns
        self.events.register("pre_run_cell", lambda _: names.refresh())
        self.Completer.custom_matchers.append(_matcher(names))

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Show an error: of what was typed or is displayed as a line, for `%tb` in full.

        IPython tells of itself in its own words, and where a line is no Python.
        """
        error = (exc_tuple or sys.exc_info())[1]
        happened = exc_tuple or kwargs.get("running_compiled_code")
        own = isinstance(error, (SyntaxError, UsageError))
        if error is None or own or not happened or self.full_errors:
            super().showtraceback(exc_tuple, *args, **kwargs)
        else:
            keep(error)
            click.echo(one_line(error))


def _matcher(names: Names) -> Any:
    @context_matcher(identifier="swf")
    def match(context: CompletionContext) -> dict[str, Any]:
        begun, found = candidates(names, context.text_until_cursor)
        return {
            "completions": [SimpleCompletion(each, type="string") for each in found],
            "matched_fragment": begun,
            "suppress": bool(found),
        }

    return match


def interact(names: Names, banner: str, debug: bool) -> None:
    """Run IPython until the user leaves it.

    :param debug: whether errors are shown in full.
    """
    config = Config()
    config.TerminalIPythonApp.interactive_shell_class = Shell
    config.Shell.full_errors = debug
    config.TerminalInteractiveShell.banner1 = f"{banner}\n"
    config.TerminalInteractiveShell.confirm_exit = False
    if "enable_tip" in TerminalInteractiveShell.class_trait_names():
        config.TerminalInteractiveShell.enable_tip = False
    start_ipython(argv=[], user_ns=names, config=config)
