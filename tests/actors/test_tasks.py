"""`DecisionTaskContext.new_events` when an earlier decision task timed out."""

import pytest

from swf import Domain, WorkflowType
from swf.actors import Decider
from swf.local import LocalSWF, ManualClock
from swf.models.decision import record_marker


class Recording(Decider):
    """Decides nothing but a marker, and records the new events of each task."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.event_ids = []

    def decide(self, task):
        self.event_ids += [event.id for event in task.new_events]
        return [record_marker("decided")]


@pytest.fixture
def service():
    with LocalSWF(ManualClock()) as service:
        yield service


@pytest.fixture
def order(service):
    domain = Domain("d", connection=service.connection())
    domain.save()
    order = WorkflowType(
        domain, "order", "1", task_list="t", decision_tasks_timeout=30, execution_timeout=3600
    )
    order = order.evolve(connection=domain.connection)
    order.save()
    return order


@pytest.mark.parametrize("lost", ["", "L", "LL", "DL", "LDLL", "DLDL"])
def test_no_event_is_skipped_after_timed_out_tasks(lost, service, order):
    """Each letter is a decision task: L is lost by its decider and times out, D is decided."""
    execution = order.start_execution("o-1")
    decider = Recording(order.domain, "t", connection=order.domain.connection)
    for number, letter in enumerate(lost):
        execution.signal(f"s{number}")
        if letter == "L":
            decider.poll()
            service.clock.advance(30)
        else:
            decider.poll_once()
    execution.signal("last")
    decider.poll_once()

    history = execution.history()
    started = history.last_decided_event_id(before=len(history) + 1)
    assert decider.event_ids == list(range(1, started + 1))
