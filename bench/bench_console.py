"""The console with many events, executions and open pages, in Chromium.

`cold` reads and folds the history; `warm` finds it in the cache of the console. The first paint is
the time from the request to Chromium's first contentful paint, nodes are the elements of the page
before anything is scrolled into view. Open pages are streams of live updates of different
executions, on the console at `/ui`; the throughput of the service is measured with and without
them, in alternation.
"""

from __future__ import annotations

import http.client
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from swf import Domain, WorkflowType
from swf.console.page import address
from swf.local import LocalSWF

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVENTS = 25_000
EXECUTIONS = 10_000
PAGES = 100
TABS = ("", "/events", "/events?q=signal-24", "/events?view=entities", "/activities", "/pending")
PREFIX = "/ui/local/us-east-1/domains/bench"

#: Resolves with the time at which a text is on the page.
APPEARS = """(text) => new Promise((resolve) => {
    const look = () => document.body.textContent.includes(text) && resolve(Date.now());
    new MutationObserver(look).observe(document, {subtree: true, childList: true});
    look();
})"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure(page: Page, url: str) -> str:
    """Return the time of the first paint, the number of elements, and the calls of a page."""
    started = time.perf_counter()
    page.goto(url)
    loaded = time.perf_counter() - started
    page.wait_for_function(PAINT)
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    calls = re.search(r"([\d,]+) calls? of the service", page.content())
    return (
        f"first paint {page.evaluate(PAINT) / 1000:5.2f} s, loaded {loaded:5.2f} s, "
        f"{nodes:6,} nodes, {calls[1] if calls else '?':>2} calls"
    )


def measure_live(page: Page, url: str, execution: Any) -> str:
    """Return the time from a signal until an open page shows the number of its events."""
    seconds, count = [], len(execution.history())
    page.goto(url)
    page.wait_for_timeout(500)
    for number in range(7):
        text = f"{count + number + 1:,}"
        page.evaluate(f"void (window.appears = ({APPEARS})({text!r}))")
        page.wait_for_timeout(40 * number)
        started = time.time()
        execution.signal("news")
        seconds.append(page.evaluate("window.appears") / 1000 - started)
    return f"median {median(seconds):.3f} s, longest {max(seconds):.3f} s"


def throughput(kind: WorkflowType, prefix: str) -> float:
    """Return the executions started per second, over one second."""
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < 1:
        kind.start_execution(f"{prefix}-{count}")
        count += 1
    return count / (time.perf_counter() - started)


@contextmanager
def open_streams(port: int, paths: list[str]) -> Iterator[None]:
    """Open streams of live updates."""
    streams = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in paths]
    responses = []
    for stream, path in zip(streams, paths, strict=True):
        stream.request("GET", path)
        responses.append(stream.getresponse())
    yield
    for stream in streams:
        stream.close()


def show_cost_of_open_pages(port: int, kind: WorkflowType, paths: list[str]) -> None:
    alone, watched = [], []
    for round_number in range(5):
        alone.append(throughput(kind, f"alone-{round_number}"))
        with open_streams(port, paths):
            watched.append(throughput(kind, f"watched-{round_number}"))
    print(
        f"{len(paths)} open pages: {median(watched):,.0f} starts per second, "
        f"{median(alone):,.0f} without ({1 - median(watched) / median(alone):.0%} less)"
    )


def show_pages(page: Page, url: str, kind: WorkflowType) -> None:
    execution = kind.start_execution("long")
    for number in range(EVENTS - 12):  # with live events below the limit of a history
        execution.signal(f"signal-{number}", "x" * 100)
    base = f"{url}/executions/{address('long', execution.run_id or '')}"
    page.goto(f"{url}/start")  # loads the templates
    for number, tab in enumerate(TABS):
        state = "warm" if number else "cold"
        print(f"{EVENTS:,} events {tab or '(summary)':22} {state} {measure(page, base + tab)}")
    print(f"{EVENTS:,} events, an event appears: {measure_live(page, base, execution)}")
    short = kind.start_execution("short")
    base = f"{url}/executions/{address('short', short.run_id or '')}"
    for number in range(100):
        short.signal(f"signal-{number}")
    print(f"102 events, an event appears: {measure_live(page, base, short)}")


def main() -> None:
    with LocalSWF() as service, sync_playwright() as playwright:
        connection = service.connection()
        domain = Domain("bench", connection=connection)
        domain.save()
        kind = WorkflowType(domain, "wait", "1", task_list="nobody", connection=connection)
        kind.save()
        port = urlsplit(service.serve()).port or 0
        url = f"http://127.0.0.1:{port}{PREFIX}"
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        show_pages(page, url, kind)
        runs = [kind.start_execution(f"e-{number}") for number in range(EXECUTIONS)]
        print(f"{EXECUTIONS:,} executions, first page  {measure(page, url)}")
        print(f"{EXECUTIONS:,} executions, second page {measure(page, f'{url}?page=2')}")
        browser.close()
        ids = [address(run.workflow_id, run.run_id or "") for run in runs[:PAGES]]
        show_cost_of_open_pages(port, kind, [f"{PREFIX}/executions/{each}/stream" for each in ids])


if __name__ == "__main__":
    main()
