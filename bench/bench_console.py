"""Pages of an execution with 25,000 events: time to the first byte, to the whole page, and rows.

`cold` reads and folds the history; `warm` finds it in the cache of the console. The service runs in
this process, so a read costs no network.
"""

from __future__ import annotations

import asyncio
import http.client
import threading
import time

from swf import Domain, WorkflowType
from swf.console import Console, Options, server
from swf.console.rendering import address
from swf.local import LocalSWF

EVENTS = 25_000
TABS = ("/events", "/events", "/events?q=signal-24", "/events?from=24000", "", "/pending")


def measure(port: int, path: str) -> tuple[float, float, int]:
    """Return the seconds to the first byte and to the last, and the number of rows."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    started = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    first = time.perf_counter() - started
    text = response.read().decode()
    assert response.status == 200, text
    return first, time.perf_counter() - started, text.count("<tr")


def main() -> None:
    with LocalSWF() as service:
        connection = service.connection()
        domain = Domain("bench", connection=connection)
        domain.save()
        kind = WorkflowType(domain, "wait", "1", task_list="nobody", connection=connection)
        kind.save()
        execution = kind.start_execution("long")
        for number in range(EVENTS - 3):
            execution.signal(f"signal-{number}", "x" * 100)
        listener = server.listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        console = Console(Options(connection, is_local=True))
        serving = server.serve(console, listener, asyncio.Event())
        threading.Thread(target=asyncio.run, args=(serving,), daemon=True).start()
        base = f"/domains/bench/executions/{address('long', execution.run_id or '')}"
        for number, tab in enumerate(TABS):
            first, whole, rows = measure(port, base + tab)
            state = "warm" if number else "cold"
            print(f"{tab or '(summary)':22} {state} {first:6.2f} s {whole:6.2f} s {rows:6,} rows")


if __name__ == "__main__":
    main()
