"""`swf why`."""

from __future__ import annotations

import json

import pytest

from swf.models.decision import fail_workflow_execution


def test_why_names_the_task_list_without_poller(swf, packing):
    output = swf("why", "o-1").out

    assert "Activity 'p-1' (pack) has waited on task list 'packing'" in output
    assert "Task list 'packing' has no poller, or all of its pollers are busy: 1 act" in output


def test_why_as_json(swf, packing):
    output = json.loads(swf("why", "o-1", "-o", "json").out)

    assert output["status"] == "OPEN"
    assert output["task_lists"] == ["packing"]
    assert output["next_deadline"]["kind"] == "START_TO_CLOSE"


def test_why_explains_how_an_execution_ended(swf, closed):
    closed(fail_workflow_execution(reason="no stock"))

    assert "It failed after" in swf("why", "o-1").out
    assert "Reason: no stock." in swf("why", "o-1").out


@pytest.mark.parametrize(
    "command", [("why",), ("execution", "timeline"), ("execution", "history")], ids=" ".join
)
def test_reports_escape_control_characters(swf, start, command):
    (one,) = start("one")
    one.signal("sig\x1b[31mnal")
    one.terminate(reason="\x1b[2J\x1b]0;title\x07all is well\u202e")

    done = swf(*command, "one")

    assert r"\x1b[" in done.out
    assert [c for c in done.out if not c.isprintable() and c != "\n"] == []
