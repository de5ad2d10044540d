"""Run all commands of a page in a fresh clone, including the installation, and print their times.

    python docs/follow.py docs/tutorial/first-flow.md

Unlike the tests, this script creates the virtual environment of the page and installs packages
with `pip`. The shell inherits only PATH. The script fails if a command prints different output.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from conftest import FILE, FILE_LANGUAGES, Shell, check_command, commands  # noqa: E402 - needs the root on sys.path

BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def path_without_environments() -> str:
    """Return PATH without the directories of virtual environments."""
    return ":".join(p for p in os.environ["PATH"].split(":") if ".venv" not in p)


def follow(page: Path, shell: Shell) -> None:
    """Run the commands of a page and write its files; skip blocks that call `make`."""
    for language, text in BLOCK.findall(page.read_text()):
        file = FILE.match(text)
        if language == "console":
            for command, expected in commands(text):
                timed(command, partial(check_command, shell, command, expected))
        elif language == "sh" and not text.startswith("make"):
            for line in text.splitlines():
                timed(line, partial(set_up, shell, line))
        elif file and language in FILE_LANGUAGES:
            (shell.path / file[1]).write_text(text)


def set_up(shell: Shell, line: str) -> None:
    """Run a setup command."""
    output, status = shell.run(line, 0)
    if status:
        raise AssertionError(f"{line}: exit {status}\n{output}")


def timed(command: str, run: Callable[[], None]) -> None:
    """Run a command and print its duration."""
    start = time.monotonic()
    run()
    print(f"{time.monotonic() - start:6.1f} s  {command}", flush=True)  # noqa: T201


def main(page: str) -> None:
    """Run a page in a clone of this repository."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)  # noqa: S603, S607
        shell = Shell(clone, {"PATH": path_without_environments()})
        try:
            follow(clone / page, shell)
        finally:
            shell.close()
    print(f"{time.monotonic() - start:6.1f} s  total")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
