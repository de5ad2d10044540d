"""Metrics for Prometheus; needs the extra `prometheus`.

    decider = Decider(domain, "orders", hooks=[Metrics()])
    prometheus_client.start_http_server(9100)

One `Metrics` serves all actors of a process. Labels are names of types and task lists, which are
few, and never ids.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from swf.actors.hooks import HookedActor, Hooks
from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext
from swf.models.decision import Decision


class Metrics(Hooks):
    """Counts and times polls, decision tasks, activity tasks, heartbeats and errors.

    :param registry: the registry of the metrics.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._start_times: dict[str, float] = {}
        by_list = ("domain", "task_list")
        by_workflow = ("domain", "workflow")
        by_activity = ("domain", "activity")
        self.polls = Counter("swf_polls", "Long polls", (*by_list, "outcome"), registry=registry)
        self.in_progress = Gauge(
            "swf_tasks_in_progress", "Tasks in progress", by_list, registry=registry
        )
        self.decisions = Counter(
            "swf_decisions", "Decisions sent", (*by_workflow, "decision"), registry=registry
        )
        self.decision_seconds = Histogram(
            "swf_decision_task_seconds",
            "Time from a decision task to its answer",
            (*by_workflow, "outcome"),
            registry=registry,
        )
        self.activity_seconds = Histogram(
            "swf_activity_task_seconds",
            "Time from an activity task to its answer",
            (*by_activity, "outcome"),
            registry=registry,
        )
        self.heartbeats = Counter(
            "swf_heartbeats", "Heartbeats", (*by_activity, "outcome"), registry=registry
        )
        self.errors = Counter("swf_errors", "Errors", (*by_list, "error"), registry=registry)

    def after_poll(self, actor: HookedActor, task_list: str, task: Any) -> None:  # noqa: ARG002
        """Count a poll of the actor's own task list; other lists may be many."""
        outcome = "empty" if task is None else "task"
        self.polls.labels(actor.domain.name, actor.task_list, outcome).inc()

    def before_decision(self, actor: HookedActor, task: DecisionTaskContext) -> None:
        """Start the timer."""
        self._begin(actor, task.token)

    def after_decision(
        self, actor: HookedActor, task: DecisionTaskContext, decisions: Sequence[Decision] | None
    ) -> None:
        """Stop the timer and count the decisions."""
        kind = (actor.domain.name, task.workflow_type.name)
        outcome = "failed" if decisions is None else "completed"
        self.decision_seconds.labels(*kind, outcome).observe(self._end(actor, task.token))
        for decision in decisions or ():
            self.decisions.labels(*kind, decision.type).inc()

    def before_activity(self, actor: HookedActor, task: ActivityTaskContext) -> None:
        """Start the timer."""
        self._begin(actor, task.token)

    def after_activity(self, actor: HookedActor, task: ActivityTaskContext, outcome: str) -> None:
        """Stop the timer."""
        kind = (actor.domain.name, task.activity_type.name)
        self.activity_seconds.labels(*kind, outcome).observe(self._end(actor, task.token))

    def after_heartbeat(
        self, actor: HookedActor, task: ActivityTaskContext, cancel_requested: bool | None
    ) -> None:
        """Count a heartbeat."""
        outcomes = {None: "failed", True: "cancel_requested", False: "recorded"}
        kind = (actor.domain.name, task.activity_type.name)
        self.heartbeats.labels(*kind, outcomes[cancel_requested]).inc()

    def on_error(self, actor: HookedActor, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Count an error by its class."""
        self.errors.labels(actor.domain.name, actor.task_list, type(error).__name__).inc()

    def _begin(self, actor: HookedActor, token: str) -> None:
        self._start_times[token] = time.perf_counter()
        self.in_progress.labels(actor.domain.name, actor.task_list).inc()

    def _end(self, actor: HookedActor, token: str) -> float:
        self.in_progress.labels(actor.domain.name, actor.task_list).dec()
        now = time.perf_counter()
        return now - self._start_times.pop(token, now)
