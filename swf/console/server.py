"""Serve a console over HTTP until a signal arrives."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Final

from aiohttp import web

from swf.console.application import Console

#: Maximum bytes of a request's address, which contains the selected ids in the plan of an action.
MAX_ADDRESS: Final = 1024 * 1024
#: Seconds until open requests, such as live updates, are dropped when the server stops.
GRACE: Final = 1.0


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    :param host: A host name or address.
    :param port: 0 takes a free port.
    :raises OSError: The address or port is not available.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def run(console: Console, listener: socket.socket, on_start: Callable[[], None]) -> None:
    """Serve a console until SIGINT or SIGTERM; a second signal ends the process at once.

    :param listener: A listening socket; closed at the end.
    :param on_start: Called once, when signals are handled.
    """
    asyncio.run(_run(console, listener, on_start))


async def _run(console: Console, listener: socket.socket, on_start: Callable[[], None]) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        stopping.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, stop)
    on_start()
    await serve(console, listener, stopping)


async def serve(console: Console, listener: socket.socket, stopping: asyncio.Event) -> None:
    """Serve a console.

    :param listener: A listening socket; closed at the end.
    :param stopping: The server stops when it is set.
    """
    runner = web.ServerRunner(
        web.Server(
            partial(_handle, console),
            access_log=None,
            handler_cancellation=True,
            max_line_size=MAX_ADDRESS,
        ),
        shutdown_timeout=GRACE,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await stopping.wait()
    finally:
        console.close()
        await runner.cleanup()


async def _handle(console: Console, request: web.BaseRequest) -> web.StreamResponse:
    return await console.handle(request)
