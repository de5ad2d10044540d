"""Folding a history compared with a plain pass, botocore's parser, simpleflow and Garcon.

    python bench/bench_history.py [events ...]

A plain pass reads every event once and stores the last event of each entity without validation: a
lower bound for the cost of a fold. The peers receive the output of botocore's parser, as in
production. Figures are medians of interleaved rounds with the garbage collector off.
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
    """Read each event once, and return the last event of each entity."""
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


def fold(events: list[Any]) -> History:
    """Fold a list of events."""
    history = History(raw=events)
    history.finished  # noqa: B018 - triggers the fold
    return history


def contenders(events: list[Any]) -> dict[str, Callable[[], Any]]:
    """Return the measured functions by name."""
    body = json.dumps({"events": events}).encode()
    model = botocore.session.get_session().get_service_model("swf")
    shape = model.operation_model("GetWorkflowExecutionHistory").output_shape
    response = {"status_code": 200, "headers": {}, "body": body}

    def parsed() -> list[Any]:
        events: list[Any] = JSONParser().parse(response, shape)["events"]
        return events

    return {
        "plain pass": lambda: plain_pass(events),
        "our fold": lambda: fold(events),
        "json.loads + fold": lambda: fold(json.loads(body)["events"]),
        "botocore": parsed,
        "orjson + fold": lambda: fold(orjson.loads(body)["events"]),
        "botocore + fold": lambda: fold(parsed()),
    } | {
        f"botocore + {name}": partial(lambda read: read(parsed()), read)
        for name, read in PEERS.items()
    }


def measure(functions: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median milliseconds of each function, in interleaved rounds."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(ROUNDS):
        for name, run in functions.items():
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begin)
            gc.enable()
    return {name: statistics.median(rounds) * 1000 for name, rounds in times.items()}


def extension(events: list[Any], new: int = 30) -> float:
    """Return the median microseconds per event to extend a long history."""
    times = []
    for _ in range(ROUNDS):
        history = fold(events[:-new])
        begin = time.perf_counter()
        history.extend(events[-new:])
        history.finished  # noqa: B018 - triggers the fold
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6 / new


def memory(events: list[Any]) -> float:
    """Return the memory of a parsed and folded history in KiB."""
    body = json.dumps({"events": events})
    tracemalloc.start()
    history = fold(json.loads(body)["events"])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(history) == len(events)
    return size / 1024


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
