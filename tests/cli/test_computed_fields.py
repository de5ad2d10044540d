"""Columns of a list that need more than the list operation, and the calls that they cost."""

from __future__ import annotations

import json

import pytest

from swf import WorkflowExecution
from swf.cli.computed_fields import COMPUTED_FIELDS

FIELDS = sorted({*(field.name for field in WorkflowExecution._public), *COMPUTED_FIELDS})
CALLS = ("DescribeWorkflowExecution", "GetWorkflowExecutionHistory")


@pytest.fixture
def closed(start):
    """Two closed executions."""
    for execution in start("one", "two", input={"size": 1}):
        execution.terminate(reason="enough", details="of it")


def cost(server, swf, field, *options):
    before = [server.calls(call) for call in CALLS]
    done = swf("execution", "list", "--all", "--fields", f"workflow_id,{field}", *options)
    after = [server.calls(call) for call in CALLS]
    assert done.code == 0, done.err
    return [end - begin for begin, end in zip(before, after, strict=True)], done.out


@pytest.mark.parametrize("field", FIELDS)
def test_explain_agrees_with_the_calls_of_each_field(swf, server, closed, field):
    (describe, history), _ = cost(server, swf, field)
    nothing, text = cost(server, swf, field, "--explain")

    assert nothing == [0, 0]
    assert describe == (2 if "describe " in text else 0)
    assert history == (2 if "history " in text else 0)


@pytest.mark.parametrize(
    ("field", "expected"),
    [("input", {"size": 1}), ("reason", "enough"), ("details", "of it"), ("result", None)],
)
def test_computed_fields_have_the_values_of_events(swf, closed, field, expected):
    done = swf("execution", "list", "--all", "-o", "jsonl", "--fields", field)

    assert [json.loads(line) for line in done.out.splitlines()] == [{field: expected}] * 2


def test_duration_follows_from_the_row(swf, server, closed):
    calls, out = cost(server, swf, "duration", "-o", "jsonl")

    assert calls == [0, 0]
    assert all(json.loads(line)["duration"] >= 0 for line in out.splitlines())
