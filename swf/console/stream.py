"""The open streams of live pages."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


class OpenStreams:
    """The streams of open pages, which the server ends before it stops."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stream: Coroutine[Any, Any, None]) -> None:
        """Run a stream until it ends, its visitor leaves or the server stops."""
        task = asyncio.ensure_future(stream)
        self._tasks.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._tasks.discard(task)
            task.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            task.result()

    def close(self) -> None:
        """End all streams; browsers connect again."""
        for task in self._tasks:
            task.cancel()
