"""Rerun: a new execution that reuses the results of an earlier one.

    rerun(Pipeline, failed)                           # repeats tasks that did not complete
    rerun(Pipeline, failed, from_="resize-3")         # ... and all tasks submitted since
    rerun(Pipeline, failed, force_activities="report")

The new execution has the same arguments, and its input refers to the earlier execution. Its decider
reads the results from the earlier history (`results_for`): a task with the same id or place that
completed there is finished immediately. If the earlier execution comes from an archive, the input
has the results themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from attrs import frozen

from swf import codecs, payload
from swf.constants import DATA_LIMIT
from swf.dataflow.arguments import decode_call
from swf.dataflow.declaration import Declaration, validate_workflow_class
from swf.dataflow.handle import WorkflowHandle
from swf.dataflow.simpleflow_compat import is_simpleflow_execution
from swf.engine.continuation import last_run
from swf.engine.decoding import decode_or_text
from swf.exceptions import ValidationError
from swf.models import WorkflowExecution, WorkflowType
from swf.models.history import History
from swf.models.history.entity import Entity
from swf.payload import Codec

#: Encoded results by activity id or, for a child workflow, by `child_key`.
Results: TypeAlias = Mapping[str, str | None]

#: Returns the history of an execution, given its workflow id and run id.
FindHistory: TypeAlias = Callable[[str, str], History]

#: The prefix of the task lists that `standalone` generates; a UUID follows.
STANDALONE_PREFIX: Final = "standalone-"


def results_for(find_history: FindHistory, history: History, codec: Codec) -> Results:
    """Return the results that an execution reuses; usually none.

    :param find_history: Returns the history of an earlier execution.
    :param history: The history of the new execution.
    """
    reference = _reference(history, codec)
    if reference is None:
        return {}
    results: Results | None = reference.get("results")
    if results is not None:
        return results
    return _reused_tasks(find_history, reference, codec).results()


def _reference(history: History, codec: Codec) -> dict[str, Any] | None:
    """Return the reference to an earlier execution in the input of an execution."""
    value = decode_or_text(history.execution.text("input"), codec)
    meta = value.get("meta") if isinstance(value, dict) else None
    reference = meta.get("rerun") if isinstance(meta, dict) else None
    return reference if isinstance(reference, dict) else None


def child_key(place: str) -> str:
    """Return the key in `Results` of a child workflow.

    :param place: The id of the child in the structure of its parent; the `control` of its events.
    """
    return f"child {place}"


def _compile(force: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(force) if force else None
    except re.error as error:
        raise ValidationError(
            "force_activities", force, f"must be a regular expression: {error}"
        ) from error


class _Task(NamedTuple):
    """A task of an earlier execution.

    :ivar position: Its place in the order of all tasks: the number of the execution that first
        submitted it, and the event.
    :ivar names: The texts that a forced pattern is compared with; none for a child workflow.
    :ivar is_completed: Whether it completed, so that there is a `result`.
    """

    position: tuple[int, int]
    names: tuple[str, ...]
    is_completed: bool
    result: str | None


class _EarlierTasks:
    """The tasks of an execution, and those whose results it reuses from earlier ones.

    :ivar tasks: The tasks by key; see `Results`.
    :ivar keys: The keys of the tasks by activity id or workflow id.
    :ivar number: The number of executions before this one.
    """

    def __init__(self, earlier: _EarlierTasks | None = None) -> None:
        self.number: int = 0 if earlier is None else earlier.number + 1
        self.tasks: dict[str, _Task] = {} if earlier is None else dict(earlier.tasks)
        self.keys: dict[str, str] = {} if earlier is None else dict(earlier.keys)

    @classmethod
    def with_results(cls, results: Results) -> _EarlierTasks:
        """Return completed tasks of an execution that is known by its results only."""
        tasks = cls()
        for number, (key, result) in enumerate(results.items()):
            tasks.tasks[key] = _Task((0, number), (key,), True, result)
            tasks.keys[key] = key
        return tasks

    def add(self, history: History) -> None:
        """Add the tasks of an execution."""
        for activity in history.activities.values():
            key = str(activity.id)
            self._add(key, activity, (activity.name or "", key))
        for child in history.children.values():
            self._add(child_key(child.text("control") or ""), child, ())

    def _add(self, key: str, entity: Entity, names: tuple[str, ...]) -> None:
        first = entity.attempts[0]
        event_id = first.opened_event_id or first.closed_event_id or 0
        earlier = self.tasks.get(key)
        position = (self.number, event_id) if earlier is None else earlier.position
        is_completed = entity.state == "completed"
        result = entity.text("result") if is_completed else None
        self.tasks[key] = _Task(position, names, is_completed, result)
        self.keys[str(entity.id)] = key

    def leave_out(self, from_: str | None, force: str | None) -> None:
        """Mark the tasks that a rerun repeats as not completed.

        :param from_: The id of the first activity or child workflow to repeat.
        :param force: A regular expression; activities with a match in their name or id are
            repeated.
        :raises ValidationError: There is no id `from_`, or `force` is not a regular expression.
        """
        pattern = _compile(force)
        end = None if from_ is None else self.tasks[self._key(from_)].position
        for key, task in self.tasks.items():
            is_later = end is not None and task.position >= end
            if is_later or (pattern is not None and any(map(pattern.search, task.names))):
                self.tasks[key] = task._replace(is_completed=False, result=None)

    def _key(self, task_id: str) -> str:
        if task_id not in self.keys:
            rule = "must be the id of an activity or child of the execution"
            raise ValidationError("from_", task_id, rule)
        return self.keys[task_id]

    def results(self) -> Results:
        """Return the results of the completed tasks."""
        return {key: task.result for key, task in self.tasks.items() if task.is_completed}

    def ids(self, *, is_completed: bool) -> list[str]:
        """Return the ids of the tasks that completed, or of the others."""
        latest = {key: task_id for task_id, key in self.keys.items()}
        return [
            latest[key] for key, task in self.tasks.items() if task.is_completed == is_completed
        ]


def _reused_tasks(
    find_history: FindHistory, reference: Mapping[str, Any], codec: Codec
) -> _EarlierTasks:
    """Return the tasks of earlier executions, as a rerun uses them.

    :param find_history: Returns the history of an earlier execution.
    :param reference: The reference to the earlier execution.
    :raises ValidationError: The reference is not valid for the earlier execution.
    """
    # The earlier execution may have been open at the rerun, and longer now.
    history = find_history(reference["workflow_id"], reference["run_id"])[: reference["events"]]
    inherited = _reference(history, codec)
    if inherited is None:
        tasks = _EarlierTasks()
    elif "results" in inherited:
        tasks = _EarlierTasks(_EarlierTasks.with_results(inherited["results"]))
    else:
        tasks = _EarlierTasks(_reused_tasks(find_history, inherited, codec))
    tasks.add(history)
    tasks.leave_out(reference["from"], reference["force"])
    return tasks


@frozen
class RerunPlan:
    """The plan of a rerun.

    :ivar completed: The ids of the tasks whose results are reused.
    :ivar repeated: The ids of the other tasks of the earlier execution, which may run again.
    :ivar execution: The earlier execution; the last run if it continued as new.
    """

    completed: list[str]
    repeated: list[str]
    execution: WorkflowExecution
    _workflow_type: WorkflowType
    _workflow_id: str
    _options: Mapping[str, Any]
    _codec: Codec

    def start(self) -> WorkflowHandle[Any]:
        """Start the new execution and return it."""
        execution = self._workflow_type.start_execution(self._workflow_id, **self._options)
        return WorkflowHandle.from_execution(execution, self._codec)

    def __str__(self) -> str:
        completed = f"keeps {len(self.completed)} tasks: {', '.join(self.completed) or 'none'}"
        return f"{completed}\nruns {', '.join(self.repeated) or 'no other known task'}"


def plan_rerun(
    workflow: type[Declaration],
    execution: WorkflowExecution,
    *,
    from_: str | None = None,
    force_activities: str | None = None,
    workflow_id: str | None = None,
    task_list: str | None = None,
    codec: Codec = codecs.TYPED_JSON,
) -> RerunPlan:
    """Return the plan of a rerun without starting it.

    The parameters and errors are those of `rerun`.

    :param workflow: The workflow class of the earlier execution.
    :param execution: The earlier execution, with its run id.
    :param from_: The id of the first activity or child workflow to repeat.
    :param force_activities: A regular expression for activities to repeat.
    :param workflow_id: The workflow id of the new execution.
    :param task_list: The task list of the new execution.
    :param codec: The codec of both executions.
    """
    validate_workflow_class("workflow", workflow)
    execution, history = last_run(execution)
    if is_simpleflow_execution(history):
        rule = "was started by simpleflow, whose results cannot be reused; restart it instead"
        raise ValidationError("execution", execution.workflow_id, rule)
    args, kwargs = decode_call(payload.decode(history.execution.text("input"), codec))
    reference: dict[str, Any] = {
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "from": from_,
        "force": force_activities,
        "events": len(history),
    }

    def find_history(workflow_id: str, run_id: str | None) -> History:
        if run_id == execution.run_id:
            return history
        return execution.evolve(workflow_id=workflow_id, run_id=run_id).history()

    tasks = _reused_tasks(find_history, reference, codec)
    if execution.connection.is_archive:
        # The service has deleted the earlier history, or will do so before the new one closes.
        reference["results"] = dict(tasks.results())
    value = {"args": args, "kwargs": kwargs, "meta": {"rerun": reference}}
    earlier_list = history.execution.task_list
    if earlier_list is not None and re.fullmatch(
        f"{STANDALONE_PREFIX}[0-9a-f]{{32}}", earlier_list
    ):
        earlier_list = None
    return RerunPlan(
        completed=tasks.ids(is_completed=True),
        repeated=tasks.ids(is_completed=False),
        execution=execution,
        workflow_type=WorkflowType(
            execution.domain,
            workflow.name,
            workflow.version,
            connection=execution.connection.upstream,
        ),
        workflow_id=workflow_id or execution.workflow_id,
        options={
            "task_list": task_list or earlier_list or workflow.get_task_list(*args, **kwargs),
            "input": payload.encode(value, "input", DATA_LIMIT, codec),
            "tag_list": history.execution.tag_list or None,
        },
        codec=codec,
    )


def rerun(
    workflow: type[Declaration],
    execution: WorkflowExecution,
    *,
    from_: str | None = None,
    force_activities: str | None = None,
    workflow_id: str | None = None,
    task_list: str | None = None,
    codec: Codec = codecs.TYPED_JSON,
) -> WorkflowHandle[Any]:
    """Start an execution that reuses the results of an earlier one, and return it.

    An earlier execution that is itself a rerun passes on the results that it reused. If it
    continued as new, its last run is repeated.

    :param workflow: The workflow class of the earlier execution.
    :param execution: The earlier execution, with its run id.
    :param from_: The id of the first activity or child workflow to repeat. Default: only tasks
        that did not complete.
    :param force_activities: A regular expression; activities with a match in their name or id are
        repeated.
    :param workflow_id: The workflow id of the new execution. Default: that of the earlier one.
    :param task_list: The task list of the new execution. Default: that of the earlier one, or that
        of the workflow class if `standalone` generated the earlier one.
    :param codec: The codec of both executions.
    :raises ValidationError: The history has no id `from_`, `force_activities` is not a regular
        expression, or simpleflow started the execution.
    """
    return plan_rerun(
        workflow,
        execution,
        from_=from_,
        force_activities=force_activities,
        workflow_id=workflow_id,
        task_list=task_list,
        codec=codec,
    ).start()
