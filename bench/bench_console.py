"""The console with many events, executions and open pages.

`cold` reads and folds the history; `warm` finds it in the cache of the console. Nodes are the
elements of the page before anything is scrolled into view. Open pages are streams of live updates
of different executions, on the console at `/ui`; the throughput of the service is measured with and
without them.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
import time
from urllib.parse import urlsplit

from swf import Domain, WorkflowType
from swf.console import Console, Options, server
from swf.console.page import address
from swf.local import LocalSWF

EVENTS = 25_000
EXECUTIONS = 10_000
PAGES = 100
TABS = ("", "/events", "/events?q=signal-24", "/events?from=24000", "/activities", "/pending")


def measure(port: int, path: str) -> str:
    """Return the seconds to the whole page, the number of its elements, and its calls."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    started = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode()
    seconds = time.perf_counter() - started
    assert response.status == 200, text
    calls = re.search(r"([\d,]+) calls? of the service", text)
    nodes = len(re.findall(r"<[a-z]", text))
    return f"{seconds:6.2f} s {nodes:6,} nodes {calls[1] if calls else '?':>3} calls"


def throughput(kind: WorkflowType, prefix: str) -> float:
    """Return the executions started per second, over two seconds."""
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < 2:
        kind.start_execution(f"{prefix}-{count}")
        count += 1
    return count / (time.perf_counter() - started)


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
        measure(port, "/import")  # loads the templates
        base = f"/domains/bench/executions/{address('long', execution.run_id or '')}"
        for number, tab in enumerate(TABS):
            state = "warm" if number else "cold"
            print(f"{EVENTS:,} events {tab or '(summary)':22} {state} {measure(port, base + tab)}")
        runs = [kind.start_execution(f"e-{number}") for number in range(EXECUTIONS)]
        print(f"{EXECUTIONS:,} executions, first page  {measure(port, '/domains/bench')}")
        print(f"{EXECUTIONS:,} executions, second page {measure(port, '/domains/bench?page=2')}")
        show_cost_of_open_pages(service, kind, [run.run_id or "" for run in runs[:PAGES]])


def show_cost_of_open_pages(service: LocalSWF, kind: WorkflowType, run_ids: list[str]) -> None:
    port = urlsplit(service.serve()).port
    alone = throughput(kind, "alone")
    streams = []
    for number, run_id in enumerate(run_ids):
        stream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        ids = address(f"e-{number}", run_id)
        stream.request("GET", f"/ui/local/us-east-1/domains/bench/executions/{ids}/stream")
        streams.append(stream.getresponse())
    watched = throughput(kind, "watched")
    print(
        f"{len(streams)} open pages: {watched:,.0f} starts per second, {alone:,.0f} without "
        f"({1 - watched / alone:.0%} less)"
    )
    for stream in streams:
        stream.close()


if __name__ == "__main__":
    main()
