"""`WorkflowType`, a registered kind of workflow, and `WorkflowExecution`, one run of one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

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
from swf.exceptions import AlreadyExistsError, DoesNotExistError
from swf.models.base import Value, model, translate_errors
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
    choice,
    instance,
    seconds,
    wire,
)
from swf.models.manager import Manager
from swf.models.type import Type
from swf.payload import encode

if TYPE_CHECKING:
    from typing_extensions import Self


class WorkflowTypeDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the workflow type, or its domain."""


class WorkflowTypeAlreadyExists(AlreadyExistsError):  # noqa: N818 - its pair
    """A workflow type of this name and version is registered, or deprecated, already."""


@model
class WorkflowType(Type):
    """A registered kind of workflow, with defaults for its executions.

    A default that is None is not registered, and each start must then give it.

    :param creation_date: when it was registered, an aware datetime that the service assigns.
    :param deprecation_date: when it was deprecated, likewise.
    :param task_list: where decision tasks go.
    :param child_policy: what becomes of the children of an execution that is cut short.
    :param execution_timeout: seconds that an execution may take, a year at most.
    :param decision_tasks_timeout: seconds that a decider may take to decide, or `NONE`.
    :param task_priority: which decision tasks go first; higher is sooner.
    :param lambda_role: the IAM role under which executions call Lambda functions.

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
    task_list: str | None = wire("defaultTaskList", TASK_LIST, default=None)
    child_policy: str | None = wire("defaultChildPolicy", CHILD_POLICY, default=TERMINATE)
    execution_timeout: int | str | None = wire(
        "defaultExecutionStartToCloseTimeout", EXECUTION_TIMEOUT, default=300
    )
    decision_tasks_timeout: int | str | None = wire(
        "defaultTaskStartToCloseTimeout", seconds(), default=300
    )
    description: str | None = wire("description", DESCRIPTION, default=None)
    task_priority: int | None = wire("defaultTaskPriority", PRIORITY, default=None)
    lambda_role: str | None = wire("defaultLambdaRole", LAMBDA_ROLE, default=None)

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

        What is None is not sent: the type's registered defaults apply. The execution that is
        returned holds what was sent; `upstream()` tells the rest.

        :param workflow_id: unique among open executions; name, version and a UUID by default.
        :param input: a value for `swf.payload`.
        :param tag_list: up to five words to find it by.
        :raises ValidationError: for a value that breaks a rule; nothing is sent.
        :raises WorkflowExecutionAlreadyStartedError: while an execution of this id is open.
        :raises WorkflowTypeDoesNotExist: when the service does not know the type.
        :raises DefaultUndefinedError: when neither call nor type gives a setting that is needed.
        """
        started = WorkflowExecution(
            self.domain,
            self._fresh_id() if workflow_id is None else NAME.validate("workflow_id", workflow_id),
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
            answer = self.connection.call(
                "StartWorkflowExecution",
                domain=self.domain.name,
                input=encode(input, "input"),
                **started.members(),
            )
        return started.evolve(run_id=answer["runId"], status=STATUS_OPEN)

    def _fresh_id(self) -> str:
        unique = uuid.uuid4().hex
        return f"{self.name}-{self.version}"[: ID_LIMIT - len(unique) - 1] + f"-{unique}"


@model
class OpenCounts(Value):
    """How much of each sort an execution has open.  Source: WorkflowExecutionOpenCounts."""

    open_activity_tasks: int = wire("openActivityTasks", OPEN_COUNT, default=0)
    open_decision_tasks: int = wire("openDecisionTasks", OPEN_COUNT, default=0)
    open_timers: int = wire("openTimers", OPEN_COUNT, default=0)
    open_child_workflow_executions: int = wire("openChildWorkflowExecutions", OPEN_COUNT, default=0)
    open_lambda_functions: int = wire("openLambdaFunctions", OPEN_COUNT, default=0)

    @classmethod
    def from_wire(cls, data: Mapping[str, int]) -> Self:
        """Return the counts for the API's structure."""
        return cls._read({member: data.get(member, 0) for _, member, _ in cls._layout})


_OPEN_COUNTS = FieldType(
    instance(OpenCounts).validate, write=lambda counts: counts.members(), read=OpenCounts.from_wire
)
WORKFLOW_TYPE = FieldType(instance(WorkflowType).validate, write=lambda of: of.reference)
_EXECUTION = FieldType(
    lambda field, value: instance(WorkflowExecution).validate(field, value),
    write=lambda execution: execution.reference,
)


@model
class WorkflowExecution(ExecutionHandle):
    """One execution of a workflow type; without a run id, the latest one of its workflow id.

    What only the service knows is None until it is read: `upstream()` fills it. A list tells less
    than a description, and neither tells `input`, which is in the history.

    :param status: `STATUS_OPEN` or `STATUS_CLOSED`.
    :param workflow_type: what it runs; read from the service, it has name and version alone.
    :param close_status: how it closed, one of `CLOSE_STATUSES`.
    :param execution_timeout: seconds.
    :param decision_tasks_timeout: seconds, or `NONE`.
    :param cancel_requested: whether somebody asked it to cancel itself.
    :param latest_execution_context: what the decider said last about where it stands.
    :param open_counts: how many tasks, timers and children are open.
    :param parent: the execution that started this one as its child; its id and run id alone.

    Source: API Reference, DescribeWorkflowExecution, WorkflowExecutionInfo.
    """

    structures: ClassVar[tuple[str, ...]] = ("executionInfo", "execution", "executionConfiguration")
    objects: ClassVar[Any] = Manager("WorkflowExecutionQuerySet")

    # The documented names; `CLOSE_TIMED_OUT` is an older one of `CLOSE_STATUS_TIMED_OUT`.
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
    task_list: str | None = wire("taskList", TASK_LIST, default=None, assigned=True)
    child_policy: str | None = wire("childPolicy", CHILD_POLICY, default=None, assigned=True)
    close_status: str | None = wire(
        "closeStatus", choice(CLOSE_STATUSES), default=None, assigned=True
    )
    execution_timeout: int | str | None = wire(
        "executionStartToCloseTimeout", EXECUTION_TIMEOUT, default=None, assigned=True
    )
    input: Any = wire(None, ANY, default=None, hash=False)
    tag_list: list[str] | None = wire("tagList", TAG_LIST, default=None, assigned=True, hash=False)
    decision_tasks_timeout: int | str | None = wire(
        "taskStartToCloseTimeout", seconds(), default=None, assigned=True
    )
    close_timestamp: datetime | None = wire("closeTimestamp", MOMENT, default=None, assigned=True)
    start_timestamp: datetime | None = wire("startTimestamp", MOMENT, default=None, assigned=True)
    cancel_requested: bool | None = wire("cancelRequested", FLAG, default=None, assigned=True)
    latest_execution_context: str | None = wire(
        "latestExecutionContext", EXECUTION_CONTEXT, default=None, assigned=True
    )
    latest_activity_task_timestamp: datetime | None = wire(
        "latestActivityTaskTimestamp", MOMENT, default=None, assigned=True
    )
    open_counts: OpenCounts | None = wire("openCounts", _OPEN_COUNTS, default=None, assigned=True)
    parent: WorkflowExecution | None = wire("parent", _EXECUTION, default=None, assigned=True)
    task_priority: int | None = wire("taskPriority", PRIORITY, default=None, assigned=True)
    lambda_role: str | None = wire("lambdaRole", LAMBDA_ROLE, default=None, assigned=True)

    @classmethod
    def from_wire(
        cls,
        data: Mapping[str, Any],
        *,
        domain: Domain | None = None,
        connection: Connection | None = None,
    ) -> Self:
        """Return the execution for an element of a list, a description or a bare reference.

        :param domain: the `Domain` it belongs to, which answers do not tell.
        """
        Domain.check(domain)
        info = data.get("executionInfo", data)
        of, parent = info.get("workflowType"), info.get("parent")
        return cls._read(
            data,
            domain=domain,
            _connection=connection,
            workflow_type=of and WorkflowType.from_wire(of, domain=domain, connection=connection),
            parent=parent
            and WorkflowExecution.from_wire(parent, domain=domain, connection=connection),
        )
