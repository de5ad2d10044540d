"""Actor: what a decider and a worker have in common when they speak to the service.

This is the low level: one verb, one operation, no thread. A poll that got a task goes on until it
has the whole of it, since a task whose pages were dropped is lost until it times out; every other
verb is tried once (and as often as botocore's retries say).
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from swf.actors.backoff import Backoff
from swf.connection import Connection, current
from swf.constants import ID_LIMIT, IDENTITY_LIMIT
from swf.exceptions import (
    EndpointUnreachableError,
    InvalidTypeError,
    LimitExceededError,
    PollTimeout,
    RateLimitExceededError,
    ValidationError,
)
from swf.models import Domain, WorkflowExecution

T = TypeVar("T")

#: Faults that pass by themselves.
TRANSIENT = (RateLimitExceededError, LimitExceededError, EndpointUnreachableError)


class Actor:
    """A program that takes tasks from a task list of a domain.

    :param domain: the `Domain`.
    :param task_list: name of the task list to poll.
    :param identity: how the history shall name this actor, at most 256 characters; host, process
        and a name of its own when not given.
    :param connection: which way to the service; the domain's, or the one in force, when not given.
    :param backoff: how long to wait before a refused call is tried again.
    :raises InvalidTypeError: a `TypeError`, if `domain` is no Domain or `task_list` no string.
    """

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        identity: str | None = None,
        connection: Connection | None = None,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        Domain.check(domain)
        self.domain = domain
        self.task_list = _checked_task_list(task_list)
        self._identity = None if identity is None else _checked_identity(identity)
        self._connection = connection
        self.backoff = backoff or Backoff()
        self.last_token: str | None = None

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

    def _from(self, task_list: str | None, identity: str | None) -> dict[str, Any]:
        """Return the members of a poll that say what is polled, and by whom."""
        name = (
            self.task_list if task_list is None else _checked("task_list", task_list, 1, ID_LIMIT)
        )
        return {
            "domain": self.domain.name,
            "taskList": {"name": name},
            "identity": self.identity if identity is None else _checked_identity(identity),
        }

    def _poll(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return the (first page of the) task that a long poll gave.

        :raises PollTimeout: when none came.
        """
        answer = self.connection.call(operation, **params)
        if not answer.get("taskToken"):
            raise PollTimeout(f"{operation}: no task on {params['taskList']['name']!r}")
        self.last_token = answer["taskToken"]
        return answer

    def _persist(self, call: Callable[[], T]) -> T:
        """Make a call that must not be lost: repeat it while its fault is one that passes.

        :raises SWFError: a fault that does not pass, or the last one after `backoff.attempts`.
        """
        for delay in self.backoff.delays():
            try:
                return call()
            except TRANSIENT:  # noqa: PERF203 - trying again is what the loop is for
                time.sleep(delay)
        return call()


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
