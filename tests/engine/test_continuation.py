"""The decision to continue as new, and the last run of an execution."""

from swf import Domain, WorkflowExecution
from swf.engine.continuation import continue_as_new, last_run
from swf.models.history import builder


def test_next_run_has_the_settings_of_the_execution():
    history = builder.started("flow", "2.0", tag_list=["a"], task_list="t", child_policy="ABANDON")

    attributes = continue_as_new(history.execution, "text").attributes

    assert (attributes["input"], attributes["tagList"]) == ("text", ["a"])
    assert attributes["taskList"] == {"name": "t"}
    assert (attributes["childPolicy"], attributes["workflowTypeVersion"]) == ("ABANDON", "2.0")
    other = continue_as_new(history.execution, None, "3.0").attributes
    assert other["workflowTypeVersion"] == "3.0"


def test_last_run_follows_each_continuation(monkeypatch):
    histories = {
        "r1": builder.started().continued_as_new("r2"),
        "r2": builder.started().continued_as_new("r3"),
        "r3": builder.started(),
    }
    monkeypatch.setattr(WorkflowExecution, "history", lambda self: histories[self.run_id])

    execution, history = last_run(WorkflowExecution(Domain("d"), "w", "r1"))

    assert (execution.run_id, history) == ("r3", histories["r3"])
