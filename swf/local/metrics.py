"""The metrics of a service, in the text format of Prometheus."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

FAMILIES = {
    "swf_requests_total": ("counter", "Requests by operation and fault code; OK for success."),
    "swf_request_seconds": ("summary", "Duration of requests in seconds, including long polls."),
    "swf_open_executions": ("gauge", "Open workflow executions."),
    "swf_waiting_polls": ("gauge", "Polls waiting for a task."),
    "swf_pending_tasks": ("gauge", "Tasks scheduled but not started."),
}


class ServiceMetrics:
    """Request counts and durations, by operation and fault code.

    :param operations: the known operations; others are counted as "Unknown".
    """

    def __init__(self, operations: Iterable[str]) -> None:
        self._operations = frozenset(operations)
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}

    def observe(self, operation: str, code: str | None, seconds: float) -> None:
        """Count a request.

        :param code: the code of the fault; None for success.
        :param seconds: how long the request took.
        """
        # A client can send any name, and each would add a line.
        name = operation if operation in self._operations else "Unknown"
        with self._lock:
            self._requests[name, code or "OK"] += 1
            self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    def text(self, gauges: Mapping[str, int]) -> str:
        """Return all metrics in the text format of Prometheus.

        :param gauges: the current values of the gauges, by name.
        """
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
