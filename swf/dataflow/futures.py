"""Futures: what a workflow gets for what it submits.

A future is pending, running, finished or cancelled. Asking for its `result` or `exception` waits,
and so do `wait`, `wait_any` and `as_completed`; how waiting works is told in `fibers.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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


PENDING: Final = "PENDING"
RUNNING: Final = "RUNNING"
CANCELLED: Final = "CANCELLED"
FINISHED: Final = "FINISHED"

FIRST_COMPLETED: Final = "FIRST_COMPLETED"
FIRST_EXCEPTION: Final = "FIRST_EXCEPTION"
ALL_COMPLETED: Final = "ALL_COMPLETED"

_RETURN_WHEN: Final = choice((ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION))


class DoneAndNotDone(NamedTuple):
    """Futures that are done, in the order in which they came to it, and the others."""

    done: list[Future]
    not_done: list[Future]


class Future:
    """What something that was submitted will come to.

    :param loop: what tells those who wait for it; None for one that is done from the start.
    :param task: what was submitted.
    :param id: its id in the history.
    :param raises_on_failure: whether asking for the result of a failure raises.
    :param cancel: what to do when somebody cancels it; it returns whether it is cancelled at once.
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
        loop: fibers.Loop | None = None,
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
        #: Whether somebody asked what it came to.
        self.is_observed = False
        self._cancel = cancel
        self._result: Any = None
        self._exception: BaseException | None = None
        self._callbacks: list[Callable[[Future], Any]] = []

    @property
    def result(self) -> Any:
        """The result, waited for; None if it failed.

        :raises TaskException: it failed, and was submitted with `raises_on_failure`.
        :raises TaskCanceled: it was cancelled.
        """
        self._wait()
        if self.state == CANCELLED:
            raise self._canceled()
        if self._exception is not None and self.raises_on_failure:
            if isinstance(self._exception, TaskException):
                raise self._exception
            kind = getattr(self.task, "failure", TaskException)
            raise kind(self.task, self._exception)
        return self._result

    @property
    def exception(self) -> BaseException | None:
        """What it failed with, waited for; None if it did not fail."""
        self._wait()
        return self._canceled() if self.state == CANCELLED else self._exception

    def _canceled(self) -> BaseException:
        return self._exception or TaskCanceled()

    @property
    def pending(self) -> bool:
        """Whether it has not begun."""
        return self.state == PENDING

    @property
    def running(self) -> bool:
        """Whether somebody is at it."""
        return self.state == RUNNING

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.state == CANCELLED

    @property
    def finished(self) -> bool:
        """Whether it succeeded or failed."""
        return self.state == FINISHED

    @property
    def done(self) -> bool:
        """Whether it is finished or cancelled."""
        return self.state in (FINISHED, CANCELLED)

    @property
    def failed(self) -> bool:
        """Whether it is finished, and failed."""
        return self.state == FINISHED and self._exception is not None

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until it is done.

        :raises TimeoutError: it is not, after so many seconds.
        """
        if timeout is None:
            self._wait()
        else:
            wait(self, timeout=timeout, return_when=FIRST_COMPLETED)
        return self

    def cancel(self) -> bool:
        """Ask whoever is at it to stop; return False if it is done already.

        A timer, or what was not begun, is cancelled at once. An activity or a child is when it says
        so: it may as well complete.
        """
        if self.done:
            return False
        if not self.cancel_requested:
            self.cancel_requested = True
            if self._cancel is None or self._cancel():
                self.set_cancelled()
        return True

    def add_done_callback(self, callback: Callable[[Future], Any]) -> None:
        """Call a function with this future as soon as it is done."""
        if self.done and self.loop is not None:
            self.loop.soon(callback, self)
        elif self.done:
            callback(self)
        else:
            self._callbacks.append(callback)

    # For those who make futures.

    def set_running(self) -> None:
        """Say that somebody is at it."""
        if not self.done:
            self.state = RUNNING

    def set_finished(self, result: Any) -> None:
        """Say what it came to."""
        self._result = result
        self._end(FINISHED)

    def set_exception(self, exception: BaseException) -> None:
        """Say what it failed with."""
        self._exception = exception
        self._end(FINISHED)

    def set_cancelled(self, exception: BaseException | None = None) -> None:
        """Say that it was cancelled."""
        self._exception = exception
        self._end(CANCELLED)

    def forget(self) -> None:
        """Tell nobody when it is done."""
        self._callbacks.clear()

    def outcome(self) -> tuple[Any, BaseException | None]:
        """Return result and exception of a future that is done, and count as who asked."""
        self.is_observed = True
        return self._result, self._canceled() if self.state == CANCELLED else self._exception

    def follow(self, other: Future) -> None:
        """Come to what another came to, once it is done."""
        other.add_done_callback(self._take)

    def _take(self, other: Future) -> None:
        self._result, self._exception = other.outcome()
        # Nobody hears of a failure by the other any more.
        self.raises_on_failure = self.raises_on_failure or other.raises_on_failure
        self._end(other.state)

    def _end(self, state: str) -> None:
        self.state = state
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            assert self.loop is not None  # noqa: S101 - only a run's futures are waited for
            self.loop.soon(callback, self)

    def _wait(self) -> None:
        self.is_observed = True
        if not self.done:
            fiber = _fiber(self)
            self.add_done_callback(fiber.resume)
            while not self.done:
                fiber.wait()

    def __repr__(self) -> str:
        return f"<Future {self.id or 'of ' + repr(self.task)} {self.state}>"


def wait(
    *fs: Future, timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> list[Any] | DoneAndNotDone:
    """Wait for futures.

    :param fs: futures, or iterables of them.
    :param timeout: seconds to wait at most.
    :param return_when: `ALL_COMPLETED`, `FIRST_COMPLETED` or `FIRST_EXCEPTION`.
    :returns: the list of all results; for the other two, those that are done and those that are
        not.
    :raises TimeoutError: too much time passed.
    """
    given = _flat(fs)
    _RETURN_WHEN.validate("return_when", return_when)
    _wait_until(lambda done: _enough(done, given, return_when), given, timeout)
    if return_when == ALL_COMPLETED:
        for future in given:
            future.is_observed = True
        return [future.result for future in given]
    done = [future for future in given if future.done]
    return DoneAndNotDone(done, [future for future in given if not future.done])


def wait_any(*fs: Future, timeout: float | None = None) -> Future:
    """Wait for the first of some futures, and return it.

    :raises TimeoutError: too much time passed.
    :raises ValidationError: there is none.
    """
    given = _flat(fs)
    if not given:
        raise ValidationError("wait_any", given, "needs a future to wait for")
    return _wait_until(bool, given, timeout)[0]


def as_completed(fs: Iterable[Future], timeout: float | None = None) -> Iterator[Future]:
    """Yield futures as they are done.

    :param timeout: seconds for all of them.
    :raises TimeoutError: too much time passed.
    """
    given = _flat([fs])
    _accept_timeout(timeout)
    timer = _timer(given, timeout)
    try:
        left = list(given)
        while left:
            first = _wait_until(bool, left, timer=timer)[0]
            left.remove(first)
            yield first
    finally:
        if timer is not None:
            timer.cancel()


def _enough(done: list[Future], given: list[Future], return_when: str) -> bool:
    if return_when == FIRST_COMPLETED:
        return bool(done) or not given
    failed = any(future.exception for future in done) if return_when == FIRST_EXCEPTION else False
    return failed or len(done) == len(given)


def _wait_until(
    is_enough: Callable[[list[Future]], bool],
    given: list[Future],
    timeout: float | None = None,
    timer: Future | None = None,
) -> list[Future]:
    """Wait until enough futures are done, and return those in the order in which they were."""
    _accept_timeout(timeout)
    done = [future for future in given if future.done]
    if is_enough(done):
        return done
    own = _timer(given, timeout)
    limit = timer if timer is not None else own
    fiber = _fiber(given[0] if given else None)
    watched = [future for future in given if not future.done]
    ended: list[Future] = []
    for future in [*watched, *([limit] if limit else ())]:
        future.add_done_callback(ended.append)
        future.add_done_callback(fiber.resume)
    while not is_enough([*done, *(future for future in ended if future is not limit)]):
        if limit is not None and limit.done:
            raise TimeoutError("WAIT", timeout)
        fiber.wait()
    if own is not None:
        own.cancel()
    return [*done, *(future for future in ended if future is not limit)]


def _timer(given: list[Future], timeout: float | None) -> Future | None:
    if timeout is None or all(future.done for future in given):
        return None
    fiber = _fiber(given[0])
    started: Future = fiber.loop.start_timer(fiber.scope.next("wait"), timeout)
    return started


def _accept_timeout(timeout: Any) -> None:
    if timeout is not None:
        whole_seconds("timeout", timeout)


def whole_seconds(field: str, seconds: Any) -> int:
    """Return the seconds of a timer as the service takes them, rounded up.

    :raises ValidationError: they are none, or more than it takes.
    """
    try:
        number = float(seconds)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= DURATION_LIMIT:
        rule = f"must be a number of seconds from 0 to {DURATION_LIMIT}"
        raise ValidationError(field, seconds, rule)
    return math.ceil(number)


def _fiber(future: Future | None) -> fibers.Fiber:
    fiber = fibers.current()
    if fiber is None:
        raise ExecutionBlocked(f"{future!r} is waited for outside of a workflow's code")
    fiber.loop.check()
    return fiber


def _flat(fs: Iterable[Any]) -> list[Future]:
    return [each for future in fs for each in _futures(future)]


def _futures(given: Any) -> list[Future]:
    found = list(given) if isinstance(given, Iterable) else [given]
    for each in found:
        if not isinstance(each, Future):
            raise InvalidTypeError("fs", each, "must be a future, or futures")
    return found
