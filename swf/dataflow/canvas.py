"""Canvas: groups of tasks that run concurrently, and chains that run in sequence.

    self.submit(Chain(
        (fetch, url),
        Group((resize, 100), (resize, 200), max_parallel=1),
        FuncGroup(choose, url),
    ))

Groups and chains can be nested. The id of an item derives from its position, so a change within one
item does not change the ids of others. A pending future in the arguments of an item delays only
that item.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from swf.actors.core import positive_int
from swf.actors.functions import validate_synchronous
from swf.dataflow.base_future import Future
from swf.dataflow.commands import caller, item_source
from swf.dataflow.exceptions import (
    AggregateException,
    ExecutionBlocked,
    PayloadError,
    TaskError,
    TaskException,
)
from swf.dataflow.fibers import EventLoop
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import Submittable
from swf.dataflow.task import as_task
from swf.exceptions import InvalidTypeError
from swf.models.fields import FLAG

if TYPE_CHECKING:
    from typing_extensions import Self


class GroupFuture(Future):
    """The future of a group: a list of results, or an `AggregateException`.

    :param loop: event loop that runs the callbacks.
    :param task: the group.
    :param raises_on_failure: whether `result` raises when an item failed.
    """

    __slots__ = ("futures",)

    def __init__(self, loop: EventLoop, task: Any, *, raises_on_failure: bool) -> None:
        super().__init__(loop, task, raises_on_failure=raises_on_failure, cancel=self._cancel_items)
        #: The futures of the items in their order; of a chain, only of the items that have started.
        self.futures: list[Future] = []

    @property
    def count_finished_activities(self) -> int:
        """The number of finished items; a nested group counts as one item."""
        return sum(future.finished for future in self.futures)

    def _cancel_items(self) -> bool:
        for future in list(self.futures):
            _cancel(future)
        return False

    def combine(self, results: list[Any]) -> Any:
        """Return the result of the group for the results of the items. Override to change it."""
        return results

    def finish(self, *, bubbles: bool) -> None:
        """Finish with the outcomes of the items, which must be done.

        :param bubbles: whether a failed item makes the group fail.
        """
        outcomes = [future.outcome() for future in self.futures]
        self._result = self.combine([result for result, _ in outcomes])
        errors = [error for _, error in outcomes]
        if not bubbles or not any(errors):
            self.set_finished(self._result)
            return
        raises = any(future.raises_on_failure and future.failed for future in self.futures)
        self.raises_on_failure = self.raises_on_failure or raises
        self.set_exception(AggregateException(errors, self.task))


class ChainFuture(GroupFuture):
    """The future of a chain."""

    __slots__ = ()


class Group(Submittable):
    """Items that run concurrently.

    :param items: activities, workflow classes, tasks and groups. An activity or a workflow class
        may be the first element of a tuple with its arguments.
    :param max_parallel: maximum number of open items, from 1. None for no limit.
    :param raises_on_failure: whether `Future.result` raises when an item failed. None uses the
        declarations of the items. The option applies to all items within this group only.
    :param bubbles_exception_on_failure: whether a failed item makes the group fail. Otherwise, the
        result of the item is None.
    :param future_class: class of the future. Default: `default_future_class`.
    :raises ValidationError: an option is invalid, or an item is an empty tuple.
    :raises InvalidTypeError: an item cannot be submitted.
    """

    #: Name of the group in the ids of its items.
    scope_name: ClassVar[str] = "group"
    #: Class of the future, unless `future_class` is passed.
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
        FLAG.validate("bubbles_exception_on_failure", bubbles_exception_on_failure)
        self.max_parallel = max_parallel
        self.raises_on_failure = FLAG.validate_optional("raises_on_failure", raises_on_failure)
        self.bubbles_exception_on_failure = bubbles_exception_on_failure
        self.future_class = future_class or self.default_future_class
        self.extend(items)

    @property
    def activities(self) -> list[Submittable]:
        """Alias of `items`, as in simpleflow."""
        return self.items

    def append(self, what: Any, *args: Any, **kwargs: Any) -> Self:
        """Append an item and return the group; parameters as of `Workflow.submit`."""
        item = _as_item(what, *args, **kwargs)
        item.source = item.source or caller()
        self.items.append(item)
        return self

    def extend(self, items: Iterable[Any]) -> Self:
        """Append items and return the group; items as in the constructor."""
        for item in items:
            self.append(item)
        return self

    def __iadd__(self, items: Iterable[Any]) -> Self:
        return self.extend(items)

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> GroupFuture:
        """Start the items, up to `max_parallel`."""
        raises = self.raises_on_failure if self.raises is None else self.raises
        future = self.future_class(runtime.loop, self, raises_on_failure=bool(raises))
        runtime.tracker.track(future)
        inner = scope.within(self.scope_name)
        future.id = inner.prefix
        self._run(runtime, inner, future, raises)
        return future

    def _run(
        self, runtime: WorkflowRuntime, scope: Scope, group: GroupFuture, raises: bool | None
    ) -> None:
        group.futures = [Future(runtime.loop, item) for item in self.items]
        waiting = deque(enumerate(self.items))
        pending = len(waiting)

        def start_next(_: Future | None = None) -> None:
            while waiting:
                index, item = waiting.popleft()
                if not group.futures[index].done:
                    _start(runtime, item, scope, index, group, raises)
                    return

        def count_done(_: Future) -> None:
            nonlocal pending
            pending -= 1
            if pending == 0:
                self._finish(group)
            else:
                start_next()

        for future in group.futures:
            future.add_done_callback(count_done)
        if not waiting:
            self._finish(group)
        for _ in range(min(self.max_parallel or pending, pending)):
            start_next()

    def _finish(self, group: GroupFuture) -> None:
        group.finish(bubbles=self.bubbles_exception_on_failure)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.items)} items>"


class Chain(Group):
    """Items that run in sequence.

    :param items: as in `Group`.
    :param send_result: pass the result of each item to the next one as its last argument.
    :param break_on_failure: skip the remaining items after a failure.
    :param options: options of `Group`. With `raises_on_failure=False`, the default of
        `bubbles_exception_on_failure` is False.
    :raises ValueError: `send_result` is set and `break_on_failure` is not.
    """

    scope_name = "chain"
    default_future_class = ChainFuture

    def __init__(
        self,
        *items: Any,
        send_result: bool = False,
        break_on_failure: bool = True,
        **options: Any,
    ) -> None:
        if send_result and not break_on_failure:
            raise ValueError("send_result=True: requires break_on_failure=True")
        if options.get("raises_on_failure") is False:
            options.setdefault("bubbles_exception_on_failure", False)
        super().__init__(*items, **options)
        self.send_result = FLAG.validate("send_result", send_result)
        self.break_on_failure = FLAG.validate("break_on_failure", break_on_failure)

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> GroupFuture:
        """Start the first item.

        :raises InvalidTypeError: `send_result` is set, and an item takes no arguments.
        """
        for item in self.items[1:] if self.send_result else ():
            item.with_result(None)
        return super().start(runtime, scope)

    def _run(
        self, runtime: WorkflowRuntime, scope: Scope, group: GroupFuture, raises: bool | None
    ) -> None:
        waiting = deque(enumerate(self.items))

        def start_next(previous: Future | None) -> None:
            failed = previous is not None and previous.outcome()[1] is not None
            if not waiting or group.cancel_requested or (failed and self.break_on_failure):
                self._finish(group)
                return
            index, item = waiting.popleft()
            if self.send_result and previous is not None:
                source = item.source
                item = item.with_result(previous.outcome()[0])
                item.source = source
            future = Future(runtime.loop, item)
            future.add_done_callback(start_next)
            group.futures.append(future)
            _start(runtime, item, scope, index, group, raises)

        start_next(None)


class FuncGroup(Submittable):
    """A function that returns a task; it is called when the item starts.

    The function is workflow code and may wait for futures.

    :param func: returns an activity, a workflow class, a task or a group.
    :param args: positional arguments of `func`.
    :param raises_on_failure: as in `Group`.
    :param _allow_none: whether `func` may return None, which finishes with the result None.
    :param kwargs: keyword arguments of `func`.
    :raises InvalidTypeError: `func` is not callable, or it is a coroutine or generator function.
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
            raise InvalidTypeError("func", func, "must be callable")
        validate_synchronous("func", func)
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.raises_on_failure = raises_on_failure
        self._allow_none = _allow_none

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Call the function and start the task that it returns."""
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
            task = self.func(*self.args, **self.kwargs)
            if task is None and self._allow_none:
                future.set_finished(None)
                return
            _follow(future, _start_now(runtime, as_task(task), scope, 0, raises))
        except (TaskException, TaskError) as error:
            future.raises_on_failure = raises is not False
            future.set_exception(error)
        except BaseException as error:
            if not isinstance(error, ExecutionBlocked) and not runtime.workflow.fails_with(error):
                raise
            runtime.interrupt(error)
            future.set_cancelled()

    def with_result(self, result: Any) -> FuncGroup:
        """Return a copy with one more argument."""
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
            raise InvalidTypeError("items", what, "must start with an activity, workflow or task")
        return as_task(*what)
    return as_task(what, *args, **kwargs)


def _start(
    runtime: WorkflowRuntime,
    item: Submittable,
    scope: Scope,
    index: int,
    group: GroupFuture,
    raises: bool | None,
) -> None:
    """Start an item; its future replaces the placeholder in the futures of the group."""
    placeholder = group.futures[index]

    def start() -> None:
        try:
            future = _start_now(runtime, item, scope, index, raises)
        except PayloadError as error:
            placeholder.raises_on_failure = True
            placeholder.set_exception(error)
            return
        _follow(placeholder, future)
        group.futures[index] = future

    def clean_up(error: BaseException) -> None:
        # The error is raised from `submit`; the group must not keep the execution open.
        if not group.done:
            group.is_observed = True
            group.set_exception(error)

    runtime.agenda.run(start, clean_up)


def _start_now(
    runtime: WorkflowRuntime, item: Submittable, scope: Scope, index: int, raises: bool | None
) -> Future:
    if raises is not None:
        item = copy(item)  # the task may also be submitted outside of this group
        item.raises = raises
    token = item_source.set(item.source)
    try:
        return runtime.start(item, Scope(f"{scope.prefix}{index}."))
    finally:
        item_source.reset(token)


def _follow(placeholder: Future, future: Future) -> None:
    placeholder.raises_on_failure = future.raises_on_failure
    placeholder._cancel = partial(_cancel, future)
    placeholder.follow(future)


def _cancel(future: Future) -> bool:
    if isinstance(future, GroupFuture) and future.loop is not None:
        future.loop.call_soon(future.cancel)  # not a call: groups may be nested deeply
    else:
        future.cancel()
    return False
