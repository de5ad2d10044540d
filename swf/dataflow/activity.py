"""Activities: functions, or classes with `execute()`, that workflows submit and workers run.

    @activity.with_attributes(task_list="images", retry=2, start_to_close_timeout=600)
    def resize(url, width): ...

Calling `resize(url, 100)` calls the decorated function directly. While a worker runs it,
`activity.task()` returns the current task, which offers the heartbeat and the task token.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, Generic, Protocol, TypeVar, overload

from swf.actors.functions import run_coroutine
from swf.actors.tasks import ActivityTaskContext
from swf.constants import NONE
from swf.dataflow.arguments import materialize
from swf.dataflow.download import provide, validate_binaries
from swf.dataflow.signatures import C, Executable, P, R, signature_of
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.fields import FLAG, NAME, PRIORITY, TASK_LIST, VERSION, seconds
from swf.retry import Retry, as_policy


class Registry:
    """A collection of activities by label and name. The default label is None."""

    def __init__(self) -> None:
        self._by_label: dict[str | None, dict[str, Any]] = {}
        self._by_type: dict[tuple[str, str], Any] = {}

    def register(self, activity: Any, label: str | None = None) -> None:
        """Add an activity, or replace the one with the same name and version.

        :param activity: the activity.
        :param label: a group of activities; see `RegistryDispatcher`.
        """
        self._by_label.setdefault(label, {})[activity.name] = activity
        self._by_type[activity.name, activity.version] = activity

    def find(self, name: str, version: str) -> Any:
        """Return the activity with this name and version, or None."""
        return self._by_type.get((name, version))

    def __getitem__(self, label: str | None) -> dict[str, Any]:
        return self._by_label[label]

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._by_type.values()))


#: All activities of this process.
registry = Registry()


Timeout = int | str | None

#: Default of `task_priority`: the priority of the workflow applies.
PRIORITY_NOT_SET: Final = object()

_task: ContextVar[ActivityTaskContext] = ContextVar("swf_activity_task")
_SECONDS = seconds()
T = TypeVar("T")


class Activity(Generic[P, R, C]):
    """A function or class that runs as an activity task.

    Timeouts are in seconds, or `NONE` for no limit.

    :param callable: a function, or a class with `execute()`; also `async def`.
    :param name: name of the activity type. Default: module and qualified name of `callable`.
    :param version: version of the activity type.
    :param task_list: task list that the workers poll.
    :param task_priority: priority of the tasks, a 32-bit integer; higher values run first. None
        sends no priority. Default: the priority of the workflow.
    :param retry: maximum number of retries, or a `Retry` policy. A number retries immediately.
    :param raises_on_failure: whether `Future.result` raises when the task failed.
    :param start_to_close_timeout: limit for the run of a task.
    :param schedule_to_close_timeout: limit for waiting and running. Default: the sum of
        `schedule_to_start_timeout` and `start_to_close_timeout`.
    :param schedule_to_start_timeout: limit for waiting in the task list.
    :param heartbeat_timeout: limit between two heartbeats of the worker.
    :param idempotent: whether tasks with equal arguments run once per execution. Their activity id
        is derived from the arguments.
    :param meta: options for workers. `binaries` maps names of programs to their addresses; see
        `swf.dataflow.download`.
    :raises ValidationError: the service or the worker cannot use an option.
    """

    def __init__(
        self,
        callable: Callable[..., Any],  # noqa: A002 - the documented name
        name: str | None = None,
        version: str = "default",
        task_list: str = "default",
        task_priority: Any = PRIORITY_NOT_SET,
        retry: int | Retry = 0,
        raises_on_failure: bool = False,
        start_to_close_timeout: Timeout = 300,
        schedule_to_close_timeout: Timeout = None,
        schedule_to_start_timeout: Timeout = 300,
        heartbeat_timeout: Timeout = 300,
        idempotent: bool | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        self.callable = _validate_code(callable)
        #: The signature of the function, or of the constructor of the class; None if unknown.
        self.signature = signature_of(self.callable)
        functools.update_wrapper(self, callable)
        self.name: str = NAME.validate("name", _path(callable) if name is None else name)
        self.version: str = VERSION.validate("version", version)
        self.task_list: str = TASK_LIST.validate("task_list", task_list)
        self.task_priority = validate_priority("task_priority", task_priority)
        self.retry = retry
        self.raises_on_failure: bool = FLAG.validate("raises_on_failure", raises_on_failure)
        self.start_to_close_timeout = _seconds("start_to_close_timeout", start_to_close_timeout)
        self.schedule_to_start_timeout = _seconds(
            "schedule_to_start_timeout", schedule_to_start_timeout
        )
        self.heartbeat_timeout = _seconds("heartbeat_timeout", heartbeat_timeout)
        total = _seconds("schedule_to_close_timeout", schedule_to_close_timeout)
        self.schedule_to_close_timeout = self._sum_of_timeouts() if total is None else total
        self.idempotent: bool | None = FLAG.validate_optional("idempotent", idempotent)
        self.meta = _validate_meta(meta)
        #: The retry policy; `retry=n` is a policy of n + 1 attempts without delay.
        self.policy = as_policy(retry)

    def _sum_of_timeouts(self) -> Timeout:
        parts = (self.schedule_to_start_timeout, self.start_to_close_timeout)
        return sum(part for part in parts if isinstance(part, int)) if NONE not in parts else NONE

    @property
    def is_unique(self) -> bool:
        """Whether the activity id is derived from the arguments."""
        return bool(self.idempotent) or hasattr(self.callable, "get_task_id")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> C:
        """Call the function, or create an instance of the class."""
        value: C = self.callable(*args, **kwargs)
        return value

    @property
    def context(self) -> dict[str, Any] | None:
        """Properties of the current task as a dictionary; None outside of a worker."""
        task = current_task()
        return None if task is None else _context(task)

    def perform(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], task: ActivityTaskContext
    ) -> Any:
        """Run the activity for a task and return its result.

        An instance of a class gets the properties of the task as `context`; after `execute()`, its
        `post_execute()` is called if it exists. An `async def` function runs on an event loop of
        its own, in the thread of the worker.

        :param args: positional arguments of the function or class.
        :param kwargs: keyword arguments of the function or class.
        :param task: the current task, available as `activity.task()`.
        """
        token = _task.set(task)
        try:
            provide(self.meta.get("binaries") or {})
            value = self.callable(*args, **kwargs)
            if not inspect.isclass(self.callable):
                return materialize(run_coroutine(value))
            value.context = _context(task)
            result = materialize(run_coroutine(value.execute()))
            if hasattr(value, "post_execute"):
                run_coroutine(value.post_execute())
            return result
        finally:
            _task.reset(token)

    def __repr__(self) -> str:
        return f"<Activity {self.name} {self.version}>"


class ActivityDecorator(Protocol):
    """The decorator that `with_attributes` returns; the activity keeps the signature."""

    @overload
    def __call__(
        self, function: Callable[P, Executable[Coroutine[Any, Any, T]]], /
    ) -> Activity[P, T, Any]: ...

    @overload
    def __call__(self, function: Callable[P, Executable[T]], /) -> Activity[P, T, Any]: ...

    @overload
    def __call__(
        self, function: Callable[P, Coroutine[Any, Any, T]], /
    ) -> Activity[P, T, Coroutine[Any, Any, T]]: ...

    @overload
    def __call__(
        self, function: Callable[P, Iterator[T]], /
    ) -> Activity[P, list[T], Iterator[T]]: ...

    @overload
    def __call__(self, function: Callable[P, T], /) -> Activity[P, T, T]: ...


def with_attributes(
    name: str | None = None,
    version: str = "default",
    task_list: str = "default",
    task_priority: Any = PRIORITY_NOT_SET,
    retry: int | Retry = 0,
    raises_on_failure: bool = False,
    start_to_close_timeout: Timeout = 300,
    schedule_to_close_timeout: Timeout = None,
    schedule_to_start_timeout: Timeout = 300,
    heartbeat_timeout: Timeout = 300,
    idempotent: bool | None = None,
    meta: Mapping[str, Any] | None = None,
) -> ActivityDecorator:
    """Declare the decorated function or class as an activity and register it.

    Timeouts are in seconds, or `NONE` for no limit.

    :param name: name of the activity type. Default: module and qualified name of the function.
    :param version: version of the activity type.
    :param task_list: task list that the workers poll.
    :param task_priority: priority of the tasks, a 32-bit integer; higher values run first. None
        sends no priority. Default: the priority of the workflow.
    :param retry: maximum number of retries, or a `Retry` policy. A number retries immediately.
    :param raises_on_failure: whether `Future.result` raises when the task failed.
    :param start_to_close_timeout: limit for the run of a task.
    :param schedule_to_close_timeout: limit for waiting and running. Default: the sum of
        `schedule_to_start_timeout` and `start_to_close_timeout`.
    :param schedule_to_start_timeout: limit for waiting in the task list.
    :param heartbeat_timeout: limit between two heartbeats of the worker.
    :param idempotent: whether tasks with equal arguments run once per execution. Their activity id
        is derived from the arguments.
    :param meta: options for workers. `binaries` maps names of programs to their addresses; see
        `swf.dataflow.download`.
    :raises ValidationError: the service or the worker cannot use an option.
    """
    options = locals()
    # Without parentheses, the decorator receives the function as its name.
    NAME.validate_optional("name", name)

    def decorate(function: Callable[..., Any]) -> Any:
        activity = Activity(function, **options)
        registry.register(activity)
        return activity

    return decorate


def task() -> ActivityTaskContext:
    """Return the current activity task.

    :raises LookupError: called outside of a worker.
    """
    return _task.get()


def current_task() -> ActivityTaskContext | None:
    """Return the current activity task; None outside of a worker."""
    return _task.get(None)


def validate_priority(field: str, value: Any) -> Any:
    """Return a valid priority as an integer; None and `PRIORITY_NOT_SET` are returned unchanged.

    :param field: name of the parameter, for the error message.
    :raises ValidationError: the value is not a 32-bit integer.
    """
    return value if value is PRIORITY_NOT_SET else PRIORITY.validate_optional(field, value)


def _context(task: ActivityTaskContext) -> dict[str, Any]:
    activity_type, execution = task.activity_type, task.execution
    return {
        "name": activity_type.name,
        "version": activity_type.version,
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "activity_id": task.activity_id,
        "input": task.input,
        "domain_name": task.task.domain.name,
        "activity_task_list": task.task.task_list,
        "task": task,
    }


def _seconds(field: str, value: Timeout) -> Timeout:
    if value is None:
        return None
    seconds: Timeout = _SECONDS.validate(field, int(value) if str(value).isdigit() else value)
    return seconds


def _validate_code(code: Any) -> Callable[..., Any]:
    is_class = inspect.isclass(code)
    if not callable(getattr(code, "execute", None) if is_class else code):
        raise InvalidTypeError("callable", code, "must be a function, or a class with execute()")
    if inspect.isasyncgenfunction(code.execute if is_class else code):
        raise InvalidTypeError("callable", code, "must not be an asynchronous generator")
    function: Callable[..., Any] = code
    return function


def _path(code: Any) -> str:
    if not hasattr(code, "__qualname__"):
        raise ValidationError("name", None, f"is required for a callable without name: {code!r}")
    return f"{code.__module__}.{code.__qualname__}"


def _validate_meta(meta: Any) -> dict[str, Any]:
    if meta is None:
        return {}
    if not isinstance(meta, Mapping):
        raise InvalidTypeError("meta", meta, "must be a mapping")
    if meta.get("binaries") is not None:
        validate_binaries("meta['binaries']", meta["binaries"])
    return dict(meta)
