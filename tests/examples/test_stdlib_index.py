from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[2] / "examples" / "stdlib_index" / "main.py"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return subprocess.run(
        [sys.executable, MAIN],
        capture_output=True,
        text=True,
        timeout=50,
        env={"TMPDIR": str(tmp_path_factory.mktemp("pages"))},
    )


def test_the_standard_library_is_indexed_and_the_program_ends_by_itself(done):
    assert (done.returncode, done.stderr) == (0, "")
    assert "COMPLETED after" in done.stdout
    assert "asyncio" in done.stdout


def test_the_progress_of_each_activity_is_shown(done):
    lines = [line.split()[0] for line in done.stdout.splitlines() if "█" in line]

    assert lines == ["find", "index", "total"]


def test_what_failed_was_tried_again(done):
    assert "email was tried again after: OSError: email: the disk did not answer" in done.stdout


def test_the_timeline_is_a_page_with_a_bar_for_each_package(done):
    path = re.search(r"^Timeline: (.*)$", done.stdout, re.MULTILINE)
    page = Path(path[1]).read_text()

    packages = int(re.search(r"^packages +(\d+)$", done.stdout, re.MULTILINE)[1])
    assert len(set(re.findall("stdlib_index_index-[0-9a-f]{40}", page))) == packages


def test_an_interrupt_ends_it_without_a_traceback():
    running = subprocess.Popen(
        [sys.executable, "-u", MAIN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout.readline().startswith("stdlib_index")
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=50)

    assert (running.returncode, told) == (130, "")
