"""`ActivityType`, a registered activity, and `ActivityTask`, a task as a worker polled it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from swf.exceptions import AlreadyExistsError, DoesNotExistError
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
    Level,
    instance,
    seconds,
    wire,
)
from swf.models.manager import Manager
from swf.models.type import Type
from swf.models.value import Value, copy_on_read, model
from swf.models.workflow import WorkflowExecution
from swf.payload import PLAIN_JSON, Codec, decode

if TYPE_CHECKING:
    from typing_extensions import Self


class ActivityTypeDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the activity type, or its domain."""


class ActivityTypeAlreadyExists(AlreadyExistsError):  # noqa: N818 - its pair
    """An activity type of this name and version is registered or deprecated already."""


@model
class ActivityType(Type):
    """A registered activity: a name, a version, and default settings of its tasks.

    A default that is None is not registered: each decision that schedules a task must contain the
    setting. Timeouts are seconds or `NONE`.

    :param description: up to 1,024 characters.
    :param creation_date: the time of the registration, which the service assigns.
    :param deprecation_date: the time of the deprecation, which the service assigns.
    :param task_list: the default task list.
    :param task_heartbeat_timeout: the longest time between two heartbeats of a worker.
    :param task_schedule_to_close_timeout: the longest time from its scheduling to its end.
    :param task_schedule_to_start_timeout: the longest time from its scheduling to its start.
    :param task_start_to_close_timeout: the longest time from its start to its end.
    :param task_priority: the default priority; a higher number is assigned sooner.

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
    task_list: str | None = wire(
        "defaultTaskList", TASK_LIST, default=None, level=Level.DESCRIPTION
    )
    task_heartbeat_timeout: int | str | None = wire(
        "defaultTaskHeartbeatTimeout", seconds(), default=None, level=Level.DESCRIPTION
    )
    task_schedule_to_close_timeout: int | str | None = wire(
        "defaultTaskScheduleToCloseTimeout", seconds(), default=None, level=Level.DESCRIPTION
    )
    task_schedule_to_start_timeout: int | str | None = wire(
        "defaultTaskScheduleToStartTimeout", seconds(), default=None, level=Level.DESCRIPTION
    )
    task_start_to_close_timeout: int | str | None = wire(
        "defaultTaskStartToCloseTimeout", seconds(), default=None, level=Level.DESCRIPTION
    )
    task_priority: int | None = wire(
        "defaultTaskPriority", PRIORITY, default=None, level=Level.DESCRIPTION
    )


@model
class ActivityTask(Value):
    """An activity task as a worker polled it.

    :param task_token: identifies the task in the response of the worker.
    :param input: the decoded input; each access returns a copy.
    :param started_event_id: the ActivityTaskStarted event in the history.

    Source: API Reference, PollForActivityTask.
    """

    domain: Domain = wire(None, instance(Domain))
    task_list: str = wire(None, NAME)
    task_token: str = wire("taskToken", TASK_TOKEN, secret=True)
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
        """Return the task in the response of a poll.

        :param data: the response.
        :param codec: decodes the input.
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


copy_on_read(ActivityTask, "input")
