"""Bulk commands: eligible executions, ids from files, limits and journals."""

from __future__ import annotations

import json

import pytest


def outcomes(done):
    return {
        row["workflow_id"]: (row["outcome"], row["reason"])
        for row in map(json.loads, done.out.splitlines())
    }


@pytest.fixture
def failed(start):
    """Two terminated executions."""
    executions = start("one", "two")
    for execution in executions:
        execution.terminate()
    return executions


RESTART = ("execution", "restart", "-c", "TERMINATED", "--yes", "-o", "jsonl")


def test_second_restart_repeats_nothing(swf, orders, failed):
    first = swf(*RESTART)
    complete(orders)
    complete(orders)
    second = swf(*RESTART)

    assert outcomes(first) == {"one": ("done", None), "two": ("done", None)}
    assert {outcome for outcome, _ in outcomes(second).values()} == {"skipped"}
    assert {orders.executions.get(name).close_status for name in ("one", "two")} == {"COMPLETED"}


def test_second_restart_skips_what_the_first_completed(swf, orders, failed):
    restart = ("execution", "restart", "--type", "ship", "--yes", "-o", "jsonl")
    swf(*restart)
    complete(orders)
    complete(orders)

    by_type = [
        (row["outcome"], row["reason"])
        for row in map(json.loads, swf(*restart).out.splitlines())
        if "newer run" not in row["reason"]
    ]
    selected = swf(*restart, "-c", "COMPLETED")

    assert by_type == [("skipped", "has completed; --close-status completed selects it")] * 2
    assert outcomes(selected) == {"one": ("done", None), "two": ("done", None)}


def test_completed_run_of_a_file_requires_its_run_id(swf, orders, start, tmp_path):
    (one,) = start("one")
    complete(orders)
    ids = tmp_path / "ids"
    restart = ("execution", "restart", "--ids", ids, "--yes", "-o", "jsonl")

    ids.write_text("one\n")
    reason = "has completed; a line with its run id selects it"
    assert outcomes(swf(*restart)) == {"one": ("skipped", reason)}
    ids.write_text(f"one\t{one.run_id}\n")
    assert outcomes(swf(*restart)) == {"one": ("done", None)}


def test_execution_that_occurs_twice_in_a_file_is_changed_once(swf, start, tmp_path):
    (one,) = start("one")
    ids = tmp_path / "ids"
    ids.write_text(f"one\none\r\none\t{one.run_id}\n")

    done = swf("execution", "signal", "--ids", ids, "-n", "go", "--yes")

    assert done.err.endswith("signal: 1 done, 0 refused\n")
    assert [signal.name for signal in one.history().signals] == ["go"]


def test_limit_counts_what_the_journal_lacks(swf, start, tmp_path):
    start("one", "two")
    signal = ("execution", "signal", "--type", "ship", "-n", "go", "--yes", "-o", "jsonl")
    options = ("--limit", "1", "--journal", tmp_path / "journal")

    assert outcomes(swf(*signal, *options)) == {"two": ("done", None)}
    assert outcomes(swf(*signal, *options))["one"] == ("done", None)


@pytest.mark.parametrize("close", [False, True])
def test_restart_skips_all_but_the_newest_run(swf, orders, failed, start, close):
    (newer,) = start("one")
    if close:
        complete(orders)

    done = swf(*RESTART)

    newer = newer.upstream()
    status = newer.close_status or newer.status
    assert outcomes(done) == {
        "one": ("skipped", f"a newer run exists: {newer.run_id} ({status})"),
        "two": ("done", None),
    }
    assert done.err.endswith("restart: 1 done, 0 refused, 1 skipped\n")


def complete(orders):
    """Complete the execution that waits for its decider."""
    call = orders.connection.call
    task = call("PollForDecisionTask", domain="orders", taskList={"name": "shipping"})
    decisions = [{"decisionType": "CompleteWorkflowExecution"}]
    call("RespondDecisionTaskCompleted", taskToken=task["taskToken"], decisions=decisions)


def test_dry_run_lists_skipped_executions_with_the_reason(swf, failed, start):
    start("one")

    done = swf("execution", "restart", "-c", "TERMINATED", "--dry-run", "--fields", "workflow_id")

    assert done.out.split() == ["workflow_id", "-----------", "two"]
    assert done.err.startswith(f"skip one {failed[0].run_id}: a newer run exists: ")
    assert done.err.endswith("would restart 1 execution\n")


def test_limit_bounds_a_bulk_command(swf, start):
    start("one", "two", "three")

    done = swf("execution", "cancel", "--type", "ship", "--limit", "2", "--yes")

    assert done.err.endswith("cancel: 2 done, 0 refused\n")


def test_ids_come_from_standard_input(process, start):
    one, _, three, _ = start("one", "two", "three", "a b")
    three.terminate()
    lines = f"one\t{one.run_id}\nthree\nnobody\na b\n"

    done = process("execution", "terminate", "--ids", "-", "--yes", "-o", "jsonl", stdin=lines)

    assert outcomes(done) == {
        "one": ("done", None),
        "three": ("skipped", "is closed (TERMINATED)"),
        "nobody": ("skipped", "does not exist"),
        "a b": ("done", None),
    }


@pytest.mark.parametrize(
    "selection", [("one", "--tag", "a"), ("one", "--ids", "-"), ("--tag", "a", "--ids", "-"), ()]
)
def test_one_kind_of_selection_is_required(swf, start, selection):
    start("one")

    assert swf("execution", "cancel", *selection, "--yes").code == 2


def test_plan_is_shown_before_the_question(terminal, start):
    start("one", "two")

    done = terminal("execution", "terminate", "--type", "ship", typed="n\n")

    assert "  terminate two " in done.out
    assert "  terminate one " in done.out
    assert "Terminate 2 executions? [y/N]" in done.out


@pytest.mark.parametrize(
    ("exclusions", "expected"),
    [
        (["tag=red"], ["two"]),
        (["id=one"], ["two"]),
        (["type=ship"], []),
        (["tag=red", "tag=blue"], []),
        (["tag=blue", "tag=red"], []),
    ],
)
def test_not_excludes_executions(swf, start, exclusions, expected):
    start("one", tag_list=["red"])
    start("two", tag_list=["blue"])
    options = [word for exclusion in exclusions for word in ("--not", exclusion)]

    done = swf("execution", "list", *options, "-o", "jsonl")

    assert [json.loads(line)["workflow_id"] for line in done.out.splitlines()] == expected
