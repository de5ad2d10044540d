"""`swf completion`: a shell completion script."""

from __future__ import annotations

import os
import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from swf.cli.options import StrictCommand

#: Characters that bash would interpret outside quotes.
_SPECIAL = re.compile(r"([\s\\\"'`$&|;<>(){}\[\]*?!#~])")

_BACKSLASH = r"\\\1"

_BASH_SCRIPT = """
%(complete_func)s() {
    local line type value
    COMPREPLY=()
    while IFS= read -r line; do
        IFS=, read -r type value <<< "$line"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \\
        COMP_WORDBREAKS="$COMP_WORDBREAKS" %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class BashCompletion(BashComplete):
    """Completion for bash: quotes the completions, and completes words with `:` and `=`.

    Bash replaces the text after the last of its word breaks, so that is the text to return.
    """

    source_template = _BASH_SCRIPT
    _quote = ""
    _offset = 0

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor and the beginning of the word at the cursor."""
        line = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])]
        words = split_arg_string(line)
        incomplete = words.pop() if words and not _ends_with_blank(line) else ""
        self._quote = _open_quote(line)
        breaks = set(os.environ.get("COMP_WORDBREAKS", "")) & {":", "="}
        if not self._quote:
            self._offset = max((incomplete.rfind(each) + 1 for each in breaks), default=0)
            option, equals, _ = incomplete.partition("=")
            if equals and option.startswith("--"):  # click completes only the value
                self._offset = max(0, self._offset - len(option) - 1)
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Return the line for a completion.

        :param item: a completion of the whole word.
        """
        text = str(item.value)[self._offset :]
        return f"{item.type},{text if self._quote else _SPECIAL.sub(_BACKSLASH, text)}"


def _open_quote(line: str) -> str:
    """Return the quote that is open at the end of a command line."""
    quote = ""
    escaped = False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
    return quote


def _ends_with_blank(line: str) -> bool:
    """Return whether a new word begins at the end of a command line."""
    return not _open_quote(line) and re.search(r"(?<!\\)\s$", line) is not None


add_completion_class(BashCompletion)


@click.command(cls=StrictCommand)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print a shell completion script.

    Evaluate it in the startup file of the shell.

    \b
    Examples:
      eval "$(swf completion bash)"
      swf completion fish > swf.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click supports all three
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "swf", "_SWF_COMPLETE").source())
