"""Several actors in one process: started, stopped and signalled together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from swf.actors.core import Actor
from swf.actors.runtime import EXIT_FATAL, POLL_INTERVAL, SecondSignal, on_signals


def run_actors(actors: Sequence[Actor[Any]], stopping: threading.Event | None = None) -> int:
    """Run actors until SIGTERM, SIGINT or `stopping`, or until one ends; return an exit code.

    What is in hand is finished first; a second signal does not wait for it.

    :returns: 0, 78 or 128 + n, as of `Actor.run`.
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
    """Stop actors side by side; return whether all that was in hand is done.

    :param timeout: seconds to wait at most.
    """
    waiting = [
        threading.Thread(target=actor.stop, args=(timeout,), daemon=True) for actor in actors
    ]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    return not any(actor.is_running for actor in actors)
