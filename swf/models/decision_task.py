"""`DecisionTask`, a decision task as a decider polled it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from swf.models.domain import Domain
from swf.models.fields import EVENT_ID, NAME, TASK_TOKEN, instance, wire
from swf.models.history import History
from swf.models.value import Value, model
from swf.models.workflow import WorkflowExecution, WorkflowType

if TYPE_CHECKING:
    from typing_extensions import Self


@model
class DecisionTask(Value):
    """A decision task as a decider polled it.

    :param task_token: identifies the task in the response of the decider.
    :param history: the events in the response of the poll.
    :param started_event_id: the DecisionTaskStarted event of this task.
    :param previous_started_event_id: the DecisionTaskStarted event of the previous decision task; 0
        for the first.

    Source: API Reference, PollForDecisionTask.
    """

    domain: Domain = wire(None, instance(Domain))
    task_list: str = wire(None, NAME)
    task_token: str = wire("taskToken", TASK_TOKEN, secret=True)
    workflow_type: WorkflowType | None = wire(None, instance(WorkflowType), default=None)
    workflow_execution: WorkflowExecution | None = wire(
        None, instance(WorkflowExecution), default=None
    )
    history: History | None = wire(None, instance(History), default=None, hash=False)
    started_event_id: int | None = wire("startedEventId", EVENT_ID, default=None)
    previous_started_event_id: int | None = wire("previousStartedEventId", EVENT_ID, default=None)

    @classmethod
    def from_poll(cls, domain: Domain, task_list: str, data: Mapping[str, Any]) -> Self:
        """Return the task in the response of a poll.

        :param data: the response, with the events of all pages.
        """
        return cls._read(
            data,
            domain=domain,
            task_list=task_list,
            workflow_type=WorkflowType.from_wire(data["workflowType"], domain=domain),
            workflow_execution=WorkflowExecution.from_wire(
                data["workflowExecution"], domain=domain
            ),
            history=History.from_event_list(data["events"]),
        )
