"""Latency of long polls, and the time to list 10,000 open executions.

Goals: a waiting poll receives its task within 20 ms (p99); 10 pages of 1,000 rows take at most 12
times as long as one page.
"""

from __future__ import annotations

import statistics
import threading
import time
from queue import SimpleQueue

from local_peers import Client, moto, percentile, swf_local

FEW, MANY = 1_000, 10_000
ROUNDS = 15


def waits(url: str, count: int) -> list[float]:
    """Return the seconds from each start of an execution to the response of the waiting poll."""
    client, arrived = Client(url).register(), SimpleQueue[float]()

    def decide() -> None:
        decider = Client(url)
        for _ in range(count):
            while not (task := decider.poll()).get("taskToken"):
                pass
            arrived.put(time.perf_counter())
            decider.decide(task)

    thread = threading.Thread(target=decide)
    thread.start()
    latencies = []
    for number in range(count):
        time.sleep(0.01)  # let the poll begin
        start = time.perf_counter()
        client.start(str(number))
        latencies.append(arrived.get() - start)
    thread.join()
    return latencies


def report(name: str, latencies: list[float]) -> None:
    p50, p99 = (percentile(latencies, part) * 1000 for part in (0.5, 0.99))
    print(f"{name:6} latency of a waiting poll {p50:7.1f} ms, p99 {p99:7.1f} ms")


def list_open(client: Client) -> tuple[int, int]:
    """Return the number of listed executions and of pages."""
    params = {"startTimeFilter": {"oldestDate": 0}}
    page = client.ask("ListOpenWorkflowExecutions", **params)
    listed, pages = len(page["executionInfos"]), 1
    while token := page.get("nextPageToken"):
        page = client.ask("ListOpenWorkflowExecutions", nextPageToken=token, **params)
        listed, pages = listed + len(page["executionInfos"]), pages + 1
    return listed, pages


def with_open(url: str, count: int) -> Client:
    """Return a client of a service with `count` open executions."""
    client = Client(url).register()
    for number in range(count):
        client.start(str(number))
    return client


def seconds_to_list(client: Client) -> float:
    started = time.perf_counter()
    list_open(client)
    return time.perf_counter() - started


def listing(few: Client, many: Client) -> None:
    rounds = [(seconds_to_list(few), seconds_to_list(many)) for _ in range(ROUNDS)]
    for client, column in zip((few, many), zip(*rounds, strict=True), strict=True):
        listed, pages = list_open(client)
        took = statistics.median(column) * 1000
        print(f"{listed:6} open executions on {pages:2} pages  {took:6.1f} ms")
    ratio = statistics.median(more / less for less, more in rounds)
    print(f"{MANY} take {ratio:.1f} times as long as {FEW}")


def main() -> None:
    with swf_local() as url:
        report("ours", waits(url, 500))
    with moto() as url:
        report("moto", waits(url, 10))
    with swf_local() as one, swf_local() as other:
        listing(with_open(one, FEW), with_open(other, MANY))


if __name__ == "__main__":
    main()
