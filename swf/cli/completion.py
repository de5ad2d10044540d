"""`swf completion`: a shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from swf.cli.options import StrictCommand


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
