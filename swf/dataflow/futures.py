"""Futures: the pending results of submitted tasks.

A future is pending, running, finished or cancelled. Its properties `result` and `exception` block
the workflow code until it is done, and so do `wait`, `wait_any` and `as_completed`. `fibers.py`
implements blocking.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, TypeVar, overload

from swf.actors.functions import validate_synchronous
from swf.dataflow import fibers
from swf.dataflow.exceptions import (
    ExecutionBlocked,
    TaskCanceled,
    TaskException,
    TimeoutError,  # noqa: A004 - the documented name
)
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.fields import DURATION_LIMIT, choice

if TYPE_CHECKING:
    from typing_extensions import Self
    from typing_extensions import TypeVar as TypeVarWithDefault

    T = TypeVarWithDefault("T", default=Any)
else:
    T = TypeVar("T")

T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")

PENDING: Final = "PENDING"
RUNNING: Final = "RUNNING"
CANCELLED: Final = "CANCELLED"
FINISHED: Final = "FINISHED"
_DONE: Final = frozenset((FINISHED, CANCELLED))

FIRST_COMPLETED: Final = "FIRST_COMPLETED"
FIRST_EXCEPTION: Final = "FIRST_EXCEPTION"
ALL_COMPLETED: Final = "ALL_COMPLETED"

_RETURN_WHEN: Final = choice((ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION))


class DoneAndNotDone(NamedTuple):
    """The result of `wait` for some of the futures: those that are done, and the others."""

    done: list[Future]
    not_done: list[Future]


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

    __slots__ = (
        "_callbacks",
        "_cancel",
        "_exception",
        "_result",
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
        return self.state in _DONE

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
        else:
            wait(self, timeout=timeout, return_when=FIRST_COMPLETED)
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

    def _wait(self) -> None:
        self.is_observed = True
        if not self.done:
            fiber = _current_fiber(self)
            self._add_callback(fiber.resume)
            while not self.done:
                fiber.wait()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the future itself: a copy of arguments waits for the same task."""
        return self

    def __repr__(self) -> str:
        return f"<Future {self.id or 'of ' + repr(self.task)} {self.state}>"


@overload
def wait(
    f1: Future[T1],
    f2: Future[T2],
    /,
    *,
    timeout: float | None = None,
    return_when: Literal["ALL_COMPLETED"] = ...,
) -> list[T1 | T2]: ...


@overload
def wait(
    f1: Future[T1],
    f2: Future[T2],
    f3: Future[T3],
    /,
    *,
    timeout: float | None = None,
    return_when: Literal["ALL_COMPLETED"] = ...,
) -> list[T1 | T2 | T3]: ...


@overload
def wait(
    *fs: Future[T1] | Iterable[Future[T1]],
    timeout: float | None = None,
    return_when: Literal["ALL_COMPLETED"] = ...,
) -> list[T1]: ...


@overload
def wait(
    *fs: Future[Any] | Iterable[Future[Any]],
    timeout: float | None = None,
    return_when: Literal["FIRST_COMPLETED", "FIRST_EXCEPTION"],
) -> DoneAndNotDone: ...


def wait(
    *fs: Future[Any] | Iterable[Future[Any]],
    timeout: float | None = None,
    return_when: str = ALL_COMPLETED,
) -> list[Any] | DoneAndNotDone:
    """Wait for futures.

    :param fs: futures, or iterables of futures.
    :param timeout: seconds, rounded up to whole seconds; None for no limit.
    :param return_when: `ALL_COMPLETED`, `FIRST_COMPLETED` or `FIRST_EXCEPTION`. Without a failure,
        `FIRST_EXCEPTION` waits for all futures.
    :returns: the list of results for `ALL_COMPLETED`, in the order of the arguments; otherwise a
        named tuple `(done, not_done)`.
    :raises TaskException: a task with `raises_on_failure` failed; only for `ALL_COMPLETED`.
    :raises TimeoutError: the timeout expired.
    """
    futures = _flatten(fs)
    _RETURN_WHEN.validate("return_when", return_when)
    _wait_until(_ENDS_WAIT[return_when], futures, timeout)
    if return_when == ALL_COMPLETED:
        for future in futures:
            future.is_observed = True
        return [future.result for future in futures]
    done = [future for future in futures if future.done]
    return DoneAndNotDone(done, [future for future in futures if not future.done])


def wait_any(*fs: Future[T1] | Iterable[Future[T1]], timeout: float | None = None) -> Future[T1]:
    """Wait for the first future that is done, and return it.

    :param fs: futures, or iterables of futures.
    :param timeout: seconds, rounded up to whole seconds; None for no limit.
    :raises TimeoutError: the timeout expired.
    :raises ValidationError: `fs` contains no future.
    """
    futures = _flatten(fs)
    if not futures:
        raise ValidationError("fs", futures, "must contain at least one future")
    _check_timeout(timeout)
    for future in futures:
        if future.state in _DONE:
            return future
    return _wait_until(_ENDS_WAIT[FIRST_COMPLETED], futures, timeout)[0]


