"""`Decider`: decides for executions of workflow classes.

Everything that decides is in `run.py`; here a decision task finds its run, in its thread, and the
types that its decisions name are registered before they are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from swf import codecs
from swf.actors import Decider as _Decider
from swf.actors.hooks import Hooks
from swf.actors.tasks import DecisionTaskContext
from swf.dataflow.declaration import accept_workflow
from swf.dataflow.fibers import PinnedThread, ThreadAffinity
from swf.dataflow.registration import Registrar
from swf.dataflow.rerun import results_for
from swf.dataflow.retry_resolution import RetryFacts, replay_until_consistent
from swf.dataflow.runtime import Identity, Options
from swf.dataflow.workflow import Workflow
from swf.dataflow.workflow_instance import WorkflowInstance
from swf.exceptions import HistoryError, InvalidTypeError, NonDeterminismError
from swf.models import Domain
from swf.models.decision import Decision
from swf.models.history import History
from swf.payload import Codec


class Decider(_Decider):
    """Decide for executions of workflow classes, which it registers with their activities.

    :param workflows: the classes; those that they start as children need not be listed.
    :param codec: how payloads are written; the workers must use the same.
    :param activity_task_list: where all activities go, wherever they were declared to.
    :param child_task_list: where all children's decision tasks go.
    :param replay_every_decision: whether to keep no code suspended, and replay the whole history
        each time: slow, and good for tests.

    The other parameters are those of `swf.actors.Decider`.
    """

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        workflows: Iterable[type[Workflow]],
        *,
        codec: Codec = codecs.TYPED_JSON,
        activity_task_list: str | None = None,
        child_task_list: str | None = None,
        replay_every_decision: bool = False,
        hooks: Iterable[Hooks] = (),
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, hooks=(_WorkflowHooks(), *hooks), **options)
        self.workflows = {(each.name, each.version): each for each in _accept(workflows)}
        self.options = Options(codec, activity_task_list, child_task_list)
        self.replay_every_decision = replay_every_decision
        # One slot is one thread: its runs need no thread. A task list of its own brings a second.
        is_one = self.concurrency == 1 and self.own_task_list_timeout is None
        self._affinity = None if is_one else ThreadAffinity(self.concurrency)
        self._registrar = Registrar(domain, lambda: self.connection)

    def start(self) -> None:
        """Register the workflows, then poll and decide in threads, until `stop`."""
        self.register()
        super().start()

    def stop(self, timeout: float | None = None) -> bool:
        """Poll no more, and wait until everything in hand is done; all kept code ends."""
        is_done = super().stop(timeout)
        if is_done:
            self.histories.cache.clear()
            if self._affinity is not None:
                self._affinity.end()
        return is_done

    def register(self) -> None:
        """Register the workflow types; those that are registered stay as they are."""
        for workflow in self.workflows.values():
            self._registrar.workflow(workflow)

    def decide(self, task: DecisionTaskContext) -> list[Decision]:
        """Return what the workflow's code asks for now.

        :raises NonDeterminismError: the code does not ask for what the history says it did.
        """
        if self._affinity is None:
            run, decisions = self._advance(task, None)
        else:
            thread = self._affinity.of(task.execution.run_id or "")
            run, decisions = thread.call(self._advance, task, thread)
        self._register_for(run)
        return decisions

    def _register_for(self, run: WorkflowInstance) -> None:
        """Register what a run has submitted for the first time."""
        while run.new_activities:
            self._registrar.activity(run.new_activities.pop())
        while run.new_children:
            child = run.new_children.pop()
            self._registrar.workflow(child)
            found = cast(type[Workflow], child)  # nothing else becomes a child
            self.workflows.setdefault((child.name, child.version), found)

    def _advance(
        self, task: DecisionTaskContext, thread: PinnedThread | None
    ) -> tuple[WorkflowInstance, list[Decision]]:
        kept = None if self.replay_every_decision else task.state
        if kept is not None and kept.run.loop.is_mine:
            run, decisions = kept.run, _follow(kept.run, task.history)
        else:
            make, follow = partial(self._run, task), partial(_follow, history=task.history)
            run, decisions = replay_until_consistent(make, follow)
            task.state = CachedInstance(run, thread)
        _show_what_is_awaited(run, task)
        return run, decisions

    def _run(self, task: DecisionTaskContext, known: RetryFacts) -> WorkflowInstance:
        kind, execution = task.workflow_type, task.execution
        identity = Identity(self.domain.name, execution.workflow_id, execution.run_id or "")
        workflow = self._workflow(kind.name, kind.version)
        here = execution.evolve(connection=self.connection)

        def find(workflow_id: str, run_id: str) -> History:
            return here.evolve(workflow_id=workflow_id, run_id=run_id).history()

        results = results_for(find, task.history, self.options.codec)
        return WorkflowInstance(workflow, identity, self.options, results, known)

    def _workflow(self, name: str, version: str) -> type[Workflow]:
        workflow = self.workflows.get((name, version))
        if workflow is None:
            # simpleflow calls the types of children so.
            by_path = {(each.path(), each.version): each for each in self.workflows.values()}
            workflow = by_path.get((name, version))
        if workflow is None:
            known = ", ".join(f"{name} {version}" for name, version in self.workflows)
            raise HistoryError(f"no workflow {name!r} {version!r} here; there are {known}")
        return workflow


def _accept(workflows: Any) -> list[type[Workflow]]:
    if not isinstance(workflows, Iterable):
        raise InvalidTypeError("workflows", workflows, "must be a list of subclasses of Workflow")
    found = list(workflows)
    for each in found:
        accept_workflow("workflows", each)
    return found


def _follow(run: WorkflowInstance, history: History) -> list[Decision]:
    run.workflow.before_replay(history)
    decisions = run.advance(history)
    run.workflow.after_replay(history)
    return decisions


def _show_what_is_awaited(run: WorkflowInstance, task: DecisionTaskContext) -> None:
    """Have `describe` show which signals an execution waits for."""
    awaited = run.signals.awaited if run.closing is None else []
    if awaited:
        task.execution_context = {"waiting_signals": awaited}
    elif task.execution_context:
        task.execution_context = ""


class CachedInstance:
    """A run as it is kept beside its history; when it is thrown out, the run is closed.

    :param thread: where the run's code runs; None: in the thread that decides.
    """

    def __init__(self, run: WorkflowInstance, thread: PinnedThread | None) -> None:
        self.run = run
        self._thread = thread

    def __del__(self) -> None:
        if self._thread is None:
            self.run.close()
        else:
            self._thread.post(self.run.close)


class _WorkflowHooks(Hooks):
    """Calls the hooks of a workflow when the end of an execution was accepted."""

    def after_decision(
        self,
        actor: Any,  # noqa: ARG002 - the hook's signature
        task: DecisionTaskContext,
        decisions: Sequence[Decision] | None,
    ) -> None:
        """Look whether it was the end."""
        if (
            not decisions
            or not decisions[-1].is_closing
            or not isinstance(task.state, CachedInstance)
        ):
            return
        run, history = task.state.run, task.history
        workflow = run.workflow
        attributes = decisions[-1].attributes
        kind = decisions[-1].type
        if kind == "CompleteWorkflowExecution":
            workflow.on_completed(history)
        elif kind == "FailWorkflowExecution":
            details = run.decode(attributes.get("details"))
            workflow.on_failure(history, attributes.get("reason"), details)
        elif kind == "CancelWorkflowExecution":
            workflow.on_canceled(history)
        workflow.after_closed(history)


#: What may be the matter as well where a replay was not told the ids, which no history tells.
_WITHOUT_IDS = (
    " Ids of children, self.random and self.uuid() come from the ids of the execution: "
    "if the code has these, give `replay` its workflow_id and run_id."
)

_WITHOUT_RESULTS = (
    " It keeps results of the run {}: give `replay` its history, `earlier={{run_id: history}}`."
)


def replay(
    workflow: type[Workflow],
    history: History,
    *,
    domain: str = "",
    workflow_id: str = "",
    run_id: str = "",
    codec: Codec = codecs.TYPED_JSON,
    earlier: Mapping[str, History] | None = None,
) -> None:
    """Run the code of a workflow against a history, and return if it asks for just the same.

    :param workflow_id: needed, as `run_id` is, by code that starts children.
    :param run_id: needed by code that uses `self.random` or `self.uuid()`, or starts children.
    :param earlier: the histories of executions whose results it keeps, by run id; see `rerun`.
    :raises NonDeterminismError: the code does not ask for what the history says it did.
    """
    accept_workflow("workflow", workflow)
    identity = Identity(domain, workflow_id, run_id)
    known, missing = earlier or {}, []

    def find(workflow_id: str, run_id: str) -> History:  # noqa: ARG001 - a run id is enough
        if run_id not in known:
            missing.append(run_id)
        return known.get(run_id, History())

    results = results_for(find, history, codec)
    make = partial(WorkflowInstance, workflow, identity, Options(codec), results)
    try:
        run, _ = replay_until_consistent(make, partial(WorkflowInstance.verify, history=history))
    except NonDeterminismError as error:
        if not run_id:
            error.remedy += _WITHOUT_IDS
        for each in missing:
            error.remedy += _WITHOUT_RESULTS.format(each)
        raise
    run.close()
