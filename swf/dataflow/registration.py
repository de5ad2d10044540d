"""Registration of workflow and activity types, and the start of executions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, overload

from swf import codecs, payload
from swf.connection import Connection
from swf.constants import DATA_LIMIT
from swf.dataflow.activity import Activity
from swf.dataflow.declaration import Declaration, validate_workflow_class
from swf.dataflow.handle import WorkflowHandle
from swf.dataflow.signatures import R, Runnable, Runnable0, Runnable1, Runnable2
from swf.engine.registration import register
from swf.models import ActivityType, Domain, WorkflowType
from swf.payload import Codec

if TYPE_CHECKING:
    from typing_extensions import Never, Unpack

A1 = TypeVar("A1")
A2 = TypeVar("A2")


class Registrar:
    """Registers types with the service, each of them once.

    :param domain: The domain of the types.
    :param connection: Returns the connection to use.
    """

    def __init__(self, domain: Domain, connection: Callable[[], Connection]) -> None:
        self._domain = domain
        self._connection = connection
        self._registered_keys: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def activity(self, activity: Activity) -> None:
        """Register an activity type, with the declared timeouts as its defaults.

        The priority is not registered: a task could not override a default with "none".
        Source: API Reference, RegisterActivityType.

        :param activity: The declared activity.
        """
        if (ActivityType.api_name, activity.name, activity.version) in self._registered_keys:
            return
        activity_type = ActivityType(
            self._domain,
            activity.name,
            activity.version,
            task_list=activity.task_list,
            task_heartbeat_timeout=activity.heartbeat_timeout,
            task_schedule_to_close_timeout=activity.schedule_to_close_timeout,
            task_schedule_to_start_timeout=activity.schedule_to_start_timeout,
            task_start_to_close_timeout=activity.start_to_close_timeout,
            connection=self._connection(),
        )
        self._save(activity_type)

    def workflow(self, workflow: type[Declaration]) -> WorkflowType:
        """Register a workflow type, and return it.

        Source: API Reference, RegisterWorkflowType.

        :param workflow: The workflow class.
        """
        workflow_type = WorkflowType(
            self._domain,
            workflow.name,
            workflow.version,
            task_list=workflow.task_list,
            child_policy=workflow.child_policy,
            execution_timeout=workflow.execution_timeout,
            decision_tasks_timeout=workflow.decision_tasks_timeout,
            task_priority=workflow.declared_priority(),
            lambda_role=workflow.lambda_role,
            connection=self._connection(),
        )
        self._save(workflow_type)
        return workflow_type

    def _save(self, registrable: ActivityType | WorkflowType) -> None:
        # The lock is held during the call, so that no thread uses a type before it is registered.
        key = (registrable.api_name, registrable.name, registrable.version)
        with self._lock:
            if key not in self._registered_keys:
                register(registrable)
                self._registered_keys.add(key)


class StartOptions(TypedDict, total=False):
    """The options of `start`."""

    workflow_id: str | None
    task_list: str | None
    tag_list: list[str] | None
    codec: Codec
    registrar: Registrar | None
    child_policy: str | None
    execution_timeout: int | str | None
    decision_tasks_timeout: int | str | None
    task_priority: int | None
    lambda_role: str | None


@overload
def start(
    workflow: type[Runnable0[R]],
    args: tuple[()] | list[Never] = ...,
    kwargs: Mapping[str, Never] | None = ...,
    *,
    domain: Domain,
    **options: Unpack[StartOptions],
) -> WorkflowHandle[R]: ...


@overload
def start(
    workflow: type[Runnable1[A1, R]],
    args: tuple[A1],
    kwargs: Mapping[str, Never] | None = ...,
    *,
    domain: Domain,
    **options: Unpack[StartOptions],
) -> WorkflowHandle[R]: ...


@overload
def start(
    workflow: type[Runnable2[A1, A2, R]],
    args: tuple[A1, A2],
    kwargs: Mapping[str, Never] | None = ...,
    *,
    domain: Domain,
    **options: Unpack[StartOptions],
) -> WorkflowHandle[R]: ...


@overload
def start(
    workflow: type[Runnable[..., R]],
    args: list[Any] | tuple[Any, Any, Any, Unpack[tuple[Any, ...]]],
    kwargs: Mapping[str, Any] | None = ...,
    *,
    domain: Domain,
    **options: Unpack[StartOptions],
) -> WorkflowHandle[R]: ...


@overload
def start(
    workflow: type[Runnable[..., R]],
    args: Sequence[Any] = ...,
    *,
    kwargs: Mapping[str, Any],
    domain: Domain,
    **options: Unpack[StartOptions],
) -> WorkflowHandle[R]: ...


def start(
    workflow: type[Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    domain: Domain,
    workflow_id: str | None = None,
    task_list: str | None = None,
    tag_list: list[str] | None = None,
    codec: Codec = codecs.TYPED_JSON,
    registrar: Registrar | None = None,
    **options: Any,
) -> WorkflowHandle[Any]:
    """Register a workflow class, start an execution of it, and return its handle.

    Type checkers check up to two positional arguments in a tuple; all arguments are checked
    against the signature of `run` before the service is called.

    :param workflow: The workflow class.
    :param args: Positional arguments of `run`.
    :param kwargs: Keyword arguments of `run`.
    :param domain: The domain of the execution.
    :param workflow_id: Default: `workflow.get_workflow_id`, else a generated id.
    :param task_list: Default: `workflow.get_task_list`.
    :param tag_list: Default: `workflow.get_tag_list`.
    :param codec: Encodes the input; the deciders must use the same codec.
    :param registrar: Registers the type. Default: a new one, which calls the service each time.
    :param options: Other parameters of `WorkflowType.start_execution`.
    :raises InvalidTypeError: The arguments do not match the signature of `run`.
    """
    validate_workflow_class("workflow", workflow)
    keywords = dict(kwargs or {})
    workflow.check_arguments(args, keywords)
    value = {"args": list(args), "kwargs": keywords}
    registrar = registrar or Registrar(domain, lambda: domain.connection)
    execution = registrar.workflow(workflow).start_execution(
        workflow_id or workflow.get_workflow_id(*args, **keywords),
        task_list=task_list or workflow.get_task_list(*args, **keywords),
        input=payload.encode(value, "input", DATA_LIMIT, codec),
        tag_list=tag_list or _tag_list(workflow, args, keywords),
        **options,
    )
    return WorkflowHandle.from_execution(execution, codec)


def _tag_list(
    workflow: type[Declaration], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[str] | None:
    """Return the declared tags; none to inherit, since the execution has no parent."""
    tags = workflow.get_tag_list(*args, **kwargs)
    return None if tags is workflow.INHERIT_TAG_LIST else tags
