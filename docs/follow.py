"""Follow a page as its reader does: in a fresh clone, from its first line to its last, timed.

    python docs/follow.py docs/tutorial/first-flow.md

Unlike the tests, it sets up what the page says: an environment, into which `pip` installs from the
network. Nothing but PATH is taken over from here. It ends with 1 where a command prints something
else than the page shows.
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

from conftest import FILE, FILES, Shell, commands, try_command  # noqa: E402 - it is beside docs

BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def path_without_environments() -> str:
    """Return PATH as it is for whoever has set up nothing yet."""
    return ":".join(p for p in os.environ["PATH"].split(":") if ".venv" not in p)


def follow(page: Path, shell: Shell) -> None:
    """Do all that a page says; what `make` does is told elsewhere."""
    for language, text in BLOCK.findall(page.read_text()):
        name = FILE.match(text)
        if language == "console":
            for command, shown in commands(text):
                timed(command, partial(try_command, shell, command, shown))
        elif language == "sh" and not text.startswith("make"):
            for line in text.splitlines():
                timed(line, partial(set_up, shell, line))
        elif name and language in FILES:
            (shell.path / name[1]).write_text(text)


def set_up(shell: Shell, line: str) -> None:
    """Run a command that sets something up."""
    printed, status = shell.run(line, 0)
    if status:
        raise AssertionError(f"{line}: exit {status}\n{printed}")


def timed(command: str, run: Callable[[], None]) -> None:
    """Run a command, and say how long it took."""
    began = time.monotonic()
    run()
    print(f"{time.monotonic() - began:6.1f} s  {command}", flush=True)  # noqa: T201


def main(page: str) -> None:
    """Follow a page in a clone of this repository."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)  # noqa: S603, S607
        shell = Shell(clone, {"PATH": path_without_environments()})
        try:
            follow(clone / page, shell)
        finally:
            shell.close()
    print(f"{time.monotonic() - began:6.1f} s  in all")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
