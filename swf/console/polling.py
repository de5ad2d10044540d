"""The number of events of open executions, which all live pages share.

`PolledTails` reads it from the service with one call, waits longer while nothing happens, and
answers all pages of an execution with the same call. `WatchedTails` is for a console that is part
of a local service: reading costs no call, and one timer looks at the executions of all pages.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

#: Domain, workflow id and run id.
Names: TypeAlias = tuple[str, ...]
#: The number of events, and whether the execution is open.
Tail: TypeAlias = tuple[int, bool]
Fetch: TypeAlias = Callable[[str, str, str], Tail]

#: Executions whose tails are kept, the least recently used dropped first.
READS: Final = 1000


class Tails(Protocol):
    """Reads the tails of executions; its methods are called in one event loop."""

    async def changed(self, names: Names, count: int) -> Tail:
        """Return the tail once its number of events differs from `count` or it is closed.

        :param names: domain, workflow id and run id.
        :param count: the number of events that the page shows.
        :raises SWFError: the tail cannot be read.
        """

    def describe(self) -> str:
        """Return how pages follow an execution, and the calls that it costs, as a sentence."""


class PolledTails:
    """Tails that cost a call.

    :param fetch: reads a tail, in any thread.
    :param shortest: the pause between two looks after news, in seconds.
    :param longest: the pause after a long time without news.
    """

    def __init__(self, fetch: Fetch, shortest: float, longest: float) -> None:
        self._fetch = fetch
        self._shortest = shortest
        self._longest = longest
        self._reads: OrderedDict[Names, tuple[float, asyncio.Future[Tail]]] = OrderedDict()

    def describe(self) -> str:
        """Return how pages follow an execution, and the calls that it costs, as a sentence."""
        return (
            f"This page follows its execution with one call every {self._shortest:g} s, up to "
            f"every {self._longest:g} s while nothing happens; all open pages of it share the call."
        )

    async def changed(self, names: Names, count: int) -> Tail:
        """Return the tail once its number of events differs from `count` or it is closed."""
        pause = self._shortest
        while True:
            tail = await self.look(names, self._shortest)
            if tail[0] != count or not tail[1]:
                return tail
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, self._longest)

    async def look(self, names: Names, max_age: float) -> Tail:
        """Return a tail.

        :param max_age: how long an earlier answer is valid, in seconds.
        """
        now = asyncio.get_running_loop().time()
        began, read = self._reads.pop(names, (now, None))
        if read is None or (read.done() and now - began >= max_age):
            began = now
            read = asyncio.ensure_future(asyncio.to_thread(self._fetch, *names))
        self._reads[names] = began, read
        while len(self._reads) > READS:
            self._reads.popitem(last=False)
        return await asyncio.shield(read)  # a visitor who leaves cancels no other answer


class WatchedTails:
    """Tails that cost no call.

    :param fetch: reads a tail, quickly and without blocking.
    :param interval: the pause between two looks, in seconds.
    """

    def __init__(self, fetch: Fetch, interval: float) -> None:
        self._fetch = fetch
        self._interval = interval
        self._waiting: dict[asyncio.Future[Tail], tuple[Names, int]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def describe(self) -> str:
        """Return how pages follow an execution, and the calls that it costs, as a sentence."""
        return "This page follows its execution, without any call."

    async def changed(self, names: Names, count: int) -> Tail:
        """Return the tail once its number of events differs from `count` or it is closed."""
        tail = self._fetch(*names)
        if tail[0] != count or not tail[1]:
            return tail
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Tail] = loop.create_future()
        self._waiting[future] = names, count
        if self._timer is None:
            self._timer = loop.call_later(self._interval, self._look)
        try:
            return await future
        finally:
            self._waiting.pop(future, None)

    def _look(self) -> None:
        for future, (names, count) in list(self._waiting.items()):
            if future.done():
                continue
            try:
                tail = self._fetch(*names)
            except Exception as error:  # noqa: BLE001 - the page receives it
                future.set_exception(error)
            else:
                if tail[0] != count or not tail[1]:
                    future.set_result(tail)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._interval, self._look) if self._waiting else None
