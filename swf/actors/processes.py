"""Supervisor: runs one actor in several processes and leaves none behind.

The supervisor forks its children before any threads start, restarts the ones that die, with
back-off, and forwards signals: the first stops all children gracefully, the second ends them at
once. A child that ends with a permanent error stops all of them.

Children hold the reading end of a pipe to the supervisor. When the supervisor dies, the read
returns and they stop; a child that takes too long is ended. A terminal signals the whole process
group, so children leave SIGINT to the supervisor.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from attrs import define

from swf.actors.backoff import Backoff
from swf.actors.runtime import EXIT_FATAL

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

#: Seconds for a child to finish its tasks after the supervisor died.
ORPHAN_GRACE = 10.0

#: Seconds after which a child counts as healthy; its failures are reset.
HEALTHY_AFTER = 60.0


@define
class Child:
    """The slot of a child process.

    :param pid: its process id; 0 while none runs.
    :param started: when it was forked, in monotonic seconds.
    :param failures: number of consecutive failures shortly after the start.
    :param restart_at: when to fork it again.
    """

    pid: int = 0
    started: float = 0.0
    failures: int = 0
    restart_at: float = 0.0


class Supervisor:
    """Runs a function in several processes.

    :param serve: the function of a child; its result is the child's exit code. It must stop
        gracefully on the first SIGTERM and at once on the second.
    :param processes: number of processes.
    :param backoff: delays before a dead child is replaced.
    :param name: name for log messages.
    """

    def __init__(
        self, serve: Callable[[], int], processes: int, backoff: Backoff, name: str = "supervisor"
    ) -> None:
        self._serve = serve
        self._children = [Child() for _ in range(processes)]
        self._backoff = backoff
        self._name = name
        self._code = 0

    def run(self) -> int:
        """Run the children until a signal arrives, and return the exit code.

        :raises RuntimeError: outside of the main thread, the only one that receives signals.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("several processes can only run from the main thread")
        self._liveness_reader, self._liveness_writer = os.pipe()
        self._wakeup_reader, wakeup_writer = socket.socketpair()
        wakeup_writer.setblocking(False)
        before = {number: signal.signal(number, _ignore_signal) for number in SIGNALS}
        previous_fd = signal.set_wakeup_fd(wakeup_writer.fileno(), warn_on_full_buffer=False)
        try:
            return self._supervise()
        finally:
            self._signal(signal.SIGKILL)
            for child in self._running():
                os.waitpid(child.pid, 0)
            signal.set_wakeup_fd(previous_fd)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._liveness_reader)
            os.close(self._liveness_writer)
            self._wakeup_reader.close()
            wakeup_writer.close()

    def _supervise(self) -> int:
        signals = 0
        while True:
            self._reap()
            stopping = signals > 0 or self._code != 0
            if stopping and not self._running():
                return self._code
            if not stopping:
                self._restart()
            for number in self._wait(None if stopping else self._seconds_to_restart()):
                signals += 1
                if signals > 1:
                    return 128 + number
                self._signal(signal.SIGTERM)

    def _wait(self, seconds: float | None) -> list[int]:
        """Wait for the death of a child or the timeout; return the stop signals received."""
        ready, _, _ = select.select([self._wakeup_reader], [], [], seconds)
        numbers = self._wakeup_reader.recv(4096) if ready else b""
        return [number for number in numbers if number != signal.SIGCHLD]

    def _running(self) -> list[Child]:
        return [child for child in self._children if child.pid]

    def _signal(self, number: int) -> None:
        for child in self._running():
            os.kill(child.pid, number)

    def _reap(self) -> None:
        """Handle the children that died."""
        for child in self._running():
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._died(child, os.waitstatus_to_exitcode(status))

    def _died(self, child: Child, code: int) -> None:
        now = time.monotonic()
        lifetime, pid, child.pid = now - child.started, child.pid, 0
        if code == EXIT_FATAL:
            logger.error("process ended permanently: %s, pid %d", self._name, pid)
            self._code = EXIT_FATAL
            self._signal(signal.SIGTERM)
            return
        child.failures = 0 if code == 0 or lifetime >= HEALTHY_AFTER else child.failures + 1
        delay = self._backoff.delay(child.failures) if child.failures else 0.0
        child.restart_at = now + delay
        level = logging.WARNING if code else logging.INFO
        logger.log(level, "process ended: %s, pid %d, exit code %d", self._name, pid, code)

    def _restart(self) -> None:
        """Fork the missing children that are due."""
        now = time.monotonic()
        for child in self._children:
            if not child.pid and child.restart_at <= now:
                child.started = now
                # A signal that arrives before the child handles it must stay pending.
                signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
                child.pid = os.fork() or self._run_child()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _seconds_to_restart(self) -> float | None:
        times = [child.restart_at for child in self._children if not child.pid]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _run_child(self) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self._liveness_writer)
            self._backoff.random.seed()  # or all children would draw the same numbers
            threading.Thread(target=self._stop_with_supervisor, daemon=True).start()
            code = self._serve()
        except BaseException:  # the process ends here in any case
            logger.exception("process failed: %s, pid %d", self._name, os.getpid())
        finally:
            exit_process(code)

    def _stop_with_supervisor(self) -> None:
        """Stop when the supervisor is gone and the pipe therefore closed."""
        os.read(self._liveness_reader, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_GRACE)
        os._exit(1)


def flush_output() -> None:
    """Write the buffered output of this process, which user code may have closed."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def exit_process(code: int) -> NoReturn:
    """End a forked process without the cleanup of its parent.

    :param code: the exit code.
    """
    try:
        flush_output()
    finally:
        os._exit(code)


def _ignore_signal(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; the signal is read from the wake-up socket."""
