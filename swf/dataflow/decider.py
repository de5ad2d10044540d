"""`Decider`: polls for decision tasks of workflow classes and makes their decisions.

`workflow_instance.py` makes the decisions. This module finds the cached instance of an execution,
runs its code in the right thread, and registers the types that its decisions refer to.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

from swf import codecs
from swf.actors import Decider as _Decider
from swf.actors.runtime import is_user_interrupt
from swf.actors.tasks import DecisionTaskContext
from swf.constants import DATA_LIMIT
from swf.dataflow.declaration import validate_workflow_class
from swf.dataflow.fibers import PinnedThread, ThreadAffinity
from swf.dataflow.late_events import LateEventsError
from swf.dataflow.registration import Registrar
from swf.dataflow.rerun import results_for
from swf.dataflow.retry_resolution import ReplayFacts, replay_until_consistent
from swf.dataflow.runtime import DeciderOptions, Identity, WorkflowRuntime
from swf.dataflow.workflow import Workflow
from swf.dataflow.workflow_instance import WorkflowInstance
from swf.exceptions import HistoryError, InvalidTypeError, NonDeterminismError
from swf.models import Domain
from swf.models.decision import Decision
from swf.models.history import History
from swf.payload import Codec

#: Maximum length of the names of awaited signals in the execution context.
MAX_CONTEXT = DATA_LIMIT // 2

logger = logging.getLogger(__name__)


class Decider(_Decider):
    """Makes the decisions of workflow classes, and registers the classes and their activities.

    :param domain: The domain to poll.
    :param task_list: The task list to poll.
    :param workflows: The workflow classes. Classes that these start as children are added; those of
        children that another decider started are found among the classes of this process.
    :param codec: Encodes and decodes payloads; workers must use the same codec.
    :param activity_task_list: Overrides the task list of every activity.
    :param child_task_list: Overrides the task list of every child workflow.
    :param simpleflow_codec: The codec of executions that simpleflow started. Default: `codec` if it
        is a `SimpleflowJSON`, else one that cannot read jumbo fields.
    :param replay_every_decision: Whether to replay the whole history for each decision instead of
        keeping suspended code. It is slow, and useful in tests.
    :param options: Other parameters of `swf.actors.Decider`.
    :raises InvalidTypeError: `workflows` is not a list of subclasses of `Workflow`.
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
        simpleflow_codec: Codec | None = None,
        replay_every_decision: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, **options)
        self.workflows = {(each.name, each.version): each for each in _check(workflows)}
        self.options = DeciderOptions(codec, activity_task_list, child_task_list, simpleflow_codec)
        self.replay_every_decision = replay_every_decision
        # One slot decides in one thread, which needs no pinned threads. A decider that also polls
        # its own task list has a second thread.
        has_one_thread = self.concurrency == 1 and self.own_task_list_timeout is None
        self._affinity = None if has_one_thread else ThreadAffinity(self.concurrency)
        self._registrar = Registrar(domain, lambda: self.connection)

    def _set_up(self) -> None:
        self.register()

    def stop(self, timeout: float | None = None) -> bool:
        """Stop polling, wait for the decisions in progress, and close all cached instances.

        :param timeout: Seconds to wait; None for no limit.
        :returns: Whether all decisions were completed in time.
        """
        is_done = super().stop(timeout)
        if is_done:
            self.histories.cache.clear()
            if self._affinity is not None:
                self._affinity.end()
        return is_done

    def register(self) -> None:
        """Register the workflow types. Types that are already registered are not changed."""
        for workflow in self.workflows.values():
            self._registrar.workflow(workflow)

    def decide(self, task: DecisionTaskContext) -> list[Decision]:
        """Return the pending decisions of the workflow's code.

        :param task: The decision task, with the folded history.
        :raises NonDeterminismError: The commands of the code differ from the history.
        :raises HistoryError: The decider has no class for the workflow type.
        """
        if self._affinity is None:
            instance, decisions = self._advance(task, None)
        else:
            thread = self._affinity.thread_for(task.execution.run_id or "")
            instance, decisions = thread.call(self._advance, task, thread)
        self._register_types(instance.runtime)
        return decisions

    def _decided(self, task: DecisionTaskContext, decisions: list[Decision]) -> None:
        """Call the hooks of a workflow whose execution is closed; their errors are logged."""
        if not (decisions and decisions[-1].is_closing and isinstance(task.state, CachedInstance)):
            return
        instance = task.state.instance
        try:
            _call_closing_hooks(instance, task.history, decisions[-1])
        except BaseException as error:
            if is_user_interrupt(error):
                raise
            logger.exception("hook failed: %r", instance)

    def _register_types(self, runtime: WorkflowRuntime) -> None:
        """Register the types that an execution submitted for the first time."""
        while runtime.new_activities:
            self._registrar.activity(runtime.new_activities.pop())
        while runtime.new_children:
            child = runtime.new_children.pop()
            self._registrar.workflow(child)
            workflow = cast(type[Workflow], child)  # children are subclasses of Workflow
            self.workflows.setdefault((child.name, child.version), workflow)

    def _advance(
        self, task: DecisionTaskContext, thread: PinnedThread | None
    ) -> tuple[WorkflowInstance, list[Decision]]:
        instance, decisions = self._advance_cached(task) or self._replay(task, thread)
        _publish_awaited_signals(instance.runtime, task)
        pause = instance.pause
        return instance, decisions if pause is None else pause.apply(task, decisions)

    def _advance_cached(
        self, task: DecisionTaskContext
    ) -> tuple[WorkflowInstance, list[Decision]] | None:
        """Advance the cached instance; None if there is none, or if it must repeat a turn."""
        cached = None if self.replay_every_decision else task.state
        if cached is None or not cached.instance.runtime.loop.is_current_thread:
            return None
        try:
            return cached.instance, _follow(cached.instance, task.history)
        except LateEventsError:
            return None

    def _replay(
        self, task: DecisionTaskContext, thread: PinnedThread | None
    ) -> tuple[WorkflowInstance, list[Decision]]:
        create, follow = partial(self._create, task), partial(_follow, history=task.history)
        instance, decisions = replay_until_consistent(create, follow)
        task.state = CachedInstance(instance, thread)
        return instance, decisions

    def _create(self, task: DecisionTaskContext, facts: ReplayFacts) -> WorkflowInstance:
        workflow_type, execution = task.workflow_type, task.execution
        identity = Identity(self.domain.name, execution.workflow_id, execution.run_id or "")
        is_child = task.history.execution.parent is not None
        workflow = self._find_class(workflow_type.name, workflow_type.version, is_child)
        connection = self.connection

        def find_history(workflow_id: str, run_id: str) -> History:
            earlier = execution.evolve(
                workflow_id=workflow_id, run_id=run_id, connection=connection
            )
            return earlier.history()

        options = self.options.for_history(task.history)
        results = results_for(find_history, task.history, options.codec)
        return WorkflowInstance(workflow, identity, options, results, facts)

    def _find_class(self, name: str, version: str, is_child: bool) -> type[Workflow]:
        workflow = self.workflows.get((name, version))
        if workflow is None:
            # simpleflow uses the path of the class as the type name of a child workflow.
            by_path = {(each.path(), each.version): each for each in self.workflows.values()}
            workflow = by_path.get((name, version))
        if workflow is None and is_child:
            # A decider that has not replayed the parent since its start does not know the class.
            for each in _subclasses(Workflow):
                if each.version == version and name in (each.name, each.path()):
                    workflow = each
        if workflow is None:
            type_names = ", ".join(f"{name} {version}" for name, version in self.workflows)
            raise HistoryError(
                f"The decider has no class for this workflow type: {name!r} {version!r}. "
                f"Known types: {type_names}"
            )
        return workflow


