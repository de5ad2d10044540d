"""Several actors in one process: started, stopped and signalled together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextvars import copy_context
from typing import Any

from swf.actors.core import Actor
from swf.actors.runtime import EXIT_FATAL, POLL_INTERVAL, SecondSignal, on_signals


def run_actors(actors: Sequence[Actor[Any]], stopping: threading.Event | None = None) -> int:
    """Run actors until SIGTERM, SIGINT or `stopping`, or until one of them ends.

    The first signal lets the current tasks finish; the second returns immediately.

    :param actors: the actors to run.
    :param stopping: set by another thread to stop all actors; None creates one.
    :returns: the exit code as of `Actor.run`: 0, 78 or 128 + signal number.
    """
    stopping = stopping or threading.Event()
    try:
        with on_signals(stopping.set):
            for actor in actors:
                actor.start()
            while all(actor.is_running for actor in actors) and not stopping.wait(POLL_INTERVAL):
                continue
            failed = not stopping.is_set()
            stop_actors(actors)
    except SecondSignal as signal:
        return 128 + signal.number
    return EXIT_FATAL if failed else 0


def stop_actors(actors: Sequence[Actor[Any]], timeout: float | None = None) -> bool:
    """Stop actors in parallel and return whether all of their tasks are finished.

    :param actors: the actors to stop.
    :param timeout: maximum number of seconds to wait; None waits without limit.
    """
    for actor in actors:  # first: the end of a poll would otherwise begin the next one
        actor._stop_polling()
    waiting = [
        threading.Thread(target=copy_context().run, args=(actor.stop, timeout), daemon=True)
        for actor in actors
    ]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    return not any(actor.is_running for actor in actors)
