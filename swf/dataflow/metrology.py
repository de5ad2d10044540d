"""Metrology: measure the steps of activities and save the figures in a store.

    @activity.with_attributes(task_list="images")
    class Resize(MetrologyTask):
        metrology_store = S3Store(client, "metrology")

        def execute(self):
            with self.step("download") as step:
                data = fetch()
                step.read(bytes=len(data), records=1)

A `MetrologyWorkflow` adds the profile of its activities when its execution closes.
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

#: Prefix of all keys in the store.
PREFIX = "metrology"


class Amount:
    """An amount of data. Set the attributes, or call the object to add to them."""

    def __init__(self) -> None:
        self.bytes = 0
        self.records = 0

    def __call__(self, bytes: int = 0, records: int = 0) -> None:  # noqa: A002 - what it counts
        """Add to the amount.

        :param bytes: number of bytes to add.
        :param records: number of records to add.
        """
        self.bytes += bytes
        self.records += records


class MetrologyStep:
    """Duration, input and output of one step of an activity.

    :param name: name in the report.
    :ivar read: the amount of input.
    :ivar write: the amount of output.
    :ivar metadata: values to add to the report; JSON must be able to represent them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.started_at = time.time()
        self.seconds: float | None = None
        self.failed = False
        self.read = Amount()
        self.write = Amount()
        self.metadata: dict[str, Any] = {}

    def to_dict(self) -> dict[str, Any]:
        """Return the figures; durations are in seconds, `started_at` since the epoch."""
        return {
            "name": self.name,
            "started_at": self.started_at,
            "seconds": self.seconds,
            "failed": self.failed,
            "metadata": self.metadata,
            "read": vars(self.read),
            "write": vars(self.write),
        }


class MetrologyTask:
    """Base class of activities with measured steps. The figures are saved after `execute()`."""

    #: A value to add to the report; JSON must be able to represent it.
    meta: Any = None
    #: Store of the figures.
    metrology_store: ClassVar[Store]
    #: Set by the worker; see `swf.dataflow.activity`.
    context: dict[str, Any]

    @property
    def steps(self) -> list[MetrologyStep]:
        """The measured steps."""
        steps: list[MetrologyStep] = self.__dict__.setdefault("_steps", [])
        return steps

    @contextmanager
    def step(self, name: str) -> Iterator[MetrologyStep]:
        """Measure the block of a `with` statement as one step.

        :param name: name in the report.
        """
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
        """Save the figures."""
        self.push_metrology()

    def push_metrology(self) -> None:
        """Save the figures as `metrology/<workflow id>/<run id>/activity.<id>.json`."""
        task = {key: self.context.get(key) for key in ("name", "version", "activity_id")}
        steps = [step.to_dict() for step in self.steps]
        report = {**task, "meta": self.meta, "steps": steps}
        key = f"activity.{self.context['activity_id']}.json"
        prefix = _prefix(self.context["workflow_id"], self.context["run_id"])
        self.metrology_store.put(f"{prefix}/{key}", _to_json(report))


class MetrologyWorkflow(Workflow):
    """A workflow that saves the profile of its activities when its execution closes."""

    #: Store of the profile.
    metrology_store: ClassVar[Store]

    def after_closed(self, history: History) -> None:
        """Save the profile."""
        self.push_metrology(history)

    def push_metrology(self, history: History) -> None:
        """Save the profile as `metrology/<workflow id>/<run id>/workflow.json`.

        :param history: the history of the closed execution.
        """
        identity, closing = self._runtime.identity, self._runtime.close_command
        report = {
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
        prefix = _prefix(identity.workflow_id, identity.run_id)
        self.metrology_store.put(f"{prefix}/workflow.json", _to_json(report))


def _prefix(workflow_id: str, run_id: str) -> str:
    """Return the prefix of the keys of an execution, with `/` in the run id as `%2F`."""
    return f"{PREFIX}/{workflow_id}/{run_id.replace('/', '%2F')}"


def _seconds(duration: Any) -> float | None:
    return None if duration is None else float(duration.total_seconds())


def _to_json(report: dict[str, Any]) -> bytes:
    return TYPED_JSON.encode(report, "metrology").encode()
