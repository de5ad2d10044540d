"""Activities: functions, or classes with `execute()`, that a workflow submits and a worker runs.

    @activity.with_attributes(task_list="images", retry=2, start_to_close_timeout=600)
    def resize(url, width): ...

The decorated function stays what it was: `resize(url, 100)` calls it. While a worker runs it,
`activity.task()` is the task in hand, with its heartbeat and token.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

from swf.actors.tasks import ActivityTaskContext
from swf.constants import NONE
from swf.dataflow.arguments import materialize
from swf.dataflow.download import accept_binaries, provide
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.fields import FLAG, NAME, PRIORITY, TASK_LIST, VERSION, seconds
from swf.retry import Retry


class Registry:
    """Activities by label and name; the label is None unless one was given."""

    def __init__(self) -> None:
        self._by_label: dict[str | None, dict[str, Any]] = {}
        self._by_type: dict[tuple[str, str], Any] = {}

    def register(self, activity: Any, label: str | None = None) -> None:
        """Add an activity; one of the same name and version is replaced."""
        self._by_label.setdefault(label, {})[activity.name] = activity
        self._by_type[activity.name, activity.version] = activity

    def find(self, name: str, version: str) -> Any:
        """Return the activity of a type, None if there is none."""
        return self._by_type.get((name, version))

    def __getitem__(self, label: str | None) -> dict[str, Any]:
        return self._by_label[label]

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._by_type.values()))


#: All activities of this process.
registry = Registry()


Timeout = int | str | None

#: The priority of an activity that sets none: the workflow's applies.
PRIORITY_NOT_SET: Final = object()

_task: ContextVar[ActivityTaskContext] = ContextVar("swf_activity_task")
_SECONDS = seconds()


class Activity:
    """A function or class that is run as activity tasks; the parameters are `with_attributes`'s.

    :raises ValidationError: a parameter is none that the service, or a worker, could use.
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
        self.callable = _accept_code(callable)
        functools.update_wrapper(self, callable)
        self.name: str = NAME.validate("name", _path(callable) if name is None else name)
        self.version: str = VERSION.validate("version", version)
        self.task_list: str = TASK_LIST.validate("task_list", task_list)
        self.task_priority = accept_priority("task_priority", task_priority)
        self.retry = retry
        self.raises_on_failure: bool = FLAG.validate("raises_on_failure", raises_on_failure)
        self.start_to_close_timeout = _seconds("start_to_close_timeout", start_to_close_timeout)
        self.schedule_to_start_timeout = _seconds(
            "schedule_to_start_timeout", schedule_to_start_timeout
        )
        self.heartbeat_timeout = _seconds("heartbeat_timeout", heartbeat_timeout)
        given = _seconds("schedule_to_close_timeout", schedule_to_close_timeout)
        self.schedule_to_close_timeout = self._in_all() if given is None else given
        self.idempotent: bool | None = FLAG.validate_optional("idempotent", idempotent)
        self.meta = _accept_meta(meta)
        #: When what failed is tried again: `retry=n` is n + 1 attempts, one right after another.
        self.policy = as_policy(retry)

    def _in_all(self) -> Timeout:
        parts = (self.schedule_to_start_timeout, self.start_to_close_timeout)
        return sum(part for part in parts if isinstance(part, int)) if NONE not in parts else NONE

    @property
    def is_unique(self) -> bool:
        """Whether the id of a task is made of its arguments."""
        return bool(self.idempotent) or hasattr(self.callable, "get_task_id")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, or make an instance of the class."""
        return self.callable(*args, **kwargs)

    @property
    def context(self) -> dict[str, Any] | None:
        """What is known of the task that this code is run for; None if no worker runs it."""
        task = current_task()
        return None if task is None else _context(task)

    def perform(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], task: ActivityTaskContext
    ) -> Any:
        """Run it for a task and return its result."""
        token = _task.set(task)
        try:
            provide(self.meta.get("binaries") or {})
            made = self.callable(*args, **kwargs)
            if not inspect.isclass(self.callable):
                return materialize(made)
            made.context = _context(task)
            result = materialize(made.execute())
            if hasattr(made, "post_execute"):
                made.post_execute()
            return result
        finally:
            _task.reset(token)

    def __repr__(self) -> str:
        return f"<Activity {self.name} {self.version}>"


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
) -> Callable[[Callable[..., Any]], Activity]:
    """Make the decorated function or class an activity. Timeouts are seconds or `NONE`.

    :param name: of its type; module and qualified name when not given.
    :param version: of its type.
    :param task_list: where its workers poll.
    :param task_priority: which tasks go first; the workflow's when not given.
    :param retry: so many further attempts, or a `Retry`.
    :param raises_on_failure: whether asking for the result of a failed task raises.
    :param schedule_to_close_timeout: in all; when not given, the sum of waiting and working.
    :param idempotent: whether equal arguments are one task; its id is then made of them.
    :param meta: what workers should know: `binaries` are programs that it needs
        (`swf.dataflow.download`).
    :raises ValidationError: as `Activity`, where it is declared.
    """
    options = locals()
    # Without parentheses, the decorator receives the function as its name.
    NAME.validate_optional("name", name)

    def decorate(function: Callable[..., Any]) -> Activity:
        activity = Activity(function, **options)
        registry.register(activity)
        return activity

    return decorate


def task() -> ActivityTaskContext:
    """Return the task that this code is run for.

    :raises LookupError: it is not run by a worker.
    """
    return _task.get()


def current_task() -> ActivityTaskContext | None:
    """Return the task that this code is run for; None if no worker runs it."""
    return _task.get(None)


def as_policy(retry: int | Retry | None) -> Retry:
    """Return the policy that a number of retries stands for.

    :raises ValidationError: it is no such number.
    """
    if isinstance(retry, Retry):
        return retry
    further = 0 if retry is None else retry
    rule = "must be how often to try again, a whole number from 0, or a Retry"
    if isinstance(further, bool) or not isinstance(further, int):
        raise InvalidTypeError("retry", retry, rule)
    if further < 0:
        raise ValidationError("retry", retry, rule)
    return Retry(max_attempts=further + 1)


def accept_priority(field: str, value: Any) -> Any:
    """Accept a priority, None for none, or `PRIORITY_NOT_SET`."""
    return value if value is PRIORITY_NOT_SET else PRIORITY.validate_optional(field, value)


def _context(task: ActivityTaskContext) -> dict[str, Any]:
    kind, execution = task.activity_type, task.execution
    return {
        "name": kind.name,
        "version": kind.version,
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
    checked: Timeout = _SECONDS.validate(field, int(value) if str(value).isdigit() else value)
    return checked


def _accept_code(code: Any) -> Callable[..., Any]:
    is_class = inspect.isclass(code)
    if not callable(getattr(code, "execute", None) if is_class else code):
        raise InvalidTypeError("callable", code, "must be a function, or a class with execute()")
    found: Callable[..., Any] = code
    return found


def _path(code: Any) -> str:
    if not hasattr(code, "__qualname__"):
        raise ValidationError("name", None, f"is needed: {code!r} has none of its own")
    return f"{code.__module__}.{code.__qualname__}"


def _accept_meta(meta: Any) -> dict[str, Any]:
    if meta is None:
        return {}
    if not isinstance(meta, Mapping):
        raise InvalidTypeError("meta", meta, "must be a mapping")
    if meta.get("binaries") is not None:
        accept_binaries("meta['binaries']", meta["binaries"])
    return dict(meta)
