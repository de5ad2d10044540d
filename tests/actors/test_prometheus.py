"""Metrics of an execution."""

from __future__ import annotations

import pytest

from swf.actors import ActivityWorker, Backoff, Decider
from swf.models import WorkflowType
from swf.models.decision import complete_workflow_execution, schedule_activity_task
from swf.testing import run_until_closed

AT_ONCE = Backoff(base=0)


class Pack(Decider):
    def decide(self, task):
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"))]
        return [complete_workflow_execution()]


def run(shop, hook):
    """Run an execution whose activity beats once and fails."""
    worker = ActivityWorker(shop, "activities", hooks=[hook], backoff=AT_ONCE)

    @worker.activity("pack", "1")
    def pack(task):
        task.heartbeat()
        raise LookupError("no boxes")

    ship = WorkflowType.objects.filter(domain=shop, name="ship").get()
    decider = Pack(shop, "decisions", hooks=[hook], backoff=AT_ONCE)
    return run_until_closed(ship.start_execution("order-1"), decider, worker)


@pytest.fixture
def metrics():
    """A registry, and the metrics in it."""
    prometheus_client = pytest.importorskip("prometheus_client")
    from swf.actors.prometheus import Metrics

    registry = prometheus_client.CollectorRegistry()
    return registry, Metrics(registry)


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("swf_polls_total", {"task_list": "decisions", "outcome": "task"}, 2),
        ("swf_decision_task_seconds_count", {"workflow": "ship", "outcome": "completed"}, 2),
        ("swf_decisions_total", {"workflow": "ship", "decision": "ScheduleActivityTask"}, 1),
        ("swf_activity_task_seconds_count", {"activity": "pack", "outcome": "failed"}, 1),
        ("swf_heartbeats_total", {"activity": "pack", "outcome": "recorded"}, 1),
        ("swf_errors_total", {"task_list": "activities", "error": "LookupError"}, 1),
        ("swf_tasks_in_progress", {"task_list": "activities"}, 0),
    ],
)
def test_metrics_count_work_of_actors(shop, metrics, name, labels, value):
    registry, hook = metrics

    run(shop, hook)

    assert registry.get_sample_value(name, {"domain": "shop", **labels}) == value
