"""Steps: parts of a workflow that are done once, whichever execution does them.

    class Index(WorkflowStepMixin, Workflow):
        def get_step_store(self):
            return S3Store(client, "my-bucket")

        def run(self, day):
            self.submit(self.step("load", (load, day))).wait()
            self.submit(self.step("load.check", (check, day), force_steps_if_executed=["report"]))

What is done is noted in a store, under the step's name and a digest of what it was asked to do: a
step that is asked for something else is not done. An execution asks the store once, and records the
answer; markers named `log.step` tell what became of each step, and why.

A step may be forced or skipped by its name, by a name that it begins with (`load` for
`load.check`), or by `*`. What is forced is not skipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

from swf.codecs import TYPED_JSON, S3Store, Store
from swf.connection import current
from swf.dataflow.arguments import fingerprint
from swf.dataflow.canvas import Chain, ChainFuture, FuncGroup, Group
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.dataflow.task import ActivityTask, WorkflowTask, as_task
from swf.dataflow.workflow import Workflow
from swf.exceptions import ValidationError

#: The marker that tells what became of a step.
LOG_MARKER: Final = "log.step"

#: What the signal of a step that is done is called, before the step's name.
SIGNAL: Final = "step."


class Verdict(NamedTuple):
    """What becomes of a step, whether somebody said so, and why."""

    status: str
    forced: bool
    reasons: list[str]


class StepFuture(ChainFuture):
    """What a step comes to: what its task does."""

    __slots__ = ()

    def made_of(self, results: list[Any]) -> Any:
        """Return the result of the task, without that of what comes behind it."""
        return results[0]


class Step(Submittable):
    """A part of a workflow that is done once; parameters as of `WorkflowStepMixin.step`."""

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
            raise ValidationError("name", name, "must be a name; dots divide it, no `/`, no `*`")
        self.name = name
        self.activities = _task(activities)
        self.force = force
        self.otherwise = _task(activities_if_step_already_done)
        self.emit_signal = emit_signal
        self.force_steps = list(force_steps_if_executed or ())
        self.bubbles = bubbles_exception_on_failure

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Do it, unless it is done or to be skipped."""
        workflow = runtime.workflow
        if not isinstance(workflow, WorkflowStepMixin):
            raise ValidationError("step", self.name, "needs a workflow that is a WorkflowStepMixin")
        group = FuncGroup(self._done_by, workflow, raises_on_failure=self.raises, _allow_none=True)
        return group.start(runtime, scope)

    @property
    def digest(self) -> str:
        """What the step is asked to do, in short: another task or argument gives another."""
        text = TYPED_JSON.encode(_described(self.activities), f"step {self.name}")
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _done_by(self, workflow: WorkflowStepMixin) -> Submittable | None:
        """Return what is to be done, behind which it is noted that it was."""
        verdict = workflow._judge(self)
        workflow._log(self.name, verdict)
        if verdict.status != "scheduled":
            return self._followed_by(self.otherwise, self._tell, workflow)
        if self.force_steps:
            workflow.add_forced_steps(self.force_steps, f"{self.name} was executed")
        return self._followed_by(self.activities, self._finish, workflow, verdict)

    def _followed_by(self, first: Submittable | None, then: Any, *args: Any) -> Submittable:
        last = FuncGroup(then, *args, _allow_none=True)
        if first is None:
            return last
        return Chain(
            first, last, bubbles_exception_on_failure=self.bubbles, future_class=StepFuture
        )

    def _finish(self, workflow: WorkflowStepMixin, verdict: Verdict) -> Submittable | None:
        workflow._mark_done(self)
        workflow._log(self.name, verdict._replace(status="completed"))
        return self._tell(workflow)

    def _tell(self, workflow: WorkflowStepMixin) -> Submittable | None:
        """Return the signal that says that there is no more to wait for."""
        if not self.emit_signal:
            return None
        return cast(Workflow, workflow).signal(f"{SIGNAL}{self.name}", propagate=False)

    def __repr__(self) -> str:
        return f"<Step {self.name}>"


