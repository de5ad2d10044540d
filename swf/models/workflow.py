"""`WorkflowType`, a registered workflow, and `WorkflowExecution`, an execution of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from swf import constants
from swf.connection import Connection
from swf.constants import CHILD_POLICIES as CHILD_POLICIES
from swf.constants import (
    CLOSE_STATUSES,
    EXECUTION_STATUSES,
    ID_LIMIT,
    STATUS_OPEN,
    TERMINATE,
)
from swf.exceptions import AlreadyExistsError, DeprecatedError, DoesNotExistError
from swf.models.base import translate_errors
from swf.models.domain import Domain
from swf.models.execution_handle import ExecutionHandle
from swf.models.execution_handle import (
    WorkflowExecutionDoesNotExist as WorkflowExecutionDoesNotExist,
)
from swf.models.fields import (
    ANY,
    CHILD_POLICY,
    DATE,
    DESCRIPTION,
    EXECUTION_CONTEXT,
    EXECUTION_TIMEOUT,
    FLAG,
    LAMBDA_ROLE,
    MOMENT,
    NAME,
    OPEN_COUNT,
    PRIORITY,
    TAG_LIST,
    TASK_LIST,
    FieldType,
    Level,
    choice,
    instance,
    seconds,
    wire,
)
from swf.models.manager import Manager
from swf.models.type import Type
from swf.models.value import Value, model
from swf.payload import encode

if TYPE_CHECKING:
    from typing_extensions import Self


class WorkflowTypeDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the workflow type, or its domain."""


class WorkflowTypeAlreadyExists(AlreadyExistsError):  # noqa: N818 - its pair
    """A workflow type of this name and version is registered or deprecated already."""


