"""What the service does soon after: start children, deliver signals and cancels, call functions,
tell the parent of a close, apply the child policy.

A rule leaves a consequence with its step; `settle` draws them one after the other, each as a
separate change at the same instant, after the batch that asked for them.
Source: Developer Guide, "Child Workflows", "Signals", "AWS Lambda Tasks".
"""

from collections.abc import Callable
from typing import Any

from swf.local.execution import Execution, attributes_member
from swf.local.history import Event
from swf.local.step import LambdaCall, Step
from swf.local.tasks import Attributes


def settle(step: Step) -> None:
    """Draw every consequence, and what follows from it in turn."""
    while step.consequences:
        name, *arguments = step.consequences.popleft()
        CONSEQUENCES[name](step, *arguments)


def begin(step: Step, domain: str, workflow_id: str, attributes: Attributes) -> Execution:
    """Start a run: its first event and its first decision task."""
    state = step.state
    run_id = state.next_run_id()
    event = step.event(1, "WorkflowExecutionStarted", {"parentInitiatedEventId": 0, **attributes})
    step.record("run", domain, workflow_id, run_id, state.runs + 1, event)
    execution = state.executions[run_id]
    step.schedule_decision_task(execution)
    return execution


def start_child(step: Step, parent: Execution, initiated: int, attributes: Attributes) -> None:
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


def _deliver(
    step: Step, source: Execution, initiated: int, attributes: Attributes, names: tuple[str, ...]
) -> None:
    received, succeeded, failed = names
    target = _open_target(step, source, attributes)
    if target is None:
        step.trigger(
            source,
            failed,
            cause="UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
            control=attributes.get("control"),
            decisionTaskCompletedEventId=attributes["decisionTaskCompletedEventId"],
            initiatedEventId=initiated,
            runId=attributes.get("runId"),
            workflowId=attributes["workflowId"],
        )
        return
    about = {name: attributes[name] for name in ("signalName", "input") if name in attributes}
    step.trigger(
        target,
        received,
        externalInitiatedEventId=initiated,
        externalWorkflowExecution=source.reference,
        **about,
    )
    step.trigger(source, succeeded, initiatedEventId=initiated, workflowExecution=target.reference)


def _open_target(step: Step, source: Execution, attributes: Attributes) -> Execution | None:
    target = step.state.open_run(source.domain, attributes["workflowId"])
    run_id = attributes.get("runId")
    if target is None or (run_id is not None and target.run_id != run_id):
        return None
    return target


def signal(step: Step, source: Execution, initiated: int, attributes: Attributes) -> None:
    """Deliver a signal from one execution to another, or to itself."""
    names = (
        "WorkflowExecutionSignaled",
        "ExternalWorkflowExecutionSignaled",
        "SignalExternalWorkflowExecutionFailed",
    )
    _deliver(step, source, initiated, attributes, names)


def request_cancel(step: Step, source: Execution, initiated: int, attributes: Attributes) -> None:
    """Deliver one execution's request that another cancel itself."""
    names = (
        "WorkflowExecutionCancelRequested",
        "ExternalWorkflowExecutionCancelRequested",
        "RequestCancelExternalWorkflowExecutionFailed",
    )
    _deliver(step, source, initiated, attributes, names)


def call_lambda(step: Step, execution: Execution, scheduled: int, attributes: Attributes) -> None:
    """Start a lambda function, if the execution has a role to call it with."""
    if not execution.is_open:
        return
    if "lambdaRole" not in execution.settings:
        step.trigger(
            execution,
            "StartLambdaFunctionFailed",
            cause="ASSUME_ROLE_FAILED",
            message="No IAM role is attached to the current workflow execution.",
            scheduledEventId=scheduled,
        )
    elif step.append(execution, "LambdaFunctionStarted", scheduledEventId=scheduled):
        step.lambdas.append(lambda_call(execution, scheduled, attributes))


def lambda_call(execution: Execution, scheduled: int, attributes: Attributes) -> LambdaCall:
    """Return the call of a scheduled function; without input its handler receives `{}`."""
    given = attributes.get("input", "{}")
    return LambdaCall(attributes["name"], given, execution.run_id, scheduled)


def closed(step: Step, execution: Execution, event: Event) -> None:
    """Tell the parent, apply the child policy, and forget a run that is not to be retained."""
    _tell_parent(step, execution, event)
    attributes = event[attributes_member(event["eventType"])]
    if execution.close_status in ("TERMINATED", "TIMED_OUT"):
        _apply_child_policy(step, execution, attributes["childPolicy"])
    if not step.state.retention(execution):
        step.record("purge", execution.run_id)


PASSED_ON = {
    "COMPLETED": ("result",),
    "FAILED": ("reason", "details"),
    "CANCELED": ("details",),
    "TIMED_OUT": ("timeoutType",),
    "TERMINATED": (),
}
"""Close status of a child -> what its parent's event repeats; a chain goes on untold."""


def _tell_parent(step: Step, child: Execution, event: Event) -> None:
    parent = _open_parent(step, child)
    if parent is None or child.close_status not in PASSED_ON:
        return
    initiated = child.settings["parentInitiatedEventId"]
    attributes = event[attributes_member(event["eventType"])]
    step.trigger(
        parent,
        f"Child{event['eventType']}",
        initiatedEventId=initiated,
        startedEventId=parent.children[initiated].started_event_id,
        workflowExecution=child.reference,
        workflowType=child.workflow_type,
        **{name: attributes.get(name) for name in PASSED_ON[child.close_status]},
    )


def _open_parent(step: Step, child: Execution) -> Execution | None:
    reference = child.settings.get("parentWorkflowExecution")
    parent = step.state.executions.get(reference["runId"]) if reference else None
    if parent is None or child.settings["parentInitiatedEventId"] not in parent.children:
        return None
    return parent


def _apply_child_policy(step: Step, parent: Execution, policy: str) -> None:
    for child in _open_children(step, parent):
        if policy == "TERMINATE":
            step.append(
                child,
                "WorkflowExecutionTerminated",
                cause="CHILD_POLICY_APPLIED",
                childPolicy=child.settings["childPolicy"],
            )
        elif policy == "REQUEST_CANCEL":
            step.trigger(
                child,
                "WorkflowExecutionCancelRequested",
                cause="CHILD_POLICY_APPLIED",
                externalInitiatedEventId=0,
            )


def _open_children(step: Step, parent: Execution) -> list[Execution]:
    runs = (step.state.open_run(parent.domain, name) for name in parent.child_workflow_ids)
    return [
        run
        for run in runs
        if run is not None and run.settings.get("parentWorkflowExecution") == parent.reference
    ]


CONSEQUENCES: dict[str, Callable[..., Any]] = {
    "start_child": start_child,
    "signal": signal,
    "request_cancel": request_cancel,
    "call_lambda": call_lambda,
    "closed": closed,
}
