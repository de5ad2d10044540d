"""What happened, and what happens: history, tasks, profile, timeline, tail, why, task info."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys

import pytest
import yaml

import swf as library
from swf.models.decision import (
    complete_workflow_execution,
    fail_workflow_execution,
    schedule_activity_task,
)

PACK = {
    "task_list": "packing",
    "heartbeat_timeout": "NONE",
    "schedule_to_close_timeout": "NONE",
    "schedule_to_start_timeout": "NONE",
    "start_to_close_timeout": "600",
}


@pytest.fixture
def packing(orders, start):
    """An execution whose activity waits for a worker."""
    library.ActivityType(orders, "pack", "1").save()
    (execution,) = start("o-1", input={"sku": "A1"})
    decider = library.actors.Decider(orders, "shipping")
    decision = schedule_activity_task("p-1", ("pack", "1"), input={"box": 3}, **PACK)
    decider.complete(decider.poll().token, [decision])
    return execution


@pytest.fixture
def closed(orders, packing):
    """Close it; `how` is the closing decision."""

    def close(how=None):
        worker = library.actors.ActivityWorker(orders, "packing")
        worker.complete(worker.poll().token, {"packed": True})
        decider = library.actors.Decider(orders, "shipping")
        decider.complete(decider.poll().token, [how or complete_workflow_execution("shipped")])

    return close


def test_a_history_tells_each_event_with_what_it_is_about(swf, packing):
    done = swf("execution", "history", "o-1")

    lines = done.out.splitlines()
    assert lines[0].split() == ["id", "timestamp", "event", "summary"]
    assert "ActivityTaskScheduled" in lines[-1]
    assert "p-1 pack 1" in lines[-1]


def test_a_history_as_json_tells_all_attributes(swf, packing):
    events = json.loads(swf("execution", "history", "o-1", "-o", "json").out)

    assert [event["id"] for event in events] == [1, 2, 3, 4, 5]
    assert (events[4]["event"], events[4]["activity_id"]) == ("ActivityTaskScheduled", "p-1")
    assert events[4]["input"] == {"box": 3}
    assert swf(
        "execution", "history", "o-1", "-o", "csv", "--fields", "id,input", "--reverse"
    ).out.splitlines()[:2] == ["id,input", '5,"{""box"": 3}"']


def test_an_attribute_may_be_asked_for_that_the_first_event_has_not(swf, packing):
    done = swf("execution", "history", "o-1", "-o", "csv", "--fields", "id,activity_id")
    wrong = swf("execution", "history", "o-1", "--fields", "activty_id")

    assert done.out.splitlines()[-1] == "5,p-1"
    assert wrong.code == 2
    assert "activity_id" in wrong.err


def test_a_raw_history_is_complete_and_can_be_checked(swf, packing, tmp_path):
    done = swf("execution", "history", "o-1", "--raw")
    file = tmp_path / "history.json"
    file.write_text(done.out)

    assert json.loads(done.out)["events"] == packing.history().raw
    assert swf("check", file).code == 0


def test_a_history_may_come_on_standard_input(process, packing):
    raw = process("execution", "history", "o-1", "--raw").out

    assert process("check", "-", given=raw).code == 0
    assert process("check", "-", given="").err.startswith("swf: -: ")


def test_payloads_can_be_redacted_wherever_they_stand(swf, packing):
    for arguments in (["--raw"], ["-o", "jsonl", "--fields", "id,input"]):
        done = swf("execution", "history", "o-1", "--redact", *arguments)
        assert "A1" not in done.out
        assert "<redacted" in done.out


def test_tasks_tell_the_last_state_of_what_is_open_too(swf, packing):
    rows = list(csv.DictReader(io.StringIO(swf("execution", "tasks", "o-1", "-o", "csv").out)))

    assert [(row["task"], row["last_state"]) for row in rows] == [("p-1", "scheduled")]


def test_a_profile_has_the_documented_columns(swf, closed):
    closed()
    (row,) = json.loads(swf("execution", "profile", "o-1", "-o", "json").out)

    assert list(row) == [
        "task", "last_state", "scheduled", "time_scheduled", "start", "time_running", "end",
        "percentage_of_total_time",
    ]  # fmt: skip
    assert row["last_state"] == "completed"
    assert 0 <= row["percentage_of_total_time"] <= 100


def test_a_timeline_is_drawn_here_or_written_to_files(swf, closed, tmp_path):
    closed()
    page, drawing = tmp_path / "page.html", tmp_path / "drawing.svg"

    drawn = swf("execution", "timeline", "o-1")
    written = swf("execution", "timeline", "o-1", "--html", page, "--svg", drawing)

    assert any(line.startswith("pack ") for line in drawn.out.splitlines())
    assert (written.code, written.out) == (0, "")
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert drawing.read_text().startswith("<svg")
    assert swf("execution", "timeline", "o-1", "--svg", "-").out.startswith("<svg")


def test_a_timeline_in_a_form_that_draws_nothing_is_the_profile(swf, closed):
    closed()

    [row] = json.loads(swf("execution", "timeline", "o-1", "-o", "json").out)

    assert row == json.loads(swf("execution", "profile", "o-1", "-o", "json").out)[0]
    assert row["task"] == "p-1"


@pytest.mark.parametrize(
    ("how", "code"), [(None, 0), (fail_workflow_execution(reason="no stock"), 1)]
)
def test_a_tail_ends_with_the_execution_and_tells_how_it_went(swf, closed, how, code):
    closed(how)

    done = swf("execution", "tail", "o-1", "-n", "1")

    assert done.code == code
    assert len(done.out.splitlines()) == 1


def test_a_tail_may_tell_attributes_too(swf, closed):
    closed()

    chosen = swf("execution", "tail", "o-1", "-o", "csv", "--fields", "id,activity_id")
    whole = swf("execution", "tail", "o-1", "-n", "1", "-o", "json")

    assert "5,p-1" in chosen.out.splitlines()
    assert json.loads(whole.out)["result"] == "shipped"


@pytest.mark.parametrize(("lines", "shown"), [("0", 0), ("1", 1), ("100", 11)])
def test_a_tail_begins_with_as_many_events_as_are_asked_for(swf, closed, lines, shown):
    closed()

    done = swf("execution", "tail", "o-1", "-n", lines)

    assert len(done.out.splitlines()) == shown
    assert swf("execution", "tail", "o-1", "-n", "-1").code == 2


def test_a_tail_as_yaml_is_one_sequence(swf, closed):
    closed()

    events = yaml.safe_load(swf("execution", "tail", "o-1", "-n", "11", "-o", "yaml").out)

    assert events == json.loads(swf("execution", "history", "o-1", "-o", "json").out)


def test_a_tail_follows_what_happens_until_it_is_interrupted(server, packing):
    with subprocess.Popen(
        [sys.executable, "-m", "swf", "execution", "tail", "o-1", "--interval", "0.05"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        for _ in range(5):
            last = running.stdout.readline()
        packing.signal("paid")
        news = running.stdout.readline()
        os.kill(running.pid, signal.SIGINT)
        _, told = running.communicate(timeout=20)

    assert "ActivityTaskScheduled" in last
    assert "WorkflowExecutionSignaled" in news
    assert (running.returncode, told.strip()) == (130, "")


def test_why_tells_which_list_has_no_worker_and_how_much_waits_there(swf, packing):
    told = swf("why", "o-1").out

    assert "Activity 'p-1' (pack) has waited on task list 'packing'" in told
    assert "Task list 'packing' has no poller, or all of its pollers are busy: 1 act" in told


def test_why_as_json_tells_its_parts(swf, packing):
    told = json.loads(swf("why", "o-1", "-o", "json").out)

    assert told["status"] == "OPEN"
    assert told["task_lists"] == ["packing"]
    assert told["next_deadline"]["kind"] == "START_TO_CLOSE"


def test_why_tells_how_a_closed_one_ended(swf, closed):
    closed(fail_workflow_execution(reason="no stock"))

    assert "It failed after" in swf("why", "o-1").out
    assert "Reason: no stock." in swf("why", "o-1").out


def test_task_info_tells_input_and_result(swf, closed):
    closed()
    told = json.loads(swf("task", "info", "o-1", "p-1", "-o", "json").out)

    assert (told["input"], told["result"]) == ({"box": 3}, {"packed": True})


def test_a_task_that_is_not_there_is_not_found_and_the_others_are_named(swf, packing):
    done = swf("task", "info", "o-1", "p-2")

    assert done.code == 3
    assert "there are p-1" in done.err
