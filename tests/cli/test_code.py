"""Commands that name code: flow, workflow, decider, worker, activity, replay, check."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from swf import codecs
from swf.dataflow.registration import start
from swf.models.history import builder

CODE = Path(__file__).parent / "code"


@pytest.fixture(autouse=True)
def _in_the_directory_of_the_code(monkeypatch):
    monkeypatch.chdir(CODE)
    monkeypatch.syspath_prepend(CODE)


def test_a_flow_is_checked_before_it_runs(swf):
    assert swf("flow", "check", "greeting").code == 0
    done = swf("flow", "check", "greeting", "--input", "{}")

    assert done.code == 1
    assert "reads a context key that no earlier step provides: 'who'" in done.out


def test_a_flow_is_drawn(swf):
    assert swf("flow", "graph", "greeting").out.startswith("flowchart TD")
    assert swf("flow", "graph", "greeting", "--as", "svg").out.startswith("<svg")


@pytest.mark.parametrize(("who", "code"), [("world", 0), ("failure", 1)])
def test_a_flow_runs_here_and_its_outcome_is_the_exit_code(swf, tmp_path, who, code):
    page = tmp_path / "page.html"

    done = swf(
        "flow", "run", "greeting", "-i", json.dumps({"who": who}), "-o", "json", "--html", page
    )

    told = json.loads(done.out)
    assert done.code == code
    assert told["close_status"] == ("FAILED" if code else "COMPLETED")
    assert "<svg" in page.read_text()


def test_what_came_of_a_flow_is_told_though_its_page_cannot_be_written(swf, tmp_path):
    done = swf(
        *("flow", "run", "greeting", "-i", '{"who": "world"}', "-o", "json", "-q"),
        *("--html", tmp_path / "nowhere" / "page.html"),
    )

    assert done.code == 3
    assert json.loads(done.out)["close_status"] == "COMPLETED"
    assert "page.html: No such file" in done.err


def test_ctrl_c_ends_a_flow_that_runs_here_whatever_it_is_at(server):
    with subprocess.Popen(
        [sys.executable, "-m", "swf", "flow", "run", "patient", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout.readline() == "at work\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)

    assert (running.returncode, out, err.strip()) == (130, "", "")


def test_a_flow_takes_an_object(swf):
    assert swf("flow", "run", "greeting", "-i", "[1]").code == 2


def test_a_flow_is_started_and_served_by_actors_in_processes(swf, orders):
    started = swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    assert started.code == 0
    execution = orders.executions.get("g-1")

    running = [
        subprocess.Popen(
            [sys.executable, "-m", "swf", role, "start", "greeting", "-l", "WARNING"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for role in ("decider", "worker")
    ]
    closed = execution.wait(timeout=30)
    for each in running:
        each.kill()
        each.communicate()

    assert closed.close_status == "COMPLETED"
    assert closed.history().execution.result == {"greeting": "hello world"}


@pytest.fixture
def stopped(swf, server, orders):
    """A decider that polls, and has heard of a first Ctrl-C."""
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    swf("decider", "start", "greeting", "--one-task")
    with subprocess.Popen(
        [sys.executable, "-m", "swf", "decider", "start", "greeting"],
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        server.wait_until("swf_waiting_polls 1")
        running.send_signal(signal.SIGINT)
        while "SIGINT: stopping" not in running.stderr.readline():
            assert running.poll() is None
        yield running
        running.kill()


def test_ctrl_c_lets_a_decider_finish_what_is_in_hand_and_is_no_failure(stopped, orders):
    execution = orders.executions.get("g-1")
    execution.signal("wake")
    _, told = stopped.communicate(timeout=20)

    assert stopped.returncode == 0, told
    assert execution.history().events[-1].name == "DecisionTaskCompleted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_a_decider_at_once_with_130(stopped, number):
    stopped.send_signal(number)
    stopped.communicate(timeout=20)

    assert stopped.returncode == 130


def test_a_worker_ends_by_itself_after_one_task(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')

    decided = swf("decider", "start", "greeting", "--one-task")
    worked = swf("worker", "start", "greeting", "--one-task")

    assert (decided.code, worked.code) == (0, 0)
    states = [one.state for one in orders.executions.get("g-1").history().activities.values()]
    assert states == ["completed"]


@pytest.mark.parametrize(
    ("given", "result"), [("41", 42), ("[1, 2]", 3), ('{"args": [1], "kwargs": {"y": 5}}', 6)]
)
def test_a_workflow_runs_locally_with_the_input_as_its_arguments(swf, given, result):
    done = swf("workflow", "start", "sums:Sum", "--local", "-i", given, "-o", "json")

    assert json.loads(done.out) == {"result": result}


def test_a_workflow_runs_standalone(swf, orders):
    done = swf("workflow", "standalone", "sums:Sum", "-i", "[20, 22]", "-o", "json")

    assert json.loads(done.out) == {"result": 42}


def test_a_local_execution_is_started_as_the_options_say(swf):
    given = ("--id", "s-1", "--tags", "a,b")

    done = swf("workflow", "start", "sums:Told", "--local", *given, "-o", "json")

    assert json.loads(done.out)["result"] == ["s-1", ["a", "b"]]


def test_a_standalone_execution_is_started_as_the_options_say(swf, orders):
    done = swf(
        *("workflow", "standalone", "sums:Sum", "-i", "1", "--id", "s-1", "--tags", "a,b"),
        *("--tag", "c", "--execution-timeout", "60", "--decision-tasks-timeout", "30"),
    )

    one = orders.executions.get("s-1")
    assert done.code == 0
    assert sorted(one.tag_list) == ["a", "b", "c"]
    assert (one.execution_timeout, one.decision_tasks_timeout) == (60, 30)


@pytest.mark.parametrize("way", [("start", "--local"), ("standalone",)], ids=" ".join)
def test_middleware_runs_around_the_activities(swf, orders, way):
    done = swf("workflow", *way, "sums:Sum", "-i", "1", "--middleware", "sums:Loud")

    assert (done.code, done.err) == (0, "before add\nafter add: 2\n")


def test_middleware_runs_where_the_activities_do(swf, orders):
    started = swf("workflow", "start", "sums:Sum", "-i", "1", "--middleware", "sums:Loud")
    flow = swf("worker", "start", "greeting", "--middleware", "sums:Loud")

    assert (started.code, flow.code) == (2, 2)


def test_a_workflow_that_fails_fails_the_command(swf, orders):
    done = swf("workflow", "standalone", "sums:Broken")

    assert done.code == 1
    assert "it never works" in done.err


def test_a_started_workflow_says_where_it_is(swf, orders):
    done = swf("workflow", "start", "sums:Sum", "-i", "1", "--id", "s-1", "--tags", "a,b")

    assert done.code == 0
    execution = orders.executions.get("s-1")
    assert execution.tag_list == ["a", "b"]
    assert execution.task_list == "sums"


def test_a_recorded_history_replays_against_the_code_that_made_it(swf, process, orders, tmp_path):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    for role in ("decider", "worker", "decider"):
        swf(role, "start", "greeting", "--one-task")
    file = tmp_path / "history.json"
    file.write_text(swf("execution", "history", "g-1", "--raw").out)

    assert swf("replay", file, "--code", "greeting").code == 0
    assert process("replay", "-", "--code", "greeting", given=file.read_text()).code == 0
    changed = swf("replay", file, "--code", "greeting_changed")
    assert changed.code == 1
    assert "greeting_goodbye" in changed.out


@pytest.mark.parametrize("is_bare", [False, True])
@pytest.mark.parametrize(
    "written", [float, lambda at: datetime.fromtimestamp(at, timezone.utc).isoformat()]
)
def test_a_history_of_a_flow_replays_as_the_tools_of_aws_write_it(
    swf, orders, tmp_path, written, is_bare
):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    for role in ("decider", "worker", "decider"):
        swf(role, "start", "greeting", "--one-task")
    events = json.loads(swf("execution", "history", "g-1", "--raw").out)["events"]
    events = [{**event, "eventTimestamp": written(event["eventTimestamp"])} for event in events]
    file = tmp_path / "history.json"
    file.write_text(json.dumps(events if is_bare else {"events": events}))

    assert swf("replay", file, "--code", "greeting").code == 0
    assert swf("replay", file, "--code", "greeting_changed").code == 1
    assert swf("check", file).code == 0


def test_a_history_that_cannot_be_fails_the_check(swf, tmp_path):
    file = tmp_path / "history.json"
    event = {"eventId": 1, "eventTimestamp": 1, "eventType": "DecisionTaskScheduled"}
    file.write_text(json.dumps([{**event, "decisionTaskScheduledEventAttributes": {}}]))

    done = swf("check", file)

    assert done.code == 1
    assert done.err == "1 problem\n"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("sums", "sums is not a flow, workflow, Decider or function; it has add, Sum"),
        ("sums:Sum.name", "is not a flow, workflow, Decider or function"),
    ],
)
def test_code_that_decides_nothing_replays_nothing(swf, tmp_path, code, told):
    file = tmp_path / "history.json"
    file.write_text(builder.started("sum").to_json())

    done = swf("replay", file, "--code", code)

    assert done.code == 2
    assert told in done.err


def test_a_history_replays_against_a_workflow_class(swf, orders, tmp_path):
    swf("workflow", "standalone", "sums:Sum", "-i", "[1, 2]", "--id", "s-1")
    file = tmp_path / "history.json"
    file.write_text(swf("execution", "history", "s-1", "--raw").out)

    same = swf("replay", file, "--code", "sums:Sum")
    changed = swf("replay", file, "--code", "sums:Again", "-o", "json")
    failing = swf("replay", file, "--code", "sums:Broken")

    assert (same.code, same.err) == (0, "1 of 1 histories replay as recorded\n")
    assert changed.code == 1
    assert "sums.add-2" in json.loads(changed.out)[0]["difference"]
    assert failing.code == 1
    assert failing.out.startswith(f"{file}: the code raises TypeError\n  Broken.run()")


@pytest.mark.parametrize("code", ["deciding:decide", "deciding:Deciding"])
@pytest.mark.parametrize(("reason", "exit_code"), [(None, 0), ("late", 1)])
def test_a_history_replays_against_a_plain_decider(swf, tmp_path, code, reason, exit_code):
    history = builder.started("sum").decision_task_started().decision_task_completed()
    history = history.completed("done") if reason is None else history.failed(reason)
    file = tmp_path / "history.json"
    file.write_text(history.to_json())

    done = swf("replay", file, "--code", code, "-o", "json")

    assert done.code == exit_code
    assert [row["file"] for row in json.loads(done.out)] == [str(file)] * exit_code


@pytest.mark.parametrize("command", [("check",), ("replay", "--code", "deciding:decide")])
@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("none.json", None, 3, "No such file"),
        ("bad.json", "{", 1, "not JSON"),
        ("empty.json", '{"events": []}', 1, "the history has no events"),
    ],
)
def test_a_file_that_holds_no_history_is_named(swf, tmp_path, command, name, content, code, told):
    if content is not None:
        (tmp_path / name).write_text(content)

    done = swf(*command, tmp_path / name)

    assert done.code == code
    assert f"swf: {tmp_path / name}: {told}" in done.err


def test_what_differs_is_redacted_too(swf, orders, tmp_path):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    swf("decider", "start", "greeting", "--one-task")
    file = tmp_path / "history.json"
    file.write_text(swf("execution", "history", "g-1", "--raw").out)

    plain, redacted = (
        swf("replay", file, "--code", "greeting_changed", *more).out for more in ((), ("--redact",))
    )

    assert "world" in plain
    assert "differs in activityId" in redacted
    assert "world" not in redacted


@pytest.mark.parametrize(
    ("command", "given", "quoted", "told"),
    [
        ("flow run greeting", '{"who": "failure"}', "greets nobody", "failed (ValueError)"),
        ("workflow standalone sums:Broken -d orders", "[]", "it never works", "swf: FAILED"),
    ],
)
def test_what_fails_is_redacted_on_standard_error_too(
    process, orders, command, given, quoted, told
):
    plain, redacted = (
        process(*command.split(), "--input", given, *more) for more in ((), ("--redact",))
    )

    assert plain.code == redacted.code == 1
    assert quoted in plain.err
    assert quoted not in redacted.out + redacted.err
    assert told in redacted.err


def test_an_error_of_code_is_told_by_its_class_with_redact(process, orders, swf):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "failure"}')
    swf("decider", "start", "greeting", "--one-task")
    words = ("activity", "rerun", "g-1", "greeting_hello-1", "--code", "greeting", "--redact")

    assert process(*words).err == "swf: ValueError\n"
    assert "ValueError: greets nobody" not in process(*words, "--debug").err


def test_the_page_of_a_flow_is_redacted_too(swf, tmp_path):
    page = tmp_path / "page.html"

    swf("flow", "run", "greeting", "-i", '{"who": "failure"}', "-q", "--redact", "--html", page)

    assert "greets nobody" not in page.read_text()
    assert "redacted" in page.read_text()


def test_an_activity_of_the_past_is_found_by_its_event_too(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    swf("decider", "start", "greeting", "--one-task")

    found = swf("activity", "rerun", "g-1", "--scheduled-id", "5", "--code", "greeting")
    missed = swf("activity", "rerun", "g-1", "--scheduled-id", "6", "--code", "greeting")
    vague = swf("activity", "rerun", "g-1", "--code", "greeting")

    assert (found.code, missed.code, vague.code) == (0, 3, 2)
    assert "there are greeting_hello-1 (5)" in missed.err


def test_an_activity_of_the_past_runs_again_here(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    swf("decider", "start", "greeting", "--one-task")
    arguments = ("activity", "rerun", "g-1", "greeting_hello-1", "--code", "greeting", "-o", "json")

    assert json.loads(swf(*arguments).out) == {"result": {"greeting": "hello world"}}
    again = swf(*arguments, "-i", '{"who": "again"}')
    assert json.loads(again.out) == {"result": {"greeting": "hello again"}}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere", "no module 'nowhere'"),
        ("sums:Some", "sums has no 'Some'; it has add, Sum, Broken"),
        ("json", "is not a flow"),
        ("./greeting", "'./greeting' is not MODULE or MODULE:NAME"),
        (":flow", "':flow' is not MODULE or MODULE:NAME"),
    ],
)
def test_code_that_is_not_there_is_named_with_what_there_is(swf, name, told):
    done = swf("flow", "check", name)

    assert done.code == 2
    assert told in done.err


def test_a_closed_flow_is_run_again_from_a_step(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    for role in ("decider", "worker", "decider"):
        swf(role, "start", "greeting", "--one-task")

    plan = swf("execution", "rerun", "g-1", "--code", "greeting", "--dry-run")
    again = swf("execution", "rerun", "g-1", "--code", "greeting", "--from", "hello")

    assert "keeps 1 instances" in plan.err
    assert again.code == 0
    assert orders.executions.get("g-1").status == "OPEN"


def test_what_would_be_started_is_told_and_not_started(swf, orders):
    flow = swf("flow", "start", "greeting", "--id", "g-1", "--dry-run")
    workflow = swf("workflow", "start", "sums:Sum", "--id", "s-1", "--dry-run")

    assert (flow.err, workflow.err) == (
        "would start g-1 of greeting\n",
        "would start s-1 of Sum\n",
    )
    assert orders.executions.count() == 0


def test_problems_of_a_flow_are_data_too(swf):
    done = swf("flow", "check", "greeting", "--input", "{}", "-o", "json")

    assert [row["step"] for row in json.loads(done.out)] == ["greeting_hello"]


def test_what_no_history_can_contain_is_data_too(swf, tmp_path):
    file = tmp_path / "history.json"
    event = {"eventId": 1, "eventTimestamp": 1, "eventType": "DecisionTaskScheduled"}
    file.write_text(json.dumps([{**event, "decisionTaskScheduledEventAttributes": {}}]))

    [problem] = json.loads(swf("check", file, "-o", "json").out)

    assert (problem["rule"], problem["events"]) == ("first", [1])


def test_programs_are_downloaded_as_for_an_activity(swf, tmp_path, monkeypatch):
    monkeypatch.setenv("SWF_BINARIES", str(tmp_path / "kept"))
    (tmp_path / "tool").write_text("#!/bin/sh\n")

    [found] = json.loads(swf("binaries", "download", f"tool={tmp_path / 'tool'}", "-o", "json").out)

    assert found["name"] == "tool"
    assert Path(found["path"]).read_text() == "#!/bin/sh\n"


def test_payloads_are_written_and_read_as_a_codec_of_the_user_does(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_CODEC", "packed:codec")
    given = ("-i", '["x"]', "--timeout", 20)
    told = swf("workflow", "standalone", "packed", "--id", "p-1", *given, "-o", "json")
    shown = swf("execution", "show", "p-1", "-o", "json")
    monkeypatch.delenv("SWF_CODEC")

    assert json.loads(told.out)["result"] == {"packed": "x" * 1000}
    assert json.loads(shown.out)["result"] == {"packed": "x" * 1000}
    assert "swf+zlib:" in swf("execution", "show", "p-1").out


@pytest.mark.parametrize("codec", ["json:dumps", "swf.codecs:Compressed"])
def test_what_is_no_codec_is_told_to_be_none(swf, start, codec):
    start("one")

    done = swf("execution", "show", "one", "--codec", codec)

    assert (done.code, done.out) == (2, "")
    assert f"--codec: {codec} is not a codec" in done.err


def test_a_worker_of_the_user_reads_and_writes_with_the_codec(swf, orders):
    coded = ("--codec", "packed:codec")
    swf("workflow", "start", "packed", "--id", "p-1", "-i", json.dumps(["y" * 50]), *coded)
    swf("decider", "start", "packed", "--one-task", *coded)

    swf("worker", "start", "working:Measuring", "-t", "packing", "--one-task", *coded)

    activity = orders.executions.get("p-1").history().activities["packed.repeat-1"]
    assert activity.text("result").startswith("swf+zlib:")
    assert codecs.Compressed().decode(activity.text("result")) == {"length": 50}


def test_a_payload_that_the_codec_cannot_read_is_shown_as_it_is(swf, orders):
    given = ("-i", '["x"]', "--timeout", 20, "--codec", "packed:codec")
    swf("workflow", "standalone", "packed", "--id", "p-1", *given)

    shown = swf("execution", "history", "p-1", "-o", "json", "--codec", "swf.codecs:TYPED_JSON")

    assert shown.code == 0
    assert "swf+zlib:" in shown.out
    assert shown.err.count("shown as it is: payload='swf+zlib:': was written by a codec") == 1


def test_the_events_alone_of_a_flow_replay_by_its_codec(swf, orders, tmp_path):
    swf("flow", "start", "greeting_packed", "--id", "g-1", "-i", json.dumps({"who": "w" * 50}))
    swf("decider", "start", "greeting_packed", "--one-task")
    file = tmp_path / "history.json"
    events = orders.executions.get("g-1").history().to_json()
    file.write_text(events)

    done = swf("replay", file, "--code", "greeting_packed")

    assert (done.code, done.out) == (0, "")


def test_a_history_replays_by_the_codec_that_wrote_it(swf, orders, tmp_path):
    coded, given = ("--codec", "packed:codec"), ("-i", '["x"]', "--timeout", 20)
    swf("workflow", "standalone", "packed", "--id", "p-1", *given, *coded)
    file = tmp_path / "history.json"
    file.write_text(swf("execution", "history", "p-1", "--raw").out)

    assert swf("replay", file, "--code", "packed", *coded).code == 0
    assert swf("replay", file, "--code", "packed").code == 1


@pytest.mark.parametrize(
    "command",
    [
        ("execution", "rerun", "s-1", "--code", "sums:Sum"),
        ("workflow", "repair", "sums:Sum", "s-1"),
    ],
    ids=["rerun", "repair"],
)
def test_what_forces_and_is_no_regular_expression_is_an_error_of_usage(swf, orders, command):
    swf("workflow", "start", "sums:Sum", "--id", "s-1", "-i", "1")
    swf("execution", "terminate", "s-1", "--yes")

    done = swf(*command, "--force-activities", "(")

    assert done.code == 2
    assert "force_activities='(': must be a regular expression" in done.err


def test_an_activity_of_the_past_is_given_what_the_codec_wrote(swf, orders):
    coded = ("--codec", "packed:codec")
    swf("workflow", "start", "packed", "--id", "p-1", "-i", json.dumps(["y" * 50]), *coded)
    swf("decider", "start", "packed", "--one-task", *coded)
    again = ("activity", "rerun", "p-1", "packed.repeat-1", "--code", "packed", "-o", "json")

    assert json.loads(swf(*again, *coded).out) == {"result": "y" * 50_000}


def test_an_activity_of_the_past_is_given_what_the_codec_of_its_flow_wrote(swf, orders):
    given = json.dumps({"who": "w" * 50})
    swf("flow", "start", "greeting_packed", "--id", "g-1", "-i", given)
    swf("decider", "start", "greeting_packed", "--one-task")
    again = ("activity", "rerun", "g-1", "greeting_hello-1", "--code", "greeting_packed")

    assert f"hello {'w' * 50}" in swf(*again, "-o", "json").out


def test_an_activity_of_the_past_is_given_arguments_of_the_types_that_they_had(swf, orders):
    start(import_module("sums").Sum, [Decimal("1.5")], domain=orders, workflow_id="s-1")
    swf("decider", "start", "sums:Sum", "--one-task")

    done = swf("activity", "rerun", "s-1", "sums.add-1", "--code", "sums", "-o", "json")

    assert json.loads(done.out) == {"result": "2.5"}


def test_an_execution_is_run_again_with_the_codec_that_wrote_its_input(swf, orders):
    coded, given = ("--codec", "packed:codec"), json.dumps(["y" * 50])
    swf("workflow", "start", "packed", "--id", "p-1", "-i", given, *coded)
    swf("execution", "terminate", "p-1", "--yes")

    done = swf("execution", "rerun", "p-1", "--code", "packed", *coded)

    text = orders.executions.get("p-1").history().execution.text("input")
    assert done.code == 0
    assert text.startswith("swf+zlib:")
    assert codecs.Compressed().decode(text)["args"] == ["y" * 50]


def test_the_details_of_a_termination_are_written_by_the_codec(swf, orders):
    swf("workflow", "start", "packed", "--id", "p-1", "-i", "1")
    swf("execution", "terminate", "p-1", "--yes", "--details", "d" * 50, "--codec", "packed:codec")

    details = orders.executions.get("p-1").history().last.text("details")

    assert details.startswith("swf+zlib:")
    assert codecs.Compressed().decode(details) == "d" * 50


def test_the_input_of_a_start_or_signal_is_written_by_the_codec(swf, orders):
    swf("workflow", "start", "packed", "--id", "p-1", "-i", json.dumps(["y" * 50]))
    long = json.dumps("z" * 50)
    swf("execution", "signal", "p-1", "--name", "go", "-i", long, "--codec", "packed:codec")

    signaled = orders.executions.get("p-1").history().last

    assert signaled.name == "WorkflowExecutionSignaled"
    assert signaled.text("input").startswith("swf+zlib:")
