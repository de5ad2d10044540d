"""Steps: parts of a workflow that run once across executions.

    class Index(WorkflowStepMixin, Workflow):
        def get_step_store(self):
            return S3Store(client, "my-bucket")

        def run(self, day):
            self.submit(self.step("load", (load, day))).wait()
            self.submit(self.step("load.check", (check, day), force_steps_if_executed=["report"]))

A store records completed steps under `<prefix>/<step>`, where simpleflow finds them, and under
`<prefix>/<step>@<digest of the task>`: with other arguments, a step runs again. A step that has no
digest in the store was run by simpleflow and is done with any arguments.

An execution lists the store once and records the list in a marker. Markers named `log.step` record
the status of each step and the reasons.

A step can be forced or skipped by its name, by a parent name (`load` for `load.check`), or by `*`.
Forcing takes precedence over skipping.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

from swf.codecs import TYPED_JSON, S3Store, Store
from swf.connection import current
from swf.dataflow.arguments import fingerprint
from swf.dataflow.base_future import Future
from swf.dataflow.canvas import Chain, ChainFuture, FuncGroup, Group
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.dataflow.task import ActivityTask, WorkflowTask, as_task
from swf.dataflow.workflow import Workflow
from swf.exceptions import ValidationError

#: Name of the marker that records the status of a step.
LOG_MARKER: Final = "log.step"

#: Prefix of the signal that is sent when a step is done.
SIGNAL: Final = "step."

#: A key of a store without the prefix: the name of a step, and usually the digest of its task.
_KEY: Final = re.compile(r"([^/]+?)(?:@([0-9a-f]{16}))?")
#: A bucket with an optional host, as simpleflow accepts it.
_BUCKET: Final = re.compile(r"(?:[\w.-]+\.amazonaws\.com/)?([^/]+)")


class StepOutcome(NamedTuple):
    """Status of a step, whether it was forced or skipped explicitly, and the reasons."""

    status: str
    forced: bool
    reasons: list[str]


class StepFuture(ChainFuture):
    """The future of a step: its result is the result of its task."""

    __slots__ = ()

    def combine(self, results: list[Any]) -> Any:
        """Return the result of the task, which is the first item of the chain."""
        return results[0]


class Step(Submittable):
    """A part of a workflow that runs once; parameters as in `WorkflowStepMixin.step`."""

    def __init__(
        self,
        name: str,
        activities: Any,
        force: bool = False,
        activities_if_step_already_done: Any = None,
        emit_signal: bool = False,
        force_steps_if_executed: Iterable[str] | None = None,
        bubbles_exception_on_failure: bool = False,
    ) -> None:
        if not name or "/" in name or "*" in name:
            raise ValidationError("name", name, "must be a name without `/` and `*`")
        self.name = name
        self.activities = _as_task(activities)
        self.force = force
        self.alternative = _as_task(activities_if_step_already_done)
        self.emit_signal = emit_signal
        self.force_steps = list(force_steps_if_executed or ())
        self.bubbles = bubbles_exception_on_failure

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Run the task, unless the step is done or skipped."""
        workflow = runtime.workflow
        if not isinstance(workflow, WorkflowStepMixin):
            raise ValidationError("step", self.name, "requires a WorkflowStepMixin")
        group = FuncGroup(self._task, workflow, raises_on_failure=self.raises, _allow_none=True)
        return group.start(runtime, scope)

    @property
    def digest(self) -> str:
        """A digest of the task and its arguments."""
        text = TYPED_JSON.encode(_describe(self.activities), f"step {self.name}")
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _task(self, workflow: WorkflowStepMixin) -> Submittable | None:
        """Return the task of the step, followed by a function that records its completion."""
        outcome = workflow._decide_step(self)
        workflow._log(self.name, outcome)
        if outcome.status != "scheduled":
            return self._chain(self.alternative, self._signal, workflow)
        if self.force_steps:
            workflow.add_forced_steps(self.force_steps, f"{self.name} was executed")
        return self._chain(self.activities, self._finish, workflow, outcome)

    def _chain(self, first: Submittable | None, function: Any, *args: Any) -> Submittable:
        last = FuncGroup(function, *args, _allow_none=True)
        if first is None:
            return last
        return Chain(
            first, last, bubbles_exception_on_failure=self.bubbles, future_class=StepFuture
        )

    def _finish(self, workflow: WorkflowStepMixin, outcome: StepOutcome) -> Submittable | None:
        workflow._mark_done(self)
        workflow._log(self.name, outcome._replace(status="completed"))
        return self._signal(workflow)

    def _signal(self, workflow: WorkflowStepMixin) -> Submittable | None:
        """Return the signal that the step is done, if it is enabled."""
        if not self.emit_signal:
            return None
        return cast(Workflow, workflow).signal(f"{SIGNAL}{self.name}", propagate=False)

    def __repr__(self) -> str:
        return f"<Step {self.name}>"


