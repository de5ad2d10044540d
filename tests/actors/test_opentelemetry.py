"""Traces of an execution."""

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
def tracing():
    """Where spans go, and the hook that makes them."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from swf.actors.opentelemetry import Tracing

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, Tracing(provider)


def test_decisions_and_activities_are_spans(shop, tracing):
    exporter, hook = tracing

    execution = run(shop, hook)

    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["decide ship", "perform pack", "decide ship"]
    assert spans[1].attributes["swf.workflow_id"] == "order-1"
    assert spans[1].attributes["swf.run_id"] == execution.run_id
    assert spans[1].attributes["swf.activity_id"] == "a"
    assert spans[0].attributes["swf.decisions"] == ("ScheduleActivityTask",)


def test_an_error_is_recorded_on_its_span(shop, tracing):
    exporter, hook = tracing

    run(shop, hook)

    perform = exporter.get_finished_spans()[1]
    assert perform.attributes["swf.outcome"] == "failed"
    assert not perform.status.is_ok
    assert perform.events[0].attributes["exception.message"] == "no boxes"