class WorkflowStepMixin:
    """What a workflow with steps is beside a `Workflow`, in any order.

    Override `get_step_store`, or `get_step_bucket`.
    """

    # What may be overridden.

    def get_step_store(self) -> Store:
        """Return where it is noted what is done; by default in the bucket of `get_step_bucket`."""
        return S3Store(current().service("s3"), self.get_step_bucket(), prefix="")

    def get_step_bucket(self) -> str:
        """Return the name of a bucket of S3 to note in what is done."""
        raise NotImplementedError(f"{type(self).__name__}: override get_step_store()")

    def get_step_path_prefix(self) -> str:
        """Return what the notes of this workflow begin with: steps of one prefix are the same.

        By default it is `steps/<name>/<workflow id>`, so that a workflow id does a step once.
        """
        workflow = cast(Workflow, self)
        return f"steps/{workflow.name}/{workflow.executor.identity.workflow_id}"

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

        :param name: dots divide it; `load.check` belongs to `load`.
        :param activities: anything that can be submitted, in a tuple with its arguments.
        :param force: whether to do it though it was done.
        :param activities_if_step_already_done: what to do instead when it was done, or is skipped.
        :param emit_signal: whether the execution gets the signal `step.<name>` when it is done,
            now or before.
        :param force_steps_if_executed: names of steps that are to be forced if this one is done.
        :param bubbles_exception_on_failure: whether its failure is one of what it is part of.
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
        """Have steps done though they were done, and though they are to be skipped."""
        for step in _names(steps):
            self._reasons("forced").setdefault(step, []).append(reason or "forced")

    def add_skipped_steps(self, steps: str | Iterable[str], reason: str | None = None) -> None:
        """Have steps not done, unless they are forced."""
        for step in _names(steps):
            self._reasons("skipped").setdefault(step, []).append(reason or "skipped")

    def get_forced_steps(self) -> list[str]:
        """Return the names of what is forced."""
        return list(self._reasons("forced"))

    def get_skipped_steps(self) -> list[str]:
        """Return the names of what is skipped."""
        return list(self._reasons("skipped"))

    def get_steps_done(self) -> list[str]:
        """Return the names of the steps that were done, by this execution or one before it."""
        return sorted({name for name, _ in self._steps_done()})

    # What is known of steps.

    def _reasons(self, kind: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.__dict__.setdefault(f"_{kind}_steps", {})
        return found

    def _steps_done(self) -> set[tuple[str, str]]:
        """Return names and digests of what is done; the store is asked once in an execution."""
        known: set[tuple[str, str]] | None = self.__dict__.get("_done_steps")
        if known is None:
            listed = cast(Workflow, self)._engine_markers.side_effect("steps", self._list_done)
            known = self.__dict__["_done_steps"] = {(name, digest) for name, digest in listed}
        return known

    def _list_done(self) -> list[list[str]]:
        prefix = f"{self.get_step_path_prefix()}/"
        keys = self.get_step_store().keys(prefix)
        return [key[len(prefix) :].rsplit("/", 1) for key in keys]

    def _judge(self, step: Step) -> Verdict:
        """Return what becomes of a step, and why."""
        forced = _matching(step.name, self._reasons("forced"))
        if step.force:
            forced.insert(0, "force=True")
        skipped = _matching(step.name, self._reasons("skipped"))
        if forced:
            return Verdict("scheduled", True, forced)
        if skipped:
            return Verdict("skipped", True, skipped)
        if (step.name, step.digest) in self._steps_done():
            return Verdict("skipped", False, ["it was done already"])
        return Verdict("scheduled", False, [])

    def _mark_done(self, step: Step) -> None:
        # Noted before the marker that says so: noting it again changes nothing.
        self.get_step_store().put(
            f"{self.get_step_path_prefix()}/{step.name}/{step.digest}", step.name.encode()
        )
        self._steps_done().add((step.name, step.digest))

    def _log(self, name: str, verdict: Verdict) -> None:
        workflow = cast(Workflow, self)
        told = {"step": name, **verdict._asdict()}
        workflow.submit(workflow.record_marker(LOG_MARKER, told))


def _names(steps: str | Iterable[str]) -> Iterable[str]:
    return [steps] if isinstance(steps, str) else steps


def _matching(name: str, reasons: dict[str, list[str]]) -> list[str]:
    """Return the reasons that are given for a step, or for what it belongs to."""
    return [
        reason
        for said, given in reasons.items()
        if said in ("*", name) or name.startswith(f"{said.removesuffix('.*')}.")
        for reason in given
    ]


def _task(what: Any) -> Submittable | None:
    if what is None:
        return None
    return as_task(*what) if isinstance(what, tuple) else as_task(what)


def _described(task: Any) -> Any:
    """Return what a task is, as a value: the same for the same work."""
    if isinstance(task, Group):
        return [type(task).__name__, [_described(item) for item in task.items]]
    if isinstance(task, ActivityTask):
        kind = [task.activity.name, task.activity.version]
        return [kind, fingerprint([task.args, task.kwargs])]
    if isinstance(task, WorkflowTask):
        kind = [task.workflow.name, task.workflow.version]
        return [kind, fingerprint([task.args, task.kwargs])]
    if isinstance(task, FuncGroup):
        name = getattr(task.func, "__qualname__", type(task.func).__name__)
        return [name, fingerprint([task.args, task.kwargs])]
    return type(task).__name__
