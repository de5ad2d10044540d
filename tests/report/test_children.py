"""The open descendant that keeps an execution from continuing."""

from swf import Domain, WorkflowExecution
from swf.models.history import builder
from swf.report.children import MAX_DEPTH, blocking_path

LEAF = builder.started("leaf").activity_scheduled("a")


def started_child(history, workflow_id):
    return history.child_initiated(workflow_id).child_started(workflow_id).marker_recorded("m")


def path(histories):
    root = WorkflowExecution(Domain("shop"), "root", "root-run")
    path_of_executions = blocking_path(root, lambda execution: histories[execution.workflow_id])
    return [execution.workflow_id for execution in path_of_executions]


def test_path_follows_the_oldest_open_child():
    root = started_child(started_child(builder.started("root"), "a"), "b")
    root = root.child_completed("a").marker_recorded("m")

    assert path({"root": root, "b": LEAF}) == ["root", "b"]


def test_path_ends_with_other_open_work():
    root = started_child(builder.started("root"), "a").activity_scheduled("x")

    assert path({"root": root}) == ["root"]


def test_path_of_a_closed_execution_has_no_child():
    assert path({"root": started_child(builder.started("root"), "a").failed("late")}) == ["root"]


def test_path_has_a_limited_depth():
    chain = {"root": started_child(builder.started("root"), "root")}

    assert len(path(chain)) == MAX_DEPTH
