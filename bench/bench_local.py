"""The local service against a server of the same library that always gives one answer.

Run: python bench/bench_local.py.  Prints ratios; the absolute figures are this machine's.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from swf.local import LocalSWF, ManualClock, SkippingClock, engine
from swf.local.state import State

ROUNDS = 5
DOMAIN = {"name": "orders", "workflowExecutionRetentionPeriodInDays": "1"}
TYPE = {"name": "order", "version": "1"}
DEFAULTS = {
    "defaultTaskList": {"name": "main"},
    "defaultChildPolicy": "TERMINATE",
    "defaultTaskStartToCloseTimeout": "NONE",
    "defaultExecutionStartToCloseTimeout": "31536000",
}
ACTIVITY = {
    "defaultTaskList": {"name": "main"},
    "defaultTaskScheduleToStartTimeout": "NONE",
    "defaultTaskScheduleToCloseTimeout": "NONE",
    "defaultTaskStartToCloseTimeout": "NONE",
    "defaultTaskHeartbeatTimeout": "3600",
}


class Client:
    """A bare HTTP client: whatever it spends is not the service's."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __call__(self, operation: str, **params: Any) -> Any:
        headers = {"X-Amz-Target": f"SimpleWorkflowService.{operation}"}
        self._connection.request("POST", "/", json.dumps(params), headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(body)
        return json.loads(body) if body else None

    def register(self) -> None:
        self("RegisterDomain", **DOMAIN)
        self("RegisterWorkflowType", domain="orders", **TYPE, **DEFAULTS)
        self("RegisterActivityType", domain="orders", **TYPE, **ACTIVITY)

    def start(self, workflow_id: str) -> None:
        self("StartWorkflowExecution", domain="orders", workflowId=workflow_id, workflowType=TYPE)

    def poll(self, kind: str) -> Any:
        return self(f"PollFor{kind}Task", domain="orders", taskList={"name": "main"})

    def schedule(self, count: int) -> None:
        """Decide to schedule so many activities."""
        decisions = [
            {
                "decisionType": "ScheduleActivityTask",
                "scheduleActivityTaskDecisionAttributes": {
                    "activityId": str(number),
                    "activityType": TYPE,
                },
            }
            for number in range(count)
        ]
        token = self.poll("Decision")["taskToken"]
        self("RespondDecisionTaskCompleted", taskToken=token, decisions=decisions)


def rate(call: Callable[[], object], seconds: float = 0.4) -> float:
    """Return calls a second."""
    count, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for _ in range(20):
            call()
        count += 20
    return count / elapsed


@contextmanager
def served(*arguments: str):
    process = subprocess.Popen(
        [sys.executable, "-m", "swf.local", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process.stdout.readline().strip().rpartition("=")[2]
    finally:
        process.terminate()
        process.communicate()


def serve_fixed(pipe: Any) -> None:
    async def handle(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.Response(body=b'{"answer":"fixed"}')

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(handle, access_log=None))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def fixed():
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve_fixed, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def small_calls(directory: Path) -> None:
    with fixed() as other, served() as url, served("--database", str(directory / "a.db")) as kept:
        clients = {"fixed answer": Client(other), "memory": Client(url), "database": Client(kept)}
        clients["memory"].register()
        clients["database"].register()
        numbers = iter(range(10**9))
        read = {
            name: statistics.median(
                rate(lambda client=client: client("DescribeDomain", name="orders"))
                for _ in range(ROUNDS)
            )
            for name, client in clients.items()
        }
        write = {
            name: statistics.median(
                rate(lambda client=client: client.start(str(next(numbers)))) for _ in range(ROUNDS)
            )
            for name, client in clients.items()
        }
    for what, found in (("DescribeDomain", read), ("StartWorkflowExecution", write)):
        for name, value in found.items():
            ratio = value / found["fixed answer"]
            print(f"{what:24} {name:14} {value:9.0f}/s  {ratio:.2f} of the fixed answer")
    print(f"{'with database':24} {write['database'] / write['memory']:.2f} of without (writes)")


def heartbeats() -> None:
    with served() as url:
        client = Client(url)
        client.register()
        client.start("w")
        client.schedule(1)
        token = client.poll("Activity")["taskToken"]
        base = None
        for others in (0, 1_000, 10_000):
            opened = 0 if base is None else others
            for number in range(opened // 10 if others == 10_000 else 0, opened):
                client.start(str(number))
            found = rate(lambda: client("RecordActivityTaskHeartbeat", taskToken=token), 1.0)
            base = base or found
            print(
                f"heartbeat, {others:6} open   {found:9.0f}/s  {base / found:.2f} of the cost of 0"
            )


def fan_out(activities: int = 500, workers: int = 4) -> None:
    with served() as url:
        client = Client(url)
        client.register()
        client.start("w")
        client.schedule(activities)
        ends: list[float] = []

        def work() -> None:
            worker = Client(url)
            while len(ends) < activities - workers:
                token = worker.poll("Activity")["taskToken"]
                worker("RespondActivityTaskCompleted", taskToken=token)
                ends.append(time.perf_counter())

        started = time.perf_counter()
        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fifth = len(ends) // 5
        first, last = ends[fifth] - started, ends[-1] - ends[-fifth]
        print(
            f"fan-out of {activities}           {len(ends) / (ends[-1] - started):9.0f}/s  "
            f"last fifth at {first / last:.2f} of the first one's rate"
        )


def take(poller: Client, arrived: list[float]) -> None:
    poller.poll("Decision")
    arrived.append(time.perf_counter())


def wake_ups(count: int = 300) -> None:
    with served() as url:
        client, poller = Client(url), Client(url)
        client.register()
        waits = []
        for number in range(count):
            arrived: list[float] = []
            thread = threading.Thread(target=take, args=(poller, arrived))
            thread.start()
            time.sleep(0.005)
            called = time.perf_counter()
            client.start(str(number))
            thread.join()
            waits.append((arrived[0] - called) * 1000)
        waits.sort()
        p50, p99 = waits[count // 2], waits[count * 99 // 100]
        print(f"waiting poll has its task after {p50:.1f} ms (p50), {p99:.1f} ms (p99)")


def in_process() -> None:
    state = State("us-east-1")
    engine.apply(state, "RegisterDomain", DOMAIN, 0.0)
    found = rate(lambda: engine.apply(state, "DescribeDomain", {"name": "orders"}, 1.0))
    print(f"engine alone             {found:9.0f}/s")
    started = time.perf_counter()
    with LocalSWF(ManualClock()) as service:
        service.client().list_domains(registrationStatus="REGISTERED")
    print(f"start to first answer    {(time.perf_counter() - started) * 1000:9.1f} ms in process")
    started = time.perf_counter()
    with served() as url:
        Client(url)("ListDomains", registrationStatus="REGISTERED")
        print(
            f"start to first answer    {(time.perf_counter() - started) * 1000:9.1f} ms as process"
        )


def a_year() -> None:
    with LocalSWF(SkippingClock()) as service:
        swf = service.client()
        swf.register_domain(**DOMAIN)
        swf.register_workflow_type(domain="orders", **TYPE, **DEFAULTS)
        swf.start_workflow_execution(domain="orders", workflowId="w", workflowType=TYPE)
        poll = {"domain": "orders", "taskList": {"name": "main"}}
        timer = {"timerId": "t", "startToFireTimeout": "31000000"}
        swf.respond_decision_task_completed(
            taskToken=swf.poll_for_decision_task(**poll)["taskToken"],
            decisions=[{"decisionType": "StartTimer", "startTimerDecisionAttributes": timer}],
        )
        started = time.perf_counter()
        swf.poll_for_decision_task(**poll)
        print(f"a timer of a year        {(time.perf_counter() - started) * 1000:9.1f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        small_calls(Path(directory))
    heartbeats()
    fan_out()
    wake_ups()
    in_process()
    a_year()


if __name__ == "__main__":
    main()
