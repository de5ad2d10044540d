"""`swf execution` tree and compare."""

from __future__ import annotations

import json

from swf import WorkflowType
from swf.actors import Decider
from swf.models.decision import complete_workflow_execution, start_child_workflow_execution

CHILD = {
    "task_list": "billing",
    "child_policy": "ABANDON",
    "execution_start_to_close_timeout": 600,
    "task_start_to_close_timeout": 60,
}


def decide(orders, task_list, *decisions):
    decider = Decider(orders, task_list)
    decider.complete(decider.poll().token, list(decisions))


def test_tree_shows_children_below_their_parent(swf, orders, start):
    WorkflowType(orders, "bill", "2.0").save()
    start("parent")
    child = start_child_workflow_execution("child", ("bill", "2.0"), **CHILD)
    decide(orders, "shipping", child)
    decide(orders, "billing", complete_workflow_execution())

    done = swf("execution", "tree", "parent", "-o", "jsonl")
    table = swf("execution", "tree", "parent")
    flat = swf("execution", "tree", "parent", "--depth", "1", "-o", "jsonl")

    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["workflow_id"], row["state"], row["depth"]) for row in rows] == [
        ("parent", "OPEN", 0),
        ("child", "COMPLETED", 1),
    ]
    assert "\n  child" in table.out
    assert len(flat.out.splitlines()) == 1


def test_compare_finds_the_first_difference(swf, orders, start):
    start("a", "b")
    start("c")[0].signal("paid")

    same = swf("execution", "compare", "a", "b")
    other = swf("execution", "compare", "a", "c")

    assert (same.code, same.err) == (0, "the same sequence of events\n")
    assert other.code == 1
    assert other.err == "first difference: event 3: no event / WorkflowExecutionSignaled paid\n"
