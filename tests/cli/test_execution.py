"""`swf execution`: list, count, show, start and wait."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest

from swf import WorkflowExecution, WorkflowType


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def ids(done):
    return sorted(row["workflow_id"] for row in rows(done))


@pytest.fixture
def mixed(orders, start):
    """Two open executions and two closed ones, of two types."""
    WorkflowType(orders, "bill", "2.0", task_list="shipping").save()
    start("open-a", tag_list=["red"])
    WorkflowType(orders, "bill", "2.0").start_execution("open-b", tag_list=["blue"])
    for one in start("closed-a", "closed-b", tag_list=["red"]):
        one.terminate()


HOUR_AGO = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()


FILTERS = {
    "open ones by default": ([], ["open-a", "open-b"]),
    "all": (["--all"], ["closed-a", "closed-b", "open-a", "open-b"]),
    "status": (["--status", "closed"], ["closed-a", "closed-b"]),
    "close status": (["--close-status", "terminated"], ["closed-a", "closed-b"]),
    "another close status": (["-c", "COMPLETED"], []),
    "tag": (["--tag", "red"], ["open-a"]),
    "tag and status": (["--tag", "red", "-s", "closed"], ["closed-a", "closed-b"]),
    "workflow id": (["--workflow-id", "closed-a", "--all"], ["closed-a"]),
    "type": (["--type", "bill"], ["open-b"]),
    "version": (["--type", "bill", "--version", "1.0"], []),
    "type and tag": (["--type", "ship", "--tag", "red"], ["open-a"]),
    "an age": (["--since", "1h"], ["open-a", "open-b"]),
    "days": (["--started-since", "30"], ["open-a", "open-b"]),
    "a time": (["--from", HOUR_AGO], ["open-a", "open-b"]),
    "until": (["--to", HOUR_AGO], []),
    "closed since": (["--closed-since", "15m"], ["closed-a", "closed-b"]),
    "closed until": (["--closed-until", HOUR_AGO], []),
}


@pytest.mark.parametrize(("options", "expected"), FILTERS.values(), ids=FILTERS)
def test_filters_select_executions(swf, mixed, options, expected):
    assert ids(swf("execution", "list", *options, "-o", "json")) == expected


def test_where_selects_executions_by_an_expression(swf, start):
    for number in range(3):
        start(f"order-{number}", input={"n": number}, tag_list=["eu"])[0]
    start("other")[0].terminate(reason="timed out")

    where = ("--where", "tag=eu and input.n>=1")
    assert ids(swf("execution", "list", *where, "-o", "json")) == ["order-1", "order-2"]
    assert json.loads(swf("execution", "count", *where, "-o", "json").out)["count"] == 2
    assert ids(swf("execution", "list", "--where", "reason ~ /TIME/i", "-o", "json")) == ["other"]
    done = swf("execution", "terminate", *where, "--yes", "-o", "json")
    assert ids(done) == ["order-1", "order-2"]


def test_group_by_counts_executions_by_fields(swf, start):
    for number in range(3):
        start(f"order-{number}", input={"customer": {"id": f"c{number % 2}"}})

    options = ("--group-by", "type,input.customer.id")
    done = swf("execution", "list", *options)
    assert done.out.split("\n")[2:4] == [
        "ship  c0                 2",
        "ship  c1                 1",
    ]
    explained = swf("execution", "list", *options, "--explain").out
    assert "history  the first event of each remaining row" in explained


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("durration>1h", "unknown field 'durration'; did you mean 'duration'?, at character 1"),
        ("tag=eu and", "expected a field, not the end, at character 11"),
        ("status=open and result=1", "contradicts"),
    ],
)
def test_invalid_expression_is_a_usage_error(swf, orders, expression, message):
    done = swf("execution", "terminate", "--where", expression, "--yes")

    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_limit_bounds_the_list(swf, mixed):
    assert len(rows(swf("execution", "list", "--all", "--limit", "3", "-o", "json"))) == 3


def test_explain_shows_server_and_client_filters(swf, mixed):
    done = swf("execution", "list", "--tag", "red", "--type", "ship", "--explain")

    assert "server   status='OPEN', tag='red'" in done.out
    assert "client   workflow_type_name='ship'" in done.out


@pytest.mark.parametrize(
    ("options", "number"), [([], 4), (["--status", "open"], 2), (["--tag", "red"], 3)]
)
def test_count_applies_filters(swf, mixed, options, number):
    done = swf("execution", "count", *options, "-o", "json")

    assert rows(done) == {"count": number, "truncated": False}


def test_start_uses_the_options(swf, orders):
    done = swf(
        *("execution", "start", "ship", "1.0", "--id", "one", "--tag", "red", "--tag", "big"),
        *("--input", '{"size": 1}', "--execution-timeout", "60", "-o", "json"),
    )

    one = orders.executions.get("one")
    assert rows(done) == {"workflow_id": "one", "run_id": one.run_id}
    assert (one.tag_list, one.execution_timeout) == (["red", "big"], 60)
    assert one.history().execution.input == {"size": 1}


def test_dry_run_starts_nothing(swf, orders):
    done = swf("execution", "start", "ship", "1.0", "--id", "one", "--dry-run")

    unnamed = swf("execution", "start", "ship", "1.0", "--dry-run")
    none = swf("execution", "start", "ship", "9", "--dry-run")

    assert (done.code, done.out, done.err) == (0, "", "would start one of ship 1.0\n")
    assert unnamed.err == "would start an execution of ship 1.0\n"
    assert (none.code, none.out) == (3, "")
    assert orders.executions.count() == 0


def test_show_finds_a_closed_execution_without_run_id(swf, start):
    [one] = start("one", input={"size": 1})
    one.terminate(reason="enough", details="of it")

    output = rows(swf("execution", "show", "one", "-o", "json"))

    assert (output["run_id"], output["close_status"]) == (one.run_id, "TERMINATED")
    assert (output["input"], output["reason"], output["details"]) == (
        {"size": 1},
        "enough",
        "of it",
    )


def close(orders, decision):
    """Close the execution that waits for its decider."""
    call = orders.connection.call
    task = call("PollForDecisionTask", domain="orders", taskList={"name": "shipping"})
    call(
        "RespondDecisionTaskCompleted",
        taskToken=task["taskToken"],
        decisions=[{"decisionType": decision}],
    )


@pytest.mark.parametrize(
    ("decision", "code", "status"),
    [
        ("CompleteWorkflowExecution", 0, "COMPLETED"),
        ("FailWorkflowExecution", 1, "FAILED"),
        ("CancelWorkflowExecution", 1, "CANCELED"),
    ],
)
def test_wait_exits_with_the_outcome(swf, orders, start, decision, code, status):
    start("one")
    close(orders, decision)

    done = swf("execution", "wait", "one", "-o", "json")

    assert (done.code, json.loads(done.out)["close_status"]) == (code, status)


def test_wait_follows_continued_runs(swf, orders, start):
    [one] = start("one")
    close(orders, "ContinueAsNewWorkflowExecution")
    close(orders, "CompleteWorkflowExecution")

    first = swf("execution", "wait", "one", one.run_id, "-o", "json")
    last = swf("execution", "wait", "one", one.run_id, "--follow", "-o", "json")

    assert (first.code, json.loads(first.out)["close_status"]) == (1, "CONTINUED_AS_NEW")
    assert (last.code, json.loads(last.out)["close_status"]) == (0, "COMPLETED")


def test_wait_timeout_has_exit_code_1(swf, start):
    start("one")

    done = swf("execution", "wait", "one", "--timeout", "0.01")

    assert (done.code, done.out) == (1, "")
    assert "one is still open" in done.err


def test_list_reads_all_pages(swf, orders, start):
    start(*(f"execution-{number:04}" for number in range(120)))

    listed = swf("execution", "list", "-o", "jsonl").out.splitlines()

    assert len({json.loads(line)["workflow_id"] for line in listed}) == 120
    assert isinstance(orders.executions.first(), WorkflowExecution)


def test_history_fields_are_read_from_the_history(swf, start):
    start("one", input={"size": 1})

    done = swf("execution", "list", "-o", "jsonl", "--fields", "workflow_id,input")

    assert json.loads(done.out) == {"workflow_id": "one", "input": {"size": 1}}


def test_list_fits_a_terminal_with_ids_first(terminal, start, monkeypatch):
    start("an-execution-with-quite-a-long-id", tag_list=["red"])
    monkeypatch.setenv("COLUMNS", "80")

    output = terminal("execution", "list", "--color", "never").out

    assert all(len(line) <= 80 for line in output.splitlines())
    assert output.split()[:4] == ["workflow_id", "workflow_type", "state", "age"]
    assert "an-execution-with-quite-a-long-id  ship 1.0" in output


def test_list_is_sorted_by_a_field(swf, start):
    start("b", "c", "a")

    done = swf("execution", "list", "--sort", "workflow_id", "-o", "csv", "--fields", "workflow_id")
    reverse = swf("execution", "list", "--sort", "-workflow_id", "-o", "jsonl")

    assert done.out.split() == ["workflow_id", "a", "b", "c"]
    assert [json.loads(line)["workflow_id"] for line in reverse.out.splitlines()] == list("cba")


def test_wait_shows_the_result(swf, orders, start):
    start("one")
    close(orders, "CompleteWorkflowExecution")

    done = swf("execution", "wait", "one", "--result", "-o", "json")

    assert done.code == 0
    assert json.loads(done.out)["close_status"] == "COMPLETED"
    assert "result" in json.loads(done.out)


def test_start_waits_for_the_outcome(server, swf, orders, monkeypatch):
    monkeypatch.setattr(
        WorkflowExecution, "wait", lambda one, *_: one.terminate(reason="no") or one.upstream()
    )

    done = swf("execution", "start", "ship", "1.0", "--wait", "-o", "json")

    assert (done.code, json.loads(done.out)["reason"]) == (1, "no")


def test_start_wait_ends_after_the_timeout(swf, orders):
    done = swf("execution", "start", "ship", "1.0", "--id", "one", "--wait", "--timeout", "0.01")

    assert done.code == 1
    assert "still open" in done.err


def test_durations_have_units_in_tables_only(swf, start):
    start("one")[0].terminate()
    fields = ("execution", "list", "--all", "--fields", "duration,age")

    table = swf(*fields, "--no-header").out.strip()
    [row] = rows(swf(*fields, "-o", "json"))

    assert re.fullmatch(r"\d+ ms +\d+(\.\d)? m?s", table)
    assert all(isinstance(value, float) for value in row.values())


def test_show_has_the_computed_fields_of_a_list(swf, start):
    start("one")[0].terminate()

    done = swf("execution", "show", "one", "--fields", "state,age,duration", "-o", "json")

    row = json.loads(done.out)
    assert row["state"] == "TERMINATED"
    assert row["age"] >= row["duration"] >= 0


def test_group_by_tag_counts_each_tag(swf, start):
    start("one", tag_list=["eu", "vip"])
    start("two", tag_list=["vip", "eu"])
    start("three", tag_list=["vip"])
    start("four")

    done = swf("execution", "list", "--group-by", "tag", "-o", "csv", "--no-header")

    assert done.out.split() == ["vip,3", "eu,2", ",1"]
