"""`DecisionTask`: a decider's turn, as it was polled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from swf.models.base import Value, model
from swf.models.domain import Domain
from swf.models.fields import EVENT_ID, NAME, TASK_TOKEN, instance, wire
from swf.models.history import History
from swf.models.workflow import WorkflowExecution, WorkflowType

if TYPE_CHECKING:
    from typing_extensions import Self


@model
class DecisionTask(Value):
    """A decider's turn to decide, as a decider polled it.

    :param task_token: what the service knows the task by when it is answered.
    :param started_event_id: the event that says that this task was started.
    :param previous_started_event_id: the same of the decision task before; 0 for the first.
    :param history: the events that came with the task.

    Source: API Reference, PollForDecisionTask.
    """

    domain: Domain = wire(None, instance(Domain))
    task_list: str = wire(None, NAME)
    task_token: str = wire("taskToken", TASK_TOKEN)
    workflow_type: WorkflowType | None = wire(None, instance(WorkflowType), default=None)
    workflow_execution: WorkflowExecution | None = wire(
        None, instance(WorkflowExecution), default=None
    )
    history: History | None = wire(None, instance(History), default=None, hash=False)
    started_event_id: int | None = wire("startedEventId", EVENT_ID, default=None)
    previous_started_event_id: int | None = wire("previousStartedEventId", EVENT_ID, default=None)

    @classmethod
    def from_poll(cls, domain: Domain, task_list: str, data: Mapping[str, Any]) -> Self:
        """Return the task for the answer of a poll that found one.

        :param data: the answer; of one that took several pages, with the events of all of them.
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
