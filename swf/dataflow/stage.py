"""Stages: threads in which the code of workflows runs.

A greenlet belongs to the thread that made it, and a decider with many slots decides in any of their
threads. So each run has a stage where all its code runs, chosen by its run id; who decides waits
for it.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Stage:
    """A thread that does what it is given, one after another."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._has_ended = False
        # A daemon: code that hangs must not keep a process that wants to end.
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function there, and return or raise what it does."""
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        context = copy_context()

        def work() -> None:
            try:
                outcome.put((context.run(function, *args), None))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was called
                outcome.put((None, error))

        self._work.put(work)
        result, error = outcome.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value] # None only if that is the result

    def post(self, work: Callable[[], None]) -> None:
        """Have something done there, and do not wait for it; it raises nothing.

        When the thread has ended, it is done here.
        """
        if self._has_ended:
            work()
        else:
            self._work.put(work)

    def end(self) -> None:
        """End the thread when it has done all it was given."""
        self._has_ended = True
        self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work  # it holds what it was about


class Stages:
    """The stages of a decider, made when they are first needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._stages: dict[int, Stage] = {}
        self._lock = threading.Lock()

    def of(self, run_id: str) -> Stage:
        """Return the stage of a run."""
        number = zlib.crc32(run_id.encode()) % self._count
        with self._lock:
            if number not in self._stages:
                self._stages[number] = Stage(f"swf-stage-{number}")
            return self._stages[number]

    def end(self) -> None:
        """End all of them; what is needed later is made anew."""
        with self._lock:
            for stage in self._stages.values():
                stage.end()
            self._stages.clear()
