"""The hook with which local runs notice errors of deciders, and the end of executions."""

from __future__ import annotations

import pytest

from swf.actors import DecisionTaskContext
from swf.engine.decision_watcher import DecisionWatcher
from swf.exceptions import ResponseError
from swf.models.decision import complete_workflow_execution, record_marker
from swf.models.history import History

TASK = DecisionTaskContext(None, History())


def test_first_error_of_a_decision_is_raised():
    watcher = DecisionWatcher()
    watcher.check()

    for error in (ResponseError("no", "ValidationException"), KeyError("typo")):
        watcher.on_error(None, error, TASK)

    assert watcher.changed.is_set()
    with pytest.raises(ResponseError, match="no"):
        watcher.check()


@pytest.mark.parametrize("task", [None, "an activity task"])
def test_errors_of_polls_and_activities_are_ignored(task):
    watcher = DecisionWatcher()

    watcher.on_error(None, KeyError("typo"), task)

    watcher.check()
    assert not watcher.changed.is_set()


@pytest.mark.parametrize(
    ("decisions", "closes"),
    [
        (None, False),
        ((), False),
        ((record_marker("m"),), False),
        ((record_marker("m"), complete_workflow_execution()), True),
    ],
)
def test_closing_decision_is_signaled(decisions, closes):
    watcher = DecisionWatcher()

    watcher.after_decision(None, TASK, decisions)

    assert watcher.changed.is_set() == closes
