"""`Future`: the pending result of a submitted task.

A future is pending, running, finished or cancelled. Its properties `result` and `exception` block
the workflow code until it is done, and so does `wait`. `fibers.py` implements blocking.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar

from swf.actors.functions import validate_synchronous
from swf.dataflow import fibers
from swf.dataflow.exceptions import (
    ExecutionBlocked,
    TaskCanceled,
    TaskException,
    TimeoutError,  # noqa: A004 - the documented name
)
from swf.exceptions import ValidationError
from swf.models.fields import DURATION_LIMIT

if TYPE_CHECKING:
    from typing_extensions import Self
    from typing_extensions import TypeVar as TypeVarWithDefault

    T = TypeVarWithDefault("T", default=Any)
else:
    T = TypeVar("T")

PENDING: Final = "PENDING"
RUNNING: Final = "RUNNING"
CANCELLED: Final = "CANCELLED"
FINISHED: Final = "FINISHED"
DONE: Final = frozenset((FINISHED, CANCELLED))


class Watcher(Protocol):
    """Waits for one of several futures."""

    @property
    def is_waiting(self) -> bool:
        """Whether a fiber waits now."""

    def record(self, future: Future) -> None:
        """Record that a future is done."""


class Future(Generic[T]):
    """The pending result of a submitted task.

    :param loop: event loop that runs the callbacks. None for a future outside of a workflow; its
        callbacks run at once, and it cannot be waited for.
    :param task: the submitted task.
    :param id: id of the task in the history.
    :param raises_on_failure: whether `result` raises when the task failed; otherwise it is None.
    :param cancel: called by `cancel()`. Returns True if the future is cancelled immediately, False
        if the task reports its end later. None is equivalent to a function that returns True.
    """

    #: Whether reading `done` may finish a pending future.
    is_lazy: ClassVar[bool] = False

    __slots__ = (
        "_callbacks",
        "_cancel",
        "_exception",
        "_result",
        "_watchers",
        "cancel_requested",
        "id",
        "is_observed",
        "loop",
        "raises_on_failure",
        "state",
        "task",
    )

    def __init__(
        self,
        loop: fibers.EventLoop | None = None,
        task: Any = None,
        id: str = "",  # noqa: A002 - the service's word
        *,
        raises_on_failure: bool = False,
        cancel: Callable[[], bool] | None = None,
    ) -> None:
        self.loop = loop
        self.task = task
        self.id = id
        self.raises_on_failure = raises_on_failure
        self.state = PENDING
        self.cancel_requested = False
        #: Whether workflow code has read the result or the exception.
        self.is_observed = False
        self._cancel = cancel
        self._result: Any = None
        self._exception: BaseException | None = None
        self._callbacks: list[Callable[[Future], Any]] = []
        self._watchers: tuple[Watcher, ...] = ()

    @property
    def result(self) -> T:
        """Wait until the future is done, and return the result; None if the task failed.

        :raises TaskException: the task failed and has `raises_on_failure`.
        :raises TaskCanceled: the future was cancelled.
        """
        self._wait()
        if self.state == CANCELLED:
            raise self._cancellation()
        if self._exception is not None and self.raises_on_failure:
            if isinstance(self._exception, TaskException):
                raise self._exception
            exception_class = getattr(self.task, "failure", TaskException)
            raise exception_class(self.task, self._exception)
        result: T = self._result
        return result

    @property
    def exception(self) -> BaseException | None:
        """Wait until the future is done, and return the exception; None if the task succeeded."""
        self._wait()
        return self._cancellation() if self.state == CANCELLED else self._exception

    def _cancellation(self) -> BaseException:
        return self._exception or TaskCanceled()

    @property
    def pending(self) -> bool:
        """Whether the task has not started."""
        return self.state == PENDING

    @property
    def running(self) -> bool:
        """Whether a worker has started the task."""
        return self.state == RUNNING

    @property
    def cancelled(self) -> bool:
        """Whether the future was cancelled."""
        return self.state == CANCELLED

    @property
    def finished(self) -> bool:
        """Whether the task succeeded or failed."""
        return self.state == FINISHED

    @property
    def done(self) -> bool:
        """Whether the future is finished or cancelled."""
        return self.state in DONE

    @property
    def failed(self) -> bool:
        """Whether the task failed."""
        return self.state == FINISHED and self._exception is not None

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until the future is done.

        :param timeout: seconds, rounded up to whole seconds; None for no limit.
        :returns: the future.
        :raises TimeoutError: the timeout expired.
        """
        if timeout is None:
            self._wait()
            return self
        whole_seconds("timeout", timeout)
        if not self.done:
            fiber = current_fiber(self)
            timer = WaitTimer(fiber, timeout)
            self._add_callback(fiber.resume)
            try:
                wait_until(lambda: self.done, fiber, timer)
            finally:
                self.remove_done_callback(fiber.resume)
                timer.cancel()
        return self

    def cancel(self) -> bool:
        """Request cancellation of the task.

        A timer, or a task that has not started, is cancelled immediately. An open activity or child
        workflow receives a request; it may still complete or fail.

        :returns: False if the future is already done.
        """
        if self.done:
            return False
        if not self.cancel_requested:
            self.cancel_requested = True
            if self._cancel is None or self._cancel():
                self.set_cancelled()
        return True

    def add_done_callback(self, callback: Callable[[Future], Any]) -> None:
        """Call a function with this future as soon as the future is done.

        :raises InvalidTypeError: `callback` is a coroutine or generator function.
        """
        validate_synchronous("callback", callback)
        self._add_callback(callback)

    def _add_callback(self, callback: Callable[[Future], Any]) -> None:
        if self.done and self.loop is not None:
            self.loop.call_soon(callback, self)
        elif self.done:
            callback(self)
        else:
            self._callbacks.append(callback)

    def remove_done_callback(self, callback: Callable[[Future], Any]) -> None:
        """Remove a callback that was added with `add_done_callback` and has not been called."""
        if callback in self._callbacks:
            self._callbacks.remove(callback)

    # For code that waits for several futures.

    def add_watcher(self, watcher: Watcher) -> None:
        """Record in a watcher that the future is done, as soon as it is."""
        self._watchers += (watcher,)

    def remove_watcher(self, watcher: Watcher) -> None:
        """Remove a watcher."""
        self._watchers = tuple(each for each in self._watchers if each is not watcher)

    # For code that creates futures.

    def set_running(self) -> None:
        """Mark the task as started."""
        if not self.done:
            self.state = RUNNING

    def set_finished(self, result: Any) -> None:
        """Finish with a result."""
        self._result = result
        self._close(FINISHED)

    def set_exception(self, exception: BaseException) -> None:
        """Finish with an exception."""
        self._exception = exception
        self._close(FINISHED)

    def set_cancelled(self, exception: BaseException | None = None) -> None:
        """Finish as cancelled.

        :param exception: the exception to raise from `result`. Default: a `TaskCanceled`.
        """
        self._exception = exception
        self._close(CANCELLED)

    def clear_callbacks(self) -> None:
        """Remove all callbacks."""
        self._callbacks.clear()
        self._watchers = ()

    def outcome(self) -> tuple[Any, BaseException | None]:
        """Return (result, exception) of a done future and mark it observed."""
        self.is_observed = True
        return self._result, self._cancellation() if self.state == CANCELLED else self._exception

    def follow(self, other: Future) -> None:
        """Finish with the outcome of another future when that is done."""
        other._add_callback(self._copy_outcome)

    def _copy_outcome(self, other: Future) -> None:
        self._result, self._exception = other.outcome()
        # `outcome` marked the other as observed, so this future must report its failure.
        self.raises_on_failure = self.raises_on_failure or other.raises_on_failure
        self._close(other.state)

    def _close(self, state: str) -> None:
        self.state = state
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            assert self.loop is not None  # noqa: S101 - only futures of a workflow have callbacks
            self.loop.call_soon(callback, self)
        watchers, self._watchers = self._watchers, ()
        for watcher in watchers:
            watcher.record(self)

    def _wait(self) -> None:
        self.is_observed = True
        if not self.done:
            fiber = current_fiber(self)
            self._add_callback(fiber.resume)
            wait_until(lambda: self.done, fiber)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the future itself: a copy of arguments waits for the same task."""
        return self

    def __repr__(self) -> str:
        return f"<Future {self.id or 'of ' + repr(self.task)} {self.state}>"


def whole_seconds(field: str, seconds: Any) -> int:
    """Return the duration of a timer in whole seconds, rounded up.

    :param field: name of the parameter, for the error message.
    :raises ValidationError: not a number, negative, or above the limit of the service.
    """
    try:
        number = float(seconds)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= DURATION_LIMIT:
        rule = f"must be a number of seconds from 0 to {DURATION_LIMIT}"
        raise ValidationError(field, seconds, rule)
    return math.ceil(number)


def current_fiber(future: Future) -> fibers.Fiber:
    """Return the running fiber, which waits for a future.

    :raises ExecutionBlocked: No workflow code is running.
    """
    fiber = fibers.current()
    if fiber is None:
        raise ExecutionBlocked(f"cannot wait outside of workflow code: {future!r}")
    fiber.loop.check_open()
    return fiber


class WaitTimer:
    """The timer that limits a wait of a fiber.

    :param timeout: seconds, rounded up to whole seconds.
    """

    def __init__(self, fiber: fibers.Fiber, timeout: float) -> None:
        self._timeout = timeout
        self._future: Future = fiber.loop.start_timer(fiber.scope.next("wait"), timeout)

    def cancel(self) -> None:
        """Cancel the timer."""
        self._future.cancel()

    def wait_until(self, is_satisfied: Callable[[], bool], fiber: fibers.Fiber) -> None:
        """Suspend a fiber until a condition holds; see `wait_until`.

        :raises TimeoutError: The timer has fired.
        :raises TaskFailed: The service has refused the timer, which can never fire.
        """
        timer = self._future
        timer._add_callback(fiber.resume)
        try:
            while not is_satisfied():
                if timer.done:
                    refusal = timer.exception if timer.failed else None
                    raise refusal or TimeoutError("WAIT", self._timeout)
                fiber.wait()
        finally:
            timer.remove_done_callback(fiber.resume)


def wait_until(
    is_satisfied: Callable[[], bool], fiber: fibers.Fiber, timer: WaitTimer | None = None
) -> None:
    """Suspend a fiber until a condition holds; the code that fulfills it resumes the fiber.

    :param timer: limits the wait; None for no limit.
    :raises TimeoutError: The timer has fired.
    """
    if timer is not None:
        timer.wait_until(is_satisfied, fiber)
        return
    while not is_satisfied():
        fiber.wait()
