"""Listing 10,000 executions, as a ratio to botocore's paginator.

A `before-send` handler of botocore returns prepared responses, which botocore parses in both cases.
Cached rows are compared with a list of dictionaries, and a stream with a stream. Times are medians
of alternating rounds; memory peaks are measured with tracemalloc in separate rounds.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
import tracemalloc
from collections import deque
from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse

from swf.connection import Connection
from swf.constants import STATUS_OPEN
from swf.models import Domain

EXECUTIONS = 10_000
PAGE = 1_000
ROUNDS = 15
LIMIT = 1.15

DOMAIN = "bench"
WINDOW = {"oldestDate": 0}


class Body:
    """The part of a urllib3 response that botocore uses."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.content


def pages() -> list[bytes]:
    """Return the response bodies, one per page."""
    infos = [
        {
            "execution": {"workflowId": f"order-{number:06}", "runId": f"22{number:06}run-id="},
            "workflowType": {"name": f"type-{number % 7}", "version": "1.0"},
            "startTimestamp": 1_700_000_000.123 - number,
            "executionStatus": "OPEN",
            "tagList": ["eu", f"customer-{number % 100}"],
            "cancelRequested": False,
        }
        for number in range(EXECUTIONS)
    ]
    starts = range(0, EXECUTIONS, PAGE)
    return [
        json.dumps(
            {"executionInfos": infos[start : start + PAGE]}
            | ({"nextPageToken": str(start + PAGE)} if start + PAGE < EXECUTIONS else {})
        ).encode()
        for start in starts
    ]


def stubbed_client() -> Any:
    """Return a client that gets its responses from `pages`."""
    answers = pages()

    def send(request: AWSRequest, **_: Any) -> AWSResponse:
        token = json.loads(request.body).get("nextPageToken", "0")
        return AWSResponse(request.url, 200, {}, Body(answers[int(token) // PAGE]))

    client = boto3.client(
        "swf", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.meta.events.register_first("before-send.swf", send)
    return client


def seconds(run: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def peak(run: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    ours(), theirs()
    rounds = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    own, other = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{name:8} time   {own * 1000:7.1f} ms  {own / other:5.2f} of {other * 1000:.1f} ms")
    own, other = peak(ours), peak(theirs)
    print(f"{name:8} peak   {own / 2**20:7.1f} MB  {own / other:5.2f} of {other / 2**20:.1f} MB")


def main() -> None:
    client = stubbed_client()
    paginator = client.get_paginator("list_open_workflow_executions")
    executions = Domain(DOMAIN, connection=Connection(client=client)).executions

    def paginated() -> Any:
        for page in paginator.paginate(domain=DOMAIN, startTimeFilter=WINDOW):
            yield from page["executionInfos"]

    open_ones = executions.filter(status=STATUS_OPEN)
    print(f"{EXECUTIONS} executions, compared with botocore's paginator (goal: at most {LIMIT})")
    compare("cached", lambda: len(open_ones.filter()), lambda: list(paginated()))
    compare(
        "streamed",
        lambda: deque(open_ones.iterator(), maxlen=0),
        lambda: deque(paginated(), maxlen=0),
    )


if __name__ == "__main__":
    main()