class WorkflowStepMixin:
    """Adds steps to a workflow; a second base class next to `Workflow`.

    Override `get_step_store` or `get_step_bucket`.
    """

    # To override.

    def get_step_store(self) -> Store:
        """Return the store of completed steps. Default: the S3 bucket of `get_step_bucket`.

        :raises ValidationError: the value of `get_step_bucket` is not a bucket.
        """
        text = self.get_step_bucket()
        bucket = _BUCKET.fullmatch(text)
        if bucket is None:
            rule = "must be a bucket, or the host of S3 (*.amazonaws.com) and a bucket"
            raise ValidationError("get_step_bucket", text, rule)
        return S3Store(current().service("s3"), bucket[1], prefix="")

    def get_step_bucket(self) -> str:
        """Return the name of the S3 bucket for completed steps; it may follow a host and `/`."""
        raise NotImplementedError(f"{type(self).__name__}: override get_step_store()")

    def get_step_path_prefix(self) -> str:
        """Return the prefix of the keys in the store. Executions with equal prefixes share steps.

        Default: `<workflow id>/steps`, so each step runs once per workflow id.
        """
        return f"{cast(Workflow, self).executor.identity.workflow_id}/steps"

    # Steps.

    def step(
        self,
        name: str,
        activities: Any,
        force: bool = False,
        activities_if_step_already_done: Any = None,
        emit_signal: bool = False,
        force_steps_if_executed: Iterable[str] | None = None,
        bubbles_exception_on_failure: bool = False,
    ) -> Step:
        """Return a step to submit.

        :param name: name of the step. Dots express hierarchy: `load.check` is part of `load`.
        :param activities: an activity, workflow class, task or group; or a tuple of an activity or
            workflow class and its arguments.
        :param force: run the step even if it is done.
        :param activities_if_step_already_done: a task to run if the step is done or skipped.
        :param emit_signal: send the signal `step.<name>` to this execution when the step is done,
            even if an earlier execution has run it.
        :param force_steps_if_executed: names of steps to force if this step runs.
        :param bubbles_exception_on_failure: whether the future of the step fails with its task.
        :raises ValidationError: the name is empty or contains `/` or `*`.
        """
        return Step(
            name,
            activities,
            force,
            activities_if_step_already_done,
            emit_signal,
            force_steps_if_executed,
            bubbles_exception_on_failure,
        )

    def add_forced_steps(self, steps: str | Iterable[str], reason: str | None = None) -> None:
        """Force steps: they run even if they are done or skipped.

        :param steps: a name or names; a name includes its parts, and `*` stands for all steps.
        :param reason: text for the marker `log.step`.
        """
        for step in _names(steps):
            self._reasons("forced").setdefault(step, []).append(reason or "forced")

    def add_skipped_steps(self, steps: str | Iterable[str], reason: str | None = None) -> None:
        """Skip steps, unless they are forced.

        :param steps: a name or names; a name includes its parts, and `*` stands for all steps.
        :param reason: text for the marker `log.step`.
        """
        for step in _names(steps):
            self._reasons("skipped").setdefault(step, []).append(reason or "skipped")

    def get_forced_steps(self) -> list[str]:
        """Return the names of forced steps."""
        return list(self._reasons("forced"))

    def get_skipped_steps(self) -> list[str]:
        """Return the names of skipped steps."""
        return list(self._reasons("skipped"))

    def get_steps_done(self) -> list[str]:
        """Return the names of steps that are done, in this or an earlier execution."""
        return sorted({name for name, _ in self._steps_done()})

    # State of the steps.

    def _reasons(self, kind: str) -> dict[str, list[str]]:
        reasons: dict[str, list[str]] = self.__dict__.setdefault(f"_{kind}_steps", {})
        return reasons

    def _steps_done(self) -> set[tuple[str, str]]:
        """Return (name, digest) of steps that are done; the store is listed once per execution.

        The digest is empty if the step is done with any arguments.
        """
        steps: set[tuple[str, str]] | None = self.__dict__.get("_done_steps")
        if steps is None:
            listed = cast(Workflow, self)._engine_markers.side_effect("steps", self._list_done)
            steps = self.__dict__["_done_steps"] = {(name, digest) for name, digest in listed}
        return steps

    def _list_done(self) -> list[list[str]]:
        prefix = self._key("")
        keys = [key[len(prefix) :] for key in self.get_step_store().keys(prefix)]
        steps = [match.groups(default="") for match in map(_KEY.fullmatch, keys) if match]
        with_digest = {name for name, digest in steps if digest}
        return [[name, digest] for name, digest in steps if digest or name not in with_digest]

    def _key(self, name: str) -> str:
        return f"{self.get_step_path_prefix().removesuffix('/')}/{name}"

    def _decide_step(self, step: Step) -> StepOutcome:
        """Decide whether a step runs or is skipped."""
        forced = _matching(step.name, self._reasons("forced"))
        if step.force:
            forced.insert(0, "force=True")
        skipped = _matching(step.name, self._reasons("skipped"))
        if forced:
            return StepOutcome("scheduled", True, forced)
        if skipped:
            return StepOutcome("skipped", True, skipped)
        if not self._steps_done().isdisjoint([(step.name, step.digest), (step.name, "")]):
            return StepOutcome("skipped", False, ["it was done already"])
        return StepOutcome("scheduled", False, [])

    def _mark_done(self, step: Step) -> None:
        # Stored before the marker is recorded: storing it again in a replay is harmless.
        store = self.get_step_store()
        for name in (f"{step.name}@{step.digest}", step.name):
            store.put(self._key(name), step.name.encode())
        self._steps_done().discard((step.name, ""))
        self._steps_done().add((step.name, step.digest))

    def _log(self, name: str, outcome: StepOutcome) -> None:
        workflow = cast(Workflow, self)
        details = {"step": name, **outcome._asdict()}
        workflow.submit(workflow.record_marker(LOG_MARKER, details))


