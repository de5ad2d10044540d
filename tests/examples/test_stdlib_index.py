"""The example that indexes the standard library runs, reports progress and can be interrupted."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[2] / "examples" / "stdlib_index" / "main.py"


@pytest.fixture(scope="module")
def process(prefork, tmp_path_factory):
    return subprocess.run(
        [prefork / "python", MAIN],
        capture_output=True,
        text=True,
        timeout=50,
        env={"TMPDIR": str(tmp_path_factory.mktemp("pages"))},
    )


def test_example_completes_without_errors(process):
    assert (process.returncode, process.stderr) == (0, "")
    assert "COMPLETED after" in process.stdout
    assert "asyncio" in process.stdout


def test_progress_of_each_activity_is_printed(process):
    lines = re.findall(r"^(\w+)  (\d+)/(\d+)", process.stdout, re.MULTILINE)

    assert [name for name, _, _ in lines] == ["find", "index", "total"]
    assert all(completed == scheduled for _, completed, scheduled in lines)


def test_failed_activity_is_retried(process):
    assert "email was retried after: OSError: email: the disk did not answer" in process.stdout


def test_timeline_page_has_a_bar_for_each_package(process):
    path = re.search(r"^Timeline: (.*)$", process.stdout, re.MULTILINE)
    page = Path(path[1]).read_text()

    packages = int(re.search(r"^packages +(\d+)$", process.stdout, re.MULTILINE)[1])
    assert len(set(re.findall("stdlib_index_index-[0-9a-f]{40}", page))) == packages


def test_interrupt_ends_the_example_without_a_traceback(prefork):
    program = subprocess.Popen(
        [prefork / "python", MAIN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout.readline().startswith("stdlib_index")
    program.send_signal(signal.SIGINT)
    _, stderr = program.communicate(timeout=50)

    assert (program.returncode, stderr) == (130, "")
