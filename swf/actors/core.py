"""Actor: the base class of deciders and activity workers.

The low-level methods correspond to the operations of the service and use no threads. A poll that
received a task continues until it has all pages, since an incomplete task would time out; any other
method makes one call (with botocore's retries).

`run` (or `start` and `stop`) polls and performs tasks continuously; `runtime.py` contains the loop,
`decider.py` and `worker.py` the handling of a task.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from swf.actors.backoff import Backoff, Retrier
from swf.actors.hooks import HookList, Hooks
from swf.actors.log import LogContext
from swf.actors.processes import Supervisor
from swf.actors.runtime import EXIT_FATAL, Runtime, SecondSignal, on_signals
from swf.connection import Connection, current
from swf.constants import DEFAULT_CONCURRENCY, ID_LIMIT, IDENTITY_LIMIT
from swf.exceptions import DoesNotExistError, InvalidTypeError, PollTimeout, ValidationError
from swf.models import Domain, WorkflowExecution
from swf.models.base import translate_error
from swf.models.fields import instance

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

T = TypeVar("T")

logger = logging.getLogger(__name__)

_HOOKS = instance(Hooks)
_BACKOFF = instance(Backoff)

#: Default maximum number of pollers; one poller receives a few hundred tasks a second.
DEFAULT_POLLERS = 4


class Actor(Generic[T]):
    """A program that takes tasks from a task list of a domain.

    :param domain: the `Domain`.
    :param task_list: name of the task list to poll.
    :param identity: name of this actor in histories, at most 256 characters; None uses host,
        process and thread.
    :param connection: the connection; None uses the domain's, or the current one.
    :param concurrency: maximum number of concurrent tasks, each in a thread; 1 by default.
    :param pollers: maximum number of concurrent long polls; at most `concurrency`, default 4.
    :param processes: number of processes of `run`, each with `concurrency` threads.
    :param max_tasks: number of tasks after which `run` replaces a process; None for no limit.
    :param hooks: observers; see `swf.actors.Hooks`.
    :param backoff: delays between attempts after errors.
    :raises InvalidTypeError: a `TypeError`, if an argument has the wrong type.
    :raises ValidationError: if a number or the length of a string is out of range.
    """

    #: Maximum number of concurrent calls of one task.
    sockets_per_slot: ClassVar[int] = 1

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        identity: str | None = None,
        connection: Connection | None = None,
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        pollers: int | None = None,
        processes: int = 1,
        max_tasks: int | None = None,
        hooks: Iterable[Hooks] = (),
        backoff: Backoff | None = None,
    ) -> None:
        Domain.check(domain)
        self.domain = domain
        self.task_list = _checked_task_list(task_list)
        self._identity = None if identity is None else _checked_identity(identity)
        self._poll_identities: set[str] = set()
        if connection is not None:
            Connection.check(connection)
        self._connection = connection
        self.concurrency = positive_int("concurrency", concurrency)
        pollers = DEFAULT_POLLERS if pollers is None else positive_int("pollers", pollers)
        self.pollers = min(concurrency, pollers)
        self.processes = positive_int("processes", processes)
        self.max_tasks = None if max_tasks is None else positive_int("max_tasks", max_tasks)
        self.hooks = HookList((LogContext(), *(_HOOKS.validate("hooks", hook) for hook in hooks)))
        self.backoff: Backoff = _BACKOFF.validate_optional("backoff", backoff) or Backoff()
        self.last_token: str | None = None
        self._retrier = Retrier(self.backoff)
        self._runtime: Runtime[T] | None = None
        self._ending = threading.Lock()

    @property
    def connection(self) -> Connection:
        """The connection that calls use."""
        if self._connection is not None:
            return self._connection
        return self.domain._connection or current()

    @property
    def identity(self) -> str:
        """The name of this actor in histories; the default differs between threads."""
        return self._identity or default_identity()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.task_list!r} in {self.domain.name!r}>"

    # Running.

    def run(self) -> int:
        """Poll and perform tasks until SIGTERM, SIGINT or `stop`; return an exit code.

        The first signal stops gracefully: polls in progress (up to 60 seconds) and current tasks
        are finished. The second signal ends it at once. Signals are handled in the main thread
        only.

        :returns: 0 after a graceful stop; 78 after a permanent error, which is logged, e.g. a
            missing domain or permission; 128 + n after a second signal n.
        """
        if self.processes > 1 or self.max_tasks is not None:
            return Supervisor(self._serve, self.processes, self.backoff, repr(self)).run()
        return self._serve()

    def start(self) -> None:
        """Poll and perform tasks in threads until `stop`.

        :raises RuntimeError: if the actor is already running.
        """
        self._prepare(None).start()

    def stop(self, timeout: float | None = None) -> bool:
        """Stop polling and wait until the current tasks are finished.

        A poll in progress takes up to 60 seconds, and a task that it returns is performed.

        :param timeout: maximum number of seconds to wait; None waits without limit.
        :returns: whether all tasks are finished. If not, the threads continue; call `stop` again to
            wait longer.
        :raises NotImplementedError: on a bare `Actor`.
        """
        self._check_class()
        runtime = self._runtime
        if runtime is None:
            return True
        runtime.stop()
        if not runtime.ended.wait(timeout):
            return False
        with self._ending:
            if self._runtime is runtime:
                self._return_tasks()
                self._runtime = None
                self._retrier = Retrier(self.backoff)
                self._release_sockets()
        return True

    def _stop_polling(self) -> None:
        """Begin no further poll; `stop` ends those in flight."""
        if self._runtime is not None:
            self._runtime.stopping.set()

    @property
    def is_running(self) -> bool:
        """Whether the actor was started and has not ended."""
        return self._runtime is not None and not self._runtime.ended.is_set()

    def poll_once(self) -> bool:
        """Poll once, perform the task in this thread, and return whether there was one.

        :raises SWFError: if the poll or the response fails.
        """
        task = self._poll_with_hooks(self.task_list)
        if task is not None:
            self._perform(task)
        return task is not None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        runtime = self._runtime
        self.stop()
        if runtime is not None and runtime.error is not None and error is None:
            raise runtime.error

    def _prepare(self, max_tasks: int | None) -> Runtime[T]:
        """Return a runtime that is ready to start."""
        self._check_class()
        if self._runtime is not None:
            raise RuntimeError(f"already running: {self!r}")
        polls = [partial(self._poll_with_hooks, name) for name in self._polled_lists()]
        slots = max(self.concurrency, len(polls))
        connection = self.connection  # `stop` may be called within other `using` blocks
        runtime = Runtime(
            repr(self),
            polls,
            self._perform,
            slots=slots,
            backoff=self.backoff,
            label=self._label,
            max_tasks=max_tasks,
            set_up=self._set_up,
            end_polls=partial(self._end_polls, connection),
        )
        self._retrier = Retrier(self.backoff, None, runtime.abandoned.wait)
        self._release_sockets = connection.reserve(slots * self.sockets_per_slot)
        self._runtime = runtime
        return runtime

    def _check_class(self) -> None:
        if type(self) is Actor:
            raise NotImplementedError(
                "an Actor performs no tasks; use a Decider or an ActivityWorker"
            )

    def _serve(self) -> int:
        """Run in this process and return the exit code of `run`."""
        runtime = self._prepare(self.max_tasks)
        try:
            with on_signals(runtime.stop):
                runtime.start()
                runtime.wait()
        except SecondSignal as signal:
            runtime.abandoned.set()
            logger.warning("stopped by a second signal, current tasks will time out: %r", self)
            return 128 + signal.number
        self.stop()
        return 0 if runtime.error is None else EXIT_FATAL

    # For subclasses.

    def _polled_lists(self) -> list[str]:
        """Return the task list of each poller."""
        return [self.task_list] * self.pollers

    def _poll_task(self, task_list: str) -> T | None:
        """Poll a task list; no task is a `PollTimeout` or None."""
        raise NotImplementedError

    def _perform(self, task: T) -> None:
        """Perform a task and respond to it."""
        raise NotImplementedError

    def _set_up(self) -> None:
        """Prepare the service before the first poll; transient errors are retried."""

    def _label(self, task: T) -> str:
        """Return the name of a task for log messages, without its token."""
        raise NotImplementedError

    def _return_tasks(self) -> None:
        """Return tasks that this actor still holds to the service."""

    def _poll_with_hooks(self, task_list: str) -> T | None:
        """Poll with hooks; return the task, or None."""
        task = None
        self.hooks("before_poll", self, task_list)
        try:
            task = self._poll_task(task_list)
        except PollTimeout:
            pass
        except Exception as error:
            self.hooks("on_error", self, error, None)
            raise
        finally:
            self.hooks("after_poll", self, task_list, task)
        return task

    # Calling.

    def _end_polls(self, connection: Connection) -> bool:
        """End the polls in flight, if the service can."""
        return connection.end_polls(self._poll_identities.copy())

    def _poll_params(self, task_list: str | None, identity: str | None) -> dict[str, Any]:
        """Return the request members of a poll: domain, task list and identity."""
        name = self.task_list if task_list is None else _checked_task_list(task_list)
        identity = self.identity if identity is None else _checked_identity(identity)
        self._poll_identities.add(identity)
        return {
            "domain": self.domain.name,
            "taskList": {"name": name},
            "identity": identity,
        }

    def _poll(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make a long poll and return the first page of its task.

        :raises PollTimeout: if no task arrived.
        :raises DoesNotExistError: the domain's subclass, if the domain does not exist.
        """
        try:
            answer = self.connection.call(operation, **params)
        except DoesNotExistError as error:
            # The domain is the only resource that a poll refers to.
            raise translate_error(error, Domain.DoesNotExist) from error.__cause__
        if not answer.get("taskToken"):
            raise PollTimeout(f"{operation}: no task on {params['taskList']['name']!r}")
        self.last_token = answer["taskToken"]
        return answer

    def _with_retries(self, call: Callable[[], Any]) -> Any:
        """Call a function and retry transient errors."""
        return self._retrier.call(call)


