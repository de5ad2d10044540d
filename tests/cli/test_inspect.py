"""`swf execution`: history, tasks, profile, timeline and tail."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess

import pytest
import yaml

from swf.models.decision import fail_workflow_execution


def test_history_summarizes_each_event(swf, packing):
    done = swf("execution", "history", "o-1")

    lines = done.out.splitlines()
    assert lines[0].split() == ["id", "timestamp", "event", "summary"]
    assert "ActivityTaskScheduled" in lines[-1]
    assert "p-1 pack 1" in lines[-1]


def test_history_as_json_has_all_attributes(swf, packing):
    events = json.loads(swf("execution", "history", "o-1", "-o", "json").out)

    assert [event["id"] for event in events] == [1, 2, 3, 4, 5]
    assert (events[4]["event"], events[4]["activity_id"]) == ("ActivityTaskScheduled", "p-1")
    assert events[4]["input"] == {"box": 3}
    assert swf(
        "execution", "history", "o-1", "-o", "csv", "--fields", "id,input", "--reverse"
    ).out.splitlines()[:2] == ["id,input", '5,"{""box"": 3}"']


def test_history_fields_may_be_missing_from_the_first_event(swf, packing):
    done = swf("execution", "history", "o-1", "-o", "csv", "--fields", "id,activity_id")
    wrong = swf("execution", "history", "o-1", "--fields", "activty_id")

    assert done.out.splitlines()[-1] == "5,p-1"
    assert wrong.code == 2
    assert "activity_id" in wrong.err


def test_raw_history_is_complete(swf, packing, tmp_path):
    done = swf("execution", "history", "o-1", "--raw")
    file = tmp_path / "history.json"
    file.write_text(done.out)

    assert json.loads(done.out)["events"] == packing.history().raw
    assert swf("check", file).code == 0


def test_tasks_show_the_state_of_open_tasks(swf, packing):
    rows = list(csv.DictReader(io.StringIO(swf("execution", "tasks", "o-1", "-o", "csv").out)))

    assert [(row["task"], row["last_state"]) for row in rows] == [("p-1", "scheduled")]


def test_profile_has_the_documented_columns(swf, closed):
    closed()
    (row,) = json.loads(swf("execution", "profile", "o-1", "-o", "json").out)

    assert list(row) == [
        "task", "last_state", "scheduled", "time_scheduled", "start", "time_running", "end",
        "percentage_of_total_time",
    ]  # fmt: skip
    assert row["last_state"] == "completed"
    assert 0 <= row["percentage_of_total_time"] <= 100


def test_timeline_is_drawn_or_written_to_files(swf, closed, tmp_path):
    closed()
    page, drawing = tmp_path / "page.html", tmp_path / "drawing.svg"

    drawn = swf("execution", "timeline", "o-1")
    written = swf("execution", "timeline", "o-1", "--html", page, "--svg", drawing)

    assert any(line.startswith("pack ") for line in drawn.out.splitlines())
    assert (written.code, written.out) == (0, "")
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert drawing.read_text().startswith("<svg")
    assert swf("execution", "timeline", "o-1", "--svg", "-").out.startswith("<svg")


def test_timeline_as_json_is_the_profile(swf, closed):
    closed()

    [row] = json.loads(swf("execution", "timeline", "o-1", "-o", "json").out)

    assert row == json.loads(swf("execution", "profile", "o-1", "-o", "json").out)[0]
    assert row["task"] == "p-1"


@pytest.mark.parametrize(
    ("how", "code"), [(None, 0), (fail_workflow_execution(reason="no stock"), 1)]
)
def test_tail_exits_with_the_outcome(swf, closed, how, code):
    closed(how)

    done = swf("execution", "tail", "o-1", "-n", "1")

    assert done.code == code
    assert len(done.out.splitlines()) == 1


def test_tail_shows_chosen_fields(swf, closed):
    closed()

    chosen = swf("execution", "tail", "o-1", "-o", "csv", "--fields", "id,activity_id")
    whole = swf("execution", "tail", "o-1", "-n", "1", "-o", "json")

    assert "5,p-1" in chosen.out.splitlines()
    assert json.loads(whole.out)["result"] == "shipped"


@pytest.mark.parametrize(("lines", "expected"), [("0", 0), ("1", 1), ("100", 11)])
def test_tail_lines_bounds_past_events(swf, closed, lines, expected):
    closed()

    done = swf("execution", "tail", "o-1", "-n", lines)

    assert len(done.out.splitlines()) == expected
    assert swf("execution", "tail", "o-1", "-n", "-1").code == 2


def test_tail_as_yaml_is_one_sequence(swf, closed):
    closed()

    events = yaml.safe_load(swf("execution", "tail", "o-1", "-n", "11", "-o", "yaml").out)

    assert events == json.loads(swf("execution", "history", "o-1", "-o", "json").out)


def test_tail_follows_events_until_interrupted(prefork, server, packing):
    with subprocess.Popen(
        [prefork / "swf", "execution", "tail", "o-1", "--interval", "0.05"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        for _ in range(5):
            last = running.stdout.readline()
        packing.signal("paid")
        news = running.stdout.readline()
        os.kill(running.pid, signal.SIGINT)
        _, output = running.communicate(timeout=20)

    assert "ActivityTaskScheduled" in last
    assert "WorkflowExecutionSignaled" in news
    assert (running.returncode, output.strip()) == (130, "")
