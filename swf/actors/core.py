"""Actor: what a decider and a worker have in common.

The low level is SWF's own: one verb, one operation, no thread. A poll that got a task goes on until
it has the whole of it, since a task whose pages were dropped is lost until it times out; every
other verb is tried once (and as often as botocore's retries say).

On top of it, `run` (or `start` and `stop`) keeps polling and performing: how is in `runtime.py`;
what a task is and how it is performed, `decider.py` and `worker.py` say.
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
from swf.constants import ID_LIMIT, IDENTITY_LIMIT
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

#: Pollers that an actor has at most, unless it is told: one brings a few hundred tasks a second.
POLLERS = 4


class Actor(Generic[T]):
    """A program that takes tasks from a task list of a domain.

    :param domain: the `Domain`.
    :param task_list: name of the task list to poll.
    :param identity: how the history shall name this actor, at most 256 characters; host, process
        and thread when not given.
    :param connection: which way to the service; the domain's, or the one in force, when not given.
    :param concurrency: how many tasks to perform at a time, in threads.
    :param pollers: how many long polls to make at a time; never more than tasks.
    :param processes: in how many processes to `run`, with so many threads each.
    :param hooks: who looks on; see `swf.actors.Hooks`.
    :param backoff: how long to wait before what was refused is tried again.
    :raises InvalidTypeError: a `TypeError`, if `domain` is no Domain, `task_list` no string, or
        another argument something else than it should be.
    """

    #: Sockets that one task in hand may take at a time.
    sockets_per_slot: ClassVar[int] = 1

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        identity: str | None = None,
        connection: Connection | None = None,
        *,
        concurrency: int = 1,
        pollers: int | None = None,
        processes: int = 1,
        hooks: Iterable[Hooks] = (),
        backoff: Backoff | None = None,
    ) -> None:
        Domain.check(domain)
        self.domain = domain
        self.task_list = _checked_task_list(task_list)
        self._identity = None if identity is None else _checked_identity(identity)
        if connection is not None:
            Connection.check(connection)
        self._connection = connection
        self.concurrency = positive_int("concurrency", concurrency)
        pollers = POLLERS if pollers is None else positive_int("pollers", pollers)
        self.pollers = min(concurrency, pollers)
        self.processes = positive_int("processes", processes)
        self.hooks = HookList((LogContext(), *(_HOOKS.validate("hooks", hook) for hook in hooks)))
        self.backoff: Backoff = _BACKOFF.validate_optional("backoff", backoff) or Backoff()
        self.last_token: str | None = None
        self._retrier = Retrier(self.backoff)
        self._runtime: Runtime[T] | None = None
        self._ending = threading.Lock()

    @property
    def connection(self) -> Connection:
        """The connection that this actor's calls take."""
        if self._connection is not None:
            return self._connection
        return self.domain._connection or current()

    @property
    def identity(self) -> str:
        """How the history names this actor; it is another one in every process."""
        return self._identity or default_identity()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.task_list!r} in {self.domain.name!r}>"

    # Running.

    def run(self) -> int:
        """Poll and perform until SIGTERM, SIGINT or `stop`; return an exit code.

        The first signal ends it gracefully: no more polls are made, those in flight (up to 60
        seconds) and their tasks are waited for. The second signal ends it at once. Signals are
        handled in the main thread only.

        :returns: 0 after a graceful end; 78 if the domain does not exist, permission is missing
            or anything else does not heal, which is logged; 128 + n after the second signal n.
        """
        if self.processes > 1:
            return Supervisor(self._serve, self.processes, self.backoff, repr(self)).run()
        return self._serve()

    def start(self) -> None:
        """Poll and perform in threads, until `stop`.

        :raises RuntimeError: when it is started already.
        """
        self._prepare().start()

    def stop(self, timeout: float | None = None) -> bool:
        """Poll no more, and wait until everything in hand is done.

        A poll in flight takes up to 60 seconds to end, and a task that it brings is performed.

        :param timeout: seconds to wait at most; None waits for as long as it takes.
        :returns: whether all is done. If not, the threads go on until it is, or the process ends;
            call `stop` again to wait for longer.
        :raises NotImplementedError: on a bare `Actor`, which has nothing to do.
        """
        self._check_kind()
        runtime = self._runtime
        if runtime is None:
            return True
        runtime.stop()
        if not runtime.ended.wait(timeout):
            return False
        with self._ending:
            if self._runtime is runtime:
                self._hand_back()
                self._runtime = None
                self._retrier = Retrier(self.backoff)
                self._release()
        return True

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._runtime is not None and not self._runtime.ended.is_set()

    def poll_once(self) -> bool:
        """Poll, perform in this thread what came, and return whether anything came.

        :raises SWFError: what the poll or the answer met with.
        """
        task = self._take(self.task_list)
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

    def _prepare(self) -> Runtime[T]:
        """Return what will poll and perform, ready to start."""
        self._check_kind()
        if self._runtime is not None:
            raise RuntimeError(f"{self!r} is started already")
        polls = [partial(self._take, name) for name in self._polled_lists()]
        slots = max(self.concurrency, len(polls))
        runtime = Runtime(repr(self), polls, self._perform, slots=slots, backoff=self.backoff)
        self._retrier = Retrier(self.backoff, None, runtime.abandoned.wait)
        self._release = self.connection.reserve(slots * self.sockets_per_slot)
        self._runtime = runtime
        return runtime

    def _check_kind(self) -> None:
        if type(self) is Actor:
            raise NotImplementedError(
                "an Actor takes no tasks; a Decider or an ActivityWorker does"
            )

    def _serve(self) -> int:
        """Run in this process; the exit code is as of `run`."""
        runtime = self._prepare()
        try:
            with on_signals(runtime.stop):
                runtime.start()
                runtime.wait()
        except SecondSignal as signal:
            runtime.abandoned.set()
            logger.warning("%r ends at once; tasks in hand will time out", self)
            return 128 + signal.number
        self.stop()
        return 0 if runtime.error is None else EXIT_FATAL

    # What a kind of actor says.

    def _polled_lists(self) -> list[str]:
        """Return the task lists to poll, one for each poller."""
        return [self.task_list] * self.pollers

    def _poll_task(self, task_list: str) -> T | None:
        """Wait for a task of a list; `PollTimeout` and None both say that there is none."""
        raise NotImplementedError

    def _perform(self, task: T) -> None:
        """Do what a task asks for, and answer it."""
        raise NotImplementedError

    def _hand_back(self) -> None:
        """Give tasks that are still kept here to whoever polls next."""

    def _take(self, task_list: str) -> T | None:
        """Wait for a task; None when none came."""
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

    def _from(self, task_list: str | None, identity: str | None) -> dict[str, Any]:
        """Return the members of a poll that say what is polled, and by whom."""
        name = self.task_list if task_list is None else _checked_task_list(task_list)
        return {
            "domain": self.domain.name,
            "taskList": {"name": name},
            "identity": self.identity if identity is None else _checked_identity(identity),
        }

    def _poll(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return the (first page of the) task that a long poll gave.

        :raises PollTimeout: when none came.
        :raises DoesNotExistError: the domain's own, when it does not exist.
        """
        try:
            answer = self.connection.call(operation, **params)
        except DoesNotExistError as error:
            # Nothing else that a poll names can be unknown.
            raise translate_error(error, Domain.DoesNotExist) from error.__cause__
        if not answer.get("taskToken"):
            raise PollTimeout(f"{operation}: no task on {params['taskList']['name']!r}")
        self.last_token = answer["taskToken"]
        return answer

    def _persist(self, call: Callable[[], Any]) -> Any:
        """Make a call that must not be lost, as long as there is hope and time."""
        return self._retrier.call(call)


class Polled(tuple[Any, ...]):
    """What a poll gave: unpacks as documented, and shows the task's fields as attributes.

    >>> token, history = decider.poll()
    >>> polled = decider.poll()
    >>> polled.token, polled.execution
    """

    task: Any

    def __new__(cls, task: Any, content: Any) -> Polled:
        """Return the pair (token, content) that also answers for `task`."""
        polled = super().__new__(cls, (task.task_token, content))
        polled.task = task
        return polled

    @property
    def token(self) -> str:
        """The task token, which says what an answer is about."""
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
    """Return a name for this thread of this process: `host:process id:thread`."""
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
    """Return the value if it is a whole number from 1; raise `ValidationError` if not."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValidationError(field, value, "must be a whole number, 1 or more")
    return value


def non_negative_number(field: str, value: float, most: float = inf) -> float:
    """Return the value if it is a number from 0 to `most`; raise `ValidationError` if not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        bounds = "0 or more" if most == inf else f"from 0 to {most}"
        raise ValidationError(field, value, f"must be a number, {bounds}")
    return value
