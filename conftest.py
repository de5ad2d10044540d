"""Run the code blocks of README and docs as tests.

Python blocks run top to bottom in one namespace per page, on a local service with a clock that
jumps over waiting. A block whose first line is the name of a file, as in `# dinner.py`, is that
file. `sh` blocks are run at the root of the project, but for `make`, whose targets are only
checked. `console` blocks are a session: what follows a line with `$` is what it prints, `...`
stands for anything. Each page has one shell, in a directory of its own with the page's files.
"""

from __future__ import annotations

import doctest
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sybil import Document, Example, Region, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from swf import settings
from swf.local import LocalSWF, SkippingClock

ROOT = Path(__file__).parent
FILE = re.compile(r"# ([\w./-]+\.\w+)\n")
END = "--- end of output, status"


def environment(**more: str) -> dict[str, str]:
    """Return the variables of a shell that finds the commands of this environment."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}


def run_shell(example: Example) -> None:
    for line in example.parsed.splitlines():
        command = f"{line} --dry-run" if line.startswith("make ") else line
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=environment(), capture_output=True, text=True
        )
        if done.returncode:
            raise AssertionError(f"{line}: exit {done.returncode}\n{done.stdout}{done.stderr}")


class Shell:
    """A shell in a directory of its own, to which a page's commands are given one by one."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.path = Path(self._directory.name)
        self._process = subprocess.Popen(
            ["bash"],
            cwd=self.path,
            env=environment(HOME=str(self.path), COLUMNS="100", PYTHONUNBUFFERED="1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str, lines: int) -> tuple[str, int]:
        """Return what a command prints, and its status; of one that goes on, so many lines."""
        end = f"status=$?; printf '%s %d\\n' '{END}' $status; (exit $status)"
        self._process.stdin.write(f"{command}\n" if lines else f"{command}\n{end}\n")
        self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            output, ended, status = line.rpartition(END)
            printed.append(output if ended else line)
            if ended or len(printed) == lines:
                return "".join(printed), int(status) if ended else 0
        raise AssertionError(f"{command}: the shell ended\n{''.join(printed)}")

    def close(self) -> None:
        """End it, and whatever it left running."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._directory.cleanup()


def run_console(example: Example) -> None:
    shell = shell_of(example.namespace)
    for command, shown in commands(example.parsed):
        goes_on = command.endswith("&")
        printed, status = shell.run(command, shown.count("\n") if goes_on else 0)
        if not doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS):
            raise AssertionError(f"$ {command}\nexpected:\n{shown}\nprinted:\n{printed}")
        if status and not shown:
            raise AssertionError(f"$ {command}\nexit {status}")


def commands(session: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a session, and what it is shown to print."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def shell_of(namespace: dict[str, object]) -> Shell:
    """Return the page's shell, started when it is first needed."""
    if "_shell" not in namespace:
        namespace["_shell"] = Shell()
    return namespace["_shell"]


def write_file(example: Example) -> None:
    name = FILE.match(example.parsed)[1]
    target = shell_of(example.namespace).path / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(example.parsed)


class FileParser(CodeBlockParser):
    """Finds the blocks that are files."""

    def __call__(self, document: Document) -> Iterable[Region]:
        return (region for region in super().__call__(document) if FILE.match(region.parsed))


class ProgramParser(PythonCodeBlockParser):
    """Finds the Python blocks that are to be run, and not files."""

    def __call__(self, document: Document) -> Iterable[Region]:
        return (
            region
            for region in super().__call__(document)
            if not (isinstance(region.parsed, str) and FILE.match(region.parsed))
        )


def start_service(namespace: dict[str, object]) -> None:
    settings.clear()
    service = namespace["_service"] = LocalSWF(clock=SkippingClock())
    service.install()


def stop_service(namespace: dict[str, object]) -> None:
    if "_shell" in namespace:
        namespace["_shell"].close()
    namespace["_service"].close()
    settings.clear()


def pytest_collection_modifyitems(items: list[object]) -> None:
    """Keep the examples of a page in its own order, whatever order the tests run in."""
    items.sort(
        key=lambda item: (
            (str(item.path), item.example.line) if isinstance(item, SybilItem) else ("~", 0)
        )
    )


pytest_collect_file = Sybil(
    parsers=[
        ProgramParser(),
        *(FileParser(language, write_file) for language in ("python", "toml", "ini")),
        CodeBlockParser("sh", run_shell),
        CodeBlockParser("console", run_console),
        SkipParser(),
    ],
    patterns=["*.md"],
    setup=start_service,
    teardown=stop_service,
).pytest()
