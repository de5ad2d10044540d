"""Traces for OpenTelemetry; needs the extra `opentelemetry`.

    decider = Decider(domain, "orders", hooks=[Tracing()])

Each decision task and each activity task is a span. It is the current span while its code runs, so
spans of that code become its children.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import Token
from typing import Any

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider

from swf.actors.hooks import HookedActor, Hooks
from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext
from swf.models.decision import Decision


class Tracing(Hooks):
    """Traces decision tasks and activity tasks.

    :param provider: the tracer provider; None uses the global one.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("swf", tracer_provider=provider)
        self._open: dict[int, tuple[Span, Token[Context]]] = {}

    def before_decision(self, actor: HookedActor, task: DecisionTaskContext) -> None:
        """Start a span."""
        self._begin(actor, task, f"decide {task.workflow_type.name}", {})

    def after_decision(
        self,
        actor: HookedActor,  # noqa: ARG002
        task: DecisionTaskContext,
        decisions: Sequence[Decision] | None,
    ) -> None:
        """End the span and record the decisions."""
        types = [decision.type or "" for decision in decisions or ()]
        self._end(task, {"swf.decisions": types}, failed=decisions is None)

    def before_activity(self, actor: HookedActor, task: ActivityTaskContext) -> None:
        """Start a span."""
        name = f"perform {task.activity_type.name}"
        self._begin(actor, task, name, {"swf.activity_id": task.activity_id})

    def after_activity(
        self,
        actor: HookedActor,  # noqa: ARG002
        task: ActivityTaskContext,
        outcome: str,
    ) -> None:
        """End the span and record the outcome."""
        self._end(task, {"swf.outcome": outcome}, failed=outcome in ("failed", "lost"))

    def on_error(self, actor: HookedActor, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Record an exception on the span of the task."""
        if id(task) in self._open:
            self._open[id(task)][0].record_exception(error)

    def _begin(
        self,
        actor: HookedActor,
        task: DecisionTaskContext | ActivityTaskContext,
        name: str,
        attributes: dict[str, str],
    ) -> None:
        span_attributes = {
            "swf.domain": actor.domain.name,
            "swf.task_list": task.task.task_list,
            "swf.workflow_id": task.execution.workflow_id,
            "swf.run_id": task.execution.run_id or "",
            **attributes,
        }
        span = self._tracer.start_span(name, kind=SpanKind.CONSUMER, attributes=span_attributes)
        self._open[id(task)] = span, context.attach(trace.set_span_in_context(span))

    def _end(self, task: object, attributes: dict[str, Any], *, failed: bool) -> None:
        span, token = self._open.pop(id(task))
        span.set_attributes(attributes)
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        context.detach(token)
        span.end()
