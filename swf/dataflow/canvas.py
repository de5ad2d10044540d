"""Canvas: groups, which run side by side, and chains, which run one after another.

    self.submit(Chain(
        (fetch, url),
        Group((resize, 100), (resize, 200), max_parallel=1),
        FuncGroup(choose, url),
    ))

They are nested at will. The id of each item is made of its place in them, so nothing that one item
does moves another. A pending future among the arguments of an item holds back that item only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from swf.actors.core import positive_int
from swf.dataflow.exceptions import (
    AggregateException,
    ExecutionBlocked,
    TaskError,
    TaskException,
)
from swf.dataflow.fibers import EventLoop
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.dataflow.task import as_task
from swf.exceptions import InvalidTypeError

if TYPE_CHECKING:
    from typing_extensions import Self


class GroupFuture(Future):
    """What the items of a group come to: a list of results, and what went wrong."""

    __slots__ = ("futures",)

    def __init__(self, loop: EventLoop, task: Any, *, raises_on_failure: bool) -> None:
        super().__init__(loop, task, raises_on_failure=raises_on_failure, cancel=self._cancel_items)
        #: The futures of the items, in their order; of a chain, of those that have begun.
        self.futures: list[Future] = []

    @property
    def count_finished_activities(self) -> int:
        """How many items are finished; a group within is one."""
        return sum(future.finished for future in self.futures)

    def _cancel_items(self) -> bool:
        for future in self.futures:
            future.cancel()
        return False

    def made_of(self, results: list[Any]) -> Any:
        """Return the result that is made of those of the items: a list of them."""
        return results

    def end(self, *, bubbles: bool) -> None:
        """Come to what the items came to, all of which are done.

        :param bubbles: whether what went wrong with them is the group's own.
        """
        outcomes = [future.outcome() for future in self.futures]
        self._result = self.made_of([result for result, _ in outcomes])
        errors = [error for _, error in outcomes]
        if not bubbles or not any(errors):
            self.set_finished(self._result)
            return
        loud = any(future.raises_on_failure and future.failed for future in self.futures)
        self.raises_on_failure = self.raises_on_failure or loud
        self.set_exception(AggregateException(errors, self.task))


class ChainFuture(GroupFuture):
    """What the items of a chain come to."""

    __slots__ = ()


class Group(Submittable):
    """Items that run side by side.

    :param items: what can be submitted: an activity or a workflow class, alone or at the head of a
        tuple with its arguments; a task; a group.
    :param max_parallel: how many run at a time, at least 1; None: all.
    :param raises_on_failure: whether asking for the result raises when an item failed; None: as
        the items were declared. It holds for all items, and for this submission only.
    :param bubbles_exception_on_failure: whether a group with a failed item has failed.
    :param future_class: a subclass of `GroupFuture` for its future; without, that of the class.
    """

    noun = "group"
    default_future_class: ClassVar[type[GroupFuture]] = GroupFuture

    def __init__(
        self,
        *items: Any,
        max_parallel: int | None = None,
        raises_on_failure: bool | None = None,
        bubbles_exception_on_failure: bool = True,
        future_class: type[GroupFuture] | None = None,
    ) -> None:
        self.items: list[Submittable] = []
        if max_parallel is not None:
            positive_int("max_parallel", max_parallel)
        if future_class is not None and not _is_group_future(future_class):
            raise InvalidTypeError("future_class", future_class, "must be a class of GroupFuture")
        self.max_parallel = max_parallel
        self.raises_on_failure = raises_on_failure
        self.bubbles_exception_on_failure = bubbles_exception_on_failure
        self.future_class = future_class or self.default_future_class
        self.extend(items)

    def append(self, what: Any, *args: Any, **kwargs: Any) -> Self:
        """Add an item, and return the group."""
        self.items.append(_as_item(what, *args, **kwargs))
        return self

    def extend(self, items: Iterable[Any]) -> Self:
        """Add items, and return the group."""
        self.items.extend(_as_item(item) for item in items)
        return self

    def __iadd__(self, items: Iterable[Any]) -> Self:
        return self.extend(items)

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> GroupFuture:
        """Submit the items."""
        raises = self.raises_on_failure if self.raises is None else self.raises
        future = self.future_class(runtime.loop, self, raises_on_failure=bool(raises))
        runtime.tracker.track(future)
        inner = scope.within(self.noun)
        future.id = inner.prefix
        self._run(runtime, inner, future, raises)
        return future

    def _run(
        self, runtime: WorkflowRuntime, scope: Scope, whole: GroupFuture, raises: bool | None
    ) -> None:
        whole.futures = [Future(runtime.loop, item) for item in self.items]
        waiting = deque(enumerate(self.items))
        left = len(waiting)

        def start_next(_: Future | None = None) -> None:
            while waiting:
                place, item = waiting.popleft()
                future = whole.futures[place]
                if not future.done:
                    whole.futures[place] = _start(runtime, item, scope, place, future, raises)
                    return

        def one_is_done(_: Future) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self._end(whole)
            else:
                start_next()

        for future in whole.futures:
            future.add_done_callback(one_is_done)
        if not waiting:
            self._end(whole)
        for _ in range(min(self.max_parallel or left, left)):
            start_next()

    def _end(self, whole: GroupFuture) -> None:
        whole.end(bubbles=self.bubbles_exception_on_failure)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.items)}>"


class Chain(Group):
    """Items that run one after another, each when the one before has finished.

    :param send_result: whether each is given the result of the one before as its last argument.
    :param break_on_failure: whether the items after one that failed are left out.
    :raises ValueError: results are to be sent, and the chain goes on without one.

    The other parameters are those of `Group`; `raises_on_failure=False` also keeps failures in,
    unless they are to bubble.
    """

    noun = "chain"
    default_future_class = ChainFuture

    def __init__(
        self,
        *items: Any,
        send_result: bool = False,
        break_on_failure: bool = True,
        **options: Any,
    ) -> None:
        if send_result and not break_on_failure:
            raise ValueError("send_result: after a failure there is no result to send")
        if options.get("raises_on_failure") is False:
            options.setdefault("bubbles_exception_on_failure", False)
        super().__init__(*items, **options)
        self.send_result = send_result
        self.break_on_failure = break_on_failure

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> GroupFuture:
        """Submit the first item.

        :raises InvalidTypeError: a result is to be sent to what takes no arguments.
        """
        for item in self.items[1:] if self.send_result else ():
            item.with_result(None)
        return super().start(runtime, scope)

    def _run(
        self, runtime: WorkflowRuntime, scope: Scope, whole: GroupFuture, raises: bool | None
    ) -> None:
        waiting = deque(enumerate(self.items))

        def start_next(before: Future | None) -> None:
            failed = before is not None and before.outcome()[1] is not None
            if not waiting or whole.cancel_requested or (failed and self.break_on_failure):
                self._end(whole)
                return
            place, item = waiting.popleft()
            if self.send_result and before is not None:
                item = item.with_result(before.outcome()[0])
            future = Future(runtime.loop, item)
            future.add_done_callback(start_next)
            whole.futures.append(_start(runtime, item, scope, place, future, raises))

        start_next(None)


class FuncGroup(Submittable):
    """What a function returns when its turn comes: something to be submitted.

    The function is code of the workflow: it may wait for futures.

    :param raises_on_failure: as of `Group`.
    :param _allow_none: whether it may return None, which is nothing to do.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        /,
        *args: Any,
        raises_on_failure: bool | None = None,
        _allow_none: bool = False,
        **kwargs: Any,
    ) -> None:
        if not callable(func):
            raise InvalidTypeError("func", func, "must be a function")
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.raises_on_failure = raises_on_failure
        self._allow_none = _allow_none

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Call the function, and submit what it returns."""
        raises = self.raises_on_failure if self.raises is None else self.raises
        future = Future(runtime.loop, self, raises_on_failure=bool(raises))
        runtime.tracker.track(future)
        inner = scope.within("func")
        future.id = inner.prefix
        runtime.loop.spawn(lambda: self._call(runtime, inner, future, raises), inner)
        return future

    def _call(
        self, runtime: WorkflowRuntime, scope: Scope, future: Future, raises: bool | None
    ) -> None:
        try:
            made = self.func(*self.args, **self.kwargs)
            if made is None and self._allow_none:
                future.set_finished(None)
                return
            _start(runtime, as_task(made), scope, 0, future, raises)
        except (TaskException, TaskError) as error:
            future.raises_on_failure = raises is not False
            future.set_exception(error)
        except BaseException as error:
            if not isinstance(error, (ExecutionBlocked, *runtime.workflow.fails_on)):
                raise
            runtime.interrupt(error)
            future.set_cancelled()

    def with_result(self, result: Any) -> FuncGroup:
        """Return the same with one more argument."""
        group = FuncGroup(
            self.func,
            *self.args,
            result,
            raises_on_failure=self.raises_on_failure,
            _allow_none=self._allow_none,
            **self.kwargs,
        )
        group.raises = self.raises
        return group

    def __repr__(self) -> str:
        return f"<FuncGroup of {self.func!r}>"


def _is_group_future(what: Any) -> bool:
    return isinstance(what, type) and issubclass(what, GroupFuture)


def _as_item(what: Any, *args: Any, **kwargs: Any) -> Submittable:
    if isinstance(what, tuple) and not args and not kwargs:
        if not what:
            raise InvalidTypeError("items", what, "must begin with what is to be submitted")
        return as_task(*what)
    return as_task(what, *args, **kwargs)


def _start(
    runtime: WorkflowRuntime,
    item: Submittable,
    scope: Scope,
    place: int,
    future: Future,
    raises: bool | None,
) -> Future:
    """Start an item at its place and return its future; `future` comes to what it comes to."""
    if raises is not None:
        item = copy(item)  # it may be submitted elsewhere, where this does not hold
        item.raises = raises
    started = runtime.start(item, Scope(f"{scope.prefix}{place}."))
    future.raises_on_failure = started.raises_on_failure
    future._cancel = partial(_cancel, started)
    future.follow(started)
    return started


def _cancel(started: Future) -> bool:
    started.cancel()
    return False