@model
class WorkflowType(Type):
    """A registered workflow: a name, a version, and default settings of its executions.

    A default that is None is not registered: each start of an execution must contain the setting.

    :param creation_date: the time of the registration, which the service assigns.
    :param deprecation_date: the time of the deprecation, which the service assigns.
    :param task_list: the default task list of decision tasks.
    :param child_policy: the default policy for the children of an execution that is terminated or
        times out: `TERMINATE`, `REQUEST_CANCEL` or `ABANDON`.
    :param execution_timeout: the default limit of an execution in seconds, up to a year.
    :param decision_tasks_timeout: the default limit of a decision task in seconds, or `NONE`.
    :param description: up to 1,024 characters.
    :param task_priority: the default priority of decision tasks; a higher number is assigned
        sooner.
    :param lambda_role: the default IAM role for Lambda functions.

    Source: API Reference, RegisterWorkflowType, DescribeWorkflowType.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = WorkflowTypeDoesNotExist
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = WorkflowTypeAlreadyExists
    api_name: ClassVar[str] = "WorkflowType"
    reference_name: ClassVar[str] = "workflowType"
    structures: ClassVar[tuple[str, ...]] = ("typeInfo", "workflowType", "configuration")
    objects: ClassVar[Any] = Manager("WorkflowTypeQuerySet")

    creation_date: datetime | None = wire("creationDate", DATE, default=None, assigned=True)
    deprecation_date: datetime | None = wire("deprecationDate", DATE, default=None, assigned=True)
    task_list: str | None = wire(
        "defaultTaskList", TASK_LIST, default=None, level=Level.DESCRIPTION
    )
    child_policy: str | None = wire(
        "defaultChildPolicy", CHILD_POLICY, default=TERMINATE, level=Level.DESCRIPTION
    )
    execution_timeout: int | str | None = wire(
        "defaultExecutionStartToCloseTimeout",
        EXECUTION_TIMEOUT,
        default=300,
        level=Level.DESCRIPTION,
    )
    decision_tasks_timeout: int | str | None = wire(
        "defaultTaskStartToCloseTimeout", seconds(), default=300, level=Level.DESCRIPTION
    )
    description: str | None = wire("description", DESCRIPTION, default=None)
    task_priority: int | None = wire(
        "defaultTaskPriority", PRIORITY, default=None, level=Level.DESCRIPTION
    )
    lambda_role: str | None = wire(
        "defaultLambdaRole", LAMBDA_ROLE, default=None, level=Level.DESCRIPTION
    )

    def start_execution(
        self,
        workflow_id: str | None = None,
        task_list: str | None = None,
        child_policy: str | None = None,
        execution_timeout: int | str | None = None,
        input: Any = None,  # noqa: A002 - the service's word
        tag_list: list[str] | None = None,
        decision_tasks_timeout: int | str | None = None,
        task_priority: int | None = None,
        lambda_role: str | None = None,
    ) -> WorkflowExecution:
        """Start an execution and return it, with its run id (one call).

        A setting that is None is not sent: the registered default of the type applies. The returned
        execution has the settings of this call; `upstream()` reads the others.

        :param workflow_id: unique among open executions; name, version and a UUID by default.
        :param task_list: the task list of its decision tasks.
        :param child_policy: the policy for its children when it is terminated or times out.
        :param execution_timeout: the limit of the execution in seconds.
        :param input: the input, encoded by `swf.payload`.
        :param tag_list: up to five tags, by which executions can be listed.
        :param decision_tasks_timeout: the limit of a decision task in seconds, or `NONE`.
        :param task_priority: the priority of its decision tasks; a higher number is assigned
            sooner.
        :param lambda_role: the IAM role for its Lambda functions.
        :raises ValidationError: a value breaks a rule; nothing is sent.
        :raises WorkflowExecutionAlreadyStartedError: an execution of this workflow id is open.
        :raises WorkflowTypeDoesNotExist: the service does not know the type.
        :raises DefaultUndefinedError: neither the call nor the type has a required setting.
        """
        execution = WorkflowExecution(
            self.domain,
            self._unique_workflow_id()
            if workflow_id is None
            else NAME.validate("workflow_id", workflow_id),
            status=None,
            workflow_type=self,
            task_list=task_list,
            child_policy=child_policy,
            execution_timeout=execution_timeout,
            input=input,
            tag_list=tag_list,
            decision_tasks_timeout=decision_tasks_timeout,
            task_priority=task_priority,
            lambda_role=lambda_role,
            connection=self._connection,
        )
        with translate_errors(self.DoesNotExist, WorkflowExecution.AlreadyExists):
            response = self.connection.call(
                "StartWorkflowExecution",
                domain=self.domain.name,
                input=encode(input, "input"),
                **execution.members(),
            )
        started = execution.evolve(run_id=response["runId"], status=STATUS_OPEN)
        return started._as_read(Level.LIST, ("start_timestamp", "cancel_requested"))

    def _unique_workflow_id(self) -> str:
        unique = uuid.uuid4().hex
        return f"{self.name}-{self.version}"[: ID_LIMIT - len(unique) - 1] + f"-{unique}"


@model
class OpenCounts(Value):
    """The number of open tasks, timers and children of an execution.

    Source: API Reference, WorkflowExecutionOpenCounts.
    """

    open_activity_tasks: int = wire("openActivityTasks", OPEN_COUNT, default=0)
    open_decision_tasks: int = wire("openDecisionTasks", OPEN_COUNT, default=0)
    open_timers: int = wire("openTimers", OPEN_COUNT, default=0)
    open_child_workflow_executions: int = wire("openChildWorkflowExecutions", OPEN_COUNT, default=0)
    open_lambda_functions: int = wire("openLambdaFunctions", OPEN_COUNT, default=0)

    @classmethod
    def from_wire(cls, data: Mapping[str, int]) -> Self:
        """Return the counts in a structure of the API.

        :param data: the `openCounts` member of a description.
        """
        return cls._read({member: data.get(member, 0) for member in cls._readers})


_OPEN_COUNTS = FieldType(
    instance(OpenCounts).validate, write=lambda counts: counts.members(), read=OpenCounts.from_wire
)
WORKFLOW_TYPE = FieldType(instance(WorkflowType).validate, write=lambda kind: kind.reference)
_EXECUTION = FieldType(
    lambda field, value: instance(WorkflowExecution).validate(field, value),
    write=lambda execution: execution.reference,
)


@model
class WorkflowExecution(ExecutionHandle):
    """An execution of a workflow type; without a run id, the latest one of its workflow id.

    A list has fewer attributes than a description, which `upstream()` reads; neither contains
    `input`, which is in the history.

    :param status: `STATUS_OPEN` or `STATUS_CLOSED`.
    :param workflow_type: the type; read from the service, it has only a name and a version.
    :param task_list: the task list of its decision tasks.
    :param child_policy: the policy for its children when it is terminated or times out.
    :param close_status: one of `CLOSE_STATUSES`; None while it is open.
    :param execution_timeout: the limit of the execution in seconds.
    :param input: the decoded input.
    :param tag_list: up to five tags.
    :param decision_tasks_timeout: the limit of a decision task in seconds, or `NONE`.
    :param cancel_requested: whether its cancellation was requested.
    :param latest_execution_context: the context that the decider set last.
    :param latest_activity_task_timestamp: the time at which the last activity task was scheduled.
    :param open_counts: the number of open tasks, timers and children.
    :param parent: the execution of which this one is a child; it has only ids.
    :param task_priority: the priority of its decision tasks.
    :param lambda_role: the IAM role for its Lambda functions.

    Source: API Reference, DescribeWorkflowExecution, WorkflowExecutionInfo.
    """

    structures: ClassVar[tuple[str, ...]] = ("executionInfo", "execution", "executionConfiguration")
    reads: ClassVar[Mapping[str, str]] = {
        "input": ".history().execution.input (GetWorkflowExecutionHistory)"
    }
    objects: ClassVar[Any] = Manager("WorkflowExecutionQuerySet")

    # python-simple-workflow's names; it documents `CLOSE_TIMED_OUT` and `CLOSE_STATUS_TIMED_OUT`.
    STATUS_OPEN: ClassVar[str] = constants.STATUS_OPEN
    STATUS_CLOSED: ClassVar[str] = constants.STATUS_CLOSED
    CLOSE_STATUS_COMPLETED: ClassVar[str] = constants.CLOSE_STATUS_COMPLETED
    CLOSE_STATUS_FAILED: ClassVar[str] = constants.CLOSE_STATUS_FAILED
    CLOSE_STATUS_CANCELED: ClassVar[str] = constants.CLOSE_STATUS_CANCELED
    CLOSE_STATUS_TERMINATED: ClassVar[str] = constants.CLOSE_STATUS_TERMINATED
    CLOSE_STATUS_CONTINUED_AS_NEW: ClassVar[str] = constants.CLOSE_STATUS_CONTINUED_AS_NEW
    CLOSE_STATUS_TIMED_OUT: ClassVar[str] = constants.CLOSE_STATUS_TIMED_OUT
    CLOSE_TIMED_OUT: ClassVar[str] = constants.CLOSE_STATUS_TIMED_OUT

    status: str | None = wire(
        "executionStatus", choice(EXECUTION_STATUSES), default=STATUS_OPEN, assigned=True
    )
    workflow_type: WorkflowType | None = wire(
        "workflowType", WORKFLOW_TYPE, default=None, assigned=True
    )
    task_list: str | None = wire(
        "taskList", TASK_LIST, default=None, assigned=True, level=Level.DESCRIPTION
    )
    child_policy: str | None = wire(
        "childPolicy", CHILD_POLICY, default=None, assigned=True, level=Level.DESCRIPTION
    )
    close_status: str | None = wire(
        "closeStatus", choice(CLOSE_STATUSES), default=None, assigned=True
    )
    execution_timeout: int | str | None = wire(
        "executionStartToCloseTimeout",
        EXECUTION_TIMEOUT,
        default=None,
        assigned=True,
        level=Level.DESCRIPTION,
    )
    input: Any = wire(None, ANY, default=None, hash=False, level=Level.OTHER)
    tag_list: list[str] | None = wire("tagList", TAG_LIST, default=None, assigned=True, hash=False)
    decision_tasks_timeout: int | str | None = wire(
        "taskStartToCloseTimeout", seconds(), default=None, assigned=True, level=Level.DESCRIPTION
    )
    close_timestamp: datetime | None = wire("closeTimestamp", MOMENT, default=None, assigned=True)
    start_timestamp: datetime | None = wire("startTimestamp", MOMENT, default=None, assigned=True)
    cancel_requested: bool | None = wire("cancelRequested", FLAG, default=None, assigned=True)
    latest_execution_context: str | None = wire(
        "latestExecutionContext",
        EXECUTION_CONTEXT,
        default=None,
        assigned=True,
        level=Level.DESCRIPTION,
    )
    latest_activity_task_timestamp: datetime | None = wire(
        "latestActivityTaskTimestamp", MOMENT, default=None, assigned=True, level=Level.DESCRIPTION
    )
    open_counts: OpenCounts | None = wire(
        "openCounts", _OPEN_COUNTS, default=None, assigned=True, level=Level.DESCRIPTION
    )
    parent: WorkflowExecution | None = wire("parent", _EXECUTION, default=None, assigned=True)
    task_priority: int | None = wire(
        "taskPriority", PRIORITY, default=None, assigned=True, level=Level.DESCRIPTION
    )
    lambda_role: str | None = wire(
        "lambdaRole", LAMBDA_ROLE, default=None, assigned=True, level=Level.DESCRIPTION
    )

    def restart(self) -> WorkflowExecution:
        """Start a new run with the input and settings of this execution, and return it.

        If it is open, it is terminated first, unless its type or domain is deprecated
        (DescribeWorkflowExecution, GetWorkflowExecutionHistory, StartWorkflowExecution; of an open
        one also DescribeWorkflowType, DescribeDomain and TerminateWorkflowExecution).

        :raises WorkflowExecutionDoesNotExist: the service does not know the execution.
        :raises WorkflowExecutionAlreadyStartedError: a newer run is open.
        :raises DeprecatedError: its type or domain is deprecated; nothing was changed.
        """
        execution = self.upstream()
        text = execution.history().execution.text("input")
        workflow_type = cast(WorkflowType, execution.workflow_type)
        if execution.status == constants.STATUS_OPEN:
            for each in (workflow_type.upstream(), execution.domain.upstream()):
                if each.status == constants.DEPRECATED:
                    raise DeprecatedError(f"{each!r} is deprecated")
            execution.terminate(reason="restarted")
        return workflow_type.start_execution(
            execution.workflow_id,
            task_list=execution.task_list,
            child_policy=execution.child_policy,
            execution_timeout=execution.execution_timeout,
            input=text,
            tag_list=execution.tag_list,
            decision_tasks_timeout=execution.decision_tasks_timeout,
            task_priority=execution.task_priority,
            lambda_role=execution.lambda_role,
        )

    @classmethod
    def from_wire(
        cls,
        data: Mapping[str, Any],
        *,
        domain: Domain | None = None,
        connection: Connection | None = None,
    ) -> Self:
        """Return the execution for an item of a list, a description or a reference.

        :param domain: the domain of the execution, which responses do not contain.
        :param connection: the connection of its calls; the connection of the domain by default.
        :raises InvalidTypeError: `domain` is not a `Domain`.
        """
        Domain.check(domain)
        info = data.get("executionInfo", data)
        kind, parent = info.get("workflowType"), info.get("parent")
        return cls._read(
            data,
            domain=domain,
            _connection=connection,
            workflow_type=kind
            and WorkflowType.from_wire(kind, domain=domain, connection=connection),
            parent=parent
            and WorkflowExecution.from_wire(parent, domain=domain, connection=connection),
        )