def as_completed(fs: Iterable[Future[T1]], timeout: float | None = None) -> Iterator[Future[T1]]:
    """Yield futures in the order in which they are done.

    :param fs: the futures to wait for.
    :param timeout: seconds for the whole iteration; None for no limit.
    :raises TimeoutError: the timeout expired.
    """
    futures = _flatten([fs])
    _check_timeout(timeout)
    completions = _Completions(futures, timeout)
    try:
        for _ in futures:
            yield completions.next()
    finally:
        completions.close()


class _Completions:
    """The futures of one `as_completed`, in their order of completion.

    :param timeout: seconds for all of them; None for no limit.
    """

    def __init__(self, futures: list[Future], timeout: float | None) -> None:
        self._futures = futures
        self._timeout = timeout
        self._timer = _start_timer(futures, timeout)
        self._completed = deque(future for future in futures if future.done)
        self._waiter: fibers.Fiber | None = None
        for future in futures:
            if not future.done:
                future._add_callback(self._on_done)
        if self._timer is not None:
            self._timer._add_callback(self._wake_up)

    def next(self) -> Future:
        """Wait for the next future, and return it."""
        while not self._completed:
            if self._timer is not None and self._timer.done:
                raise _timeout_error(self._timer, self._timeout)
            self._waiter = _current_fiber(self._futures[0])
            self._waiter.wait()
        self._waiter = None
        return self._completed.popleft()

    def close(self) -> None:
        """Cancel the timer, and remove the callbacks."""
        if self._timer is not None:
            self._timer.cancel()
        for future in self._futures:
            future.remove_done_callback(self._on_done)

    def _on_done(self, future: Future) -> None:
        self._completed.append(future)
        self._wake_up(future)

    def _wake_up(self, _: Future) -> None:
        if self._waiter is not None:
            self._waiter.resume()


#: Value of `return_when` -> whether a done future ends the wait before all futures are done.
_ENDS_WAIT: Final[Mapping[str, Callable[[Future], bool]]] = {
    ALL_COMPLETED: lambda future: False,  # noqa: ARG005 - the signature of the conditions
    FIRST_COMPLETED: lambda future: True,  # noqa: ARG005
    FIRST_EXCEPTION: lambda future: future.exception is not None,
}


def _wait_until(
    ends_wait: Callable[[Future], bool], futures: list[Future], timeout: float | None
) -> list[Future]:
    """Wait until all futures are done, or one that ends the wait.

    :returns: the futures that are done, in their order of completion.
    """
    _check_timeout(timeout)
    completed = [future for future in futures if future.state in _DONE]
    pending = dict.fromkeys(future for future in futures if future.state not in _DONE)
    if not pending or any(map(ends_wait, completed)):
        return completed
    fiber = _current_fiber(futures[0])
    timer = _start_timer(futures, timeout)
    is_satisfied = False

    def on_done(future: Future) -> None:
        nonlocal is_satisfied
        completed.append(future)
        del pending[future]
        is_satisfied = is_satisfied or not pending or ends_wait(future)
        if is_satisfied:
            fiber.resume()

    for future in list(pending):
        future._add_callback(on_done)
    if timer is not None:
        timer._add_callback(fiber.resume)
    try:
        while not is_satisfied:
            if timer is not None and timer.done:
                raise _timeout_error(timer, timeout)
            fiber.wait()
    finally:
        for future in list(pending):
            future.remove_done_callback(on_done)
    if timer is not None:
        timer.cancel()
    return completed


def _timeout_error(timer: Future, timeout: float | None) -> BaseException:
    """Return the error that ends a wait: a timer that the service refused has not elapsed."""
    refusal = timer.exception if timer.failed else None
    return refusal or TimeoutError("WAIT", timeout)


def _start_timer(futures: list[Future], timeout: float | None) -> Future | None:
    if timeout is None or all(future.done for future in futures):
        return None
    fiber = _current_fiber(futures[0])
    timer: Future = fiber.loop.start_timer(fiber.scope.next("wait"), timeout)
    return timer


def _check_timeout(timeout: Any) -> None:
    if timeout is not None:
        whole_seconds("timeout", timeout)


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


def _current_fiber(future: Future | None) -> fibers.Fiber:
    fiber = fibers.current()
    if fiber is None:
        raise ExecutionBlocked(f"cannot wait outside of workflow code: {future!r}")
    fiber.loop.check_open()
    return fiber


def _flatten(fs: Iterable[Any]) -> list[Future]:
    return [future for item in fs for future in _as_futures(item)]


def _as_futures(item: Any) -> list[Future]:
    if isinstance(item, Future):
        return [item]
    futures = list(item) if isinstance(item, Iterable) else [item]
    for kind in set(map(type, futures)):
        if not issubclass(kind, Future):
            wrong = next(future for future in futures if type(future) is kind)
            raise InvalidTypeError("fs", wrong, "must be a future or an iterable of futures")
    return futures
