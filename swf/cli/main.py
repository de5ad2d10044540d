"""`main`: the entry point of the `swf` command.

Nothing is imported before it is needed: `swf --help` loads click, this file and three beside it.
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import NoReturn


class _Line(logging.Formatter):
    """What is logged where nobody asked for a log: a line, no traceback."""

    def formatException(self, _: object) -> str:  # noqa: N802 - the name is logging's
        """Return nothing: --debug shows it."""
        return ""


def main() -> NoReturn:
    """Run the command with the arguments of this process."""
    try:
        try:
            import click  # noqa: F401 - the message is for those who have not got it
        except ImportError:
            sys.stderr.write("swf: the command needs more: pip install 'swf-orm[cli]'\n")
            sys.exit(2)
        warnings.formatwarning = lambda message, *_, **__: f"swf: {message}\n"
        if logging.lastResort is not None:
            logging.lastResort.setFormatter(_Line())
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # a text stream
        from swf.cli.app import run  # click is there

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
