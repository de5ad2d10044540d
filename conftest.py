"""Run the code blocks of README and docs as tests.

Python blocks run top to bottom in one namespace per page, on a local service with a clock that
jumps over waiting. Shell blocks are run too, but for `make`, whose targets are only checked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sybil import Example, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from swf import settings
from swf.local import LocalSWF, SkippingClock

ROOT = Path(__file__).parent


def run_shell(example: Example) -> None:
    for line in example.parsed.splitlines():
        command = f"{line} --dry-run" if line.startswith("make ") else line
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise AssertionError(f"{line}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def start_service(namespace: dict[str, object]) -> None:
    settings.clear()
    service = namespace["_service"] = LocalSWF(clock=SkippingClock())
    service.install()


def stop_service(namespace: dict[str, object]) -> None:
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
    parsers=[PythonCodeBlockParser(), CodeBlockParser("sh", run_shell), SkipParser()],
    patterns=["*.md"],
    setup=start_service,
    teardown=stop_service,
).pytest()
