"""IPython's prompt with one-line errors and the completion of names and ids."""

from __future__ import annotations

import sys
from typing import Any

import click
from IPython import start_ipython
from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from IPython.terminal.prompts import Prompts
from pygments.token import Token  # type: ignore[import-untyped] # a dependency of IPython
from traitlets import Bool
from traitlets.config import Config

from swf.cli.prompt import PromptNamespace, format_prompt_error, save_traceback
from swf.cli.prompt_completion import complete_string


class IPythonPrompt(TerminalInteractiveShell):
    """IPython's shell with one-line errors; `%tb` shows the traceback."""

    full_errors = Bool(False, help="Show the traceback of every error.").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names: PromptNamespace = self.user_ns
        self.events.register("pre_run_cell", lambda _: names.refresh())
        self.Completer.custom_matchers.append(_make_matcher(names))

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Show an error of a line, or Ctrl-C at any time, as one line.

        IPython's own errors and syntax errors keep IPython's format.

        :param exc_tuple: the error as `sys.exc_info` returns it; that by default.
        """
        error = (exc_tuple or sys.exc_info())[1]
        is_interrupt = isinstance(error, KeyboardInterrupt)
        is_user_code = exc_tuple or is_interrupt or kwargs.get("running_compiled_code")
        is_ipython_error = isinstance(error, (SyntaxError, UsageError))
        if error is None or is_ipython_error or not is_user_code or self.full_errors:
            super().showtraceback(exc_tuple, *args, **kwargs)
        else:
            save_traceback(error)
            click.echo(format_prompt_error(error))


class ContextPrompts(Prompts):
    """Prompts that begin with the name of the context, in red if it is production."""

    def in_prompt_tokens(self) -> list[tuple[Any, str]]:
        """Return the prompt of an input as (token, text)."""
        context = self.shell.user_ns.context
        tokens: list[tuple[Any, str]] = super().in_prompt_tokens()
        if context is None:
            return tokens
        token = Token.SwfProduction if context.production else Token.SwfContext
        return [(token, f"{context.name} "), *tokens]


def _make_matcher(names: PromptNamespace) -> Any:
    @context_matcher(identifier="swf")
    def match(context: CompletionContext) -> dict[str, Any]:
        prefix, completions = complete_string(names, context.text_until_cursor)
        return {
            "completions": [SimpleCompletion(text, type="string") for text in completions],
            "matched_fragment": prefix,
            "suppress": bool(completions),
        }

    return match


def interact(names: PromptNamespace, banner: str, debug: bool) -> None:
    """Run IPython until the user exits.

    :param names: the namespace of the lines.
    :param debug: whether errors show their traceback.
    """
    config = Config()
    config.TerminalIPythonApp.interactive_shell_class = IPythonPrompt
    config.IPythonPrompt.full_errors = debug
    config.TerminalInteractiveShell.prompts_class = ContextPrompts
    if names.has_colors:
        overrides = {Token.SwfProduction: "ansired bold"}
        config.TerminalInteractiveShell.highlighting_style_overrides = overrides
    config.TerminalInteractiveShell.banner1 = f"{banner}\n"
    config.TerminalInteractiveShell.confirm_exit = False
    if "enable_tip" in TerminalInteractiveShell.class_trait_names():
        config.TerminalInteractiveShell.enable_tip = False
    start_ipython(argv=[], user_ns=names, config=config)
