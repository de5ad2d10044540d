"""The consequences of a closed run: for its parent, its children and its retention.

Source: API Reference, ChildPolicy; Developer Guide, "Child Workflows".
"""

from swf.local.entities import Execution, attributes_member
from swf.local.history import Event
from swf.local.step import EngineStep


def on_close(step: EngineStep, execution: Execution, event: Event) -> None:
    """Notify the parent, apply the child policy, and purge a run without retention.

    :param event: the closing event.
    """
    _notify_parent(step, execution, event)
    attributes = event[attributes_member(event["eventType"])]
    if execution.close_status in ("TERMINATED", "TIMED_OUT"):
        _apply_child_policy(step, execution, attributes["childPolicy"])
    if not step.state.retention(execution):
        step.record("purge", execution.run_id)


PARENT_ATTRIBUTES = {
    "COMPLETED": ("result",),
    "FAILED": ("reason", "details"),
    "CANCELED": ("details",),
    "TIMED_OUT": ("timeoutType",),
    "TERMINATED": (),
}
"""Close status of a child -> the attributes that its parent's event repeats.

The parent gets no event for CONTINUED_AS_NEW.
"""


def _notify_parent(step: EngineStep, child: Execution, event: Event) -> None:
    parent = _open_parent(step, child)
    if parent is None or child.close_status not in PARENT_ATTRIBUTES:
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
        **{name: attributes.get(name) for name in PARENT_ATTRIBUTES[child.close_status]},
    )


def _open_parent(step: EngineStep, child: Execution) -> Execution | None:
    reference = child.settings.get("parentWorkflowExecution")
    parent = step.state.executions.get(reference["runId"]) if reference else None
    if parent is None or child.settings["parentInitiatedEventId"] not in parent.children:
        return None
    return parent


def _apply_child_policy(step: EngineStep, parent: Execution, policy: str) -> None:
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


def _open_children(step: EngineStep, parent: Execution) -> list[Execution]:
    runs = (step.state.open_run(parent.domain, name) for name in parent.child_workflow_ids)
    return [
        run
        for run in runs
        if run is not None and run.settings.get("parentWorkflowExecution") == parent.reference
    ]
