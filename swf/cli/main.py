"""`main`: the entry point of the `swf` command.

Imports are lazy: `swf --help` loads click, this module and four others of the package.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from typing import NoReturn

from swf.cli.extras import install_hint
from swf.text import EscapingFormatter, escape_controls


class _OneLineFormatter(EscapingFormatter):
    """Formats records without a traceback, for processes that did not configure logging."""

    def formatException(self, _: object) -> str:  # noqa: N802 - the name is logging's
        """Return an empty string: `--debug` shows tracebacks."""
        return ""


def main() -> NoReturn:
    """Run the command with the arguments of this process."""
    try:
        try:
            import click  # noqa: F401 - checks that the extra is installed
        except ImportError:
            sys.stderr.write(f"swf: {install_hint('click')}\n")
            sys.exit(2)
        warnings.formatwarning = lambda message, *_, **__: f"swf: {escape_controls(str(message))}\n"
        if logging.lastResort is not None:
            logging.lastResort.setFormatter(_OneLineFormatter())
        _prepare_streams()
        from swf.cli.app import run  # needs click

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


def _prepare_streams() -> None:
    """Replace closed streams, and escape characters that the output encoding lacks."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - open until the process ends
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
