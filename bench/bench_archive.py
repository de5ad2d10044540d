"""Search in an archive of 100,000 synthetic executions; each search shall take below one second.

Arguments: the number of executions, and a directory to keep the archive for another run.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swf.archive import Archive
from swf.archive.index import Index
from swf.archive.segments import Segments
from swf.querysets.patterns import Pattern

START = 1_700_000_000.0
REASONS = ("card declined", "timed out while packing", "no stock", "unknown customer")


def document(number: int, chance: random.Random) -> dict[str, Any]:
    """Return an execution of eight events whose close is a minute after that of the last one."""
    started = START + 60 * number
    closed = started + chance.choice((30, 600, 5000))
    failed = number % 10 == 0
    order = {"customer": f"c{number % 5000}", "order": number, "items": ["A1", "B2"] * 4}
    task = {"scheduledEventId": 5, "startedEventId": 6}
    close = (
        ("WorkflowExecutionFailed", {"reason": chance.choice(REASONS), "details": "x" * 200})
        if failed
        else ("WorkflowExecutionCompleted", {"result": json.dumps({"total": number})})
    )
    kind = {"name": f"ship-{number % 7}", "version": "1.0"}
    events = [
        ("WorkflowExecutionStarted", {"input": json.dumps(order), "workflowType": kind,
                                      "taskList": {"name": "shipping"},
                                      "childPolicy": "TERMINATE"}),
        ("DecisionTaskScheduled", {"taskList": {"name": "shipping"}}),
        ("DecisionTaskStarted", {"scheduledEventId": 2}),
        ("DecisionTaskCompleted", {"scheduledEventId": 2, "startedEventId": 3}),
        ("ActivityTaskScheduled", {"activityId": "pack", "activityType": kind,
                                   "input": json.dumps(order["items"]),
                                   "taskList": {"name": "packing"},
                                   "decisionTaskCompletedEventId": 4}),
        ("ActivityTaskStarted", {"scheduledEventId": 5}),
        ("ActivityTaskCompleted", {**task, "result": f"packed-{number:x}"}),
        (close[0], {**close[1], "decisionTaskCompletedEventId": 4}),
    ]  # fmt: skip
    return {
        "domain": "orders",
        "executionInfo": {
            "execution": {"workflowId": f"order-{number}", "runId": f"run-{number}"},
            "workflowType": kind,
            "startTimestamp": started,
            "closeTimestamp": closed,
            "executionStatus": "CLOSED",
            "closeStatus": "FAILED" if failed else "COMPLETED",
            "tagList": ["eu" if number % 3 else "us", f"shop-{number % 50}"],
            "cancelRequested": False,
        },
        "events": [
            {
                "eventId": event_id,
                "eventType": name,
                "eventTimestamp": closed if event_id == len(events) else started,
                f"{name[0].lower()}{name[1:]}EventAttributes": attributes,
            }
            for event_id, (name, attributes) in enumerate(events, 1)
        ],
    }


def build(directory: Path, number: int) -> None:
    """Write an archive without a service."""
    chance = random.Random(1)
    index, segments = Index(directory, is_writable=True), Segments(directory)
    segments.open({})
    domain = index.save_domain("orders", None)
    for begin in range(0, number, 1000):
        with index.transaction():
            for each in range(begin, min(begin + 1000, number)):
                content = document(each, chance)
                location = segments.append(content)
                index.add(domain, content, location)
                index.set_size(location)
    segments.flush()
    segments.close()
    index.close()


def measure(name: str, search: Callable[[], Any]) -> None:
    """Print the best of three times."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        result = search()
        times.append(time.perf_counter() - begin)
    print(f"{name:64} {min(times) * 1000:8.1f} ms {result:7,}")


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(sys.argv[2] if len(sys.argv) > 2 else temporary)
        if not (directory / "index.sqlite").exists():
            begin = time.perf_counter()
            build(directory, number)
            size = sum(file.stat().st_size for file in directory.iterdir()) / 1e6
            print(f"built in {time.perf_counter() - begin:.0f} s, {size:.0f} MB")
        archive = Archive(directory)
        executions = archive.executions("orders")
        for expression in (
            'tag=eu and duration>1h and input.customer="c3"',
            "duration>1h",
            "tag=shop-7 and state=failed",
            "id ~ /-999[0-9]$/",
            "input.customer=c42",
            "input.order=4242",
            "reason ~ declined",
            "reason ~ /DECLINED/i and tag=us",
            "result.total>99990",
            "not tag=eu and type=ship-3",
        ):
            measure(f"count: {expression}", lambda e=expression: executions.where(e).count())
            measure(
                f"first 100: {expression}",
                lambda e=expression: len(list(executions.where(e)[:100])),
            )
        for text in ("packed-1092", "card declined", "c4999"):
            measure(
                f"grep, first 100: {text}",
                lambda t=text: sum(1 for _, _ in zip(range(100), archive.grep(t), strict=False)),
            )
        measure(
            "grep -E, first 100: packed-10[0-9]2",
            lambda: sum(
                1
                for _, _ in zip(range(100), archive.grep(Pattern("packed-10[0-9]2")), strict=False)
            ),
        )


if __name__ == "__main__":
    main()
