"""`swf check` and `swf replay`."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from swf.models.history import builder

pytestmark = pytest.mark.usefixtures("code_directory")


def test_replay_finds_a_changed_decision(swf, process, orders, tmp_path):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    for role in ("decider", "worker", "decider"):
        swf(role, "start", "greeting", "--one-task")
    file = tmp_path / "history.json"
    file.write_text(swf("execution", "history", "g-1", "--raw").out)

    assert swf("replay", file, "--code", "greeting").code == 0
    assert process("replay", "-", "--code", "greeting", stdin=file.read_text()).code == 0
    changed = swf("replay", file, "--code", "greeting_changed")
    assert changed.code == 1
    assert "greeting_goodbye" in changed.out


def test_replay_reads_executions_of_the_service_and_of_an_archive(swf, orders, tmp_path):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    for role in ("decider", "worker", "decider"):
        swf(role, "start", "greeting", "--one-task")
    swf("archive", "update", tmp_path)

    for options in ((), ("--archive", tmp_path)):
        assert swf("replay", "g-1", "--code", "greeting", *options).code == 0
        changed = swf("replay", "g-1", "--code", "greeting_changed", *options)
        assert changed.code == 1
        assert changed.out.startswith("g-1: ")


def test_replay_reads_the_executions_that_match_filters(swf, orders):
    for number in (1, 2):
        swf("flow", "start", "greeting", "--id", f"g-{number}", "-i", '{"who": "world"}')
        for role in ("decider", "worker", "decider"):
            swf(role, "start", "greeting", "--one-task")
    filters = ("replay", "--code", "greeting", "--close-status", "COMPLETED")

    assert swf(*filters).err == "2 of 2 histories replay as recorded\n"
    assert swf(*filters, "--limit", "1").err == "1 of 1 histories replay as recorded\n"
    assert swf("replay", "--code", "greeting_changed", "--id", "g-1").out.startswith("g-1: ")
    assert swf(*filters, "--id", "nobody").code == 3
    assert swf("replay", "g-1", "--code", "greeting", "--id", "g-1").code == 2
    assert swf("replay", "--code", "greeting").code == 2


@pytest.mark.parametrize("is_bare", [False, True])
@pytest.mark.parametrize(
    "written", [float, lambda at: datetime.fromtimestamp(at, timezone.utc).isoformat()]
)
def test_replay_reads_histories_of_aws_tools(swf, orders, tmp_path, written, is_bare):
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


def test_check_fails_for_an_impossible_history(swf, tmp_path):
    file = tmp_path / "history.json"
    event = {"eventId": 1, "eventTimestamp": 1, "eventType": "DecisionTaskScheduled"}
    file.write_text(json.dumps([{**event, "decisionTaskScheduledEventAttributes": {}}]))

    done = swf("check", file)

    assert done.code == 1
    assert done.err == "1 problem\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("sums", "sums is not a flow, workflow, Decider or function; it has add, Sum"),
        ("sums:Sum.name", "is not a flow, workflow, Decider or function"),
    ],
)
def test_replay_refuses_code_without_decisions(swf, tmp_path, code, message):
    file = tmp_path / "history.json"
    file.write_text(builder.started("sum").to_json())

    done = swf("replay", file, "--code", code)

    assert done.code == 2
    assert message in done.err


def test_replay_against_a_workflow_class(swf, orders, tmp_path):
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
def test_replay_against_a_decider_or_function(swf, tmp_path, code, reason, exit_code):
    history = builder.started("sum").decision_task_started().decision_task_completed()
    history = history.completed("done") if reason is None else history.failed(reason)
    file = tmp_path / "history.json"
    file.write_text(history.to_json())

    done = swf("replay", file, "--code", code, "-o", "json")

    assert done.code == exit_code
    assert [row["file"] for row in json.loads(done.out)] == [str(file)] * exit_code


def test_redact_hides_values_of_a_difference(swf, orders, tmp_path):
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


def test_violations_as_json(swf, tmp_path):
    file = tmp_path / "history.json"
    event = {"eventId": 1, "eventTimestamp": 1, "eventType": "DecisionTaskScheduled"}
    file.write_text(json.dumps([{**event, "decisionTaskScheduledEventAttributes": {}}]))

    [problem] = json.loads(swf("check", file, "-o", "json").out)

    assert (problem["rule"], problem["events"]) == ("first", [1])


def test_replay_of_bare_events_uses_the_codec_of_the_flow(swf, orders, tmp_path):
    swf("flow", "start", "greeting_packed", "--id", "g-1", "-i", json.dumps({"who": "w" * 50}))
    swf("decider", "start", "greeting_packed", "--one-task")
    file = tmp_path / "history.json"
    events = orders.executions.get("g-1").history().to_json()
    file.write_text(events)

    done = swf("replay", file, "--code", "greeting_packed")

    assert (done.code, done.out) == (0, "")


def test_replay_uses_the_codec_option(swf, orders, tmp_path):
    coded, options = ("--codec", "packed:codec"), ("-i", '["x"]', "--timeout", 20)
    swf("workflow", "standalone", "packed", "--id", "p-1", *options, *coded)
    file = tmp_path / "history.json"
    file.write_text(swf("execution", "history", "p-1", "--raw").out)

    assert swf("replay", file, "--code", "packed", *coded).code == 0
    assert swf("replay", file, "--code", "packed").code == 1
