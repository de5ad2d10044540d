"""The selection of executions."""

from __future__ import annotations

import json

import pytest

from swf import WorkflowType


@pytest.mark.parametrize("options", [["--yes"], ["--dry-run"], []])
@pytest.mark.parametrize("verb", [["signal", "-n", "paid"], ["cancel"], ["terminate"]])
def test_closed_execution_is_refused_before_confirmation(swf, start, verb, options):
    start("one")[0].terminate()

    done = swf("execution", *verb, "one", *options)

    assert (done.code, done.out) == (4, "")
    assert done.err == "swf: 'one' is closed (TERMINATED); see `swf why`\n"


REPEATED = {
    "tags: all of them": (["--tag", "red", "--tag", "big"], ["a"]),
    "types: any of them": (["--type", "bill", "--type", "ship"], ["a", "b", "c"]),
    "ids: any of them": (["--id", "a", "--id", "c"], ["a", "c"]),
    "versions: any of them": (["--version", "2.0", "--version", "3.0"], ["c"]),
    "close statuses: any of them": (["-c", "terminated", "-c", "failed"], ["d"]),
    "tags and types": (["--tag", "red", "--type", "ship", "--type", "bill"], ["a", "b"]),
}


@pytest.fixture
def tagged(orders, start):
    """Three open executions with tags, of two types, and a terminated one."""
    start("a", tag_list=["red", "big"])
    start("b", tag_list=["red"])
    WorkflowType(orders, "bill", "2.0", task_list="shipping").save()
    WorkflowType(orders, "bill", "2.0").start_execution("c", tag_list=["big"])
    start("d", tag_list=["red", "big"])[0].terminate()


@pytest.mark.parametrize(("options", "expected"), REPEATED.values(), ids=REPEATED)
def test_repeated_filters_combine(swf, tagged, options, expected):
    listed = swf("execution", "list", *options, "-o", "jsonl")

    assert sorted(json.loads(line)["workflow_id"] for line in listed.out.splitlines()) == expected


def test_bulk_commands_combine_repeated_tags(swf, tagged):
    done = swf("execution", "terminate", "--tag", "red", "--tag", "big", "--dry-run")

    assert done.err == "would terminate 1 execution\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("execution", "list", "--status", "open", "--status", "closed"),
        ("execution", "list", "--since", "1d", "--since", "2d"),
        ("domain", "list", "-o", "csv", "--output", "json"),
        ("workflow-type", "create", "a", "1", "--task-list", "x", "--task-list", "y"),
        ("why", "one", "-d", "a", "-d", "b"),
        ("flow", "start", "greeting", "--register", "--no-register"),
    ],
    ids=" ".join,
)
def test_option_that_cannot_repeat_is_refused(swf, arguments):
    done = swf(*arguments)

    assert (done.code, done.out) == (2, "")
    assert "given more than once; takes one value" in done.err
