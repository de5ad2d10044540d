"""Run the code blocks of README, docs and examples as tests.

Python blocks run top to bottom in one namespace per page, on a local service with a clock that
jumps over waiting. A block whose first line is the name of a file, as in `# dinner.py`, is that
file. `console` blocks are a session: what follows a line with `$` is what it prints, `...` stands
for anything. Each page has one shell, in a directory of its own with the page's files and the
examples; the port that a page names is another one there, so that pages can run side by side.
`sh` blocks set something up, and what they name is checked: the targets of `make`, and what `pip`
is to install (`docs/follow.py` runs them too). A block that nobody would run fails.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from sybil import Document, Example, Region, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from swf import settings
from swf.local import LocalSWF, SkippingClock

ROOT = Path(__file__).parent
FILE = re.compile(r"# ([\w./-]*\.\w+)\n")
END = "--- end of output, status"

#: What sets a page up beside `make` and `pip install`.
SETUP = ("python3 -m venv .venv", ". .venv/bin/activate")

#: The port that pages give to their services.
PORT = "4570"

#: Languages of blocks that are run, that may be a file, and that hold nothing to run.
RUN = ("python", "sh", "console")
FILES = ("python", "toml", "ini", "yaml")
SHOWN = ("text", "mermaid", "{toctree}", "{eval-rst}", "{glossary}", "{literalinclude}")


def environment() -> dict[str, str]:
    """Return the variables of a shell that finds the commands of this environment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SWF_"))}
    # Compiled files are told apart by the second: a page changes its code more often.
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def check_setup(example: Example) -> None:
    """Check what sets something up: nothing is downloaded while tests run."""
    for line in example.parsed.splitlines():
        first, *rest = shlex.split(line)
        if first == "make":
            subprocess.run(["make", "--dry-run", *rest], cwd=ROOT, check=True, capture_output=True)
        elif first == "pip":
            check_requirement(rest[-1])
        elif line not in SETUP:
            raise AssertionError(f"{line}: nobody runs this; make it a `console` block")


def check_requirement(text: str) -> None:
    """Check that there is what `pip install` is to install: this project, and its extras."""
    name, extras = re.fullmatch(r"([\w.-]+)(?:\[(.*)\])?", text).groups()
    known = metadata.metadata("swf-orm").get_all("Provides-Extra")
    unknown = {*(extras.split(",") if extras else ())} - {*known}
    if unknown or name not in (".", "swf-orm", "ipython"):
        raise AssertionError(f"{text}: there is no such thing to install {unknown or ''}")


class Shell:
    """A shell to which a page's commands are given one by one.

    :param path: the directory in which it begins, which is its home too.
    """

    def __init__(self, path: Path, variables: Mapping[str, str]) -> None:
        self.path = path
        self.port = free_port()
        self._process = subprocess.Popen(
            ["bash"],
            cwd=path,
            env={**variables, "HOME": str(path), "COLUMNS": "100", "PYTHONUNBUFFERED": "1"},
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


def run_console(example: Example) -> None:
    shell = shell_of(example.namespace)
    for command, shown in commands(example.parsed):
        try_command(shell, command, shown)


def try_command(shell: Shell, command: str, shown: str) -> None:
    """Give a shell a command, and compare what it prints with what is shown."""
    goes_on = command.endswith("&")
    command, shown = (text.replace(PORT, shell.port) for text in (command, shown))
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


def free_port() -> str:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return str(listening.getsockname()[1])


def shell_of(namespace: dict[str, object]) -> Shell:
    """Return the page's shell, started in a new directory when it is first needed."""
    if "_shell" not in namespace:
        namespace["_directory"] = directory = tempfile.TemporaryDirectory()
        (Path(directory.name) / "examples").symlink_to(ROOT / "examples")
        namespace["_shell"] = Shell(Path(directory.name), environment())
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


class StrayParser:
    """Finds the blocks that no other parser takes, for which a page fails."""

    lexer = RawFencedCodeBlockLexer(re.compile(r"(?P<language>[^\n]*)$\n", re.MULTILINE))

    def __call__(self, document: Document) -> Iterable[Region]:
        for region in self.lexer(document):
            language, source = region.lexemes["language"], region.lexemes["source"]
            if not is_run(language, source):
                region.parsed, region.evaluator = language, refuse
                yield region


def is_run(language: str, source: str) -> bool:
    """Return whether a block is run, or holds nothing that could be."""
    if language.partition(" ")[0] in SHOWN:
        return not re.search(r"^(\$|>>>) ", source, re.MULTILINE)
    return language in RUN or (language in FILES and bool(FILE.match(source)))


def refuse(example: Example) -> None:
    raise AssertionError(f"nobody runs this block: {example.parsed or 'no language'}")


def start_service(namespace: dict[str, object]) -> None:
    settings.clear()
    service = namespace["_service"] = LocalSWF(clock=SkippingClock())
    service.install()


def stop_service(namespace: dict[str, object]) -> None:
    if "_shell" in namespace:
        namespace["_shell"].close()
        namespace["_directory"].cleanup()
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
        *(FileParser(language, write_file) for language in FILES),
        CodeBlockParser("sh", check_setup),
        CodeBlockParser("console", run_console),
        StrayParser(),
    ],
    patterns=["*.md"],
    setup=start_service,
    teardown=stop_service,
).pytest()
