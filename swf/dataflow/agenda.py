"""`Agenda`: depth-first calls without recursion, for deeply nested groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Agenda:
    """Runs functions that run further functions, in the order of a recursion."""

    def __init__(self) -> None:
        #: Functions that the current function has added; None if no function is running.
        self._added: list[Callable[[], Any]] | None = None
        self._cleanups: list[Callable[[BaseException], Any]] = []

    def run(self, function: Callable[[], Any], cleanup: Callable[[BaseException], Any]) -> None:
        """Run a function; within a running function, as soon as that has returned.

        Functions added by one function run in order, before functions that were added earlier.

        :param cleanup: called with the exception if this function, or one that runs because of the
            same outermost function, raises.
        """
        if self._added is not None:
            self._added.append(function)
            self._cleanups.append(cleanup)
            return
        stack = [function]
        self._cleanups = [cleanup]
        try:
            while stack:
                self._added = []
                stack.pop()()
                stack.extend(reversed(self._added))
        except BaseException as error:
            for clean_up in self._cleanups:
                clean_up(error)
            raise
        finally:
            self._added, self._cleanups = None, []
