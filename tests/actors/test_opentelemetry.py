"""Traces of an execution."""

from __future__ import annotations

import pytest


@pytest.fixture
def tracing():
    """The exporter of the spans, and the hook that creates them."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from swf.actors.opentelemetry import Tracing

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, Tracing(provider)


def test_decisions_and_activities_are_spans(run_failing_activity, tracing):
    exporter, hook = tracing

    execution = run_failing_activity(hook)

    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["decide ship", "perform pack", "decide ship"]
    assert spans[1].attributes["swf.workflow_id"] == "order-1"
    assert spans[1].attributes["swf.run_id"] == execution.run_id
    assert spans[1].attributes["swf.activity_id"] == "a"
    assert spans[0].attributes["swf.decisions"] == ("ScheduleActivityTask",)


def test_an_error_is_recorded_on_its_span(run_failing_activity, tracing):
    exporter, hook = tracing

    run_failing_activity(hook)

    perform = exporter.get_finished_spans()[1]
    assert perform.attributes["swf.outcome"] == "failed"
    assert not perform.status.is_ok
    assert perform.events[0].attributes["exception.message"] == "no boxes"
