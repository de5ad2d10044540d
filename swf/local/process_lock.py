"""A lock that refuses forked processes."""

from __future__ import annotations

import os
import threading


class ServiceForkedError(RuntimeError):
    """A service was used in another process than its own."""


class ProcessLock:
    """A lock that only the process that created it can acquire.

    A forked process has a copy of the service: its changes would be lost, and the lock may have
    been held by a thread that the copy does not have.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()

    @property
    def is_foreign(self) -> bool:
        """Whether this process is another one."""
        return os.getpid() != self._process

    def check(self) -> None:
        """Raise ServiceForkedError in another process."""
        if os.getpid() != self._process:
            raise ServiceForkedError(
                f"this local service belongs to process {self._process}, not to {os.getpid()}: "
                "serve it over HTTP to share it"
            )

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire the lock, as `threading.Lock.acquire` does.

        :raises ServiceForkedError: in another process.
        """
        self.check()
        return self._lock.acquire(blocking, timeout)

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()

    def __enter__(self) -> None:
        self.check()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
