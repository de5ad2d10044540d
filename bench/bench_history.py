"""From bytes to state: our fold beside a plain pass, botocore's parser, simpleflow and Garcon.

    python bench/bench_history.py [events ...]

A plain pass looks at every event once and keeps the last one of everything that was begun: the
least that a state can cost, unchecked. The peers get what botocore parsed, as they do when they
run. Medians of interleaved rounds in one run, garbage collector off. Nothing is asserted.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import botocore.session
import orjson
from botocore.parsers import JSONParser
from histories import PEERS, fan_out

from swf.models.event.table import attributes_key
from swf.models.history import History

ROUNDS = 9


def plain_pass(events: list[Any]) -> dict[int, Any]:
    """Look at each event once, and keep the last one of everything that was begun."""
    keys: dict[str, str] = {}
    last: dict[int, Any] = {}
    for event in events:
        name = event["eventType"]
        key = keys.get(name)
        if key is None:
            key = keys[name] = attributes_key(name)
        attributes = event[key]
        if "scheduledEventId" in attributes:
            last[attributes["scheduledEventId"]] = (name, event)
        elif "initiatedEventId" in attributes:
            last[attributes["initiatedEventId"]] = (name, event)
        else:
            last[event["eventId"]] = (name, event)
    return last


def folded(events: list[Any]) -> History:
    """Fold a list of events."""
    history = History(raw=events)
    history.finished  # noqa: B018 - asks for the fold
    return history


def contenders(events: list[Any]) -> dict[str, Callable[[], Any]]:
    """Return what is measured, by name."""
    body = json.dumps({"events": events}).encode()
    model = botocore.session.get_session().get_service_model("swf")
    shape = model.operation_model("GetWorkflowExecutionHistory").output_shape
    response = {"status_code": 200, "headers": {}, "body": body}

    def parsed() -> list[Any]:
        events: list[Any] = JSONParser().parse(response, shape)["events"]
        return events

    return {
        "plain pass": lambda: plain_pass(events),
        "our fold": lambda: folded(events),
        "json.loads + fold": lambda: folded(json.loads(body)["events"]),
        "botocore": parsed,
        "orjson + fold": lambda: folded(orjson.loads(body)["events"]),
        "botocore + fold": lambda: folded(parsed()),
    } | {
        f"botocore + {name}": partial(lambda read: read(parsed()), read)
        for name, read in PEERS.items()
    }


def measure(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median milliseconds of each way, rounds interleaved."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, run in ways.items():
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begin)
            gc.enable()
    return {name: statistics.median(found) * 1000 for name, found in times.items()}


def extension(events: list[Any], new: int = 30) -> float:
    """Return the median microseconds per event of taking in the last events of a long history."""
    found = []
    for _ in range(ROUNDS):
        history = folded(events[:-new])
        begin = time.perf_counter()
        history.extend(events[-new:])
        history.finished  # noqa: B018 - asks for the fold
        found.append(time.perf_counter() - begin)
    return statistics.median(found) * 1e6 / new


def memory(events: list[Any]) -> float:
    """Return the KiB that a parsed and folded history holds."""
    body = json.dumps({"events": events})
    tracemalloc.start()
    history = folded(json.loads(body)["events"])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(history) == len(events)
    return held / 1024


def main() -> None:
    """Print one table per number of events."""
    for number in [int(argument) for argument in sys.argv[1:]] or [100, 1000, 25000]:
        events = fan_out(number).raw[:number]
        times = measure(contenders(events))
        plain, ours = times["plain pass"], times["json.loads + fold"]
        print(f"{number} events: extend {extension(events):.2f} us/event, {memory(events):.0f} KiB")
        for name, took in times.items():
            print(
                f"  {name:21} {took:9.2f} ms {took * 1000 / number:7.2f} us/event"
                f"  {took / plain:6.1f} x plain pass  {took / ours:6.2f} x json.loads + fold"
            )


if __name__ == "__main__":
    main()
