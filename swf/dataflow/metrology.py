"""Metrology: what activities read and wrote, and how long their parts took, kept in a store.

    @activity.with_attributes(task_list="images")
    class Resize(MetrologyTask):
        metrology_store = S3Store(client, "metrology")

        def execute(self):
            with self.step("download") as step:
                data = fetch()
                step.read(bytes=len(data), records=1)

A workflow that is a `MetrologyWorkflow` adds what its history tells when it is closed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from swf.codecs import TYPED_JSON, Store
from swf.dataflow.workflow import Workflow
from swf.models.history import History
from swf.report.profile import profile

#: What the keys in the store begin with.
PREFIX = "metrology"


class MetrologyStep:
    """A part of an activity: how long it took, and what it read and wrote."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started_at = time.time()
        self.seconds: float | None = None
        self.failed = False
        self._read = {"bytes": 0, "records": 0}
        self._written = {"bytes": 0, "records": 0}

    def read(self, bytes: int = 0, records: int = 0) -> None:  # noqa: A002 - what it counts
        """Count what was read."""
        self._read["bytes"] += bytes
        self._read["records"] += records

    def write(self, bytes: int = 0, records: int = 0) -> None:  # noqa: A002 - what it counts
        """Count what was written."""
        self._written["bytes"] += bytes
        self._written["records"] += records

    def told(self) -> dict[str, Any]:
        """Return what is kept of it; times are seconds, `started_at` since the epoch."""
        return {
            "name": self.name,
            "started_at": self.started_at,
            "seconds": self.seconds,
            "failed": self.failed,
            "read": self._read,
            "write": self._written,
        }


class MetrologyTask:
    """A class activity whose steps are measured; what it measured is kept when it has executed."""

    metrology_store: ClassVar[Store]
    #: Set by the worker; see `swf.dataflow.activity`.
    context: dict[str, Any]

    @property
    def steps(self) -> list[MetrologyStep]:
        """The steps so far."""
        found: list[MetrologyStep] = self.__dict__.setdefault("_steps", [])
        return found

    @contextmanager
    def step(self, name: str) -> Iterator[MetrologyStep]:
        """Measure a part of the work."""
        step = MetrologyStep(name)
        self.steps.append(step)
        begin = time.perf_counter()
        try:
            yield step
        except BaseException:
            step.failed = True
            raise
        finally:
            step.seconds = time.perf_counter() - begin

    def post_execute(self) -> None:
        """Keep what was measured."""
        self.push_metrology()

    def push_metrology(self) -> None:
        """Put it into the store, as `metrology/<workflow id>/<run id>/activity.<id>.json`."""
        known = {key: self.context.get(key) for key in ("name", "version", "activity_id")}
        told = {**known, "steps": [step.told() for step in self.steps]}
        key = f"activity.{self.context['activity_id']}.json"
        where = _where(self.context["workflow_id"], self.context["run_id"])
        self.metrology_store.put(f"{where}/{key}", _text(told))


class MetrologyWorkflow(Workflow):
    """A workflow that keeps the profile of its activities when it is closed."""

    metrology_store: ClassVar[Store]

    def after_closed(self, history: History) -> None:
        """Keep what the history tells."""
        self.push_metrology(history)

    def push_metrology(self, history: History) -> None:
        """Put it into the store, as `metrology/<workflow id>/<run id>/workflow.json`."""
        identity, closing = self._run.identity, self._run.closing
        told = {
            "name": self.name,
            "version": self.version,
            "ended_by": closing.kind if closing is not None else None,
            "seconds": _seconds(history.last.timestamp - history.first.timestamp),
            "events": len(history),
            "tasks": [
                {
                    "task": task.task,
                    "name": task.name,
                    "attempt": task.attempt,
                    "state": task.last_state,
                    "waited": _seconds(task.time_scheduled),
                    "ran": _seconds(task.time_running),
                }
                for task in profile(history)
            ],
        }
        where = _where(identity.workflow_id, identity.run_id)
        self.metrology_store.put(f"{where}/workflow.json", _text(told))


def _where(workflow_id: str, run_id: str) -> str:
    """Return what the keys of an execution begin with; in its run id, `/` is written `%2F`."""
    return f"{PREFIX}/{workflow_id}/{run_id.replace('/', '%2F')}"


def _seconds(duration: Any) -> float | None:
    return None if duration is None else float(duration.total_seconds())


def _text(told: dict[str, Any]) -> bytes:
    return TYPED_JSON.encode(told, "metrology").encode()
