"""`swf stuck` and `swf failures`: groups, and the executions of a group."""

from __future__ import annotations

import json
import re

import pytest

from swf import Domain, WorkflowType
from swf.actors import Decider
from swf.models.decision import schedule_activity_task, start_timer


def groups(done):
    assert done.code == 0, done.err
    return {row["group"]: row["executions"] for row in map(json.loads, done.out.splitlines())}


def decide(orders, *decisions):
    decider = Decider(orders, "shipping")
    decider.complete(decider.poll().token, list(decisions))


PACK = {
    "task_list": "packing",
    "heartbeat_timeout": "NONE",
    "schedule_to_close_timeout": "NONE",
    "schedule_to_start_timeout": "NONE",
    "start_to_close_timeout": "600",
}


@pytest.fixture
def waiting(swf, orders, start):
    """Executions that wait for a worker, a timer, a signal and a decider."""
    swf("activity-type", "create", "pack", "1")
    start("worker")
    decide(orders, schedule_activity_task("p-1", ("pack", "1"), **PACK))
    start("timer")
    decide(orders, start_timer("t-1", 600))
    start("signal")
    decide(orders)
    start("decider-1", "decider-2")


def test_stuck_groups_executions_by_their_waits(swf, waiting):
    assert groups(swf("stuck", "-o", "jsonl")) == {
        "decider on shipping": 2,
        "worker on packing for pack 1": 1,
        "timer": 1,
        "signal": 1,
    }


def test_group_selects_executions_for_a_bulk_command(process, waiting):
    selected = process(
        *("stuck", "--group", "decider on shipping", "-o", "tsv", "--no-header"),
        *("--fields", "workflow_id,run_id"),
    )
    done = process(
        "execution", "terminate", "--ids", "-", "--yes", "-o", "jsonl", stdin=selected.out
    )

    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["workflow_id"], row["outcome"]) for row in rows] == [
        ("decider-2", "done"),
        ("decider-1", "done"),
    ]


def test_each_group_names_the_command_that_selects_it(swf, waiting):
    done = swf("stuck", "-o", "csv", "--fields", "select", "--no-header")

    assert "swf stuck --group 'decider on shipping'" in done.out.splitlines()


def test_selecting_command_has_the_filters_of_the_report(swf, waiting):
    done = swf(
        *("stuck", "--type", "ship", "--type", "pack", "--since", "1d", "-d", "orders"),
        *("--fields", "select", "--no-header", "-o", "csv"),
    )

    selected = next(line for line in done.out.splitlines() if line.endswith("--group timer"))
    filters = "--type ship --type pack --since 1d --domain orders --group timer"
    assert sorted(selected.split()) == sorted(f"swf stuck {filters}".split())
    assert groups(swf(*selected.split()[1:-2], "-o", "jsonl"))["timer"] == 1


@pytest.mark.parametrize("command", ["stuck", "failures"])
def test_calls_are_bounded_and_the_rest_is_reported(swf, orders, start, command):
    for execution in start("one", "two", "three"):
        if command == "failures":
            execution.terminate(reason="no stock")

    done = swf(command, "--calls", "3", "-o", "jsonl")

    assert sum(groups(done).values()) == 2
    assert "incomplete: 3 calls read 2 executions; see --calls" in done.err
    assert "only the first 1 executions; see --limit" in swf(command, "--limit", "1").err
    assert swf(command).err == ""


def test_failures_are_grouped_by_type_status_and_reason(swf, orders, start):
    for execution in start("one", "two"):
        execution.terminate(reason="no stock")
    start("three")[0].terminate()
    start("open")

    assert groups(swf("failures", "-o", "jsonl")) == {
        "ship 1.0 TERMINATED: no stock": 2,
        "ship 1.0 TERMINATED": 1,
    }


def test_all_domains_are_read_on_request(swf, orders, start):
    start("one")[0].terminate()
    other = Domain("returns")
    other.save()
    kind = WorkflowType(other, "ship", "1.0", task_list="shipping")
    kind.save()
    kind.start_execution("two").terminate()

    assert groups(swf("failures", "-o", "jsonl")) == {"ship 1.0 TERMINATED": 1}
    assert groups(swf("failures", "--all-domains", "-o", "jsonl")) == {"ship 1.0 TERMINATED": 2}


def test_groups_over_all_domains_name_their_domains(swf, orders, start):
    start("one")[0].terminate()

    def fields(*options):
        return json.loads(swf("failures", *options, "-o", "json").out)[0]

    assert fields("--all-domains")["domains"] == ["orders"]
    assert "domains" not in fields()


def test_age_of_a_group_has_units_in_a_table(swf, start):
    start("one")[0].terminate()

    [row] = swf("failures", "--fields", "oldest").out.splitlines()[2:]

    assert re.fullmatch(r"\d+(\.\d)? m?s", row)
