"""`Submittable`: what a workflow can submit, and `Called`: what of it takes arguments.

What is started asks for what it stands for and returns a future. Arguments may be futures, or
contain some at any depth: it begins when all of them are done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from swf.dataflow.arguments import first_unusable, futures_in, is_ready, materialize, resolve
from swf.dataflow.exceptions import TaskException
from swf.dataflow.futures import Future
from swf.dataflow.ids import Scope
from swf.dataflow.runtime import WorkflowRuntime
from swf.exceptions import InvalidTypeError


class Submittable:
    """Something that a workflow can submit."""

    #: What is raised when it fails and may not.
    failure: ClassVar[type[TaskException]] = TaskException
    #: Whether it raises on failure, given by who submits it; None: as it was declared.
    raises: bool | None = None

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Ask for it, at a place in the structure of the workflow."""
        raise NotImplementedError

    def with_result(self, result: Any) -> Submittable:  # noqa: ARG002 - for those that take one
        """Return the same with one more argument.

        :raises InvalidTypeError: it takes no arguments.
        """
        raise InvalidTypeError("send_result", self, "takes no arguments")


class Beginning(Protocol):
    """A request that begins when its arguments are known."""

    future: Future

    def begin(self, value: Any) -> None:
        """Ask for it, with what its arguments came to."""


class Called(Submittable):
    """Something with arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = materialize(args)
        self.kwargs = materialize(kwargs)

    @property
    def input(self) -> Any:
        """What is sent, with the results of its futures."""
        return {"args": list(resolve(self.args)), "kwargs": resolve(self.kwargs)}

    @property
    def can_begin(self) -> bool:
        """Whether all futures among its arguments have come to something."""
        given = self._given()
        return all(map(is_ready, given)) and first_unusable(given) is None

    def _given(self) -> list[Future]:
        return [*futures_in(self.args), *futures_in(self.kwargs)]

    def _begin(self, runtime: WorkflowRuntime, request: Beginning) -> Future:
        """Begin it as soon as the futures among its arguments are done."""
        given = self._given()
        needed = [each for each in given if not is_ready(each)]
        if not needed and first_unusable(given) is None:
            self._begin_now(request)
        else:
            _when_done(runtime, needed, lambda: self._begin_late(request, given))
        return request.future

    def _begin_now(self, request: Beginning) -> None:
        try:
            request.begin(self.input)
        except Exception as error:
            # Whoever submits it is told; that it is not done must not hold back the end.
            request.future.is_observed = True
            request.future.set_exception(error)
            raise

    def _begin_late(self, request: Beginning, given: list[Future]) -> None:
        future = request.future
        if future.done:
            return
        failed = first_unusable(given)
        if failed is not None:
            future.follow(failed)
            return
        try:
            request.begin(self.input)
        except Exception as error:  # noqa: BLE001 - arguments of a user's
            future.set_exception(error)


def _when_done(runtime: WorkflowRuntime, needed: list[Future], begin: Callable[[], None]) -> None:
    if not needed:
        runtime.loop.call_soon(begin)
        return
    left = len(needed)

    def one_is_done(_: Future) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            begin()

    for future in needed:
        future.add_done_callback(one_is_done)
