"""Small calls to the local service, beside moto's server and a server of one fixed answer.

Wanted: 5 times moto, half of the fixed answer; with a database half of the rate without; a
heartbeat with 1,000 other open executions at 1.2 times the cost of one with none, 1.5 with 10,000.
Ratios are medians of those of single rounds: a round asks every server in turn, for a short time.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import count

from local_peers import DOMAIN, Client, activity, fixed_answer, moto, swf_local

ROUNDS = 21
SECONDS = 0.12
OTHERS = (0, 1_000, 10_000)
KEPT = "ours with a database"

Call = Callable[[], object]


def rate(call: Call, seconds: float = SECONDS) -> float:
    """Return how often a second a call is answered."""
    done, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for _ in range(10):
            call()
        done += 10
    return done / elapsed


Rates = list[dict[str, float]]
"""The rates of several servers, by name, one dictionary a round."""


def rates(calls: Mapping[str, Call]) -> Rates:
    return [{name: rate(call) for name, call in calls.items()} for _ in range(ROUNDS)]


def median(rounds: Rates, name: str) -> float:
    return statistics.median(each[name] for each in rounds)


def ratio(rounds: Rates, name: str, other: str) -> float:
    return statistics.median(each[name] / each[other] for each in rounds)


def task_of(client: Client) -> str:
    """Return the token of an activity that is started."""
    client.start("busy")
    client.decide(client.poll(), activity("a"))
    token: str = client.poll("Activity")["taskToken"]
    return token


def compare(clients: Mapping[str, Client]) -> None:
    """Print the rates of a call that reads, one that reports and one that writes."""
    numbers = count()
    tokens = {name: "" if name == "fixed answer" else task_of(c) for name, c in clients.items()}
    what: dict[str, Callable[[str, Client], Call]] = {
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
    for operation, making in what.items():
        found = rates({name: making(name, client) for name, client in clients.items()})
        print(f"{operation:28} {median(found, 'ours'):6.0f}/s")
        for name in ("moto", "fixed answer"):
            times, other = ratio(found, "ours", name), median(found, name)
            print(f"{'':28} {times:6.2f} times {name} ({other:.0f}/s)")
        print(f"{'':28} {ratio(found, KEPT, 'ours'):6.2f} of that with a database")


def heartbeat_among(url: str, others: int) -> Call:
    """Return a heartbeat to a service in which so many other executions are open."""
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
            KEPT: Client(
                stack.enter_context(swf_local("--database", f"{directory}/swf.db"))
            ).register(),
            "moto": Client(stack.enter_context(moto())).register(),
            "fixed answer": Client(stack.enter_context(fixed_answer())),
        }
        compare(clients)
    with ExitStack() as stack:
        beats = {
            str(others): heartbeat_among(stack.enter_context(swf_local()), others)
            for others in OTHERS
        }
        found = rates(beats)
    for others in beats:
        cost = ratio(found, str(OTHERS[0]), others)
        print(
            f"heartbeat, {others:>6} others open  {median(found, others):6.0f}/s  cost {cost:5.2f}"
        )


if __name__ == "__main__":
    main()
