"""Start runs: by request, as a child execution, or as the next run of a chain.

Source: Developer Guide, "Child Workflows"; API Reference, StartChildWorkflowExecutionFailedCause,
ContinueAsNewWorkflowExecutionFailedCause.
"""

from swf.local import limits
from swf.local.batch import Batch
from swf.local.entities import Attributes, Execution
from swf.local.registry import DEPRECATED
from swf.local.settings import SettingMissing, resolve
from swf.local.step import EngineStep


def start_run(step: EngineStep, domain: str, workflow_id: str, attributes: Attributes) -> Execution:
    """Start a run with its first event and first decision task.

    :param attributes: the attributes of the first event.
    """
    state = step.state
    run_id = state.next_run_id()
    event = step.event(1, "WorkflowExecutionStarted", {"parentInitiatedEventId": 0, **attributes})
    step.record("run", domain, workflow_id, run_id, state.runs + 1, event)
    execution = state.executions[run_id]
    step.schedule_decision_task(execution)
    return execution


def _settings_or_cause(
    batch: Batch, name: str, version: str, attributes: Attributes
) -> Attributes | str:
    """Return the settings of a new run, or the cause of its refusal."""
    types = batch.step.state.domains[batch.execution.domain].workflow_types
    workflow_type = types.get((name, version))
    if workflow_type is None:
        return "WORKFLOW_TYPE_DOES_NOT_EXIST"
    if workflow_type.status == DEPRECATED:
        return "WORKFLOW_TYPE_DEPRECATED"
    try:
        return resolve(attributes, workflow_type)
    except SettingMissing as missing:
        return missing.cause


def initiate_child(batch: Batch, attributes: Attributes) -> str | None:
    """Start a child after the batch; whether its workflow id is open is checked then."""
    execution, state = batch.execution, batch.step.state
    child_type = attributes["workflowType"]
    settings = _settings_or_cause(batch, child_type["name"], child_type["version"], attributes)
    if isinstance(settings, str):
        return settings
    if len(execution.children) >= limits.OPEN_CHILDREN:
        return "OPEN_CHILDREN_LIMIT_EXCEEDED"
    open_runs = state.domains[execution.domain].open_runs
    if state.limits != "off" and len(open_runs) >= limits.OPEN_EXECUTIONS_PER_DOMAIN:
        return "OPEN_WORKFLOWS_LIMIT_EXCEEDED"
    if not batch.has_token("StartChildWorkflowExecution"):
        return "CHILD_CREATION_RATE_EXCEEDED"
    initiated = {
        "workflowId": attributes["workflowId"],
        "control": attributes.get("control"),
        **settings,
    }
    present = {name: value for name, value in initiated.items() if value is not None}
    batch.initiate("start_child", "StartChildWorkflowExecutionInitiated", present)
    return None


def start_child(
    step: EngineStep, parent: Execution, initiated: int, attributes: Attributes
) -> None:
    """Start an initiated child; a parent that has closed in the meantime gets no event."""
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
    excluded = ("control", "decisionTaskCompletedEventId", "workflowId")
    settings = {name: value for name, value in attributes.items() if name not in excluded}
    settings.update(parentInitiatedEventId=initiated, parentWorkflowExecution=parent.reference)
    child = start_run(step, parent.domain, workflow_id, settings)
    step.trigger(
        parent,
        "ChildWorkflowExecutionStarted",
        initiatedEventId=initiated,
        workflowExecution=child.reference,
        workflowType=child.workflow_type,
    )


def continue_as_new(batch: Batch, attributes: Attributes) -> str | None:
    """Close the run and start the next one, which inherits only the parent."""
    if batch.is_unhandled:
        return "UNHANDLED_DECISION"
    execution, step = batch.execution, batch.step
    current = execution.workflow_type
    version = attributes.get("workflowTypeVersion", current["version"])
    settings = _settings_or_cause(batch, current["name"], version, attributes)
    if isinstance(settings, str):
        return settings
    new_run_id = step.state.next_run_id()
    batch.append("WorkflowExecutionContinuedAsNew", newExecutionRunId=new_run_id, **settings)
    links = ("parentInitiatedEventId", "parentWorkflowExecution")
    inherited = {name: execution.settings.get(name) for name in links}
    start_run(
        step,
        execution.domain,
        execution.workflow_id,
        {**settings, **inherited, "continuedExecutionRunId": execution.run_id},
    )
    return None
