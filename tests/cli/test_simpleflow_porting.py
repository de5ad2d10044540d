"""The page on porting from the simpleflow command: every replacement runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "port-from-simpleflow-command.md"


CODE = Path(__file__).parent / "code"


OLD, NEW = "simpleflow ", "swf "


#: The commands of simpleflow 0.36.
ANCESTORS = {
    "activity.rerun", "binaries.download", "decider.start", "info", "standalone", "task.info",
    "worker.start", "workflow.filter", "workflow.history", "workflow.info", "workflow.list",
    "workflow.profile", "workflow.restart", "workflow.start", "workflow.tasks",
    "workflow.terminate",
}  # fmt: skip


def rows():
    """Yield the old and the new command of each row."""
    for line in PAGE.read_text().splitlines():
        old, new = [*re.findall(r"`([^`]*)`", line), "", ""][:2]
        if line.startswith("| `simpleflow ") and new.startswith(NEW):
            yield old.removeprefix(OLD), new.removeprefix(NEW)


@pytest.fixture
def executions(swf, orders, monkeypatch, tmp_path):
    """A closed execution and an open one."""
    monkeypatch.setenv("SWF_BINARIES", str(tmp_path))
    monkeypatch.chdir(CODE)
    monkeypatch.syspath_prepend(CODE)
    for created in (
        swf("workflow", "standalone", "sums:Sum", "-i", "[1, 2]", "--id", "closed-1"),
        swf("workflow", "start", "sums:Sum", "-i", "1", "--id", "open-1"),
    ):
        assert created.code == 0, created.err


def test_every_simpleflow_command_has_a_row():
    words = {word for old, _ in rows() for word in shlex.split(old)}

    assert ANCESTORS - words == set()


def test_every_replacement_runs(swf, executions):
    failed = []
    for _, new in rows():
        actor = ("--one-task",) if new.startswith(("decider", "worker")) else ()
        done = swf(*shlex.split(new), *actor)
        if done.code:
            failed.append((new, done.code, done.err))

    assert failed == []
