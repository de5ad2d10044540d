"""`WorkflowRuntime`: what the run of an execution is to all that happens in it.

Requests, tasks, groups and the workflow's own methods know it by this protocol, so that they can be
read before `run.py`, which is what keeps it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from attrs import frozen

from swf import codecs
from swf.dataflow.activity import Activity
from swf.dataflow.declaration import Declaration
from swf.dataflow.fibers import EventLoop
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.signal_inbox import Signals
from swf.models.history import History
from swf.payload import Codec


@frozen
class Identity:
    """Which execution it is."""

    domain: str
    workflow_id: str
    run_id: str


@frozen
class Options:
    """What a decider says about all its runs.

    :param activity_task_list: where all activities go, wherever they were declared to.
    :param child_task_list: where all children's decision tasks go.
    """

    codec: Codec = codecs.TYPED_JSON
    activity_task_list: str | None = None
    child_task_list: str | None = None


class Marker(NamedTuple):
    """A marker that was recorded."""

    name: str
    details: Any


class WorkflowRuntime(Protocol):
    """The run of an execution. Requests and tasks are `Any` to it: it comes before them."""

    identity: Identity
    options: Options
    codec: Codec
    #: The whole history; in a replay, also what comes after the decision that is replayed.
    record: History
    loop: EventLoop
    #: The place of the workflow's own code in its structure.
    scope: Scope
    #: The place of what is called while events come in; None when none do.
    callback_scope: Scope | None
    random: random.Random
    #: Requests that go on, by the event that began them.
    open: dict[int, Any]
    #: Timers that run, by id.
    timers: dict[str, Future]
    #: Tasks that are one for equal arguments, by what is made of those.
    by_content: dict[str, Future]
    #: What was submitted, and whether its types are registered is not known yet.
    new_activities: set[Activity]
    new_children: set[type[Declaration]]
    markers: list[Marker]
    signals: Signals
    #: Gives the end that begins the execution anew, if its code asked for that.
    continuation: Callable[[], Any] | None
    #: The request that ends the execution, once there is one.
    closing: Any
    cancellation_scopes: list[Any]
    shields: int
    is_cancel_deferred: bool
    is_replaying: bool
    started_event_id: int
    completed_event_id: int

    @property
    def workflow(self) -> Declaration:
        """The workflow."""

    @property
    def history(self) -> History:
        """What happened up to the beginning of this decision, the same in every replay."""

    @property
    def now(self) -> datetime:
        """When this decision began."""

    @property
    def is_ahead(self) -> bool:
        """Whether what is asked for now cannot have been decided yet."""

    @property
    def is_over_budget(self) -> bool:
        """Whether the history is so long that it is time to continue as new."""

    def ask(self, request: Any) -> None:
        """Decide something, or hold it until it may be."""

    def withdraw(self, request: Any) -> bool:
        """Take back what was not sent; return whether it was."""

    def decode(self, text: str | None) -> Any:
        """Return the value of a payload."""

    def start(self, task: Any, scope: Scope) -> Future:
        """Ask for what a task stands for."""

    def future(self, task: Any, task_id: str, *, raises_on_failure: bool) -> Future:
        """Return the future of something that holds back the end of the execution."""

    def track(self, future: Future) -> None:
        """Have a future hold back the end of the execution."""

    def release(self, future: Future) -> None:
        """Have a future hold back the end no longer."""

    def done(self, result: Any) -> Future:
        """Return a future that is done."""

    def keep(self, future: Future, key: str) -> bool:
        """Have a future come to what the earlier execution came to; return whether it did."""

    def start_timer(
        self, timer_id: str, seconds: float | str, control: Any = None, *, policy: bool = False
    ) -> Future:
        """Start a timer, and return its future."""

    def timer_state(self, timer_id: str) -> str | None:
        """Return `started`, `fired` or `canceled`; None if there was no timer of this id."""

    def interrupt(self, error: BaseException) -> None:
        """Raise an error where the code waits."""

    def cancel_all(self) -> None:
        """Ask all that is open to stop."""

    def on_task_failure(self, request: Any, error: Any, attributes: Any) -> bool:
        """Ask the workflow about a task that failed; return whether it decided anything."""

    def is_asked_again(self, request: Any) -> bool:
        """Return whether simpleflow asked once more for a task that had been refused."""

    def recorded_delay(self, request: Any, retry_id: str) -> int | None:
        """Return after how many seconds the history has a task tried again; None if it has not."""

    def resolve_retry_delay(
        self, retry_id: str, request: Any, error: Exception, delay: int | None
    ) -> int | None:
        """Return after how many seconds a task is tried again, of which the history tells nothing.

        :param delay: what its policy says.
        """
