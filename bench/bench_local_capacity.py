"""Memory of waiting polls and closed executions, and the time of a graceful stop.

Goals: 10,000 waiting polls take less than 300 MiB and are all answered within 5 s of a stop;
100,000 closed executions take less than 1 GiB, and with a database their histories take none.

    python bench/bench_local_capacity.py --polls 10000 --executions 100000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from urllib.request import urlopen

from swf.local import LocalSWF, ManualClock
from swf.local.protocol import DEFAULT_TENANT, ApiCall

MARKERS = 30
"""Events of a history that a database stores, besides those of its one decision task."""


def memory(process: int | str = "self") -> float:
    """Return the resident memory of a process in MiB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {process} is gone")


def request(operation: str, **params: object) -> bytes:
    body = json.dumps(params)
    return (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: SimpleWorkflowService.{operation}\r\n\r\n{body}"
    ).encode()


class Poll(asyncio.Protocol):
    """A connection with one request; `done` is its answer when the connection ends."""

    def __init__(self, data: bytes) -> None:
        self._request = data
        self._received = b""
        self.done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._received += data

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(self._received)


async def measure_polls(process: subprocess.Popen[str], url: str, count: int) -> None:
    loop, (host, port) = asyncio.get_running_loop(), url.removeprefix("http://").split(":")
    register = request("RegisterDomain", name="d", workflowExecutionRetentionPeriodInDays="1")
    await loop.create_connection(lambda: Poll(register), host, int(port))
    polls = []
    for number in range(count):
        data = request("PollForDecisionTask", domain="d", taskList={"name": f"l{number % 100}"})
        _, poll = await loop.create_connection(lambda data=data: Poll(data), host, int(port))
        polls.append(poll)
    waiting = f"swf_waiting_polls {count}\n"
    while waiting not in await asyncio.to_thread(lambda: urlopen(f"{url}/metrics").read().decode()):
        await asyncio.sleep(0.2)
    size, started = memory(process.pid), time.perf_counter()
    process.send_signal(signal.SIGTERM)
    answers = await asyncio.gather(*(poll.done for poll in polls))
    await asyncio.to_thread(process.wait)
    took, answered = time.perf_counter() - started, sum(b" 200 OK" in each for each in answers)
    print(f"{count:7} waiting polls      {size:6.0f} MiB, stop {took:.1f} s, {answered} answered")


def waiting_polls(count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    command = [sys.executable, "-m", "swf.local", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().split("=", 1)[1].strip()
        asyncio.run(measure_polls(process, url, count))


def closed_executions(count: int, database: str | None) -> float:
    """Return the memory in MiB that closed executions take."""
    with LocalSWF(ManualClock(), database) as service:

        def call(operation: str, **params: object) -> dict[str, str]:
            answer = service._core.wait(ApiCall(DEFAULT_TENANT, operation, params), 0)
            return json.loads(answer.body) if answer.body else {}

        call("RegisterDomain", name="d", workflowExecutionRetentionPeriodInDays="90")
        kind, task_list = {"name": "w", "version": "1"}, {"name": "l"}
        call(
            "RegisterWorkflowType", domain="d", defaultTaskList=task_list, **kind,
            defaultChildPolicy="TERMINATE", defaultTaskStartToCloseTimeout="60",
            defaultExecutionStartToCloseTimeout="3600",
        )  # fmt: skip
        before = memory()
        for number in range(count):
            call("StartWorkflowExecution", domain="d", workflowId=f"w{number}", workflowType=kind)
            token = call("PollForDecisionTask", domain="d", taskList=task_list)["taskToken"]
            marker = {"markerName": "m", "details": f"execution {number}"}
            decisions = [
                {"decisionType": "RecordMarker", "recordMarkerDecisionAttributes": marker}
            ] * MARKERS
            decisions.append({"decisionType": "CompleteWorkflowExecution"})
            call("RespondDecisionTaskCompleted", taskToken=token, decisions=decisions)
        return memory() - before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--polls", type=int, default=10_000)
    parser.add_argument("--executions", type=int, default=100_000)
    options = parser.parse_args()
    waiting_polls(options.polls)
    with tempfile.TemporaryDirectory() as directory:
        for name, database in (("memory", None), ("database", f"{directory}/swf.db")):
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                size = pool.submit(closed_executions, options.executions, database).result()
            print(f"{options.executions:7} closed, in {name:9}  {size:6.0f} MiB")


if __name__ == "__main__":
    main()
