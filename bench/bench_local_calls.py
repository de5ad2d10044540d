"""Small calls to the local service, compared with moto's server and a constant response.

Goals: 5 times the rate of moto and half of the constant response; half of the rate with a
database; a heartbeat costs 1.2 times as much with 1,000 other open executions, 1.5 with 10,000.
Ratios are medians over rounds; each round measures every server for a short time.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import count

from local_peers import DOMAIN, Client, activity, constant_response, moto, swf_local

ROUNDS = 21
SECONDS = 0.12
OTHERS = (0, 1_000, 10_000)
WITH_DATABASE = "ours with a database"

Call = Callable[[], object]


def rate(call: Call, seconds: float = SECONDS) -> float:
    """Return the number of calls per second."""
    done, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for _ in range(10):
            call()
        done += 10
    return done / elapsed


Rates = list[dict[str, float]]
"""The rates of several servers by name, one dictionary per round."""


def rates(calls: Mapping[str, Call]) -> Rates:
    return [{name: rate(call) for name, call in calls.items()} for _ in range(ROUNDS)]


def median(rounds: Rates, name: str) -> float:
    return statistics.median(each[name] for each in rounds)


def ratio(rounds: Rates, name: str, other: str) -> float:
    return statistics.median(each[name] / each[other] for each in rounds)


def task_of(client: Client) -> str:
    """Return the token of a started activity."""
    client.start("busy")
    client.decide(client.poll(), activity("a"))
    token: str = client.poll("Activity")["taskToken"]
    return token


def compare(clients: Mapping[str, Client]) -> None:
    """Print the rates of a read, a heartbeat and a write."""
    numbers = count()
    tokens = {
        name: "" if name == "constant response" else task_of(c) for name, c in clients.items()
    }
    operations: dict[str, Callable[[str, Client], Call]] = {
        "DescribeDomain": lambda _, c: lambda: c.call("DescribeDomain", name=DOMAIN),
        "RecordActivityTaskHeartbeat": lambda name, c: (
            lambda: c.call("RecordActivityTaskHeartbeat", taskToken=tokens[name])
        ),
        "StartWorkflowExecution": lambda _, c: (
            lambda: c.ask(
                "StartWorkflowExecution",
                workflowId=f"w{next(numbers)}",
                workflowType={"name": "order", "version": "1.0"},
            )
        ),
    }
    for operation, make_call in operations.items():
        rounds = rates({name: make_call(name, client) for name, client in clients.items()})
        print(f"{operation:28} {median(rounds, 'ours'):6.0f}/s")
        for name in ("moto", "constant response"):
            times, other = ratio(rounds, "ours", name), median(rounds, name)
            print(f"{'':28} {times:6.2f} times {name} ({other:.0f}/s)")
        print(f"{'':28} {ratio(rounds, WITH_DATABASE, 'ours'):6.2f} of that with a database")


def heartbeat_among(url: str, others: int) -> Call:
    """Return a heartbeat call to a service with other open executions."""
    client = Client(url).register()
    token = task_of(client)
    for number in range(others):
        client.start(f"other {number}")
    return lambda: client.call("RecordActivityTaskHeartbeat", taskToken=token)


def main() -> None:
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        clients = {
            "ours": Client(stack.enter_context(swf_local())).register(),
            WITH_DATABASE: Client(
                stack.enter_context(swf_local("--database", f"{directory}/swf.db"))
            ).register(),
            "moto": Client(stack.enter_context(moto())).register(),
            "constant response": Client(stack.enter_context(constant_response())),
        }
        compare(clients)
    with ExitStack() as stack:
        beats = {
            str(others): heartbeat_among(stack.enter_context(swf_local()), others)
            for others in OTHERS
        }
        rounds = rates(beats)
    for others in beats:
        cost = ratio(rounds, str(OTHERS[0]), others)
        print(
            f"heartbeat, {others:>6} others open  {median(rounds, others):6.0f}/s  cost {cost:5.2f}"
        )


if __name__ == "__main__":
    main()
