"""Completion of strings at the prompt."""

from __future__ import annotations

import pytest

from swf import ActivityType, WorkflowType
from swf.cli.prompt import PromptNamespace
from swf.cli.prompt_completion import complete_string


@pytest.fixture
def names(orders):
    return PromptNamespace("orders")


@pytest.fixture
def known_names(names, start):
    """A domain with two types, an execution of two runs, and activity types."""
    orders = names["domain"]
    WorkflowType(orders, "ship", "2.0").save()
    ActivityType(orders, "pack", "1.0").save()
    first, _ = start("order-1", "order-2", tag_list=["urgent"])
    first.terminate()
    (again,) = start("order-1")
    names["runs"] = sorted([first.run_id, again.run_id])
    return names


@pytest.mark.parametrize(
    ("before", "begun", "expected"),
    [
        ('Domain("or', "or", ["orders"]),
        ("swf.Domain('", "", ["orders"]),
        ('executions.get("', "", ["order-1", "order-2"]),
        ("x = domain.executions.get(workflow_id='order-2", "order-2", ["order-2"]),
        ('executions.filter(status="OPEN", workflow_id="order', "order", ["order-1", "order-2"]),
        ('executions.filter(tag="', "", ["urgent"]),
        ('executions.filter(workflow_type_name="', "", ["ship"]),
        ('workflow_types.get("ship", "', "", ["1.0", "2.0"]),
        ('workflow_types.filter(name__startswith="', "", ["ship"]),
        ('WorkflowType(domain, "', "", ["ship"]),
        ('WorkflowType(domain, "ship", "2', "2", ["2.0"]),
        ('ActivityType(domain, "', "", ["pack"]),
        ('executions.filter(colour="', "", []),
        ('nothing.get("', "", []),
        ('print("', "", []),
        ("executions", "", []),
    ],
)
def test_strings_are_completed(known_names, before, begun, expected):
    assert complete_string(known_names, before) == (begun, expected)


def test_run_ids_are_completed(known_names):
    assert complete_string(known_names, 'executions.get("order-1", "')[1] == known_names["runs"]


def test_completion_makes_no_call_per_row(known_names, server):
    before = server.calls("DescribeWorkflowExecution")

    matches = complete_string(known_names, 'executions.filter(task_list="')

    assert matches == ("", [])
    assert server.calls("DescribeWorkflowExecution") == before


def test_texts_with_quotes_are_not_completed(names, start):
    start('a"b', "a-b")

    assert complete_string(names, 'executions.get("a') == ("a", ["a-b"])


def test_refusal_completes_nothing(server):
    assert complete_string(PromptNamespace("nowhere"), 'executions.get("') == ("", [])
