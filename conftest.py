"""Run the code blocks of README, docs and examples as tests.

- `python` blocks run in order in one namespace per page, on a local service with a skipping clock.
- A block whose first line is a comment with a file name, such as `# dinner.py`, is written to that
  file.
- `console` blocks are shell sessions: a line with `$` is a command, the following lines are its
  output, and `...` matches any text. Each page has one shell in a temporary directory with the
  files of the page and the examples. The port in a page is replaced, so that pages can run in
  parallel.
- `sh` blocks contain setup commands. Tests check only that the targets of `make` and the
  requirements of `pip` exist; `docs/follow.py` runs them.
- Any other block fails, unless its language is in `DISPLAY_LANGUAGES`.
"""

from __future__ import annotations

import doctest
import gc
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from swf import settings
from swf.local import LocalSWF

ROOT = Path(__file__).parent
FILE = re.compile(r"# ([\w./-]*\.\w+)\n")
END = "--- end of output, status"

#: Setup commands of `sh` blocks, besides `make` and `pip install`.
SETUP = ("python3 -m venv .venv", ". .venv/bin/activate")

#: The port of local services in pages.
PORT = "4570"

#: Languages of blocks that are run, that may be files, and that are only displayed.
RUN_LANGUAGES = ("python", "sh", "console")
FILE_LANGUAGES = ("python", "toml", "ini", "yaml")
DISPLAY_LANGUAGES = ("text", "mermaid", "{toctree}", "{eval-rst}", "{glossary}", "{literalinclude}")


def environment() -> dict[str, str]:
    """Return the environment of a shell that finds the commands of this virtual environment."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SWF_"))}
    # Bytecode caches have a resolution of one second, and a page may change its code faster.
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    commands = f"{prefork_server().directory}:{Path(sys.executable).parent}"
    return {**variables, "PATH": f"{commands}:{os.environ['PATH']}"}


class PreforkServer:
    """The server of `tests/prefork`, which runs `swf` and Python programs without their imports."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        self.directory = Path(self._temporary.name)
        self._process = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "prefork" / "server.py", self.directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._process.stdout.readline()

    def close(self) -> None:
        """End the server and the processes that it runs."""
        self._process.communicate()
        self._temporary.cleanup()


@cache
def prefork_server() -> PreforkServer:
    """Return the server of this test process, started on first use."""
    return PreforkServer()


@pytest.fixture(scope="session")
def prefork() -> Path:
    """The directory of the commands `swf` and `python`, which start fast."""
    return prefork_server().directory


def check_setup(example: Example) -> None:
    """Check setup commands without running them, so that tests download nothing."""
    for line in example.parsed.splitlines():
        first, *rest = shlex.split(line)
        if first == "make":
            subprocess.run(["make", "--dry-run", *rest], cwd=ROOT, check=True, capture_output=True)
        elif first == "pip":
            check_requirement(rest[-1])
        elif line not in SETUP:
            raise AssertionError(f"not a setup command, use a `console` block: {line}")


def check_requirement(text: str) -> None:
    """Check that a requirement is this project with existing extras, or IPython."""
    name, extras = re.fullmatch(r"([\w.-]+)(?:\[(.*)\])?", text).groups()
    provided = metadata.metadata("swf-orm").get_all("Provides-Extra")
    unknown = {*(extras.split(",") if extras else ())} - {*provided}
    if unknown or name not in (".", "swf-orm", "ipython"):
        raise AssertionError(f"unknown requirement or extra: {text}")


class Shell:
    """A bash process that runs the commands of a page one by one.

    :param path: Working directory and home directory of the shell.
    :param variables: Environment variables of the shell.
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
        """Run a command and return its output and exit status.

        :param lines: For a background command, the number of output lines to wait for; 0 to wait
            for the end of the command.
        """
        end = f"status=$?; printf '%s %d\\n' '{END}' $status; (exit $status)"
        self._process.stdin.write(f"{command}\n" if lines else f"{command}\n{end}\n")
        self._process.stdin.flush()
        output: list[str] = []
        for line in self._process.stdout:
            text, marker, status = line.rpartition(END)
            output.append(text if marker else line)
            if marker or len(output) == lines:
                return "".join(output), int(status) if marker else 0
        raise AssertionError(f"the shell ended after: {command}\n{''.join(output)}")

    def close(self) -> None:
        """Kill the shell and its background processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def run_console(example: Example) -> None:
    """Run a `console` block."""
    shell = page_shell(example.namespace)
    for command, expected in commands(example.parsed):
        check_command(shell, command, expected)


