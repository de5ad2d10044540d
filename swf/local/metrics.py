"""What a service counts of itself, in the text form that Prometheus reads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

FAMILIES = {
    "swf_requests_total": ("counter", "Requests by operation and code; OK for a success."),
    "swf_request_seconds": ("summary", "Seconds spent on requests, long polls included."),
    "swf_open_executions": ("gauge", "Open workflow executions."),
    "swf_waiting_polls": ("gauge", "Polls that wait for a task."),
    "swf_pending_tasks": ("gauge", "Tasks scheduled and not started."),
}


class ServiceMetrics:
    """Counts by operation and code; nothing is kept of a single request."""

    def __init__(self, operations: Iterable[str]) -> None:
        self._operations = frozenset(operations)
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}

    def observe(self, operation: str, code: str | None, seconds: float) -> None:
        """Count a request; a code of None is a success."""
        # A name that nobody knows could be any: it must not make a line of its own.
        name = operation if operation in self._operations else "Unknown"
        with self._lock:
            self._requests[name, code or "OK"] += 1
            self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    def text(self, gauges: Mapping[str, int]) -> str:
        """Return everything in Prometheus' text form; `gauges` are the values of the moment."""
        with self._lock:
            requests, seconds = sorted(self._requests.items()), sorted(self._seconds.items())
        counts: Counter[str] = Counter()
        for (operation, _), count in requests:
            counts[operation] += count
        lines = {name: [f"{name} {value}"] for name, value in gauges.items()}
        lines["swf_requests_total"] = [
            f'swf_requests_total{{operation="{operation}",code="{code}"}} {count}'
            for (operation, code), count in requests
        ]
        lines["swf_request_seconds"] = [
            line
            for operation, total in seconds
            for line in (
                f'swf_request_seconds_sum{{operation="{operation}"}} {total:.6f}',
                f'swf_request_seconds_count{{operation="{operation}"}} {counts[operation]}',
            )
        ]
        return "".join(
            "\n".join([f"# HELP {name} {text}", f"# TYPE {name} {kind}", *lines[name], ""])
            for name, (kind, text) in FAMILIES.items()
        )
