"""Runs that begin: by request, as the child of another run, as the next run of a chain.

Source: Developer Guide, "Child Workflows"; API Reference, StartChildWorkflowExecutionFailedCause,
ContinueAsNewWorkflowExecutionFailedCause.
"""

from swf.local import limits
from swf.local.batch import Batch
from swf.local.entities import Attributes, Execution
from swf.local.registry import DEPRECATED
from swf.local.settings import SettingMissing, resolve
from swf.local.step import EngineStep


def begin(step: EngineStep, domain: str, workflow_id: str, attributes: Attributes) -> Execution:
    """Start a run: its first event and its first decision task."""
    state = step.state
    run_id = state.next_run_id()
    event = step.event(1, "WorkflowExecutionStarted", {"parentInitiatedEventId": 0, **attributes})
    step.record("run", domain, workflow_id, run_id, state.runs + 1, event)
    execution = state.executions[run_id]
    step.schedule_decision_task(execution)
    return execution


def _settings_or_cause(
    batch: Batch, name: str, version: str, given: Attributes
) -> Attributes | str:
    """Return the settings of a run of a type, or the cause why there can be none."""
    types = batch.step.state.domains[batch.execution.domain].workflow_types
    workflow_type = types.get((name, version))
    if workflow_type is None:
        return "WORKFLOW_TYPE_DOES_NOT_EXIST"
    if workflow_type.status == DEPRECATED:
        return "WORKFLOW_TYPE_DEPRECATED"
    try:
        return resolve(given, workflow_type)
    except SettingMissing as missing:
        return missing.cause


def initiate_child(batch: Batch, given: Attributes) -> str | None:
    """Start a child after the batch; whether its id is taken shows only then."""
    execution, state = batch.execution, batch.step.state
    asked = given["workflowType"]
    settings = _settings_or_cause(batch, asked["name"], asked["version"], given)
    if isinstance(settings, str):
        return settings
    if len(execution.children) >= limits.OPEN_CHILDREN:
        return "OPEN_CHILDREN_LIMIT_EXCEEDED"
    open_runs = state.domains[execution.domain].open_runs
    if state.limits != "off" and len(open_runs) >= limits.OPEN_EXECUTIONS_PER_DOMAIN:
        return "OPEN_WORKFLOWS_LIMIT_EXCEEDED"
    if not batch.has_token("StartChildWorkflowExecution"):
        return "CHILD_CREATION_RATE_EXCEEDED"
    about = {"workflowId": given["workflowId"], "control": given.get("control"), **settings}
    given = {name: value for name, value in about.items() if value is not None}
    batch.initiate("start_child", "StartChildWorkflowExecutionInitiated", given)
    return None


def start_child(
    step: EngineStep, parent: Execution, initiated: int, attributes: Attributes
) -> None:
    """Start a child that was initiated; a parent that closed meanwhile hears nothing of it."""
    workflow_id = attributes["workflowId"]
    if step.state.open_run(parent.domain, workflow_id) is not None:
        step.trigger(
            parent,
            "StartChildWorkflowExecutionFailed",
            cause="WORKFLOW_ALREADY_RUNNING",
            control=attributes.get("control"),
            decisionTaskCompletedEventId=attributes["decisionTaskCompletedEventId"],
            initiatedEventId=initiated,
            workflowId=workflow_id,
            workflowType=attributes["workflowType"],
        )
        return
    own = ("control", "decisionTaskCompletedEventId", "workflowId")
    settings = {name: value for name, value in attributes.items() if name not in own}
    settings.update(parentInitiatedEventId=initiated, parentWorkflowExecution=parent.reference)
    child = begin(step, parent.domain, workflow_id, settings)
    step.trigger(
        parent,
        "ChildWorkflowExecutionStarted",
        initiatedEventId=initiated,
        workflowExecution=child.reference,
        workflowType=child.workflow_type,
    )


def continue_as_new(batch: Batch, given: Attributes) -> str | None:
    """Close the run and start the next one; no setting but the parent is inherited."""
    if batch.is_unhandled:
        return "UNHANDLED_DECISION"
    execution, step = batch.execution, batch.step
    current = execution.workflow_type
    version = given.get("workflowTypeVersion", current["version"])
    settings = _settings_or_cause(batch, current["name"], version, given)
    if isinstance(settings, str):
        return settings
    new_run_id = step.state.next_run_id()
    batch.append("WorkflowExecutionContinuedAsNew", newExecutionRunId=new_run_id, **settings)
    links = ("parentInitiatedEventId", "parentWorkflowExecution")
    inherited = {name: execution.settings.get(name) for name in links}
    begin(
        step,
        execution.domain,
        execution.workflow_id,
        {**settings, **inherited, "continuedExecutionRunId": execution.run_id},
    )
    return None
