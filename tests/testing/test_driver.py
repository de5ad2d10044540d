"""Running an execution to its end in one thread and virtual time."""

from __future__ import annotations

import pytest

from swf.actors import Decider
from swf.models import WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    fail_workflow_execution,
    start_child_workflow_execution,
    start_timer,
)
from swf.testing import NoProgressError, run_until_closed

YEAR = 365 * 24 * 3600


@pytest.fixture
def ship(swf_domain):
    ship = WorkflowType(swf_domain, "ship", "1", task_list="decisions", execution_timeout=YEAR)
    ship.save()
    return ship


class Wait(Decider):
    """Waits for a timer, then completes."""

    seconds = 300 * 24 * 3600

    def decide(self, task):
        if not task.history.timers:
            return [start_timer("t", self.seconds)]
        return [] if task.history.open_timers else [complete_workflow_execution("waited")]


def test_a_timer_of_months_takes_no_time(ship, swf_domain):
    closed = run_until_closed(ship.start_execution(), Wait(swf_domain, "decisions"))

    assert closed.close_status == "COMPLETED"
    assert closed.history().execution.duration.days == 300


def test_execution_may_close_with_any_status(ship, swf_domain):
    class Fail(Decider):
        def decide(self, task):
            return [fail_workflow_execution(reason="no")]

    closed = run_until_closed(ship.start_execution(), Fail(swf_domain, "decisions"))

    assert closed.close_status == "FAILED"


def test_child_executions_run_too(ship, swf_domain):
    class Parent(Decider):
        def decide(self, task):
            if task.execution.workflow_id == "child":
                return [complete_workflow_execution("from the child")]
            child = task.history.children.get("child")
            if child is None:
                return [start_child_workflow_execution("child", ("ship", "1"))]
            return [] if child.is_open else [complete_workflow_execution(child.result)]

    closed = run_until_closed(ship.start_execution("parent"), Parent(swf_domain, "decisions"))

    assert closed.history().execution.result == "from the child"


def test_no_progress_error_lists_open_tasks(ship, swf_domain):
    execution = ship.start_execution()

    with pytest.raises(NoProgressError) as caught:
        run_until_closed(execution, Wait(swf_domain, "elsewhere"))

    assert "waits for decision task on 'decisions'" in str(caught.value)
    assert "<Wait of 'elsewhere' in 'test'> polls" in str(caught.value)


def test_decider_error_is_the_cause(ship, swf_domain):
    class Broken(Decider):
        def decide(self, task):
            raise ZeroDivisionError

    with pytest.raises(NoProgressError) as caught:
        run_until_closed(ship.start_execution(), Broken(swf_domain, "decisions"))

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_endless_execution_stops_after_maximum_polls(ship, swf_domain):
    class Forever(Decider):
        def decide(self, task):
            return [start_timer(f"t{len(task.history.timers)}", 1)]

    with pytest.raises(NoProgressError, match="still open after 20 polls"):
        run_until_closed(ship.start_execution(), Forever(swf_domain, "decisions"), polls=20)
