"""`ActivityType`, the registered name of a piece of work, and `ActivityTask`, one to be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from swf.exceptions import AlreadyExistsError, DoesNotExistError
from swf.models.base import Value, model
from swf.models.domain import Domain
from swf.models.fields import (
    ANY,
    DATE,
    DESCRIPTION,
    EVENT_ID,
    NAME,
    PRIORITY,
    TASK_LIST,
    TASK_TOKEN,
    instance,
    seconds,
    wire,
)
from swf.models.manager import Manager
from swf.models.type import Type
from swf.models.workflow import WorkflowExecution
from swf.payload import PLAIN_JSON, Codec, decode

if TYPE_CHECKING:
    from typing_extensions import Self


class ActivityTypeDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the activity type, or its domain."""


class ActivityTypeAlreadyExists(AlreadyExistsError):  # noqa: N818 - its pair
    """An activity type of this name and version is registered, or deprecated, already."""


@model
class ActivityType(Type):
    """The registered name and version of a piece of work, with defaults for its tasks.

    A default that is None is not registered, and each decision that schedules a task must then
    give it. Timeouts are seconds or `NONE`.

    :param creation_date: when it was registered, an aware datetime that the service assigns.
    :param deprecation_date: when it was deprecated, likewise.
    :param task_list: where tasks go that name none.
    :param task_heartbeat_timeout: how long a worker may go without a heartbeat.
    :param task_schedule_to_close_timeout: how long a task may take in all.
    :param task_schedule_to_start_timeout: how long a task may wait for a worker.
    :param task_start_to_close_timeout: how long a worker may take.
    :param task_priority: which tasks go first; higher is sooner.

    Source: API Reference, RegisterActivityType, DescribeActivityType.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = ActivityTypeDoesNotExist
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = ActivityTypeAlreadyExists
    api_name: ClassVar[str] = "ActivityType"
    reference_name: ClassVar[str] = "activityType"
    structures: ClassVar[tuple[str, ...]] = ("typeInfo", "activityType", "configuration")
    objects: ClassVar[Any] = Manager("ActivityTypeQuerySet")

    description: str | None = wire("description", DESCRIPTION, default=None)
    creation_date: datetime | None = wire("creationDate", DATE, default=None, assigned=True)
    deprecation_date: datetime | None = wire("deprecationDate", DATE, default=None, assigned=True)
    task_list: str | None = wire("defaultTaskList", TASK_LIST, default=None)
    task_heartbeat_timeout: int | str | None = wire(
        "defaultTaskHeartbeatTimeout", seconds(), default=None
    )
    task_schedule_to_close_timeout: int | str | None = wire(
        "defaultTaskScheduleToCloseTimeout", seconds(), default=None
    )
    task_schedule_to_start_timeout: int | str | None = wire(
        "defaultTaskScheduleToStartTimeout", seconds(), default=None
    )
    task_start_to_close_timeout: int | str | None = wire(
        "defaultTaskStartToCloseTimeout", seconds(), default=None
    )
    task_priority: int | None = wire("defaultTaskPriority", PRIORITY, default=None)


@model
class ActivityTask(Value):
    """A piece of work as a worker polled it.

    :param task_token: what the service knows the task by when it is answered.
    :param input: the value that the decider sent, decoded by `swf.payload`.

    Source: API Reference, PollForActivityTask.
    """

    domain: Domain = wire(None, instance(Domain))
    task_list: str = wire(None, NAME)
    task_token: str = wire("taskToken", TASK_TOKEN)
    activity_type: ActivityType | None = wire(None, instance(ActivityType), default=None)
    workflow_execution: WorkflowExecution | None = wire(
        None, instance(WorkflowExecution), default=None
    )
    input: Any = wire(None, ANY, default=None, hash=False)
    activity_id: str | None = wire("activityId", NAME, default=None)
    started_event_id: int | None = wire("startedEventId", EVENT_ID, default=None)

    @classmethod
    def from_poll(
        cls, domain: Domain, task_list: str, data: Mapping[str, Any], codec: Codec = PLAIN_JSON
    ) -> Self:
        """Return the task for the answer of a poll that found one.

        :param codec: how its input is written.
        """
        return cls._read(
            data,
            domain=domain,
            task_list=task_list,
            activity_type=ActivityType.from_wire(data["activityType"], domain=domain),
            workflow_execution=WorkflowExecution.from_wire(
                data["workflowExecution"], domain=domain
            ),
            input=decode(data.get("input"), codec),
        )