class Polled(tuple[Any, ...]):
    """The result of a poll: unpacks as documented, and exposes the attributes of the task.

    >>> token, history = decider.poll()
    >>> polled = decider.poll()
    >>> polled.token, polled.execution
    """

    task: Any

    def __new__(cls, task: Any, content: Any) -> Polled:
        """Return the pair (token, content).

        :param task: the task whose attributes are exposed.
        :param content: the second item of the pair.
        """
        polled = super().__new__(cls, (task.task_token, content))
        polled.task = task
        return polled

    @property
    def token(self) -> str:
        """The task token, which identifies the task in the response."""
        token: str = self[0]
        return token

    @property
    def execution(self) -> WorkflowExecution:
        """The execution that the task belongs to."""
        execution: WorkflowExecution = self.task.workflow_execution
        return execution

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "task":
            raise AttributeError(name)
        return getattr(self.task, name)


def default_identity() -> str:
    """Return the identity of this thread: `host:process id:thread`."""
    thread = threading.current_thread().name
    return f"{platform.node()}:{os.getpid()}:{thread}"[:IDENTITY_LIMIT]


def _checked_task_list(task_list: str) -> str:
    return _checked("task_list", task_list, 1, ID_LIMIT)


def _checked_identity(identity: str) -> str:
    return _checked("identity", identity, 0, IDENTITY_LIMIT)


def _checked(field: str, value: str, minimum: int, maximum: int) -> str:
    if not isinstance(value, str):
        raise InvalidTypeError(field, value, "must be a string")
    if not minimum <= len(value) <= maximum:
        raise ValidationError(field, value, f"must have {minimum} to {maximum} characters")
    return value


def positive_int(field: str, value: int) -> int:
    """Return the value if it is an integer of at least 1.

    :param field: name for the error message.
    :param value: the value.
    :raises ValidationError: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValidationError(field, value, "must be a whole number, 1 or more")
    return value


def non_negative_number(field: str, value: float, maximum: float = inf) -> float:
    """Return the value if it is a number from 0 to `maximum`.

    :param field: name for the error message.
    :param value: the value.
    :param maximum: the largest valid number.
    :raises ValidationError: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= maximum:
        bounds = "0 or more" if maximum == inf else f"from 0 to {maximum}"
        raise ValidationError(field, value, f"must be a number, {bounds}")
    return value
