"""Compact the database of a service in a thread, so that no call waits for it."""

from __future__ import annotations

import logging
import threading

from swf.local.compaction import Compaction
from swf.local.process_lock import ProcessLock
from swf.local.store import StoreError
from swf.local.tenants import Tenants

logger = logging.getLogger(__name__)


class Compactor:
    """Runs one compaction at a time.

    :param tenants: the states and their store.
    :param lock: the lock of the service.
    """

    def __init__(self, tenants: Tenants, lock: ProcessLock) -> None:
        self._tenants = tenants
        self._lock = lock
        self._compaction: Compaction | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start a compaction if one is due; called under the lock."""
        if self._thread is not None and self._thread.is_alive():
            return
        compaction = self._tenants.begin_compaction()
        if compaction is not None:
            self._compaction = compaction
            self._thread = threading.Thread(
                target=self._run, args=(compaction,), name="swf.local.compaction", daemon=True
            )
            self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the running compaction.

        :param timeout: seconds; None waits until it ends.
        """
        if self._thread is not None:
            self._thread.join(timeout)

    def stop(self) -> None:
        """Cancel the running compaction and wait for its thread."""
        if self._compaction is not None:
            self._compaction.is_canceled = True
        self.join()

    def _run(self, compaction: Compaction) -> None:
        try:
            compaction.write()
            with self._lock:
                self._tenants.finish_compaction(compaction)
            compaction.delete_garbage()
        except StoreError as error:
            logger.warning("Cannot compact the database: %s", error)
            with self._lock:
                self._tenants.cancel_compaction(has_failed=True)
