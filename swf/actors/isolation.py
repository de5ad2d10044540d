"""Task processes: each activity task in its own process, forked by a single-threaded server.

A worker has threads, and forking a process with threads is unsafe. So the worker forks a fork
server before it starts any thread. For each task the server forks a guard, and the guard forks the
process that performs the task. Worker, guard and task share a socket:

- the task sends its heartbeat details, which the worker answers, and its outcome;
- the guard sends the exit code of a task process that ends without an outcome, so that a crash
  fails the task at once;
- the guard ends the task process when the worker closes the socket or dies.

The task process leads its own process group: it is ended with the processes that it started, and a
signal that it sends to its group does not reach the worker.

Heartbeats are sent by the worker, so they continue while the code of a task holds the GIL.
"""

from __future__ import annotations

import logging
import os
import pickle
import select
import signal
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from attrs import frozen

from swf.actors.processes import exit_process

logger = logging.getLogger(__name__)

#: Seconds between two checks of a guard whether its task process has ended.
CHECK_INTERVAL = 0.05

_LENGTH = struct.Struct("!I")


class TaskProcessError(RuntimeError):
    """The process of a task ended without an outcome."""


@frozen
class Progress:
    """Heartbeat details that a task process reports.

    :param details: the encoded details.
    """

    details: str | None


@frozen
class ProgressReply:
    """The state of the task, as known to the worker.

    :param cancel_requested: whether cancellation was requested.
    :param lost: whether the task timed out or its execution closed.
    :param stopping: whether the worker is stopping.
    """

    cancel_requested: bool
    lost: bool
    stopping: bool


@frozen
class Exit:
    """The end of a task process without an outcome.

    :param code: its exit code; negative for a signal.
    """

    code: int


class Channel:
    """Sends and receives objects over a socket.

    :param sock: a connected socket.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Send an object.

        :param message: an object that pickle can handle.
        """
        data = pickle.dumps(message)
        with self._lock:
            self._socket.sendall(_LENGTH.pack(len(data)) + data)

    def receive(self) -> Any:
        """Return the next object.

        :raises EOFError: if the other end is closed.
        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return pickle.loads(self._read(length))  # noqa: S301 - both ends are this program

    def close(self) -> None:
        """Close the socket for both directions."""
        self._socket.close()

    def abort(self) -> None:
        """Wake up the receiver; nothing more is received."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                part = self._socket.recv(size - len(data))
            except OSError as error:
                raise EOFError from error
            if not part:
                raise EOFError
            data += part
        return data


class ForkServer:
    """Forks a process for each task.

    :param serve: performs one task in its process; takes the channel to the worker.
    """

    def __init__(self, serve: Callable[[Channel], None]) -> None:
        self._serve = serve
        self._control, control = socket.socketpair()
        self._lock = threading.Lock()
        self.pid = os.fork()
        if self.pid == 0:
            self._control.close()
            _run_and_exit(partial(self._loop, control))
        control.close()

    def start(self) -> Channel:
        """Fork a process for a task and return the channel to it.

        :raises OSError: if the server has died.
        """
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            socket.send_fds(self._control, [b"."], [theirs.fileno()])
        return Channel(ours)

    def close(self) -> None:
        """End the server; task processes end when their channels are closed."""
        with suppress(OSError):  # the server may be gone
            self._control.send(b".")  # without a socket: end
        self._control.close()
        os.waitpid(self.pid, 0)

    def _loop(self, control: socket.socket) -> None:
        """Fork a guard for each socket that the worker sends, until the worker is gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards need no waiting
        while True:
            _, fds, _, _ = socket.recv_fds(control, 1, 1)
            if not fds:
                return
            sock = socket.socket(fileno=fds[0])
            if os.fork() == 0:
                control.close()
                _run_and_exit(partial(self._guard, sock))
            sock.close()

    def _guard(self, sock: socket.socket) -> None:
        """Run a task process; report its crash, and end it when the worker closes the socket."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        # In both processes, since either may run first.
        with suppress(OSError):
            os.setpgid(pid, pid)
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _run_and_exit(partial(self._serve, Channel(sock)))
        poller = select.poll()
        poller.register(sock, select.POLLRDHUP)  # not readable data, which is for the task
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                break
            if poller.poll(CHECK_INTERVAL * 1000):
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
        with suppress(OSError):  # the worker has the outcome and closed the socket
            Channel(sock).send(Exit(os.waitstatus_to_exitcode(status)))


def _run_and_exit(function: Callable[[], None]) -> NoReturn:
    """Call a function and end this process without the cleanup of its parent."""
    code = 1
    try:
        function()
        code = 0
    except BaseException:  # the process ends here in any case
        logger.exception("task process failed: pid %d", os.getpid())
    finally:
        exit_process(code)