def _names(steps: str | Iterable[str]) -> Iterable[str]:
    return [steps] if isinstance(steps, str) else steps


def _matching(name: str, reasons: dict[str, list[str]]) -> list[str]:
    """Return the reasons for a step, its parents and `*`."""
    return [
        reason
        for pattern, texts in reasons.items()
        if pattern in ("*", name) or name.startswith(f"{pattern.removesuffix('.*')}.")
        for reason in texts
    ]


def _as_task(what: Any) -> Submittable | None:
    if what is None:
        return None
    return as_task(*what) if isinstance(what, tuple) else as_task(what)


def _describe(task: Any) -> Any:
    """Return a value that describes a task; equal values stand for the same work."""
    if isinstance(task, Group):
        return [type(task).__name__, [_describe(item) for item in task.items]]
    if isinstance(task, ActivityTask):
        activity = [task.activity.name, task.activity.version]
        return [activity, fingerprint([task.args, task.kwargs])]
    if isinstance(task, WorkflowTask):
        workflow = [task.workflow.name, task.workflow.version]
        return [workflow, fingerprint([task.args, task.kwargs])]
    if isinstance(task, FuncGroup):
        name = getattr(task.func, "__qualname__", type(task.func).__name__)
        return [name, fingerprint([task.args, task.kwargs])]
    return type(task).__name__
