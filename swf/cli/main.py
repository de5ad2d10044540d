"""`main`: the entry point of the `swf` command.

Nothing is imported before it is needed: `swf --help` loads click, this file and three beside it.
"""

from __future__ import annotations

import io
import logging
import os
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
        _prepare_streams()
        from swf.cli.app import run  # click is there

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


def _prepare_streams() -> None:
    """Let nothing fail for characters that cannot be written, or since a stream is closed."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - as long as the process
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
