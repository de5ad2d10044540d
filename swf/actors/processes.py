"""Supervisor: one actor in several processes, none of which is left behind.

The supervisor forks its children before anything has threads, restarts those that die, with
back-off, and passes on what it is told: the first signal is for all to stop gracefully, the second
ends all at once. A child that ends because of what does not heal ends all of them.

Children hold the reading end of a pipe that only the supervisor can write to. When the supervisor
dies, however it dies, they read its end and stop; a child that is not done soon then is ended.
Signals from a terminal go to the whole group, so children leave SIGINT to the supervisor.
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
from types import FrameType
from typing import NoReturn

from attrs import define

from swf.actors.backoff import Backoff
from swf.actors.runtime import EXIT_FATAL

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

#: Seconds that a child whose supervisor died has to finish what it is at.
ORPHAN_GRACE = 10.0

#: A child that lived for so many seconds did not fail at the start: its failures are forgotten.
SOUND_AFTER = 60.0


@define
class Child:
    """A place for a child: who holds it (0: nobody), since when, how often it died young."""

    pid: int = 0
    started: float = 0.0
    failures: int = 0
    restart_at: float = 0.0


class Supervisor:
    """Runs a function in several processes.

    :param serve: what a child does; its return value is the child's exit code. It must stop
        gracefully at the first SIGTERM and at once at the second.
    :param backoff: how long to wait before a child that died is replaced.
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
        """Keep the children going until told to stop; return the exit code.

        :raises RuntimeError: outside of the main thread, which alone hears of signals.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("several processes can be run from the main thread only")
        self._alive, self._watched = os.pipe()
        self._noticed, woken = socket.socketpair()
        woken.setblocking(False)
        before = {number: signal.signal(number, _hear) for number in SIGNALS}
        wakes = signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        try:
            return self._supervise()
        finally:
            self._tell(signal.SIGKILL)
            for child in self._running():
                os.waitpid(child.pid, 0)
            signal.set_wakeup_fd(wakes)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._alive)
            os.close(self._watched)
            self._noticed.close()
            woken.close()

    def _supervise(self) -> int:
        told = 0
        while True:
            self._reap()
            stopping = told > 0 or self._code != 0
            if stopping and not self._running():
                return self._code
            if not stopping:
                self._restart()
            for number in self._wait(None if stopping else self._seconds_to_restart()):
                told += 1
                if told > 1:
                    return 128 + number
                self._tell(signal.SIGTERM)

    def _wait(self, seconds: float | None) -> list[int]:
        """Wait until a child dies or something is due; return the signals that say to stop."""
        ready, _, _ = select.select([self._noticed], [], [], seconds)
        heard = self._noticed.recv(4096) if ready else b""
        return [number for number in heard if number != signal.SIGCHLD]

    def _running(self) -> list[Child]:
        return [child for child in self._children if child.pid]

    def _tell(self, number: int) -> None:
        for child in self._running():
            os.kill(child.pid, number)

    def _reap(self) -> None:
        """Take note of the children that died."""
        for child in self._running():
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._died(child, os.waitstatus_to_exitcode(status))

    def _died(self, child: Child, code: int) -> None:
        now = time.monotonic()
        lived, pid, child.pid = now - child.started, child.pid, 0
        if code == EXIT_FATAL:
            logger.error("%s: process %d ended for good", self._name, pid)
            self._code = EXIT_FATAL
            self._tell(signal.SIGTERM)
            return
        child.failures = 0 if code == 0 or lived >= SOUND_AFTER else child.failures + 1
        delay = self._backoff.delay(child.failures) if child.failures else 0.0
        child.restart_at = now + delay
        level = logging.WARNING if code else logging.INFO
        logger.log(level, "%s: process %d ended with %d", self._name, pid, code)

    def _restart(self) -> None:
        """Fork the children that are missing, if their time has come."""
        now = time.monotonic()
        for child in self._children:
            if not child.pid and child.restart_at <= now:
                child.started = now
                # A child that is told to stop before it can listen must hear of it afterwards.
                signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
                child.pid = os.fork() or self._be_child()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _seconds_to_restart(self) -> float | None:
        times = [child.restart_at for child in self._children if not child.pid]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _be_child(self) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self._watched)
            self._backoff.random.seed()  # or all children would draw the same
            threading.Thread(target=self._outlive_nobody, daemon=True).start()
            code = self._serve()
        except BaseException:  # the process ends here, whatever it was
            logger.exception("%s: process %d failed", self._name, os.getpid())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _outlive_nobody(self) -> None:
        """Stop when the supervisor is gone: then nothing holds the other end of the pipe."""
        os.read(self._alive, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_GRACE)
        os._exit(1)


def _hear(_number: int, _frame: FrameType | None) -> None:
    """Let the signal be written to the wake-up socket."""
