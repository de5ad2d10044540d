"""Metrics of an execution."""

from __future__ import annotations

import pytest


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
def test_metrics_count_work_of_actors(run_failing_activity, metrics, name, labels, value):
    registry, hook = metrics

    run_failing_activity(hook)

    assert registry.get_sample_value(name, {"domain": "shop", **labels}) == value