def check_command(shell: Shell, command: str, expected: str) -> None:
    """Run a command and compare its output with the expected one."""
    is_background = command.endswith("&")
    command, expected = (text.replace(PORT, shell.port) for text in (command, expected))
    output, status = shell.run(command, expected.count("\n") if is_background else 0)
    if not doctest.OutputChecker().check_output(expected, output, doctest.ELLIPSIS):
        raise AssertionError(f"$ {command}\nexpected:\n{expected}\noutput:\n{output}")
    if status and not expected:
        raise AssertionError(f"$ {command}\nexit {status}")


def commands(session: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a session with its expected output."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def free_port() -> str:
    """Return an unused TCP port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def page_shell(namespace: dict[str, object]) -> Shell:
    """Return the shell of a page, started on first use in a temporary directory."""
    if "_shell" not in namespace:
        namespace["_directory"] = directory = tempfile.TemporaryDirectory()
        (Path(directory.name) / "examples").symlink_to(ROOT / "examples")
        namespace["_shell"] = Shell(Path(directory.name), environment())
    return namespace["_shell"]


def write_file(example: Example) -> None:
    """Write a block to the file that its first line names."""
    name = FILE.match(example.parsed)[1]
    target = page_shell(example.namespace).path / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(example.parsed)


class FileParser(CodeBlockParser):
    """Finds blocks that are files."""

    def __call__(self, document: Document) -> Iterable[Region]:
        return (region for region in super().__call__(document) if FILE.match(region.parsed))


class ProgramParser(PythonCodeBlockParser):
    """Finds Python blocks that are not files."""

    def __call__(self, document: Document) -> Iterable[Region]:
        return (
            region
            for region in super().__call__(document)
            if not (isinstance(region.parsed, str) and FILE.match(region.parsed))
        )


class UnsupportedBlockParser:
    """Finds blocks that no other parser accepts; they fail."""

    lexer = RawFencedCodeBlockLexer(re.compile(r"(?P<language>[^\n]*)$\n", re.MULTILINE))

    def __call__(self, document: Document) -> Iterable[Region]:
        for region in self.lexer(document):
            language, source = region.lexemes["language"], region.lexemes["source"]
            if not is_supported(language, source):
                region.parsed, region.evaluator = language, fail_block
                yield region


def is_supported(language: str, source: str) -> bool:
    """Return whether a block is run, or contains nothing to run."""
    if language.partition(" ")[0] in DISPLAY_LANGUAGES:
        return not re.search(r"^(\$|>>>) ", source, re.MULTILINE)
    return language in RUN_LANGUAGES or (language in FILE_LANGUAGES and bool(FILE.match(source)))


def fail_block(example: Example) -> None:
    """Fail a block with an unsupported language."""
    raise AssertionError(f"unsupported code block: {example.parsed or 'no language'}")


def begin_page(_namespace: dict[str, object]) -> None:
    """Remove settings before the first block of a page."""
    settings.clear()


def end_page(namespace: dict[str, object]) -> None:
    """Stop the shell and the services of a page after its last block."""
    if "_shell" in namespace:
        namespace["_shell"].close()
        namespace["_directory"].cleanup()
    for value in namespace.values():
        if isinstance(value, LocalSWF):
            value.close()
    settings.clear()


def pytest_configure() -> None:
    """Let tests interrupt processes even if this one was started in the background of a shell."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    """End the server of this test process, if it was started."""
    if prefork_server.cache_info().currsize:
        prefork_server().close()


def pytest_collection_modifyitems(items: list[object]) -> None:
    """Run the blocks of a page in order, even if tests run in random order."""
    items.sort(
        key=lambda item: (
            (str(item.path), item.example.line) if isinstance(item, SybilItem) else ("~", 0)
        )
    )


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collections, which would visit them each time."""
    gc.collect()
    gc.freeze()


pytest_collect_file = Sybil(
    parsers=[
        ProgramParser(),
        *(FileParser(language, write_file) for language in FILE_LANGUAGES),
        CodeBlockParser("sh", check_setup),
        CodeBlockParser("console", run_console),
        UnsupportedBlockParser(),
    ],
    patterns=["*.md"],
    setup=begin_page,
    teardown=end_page,
).pytest()
