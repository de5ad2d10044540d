"""Functions that wait for several futures: `wait`, `wait_any` and `as_completed`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeVar, overload

from swf.dataflow.base_future import (
    CANCELLED,
    FINISHED,
    PENDING,
    RUNNING,
    Future,
    WaitTimer,
    current_fiber,
    whole_seconds,
)
from swf.dataflow.completions import Completions, flatten
from swf.dataflow.exceptions import TimeoutError  # noqa: A004 - the documented name
from swf.exceptions import ValidationError
from swf.models.fields import choice

__all__ = (
    "ALL_COMPLETED",
    "CANCELLED",
    "FINISHED",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "PENDING",
    "RUNNING",
    "DoneAndNotDone",
    "Future",
    "TimeoutError",
    "as_completed",
    "wait",
    "wait_any",
)

T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")

FIRST_COMPLETED: Final = "FIRST_COMPLETED"
FIRST_EXCEPTION: Final = "FIRST_EXCEPTION"
ALL_COMPLETED: Final = "ALL_COMPLETED"

_RETURN_WHEN: Final = choice((ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION))


class DoneAndNotDone(NamedTuple):
    """The result of `wait` for some of the futures: those that are done, and the others."""

    done: list[Future]
    not_done: list[Future]


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
    _RETURN_WHEN.validate("return_when", return_when)
    _check_timeout(timeout)
    futures: Sequence[Any] = flatten(fs) if return_when == ALL_COMPLETED else fs
    completions = Completions.begin(futures)
    try:
        _wait_for(completions, _ENDS_WAIT[return_when], timeout)
        if return_when != ALL_COMPLETED:
            completions.look()
            return DoneAndNotDone(completions.take_all(), list(completions.futures))
    finally:
        completions.end()
    for future in futures:
        future.is_observed = True
    return [future.result for future in futures]


def wait_any(*fs: Future[T1] | Iterable[Future[T1]], timeout: float | None = None) -> Future[T1]:
    """Wait for the first future that is done, and return it.

    :param fs: futures, or iterables of futures.
    :param timeout: seconds, rounded up to whole seconds; None for no limit.
    :raises TimeoutError: the timeout expired.
    :raises ValidationError: `fs` contains no future.
    """
    _check_timeout(timeout)
    completions = Completions.begin(fs)
    if not completions.futures:
        raise ValidationError("fs", [], "must contain at least one future")
    try:
        _wait_for(completions, _ENDS_WAIT[FIRST_COMPLETED], timeout)
        return completions.take()
    finally:
        completions.end()


def as_completed(fs: Iterable[Future[T1]], timeout: float | None = None) -> Iterator[Future[T1]]:
    """Yield futures in the order in which they are done, each once.

    :param fs: the futures to wait for.
    :param timeout: seconds for the whole iteration; None for no limit.
    :raises TimeoutError: the timeout expired.
    """
    _check_timeout(timeout)
    completions = Completions.begin([fs])
    timer = _start_timer(completions, timeout)
    try:
        while completions.futures:
            _wait_for(completions, _ENDS_WAIT[FIRST_COMPLETED], None, timer)
            yield completions.take()
    finally:
        if timer is not None:
            timer.cancel()
        completions.end()


#: Value of `return_when` -> whether a done future ends the wait before all futures are done.
_ENDS_WAIT: Final[Mapping[str, Callable[[Future], bool]]] = {
    ALL_COMPLETED: lambda future: False,  # noqa: ARG005 - the signature of the conditions
    FIRST_COMPLETED: lambda future: True,  # noqa: ARG005
    FIRST_EXCEPTION: lambda future: future.exception is not None,
}


def _wait_for(
    completions: Completions,
    ends_wait: Callable[[Future], bool],
    timeout: float | None = None,
    timer: WaitTimer | None = None,
) -> None:
    """Wait until all futures are done, or one that ends the wait.

    :param timeout: the limit of this wait in seconds; None for no limit.
    :param timer: the timer that limits a series of waits; None if there is none.
    """
    if completions.have_ended(ends_wait):
        return
    own_timer = _start_timer(completions, timeout)
    completions.wait(ends_wait, timer or own_timer)
    if own_timer is not None:
        own_timer.cancel()


def _start_timer(completions: Completions, timeout: float | None) -> WaitTimer | None:
    """Start a timer unless all futures are done or there is no limit."""
    if timeout is None or completions.are_all_done:
        return None
    return WaitTimer(current_fiber(completions.futures[0]), timeout)


def _check_timeout(timeout: Any) -> None:
    if timeout is not None:
        whole_seconds("timeout", timeout)