def _subclasses(cls: type[Workflow]) -> Iterator[type[Workflow]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _check(workflows: Any) -> list[type[Workflow]]:
    if not isinstance(workflows, Iterable):
        raise InvalidTypeError("workflows", workflows, "must be a list of subclasses of Workflow")
    classes = list(workflows)
    for each in classes:
        validate_workflow_class("workflows", each)
    return classes


def _follow(instance: WorkflowInstance, history: History) -> list[Decision]:
    instance.workflow.before_replay(history)
    decisions = instance.advance(history)
    instance.workflow.after_replay(history)
    return decisions


def _publish_awaited_signals(runtime: WorkflowRuntime, task: DecisionTaskContext) -> None:
    """Set the execution context, which `describe` shows, to the names of awaited signals.

    Of many names, it contains as many as fit.
    """
    names = runtime.signals.awaited_names if runtime.close_command is None else []
    while len(json.dumps(names)) > MAX_CONTEXT:
        names = names[: len(names) // 2]
    if names:
        task.execution_context = {"waiting_signals": names}
    elif task.execution_context:
        task.execution_context = ""


class CachedInstance:
    """A workflow instance in the cache of histories. It is closed when it leaves the cache.

    :param thread: The thread that runs the instance's code; None for the deciding thread.
    """

    def __init__(self, instance: WorkflowInstance, thread: PinnedThread | None) -> None:
        self.instance = instance
        self._thread = thread

    def __del__(self) -> None:
        if self._thread is None:
            self.instance.close()
        else:
            self._thread.post(self.instance.close)


def _call_closing_hooks(instance: WorkflowInstance, history: History, decision: Decision) -> None:
    workflow, attributes = instance.workflow, decision.attributes
    if decision.type == "CompleteWorkflowExecution":
        workflow.on_completed(history)
    elif decision.type == "FailWorkflowExecution":
        details = instance.runtime.decode(attributes.get("details"))
        workflow.on_failure(history, attributes.get("reason"), details)
    elif decision.type == "CancelWorkflowExecution":
        workflow.on_canceled(history)
    workflow.after_closed(history)


#: Added to the error of a replay without ids, which a history does not contain.
_IDS_REMEDY = (
    " Ids of children, self.random and self.uuid() depend on the ids of the execution: "
    "if the code uses them, pass workflow_id and run_id to `replay`."
)

#: Added to the error of a replay without the history of an earlier execution.
_RESULTS_REMEDY = (
    " The execution reuses results of the run {}: "
    "pass its history to `replay`, `earlier={{run_id: history}}`."
)


def replay(
    workflow: type[Workflow],
    history: History,
    *,
    domain: str = "",
    workflow_id: str = "",
    run_id: str = "",
    codec: Codec = codecs.TYPED_JSON,
    simpleflow_codec: Codec | None = None,
    earlier: Mapping[str, History] | None = None,
) -> list[tuple[str, int]]:
    """Check that a workflow's code produces the decisions of a recorded history.

    :param history: The history of an open or closed execution.
    :param domain: The domain of the execution, if the code uses it.
    :param workflow_id: The workflow id, if the code starts children.
    :param run_id: The run id, if the code uses `self.random` or `self.uuid()` or starts children.
    :param codec: The codec of the decider that recorded the history.
    :param simpleflow_codec: The codec of executions that simpleflow started, as for `Decider`.
    :param earlier: The histories of executions whose results this one reuses, by run id; see
        `rerun`.
    :returns: File and line of each place at which the code waits at the end of the history, in the
        order of their names; empty if the code has returned.
    :raises NonDeterminismError: The commands of the code differ from the history.
    """
    validate_workflow_class("workflow", workflow)
    identity = Identity(domain, workflow_id, run_id)
    histories, missing = earlier or {}, []

    def find_history(workflow_id: str, run_id: str) -> History:  # noqa: ARG001 - run ids are unique
        if run_id not in histories:
            missing.append(run_id)
        return histories.get(run_id, History())

    options = DeciderOptions(codec, simpleflow_codec=simpleflow_codec).for_history(history)
    results = results_for(find_history, history, options.codec)
    create = partial(WorkflowInstance, workflow, identity, options, results)
    verify = partial(WorkflowInstance.verify, history=history)
    try:
        instance, _ = replay_until_consistent(create, verify)
    except NonDeterminismError as error:
        if not run_id:
            error.remedy += _IDS_REMEDY
        for each in missing:
            error.remedy += _RESULTS_REMEDY.format(each)
        raise
    try:
        return sorted(instance.positions())
    finally:
        instance.close()
