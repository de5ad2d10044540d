"""Servers for comparisons, each in a separate process, and a client with little overhead.

The client uses `http.client` with a persistent connection, because botocore would dominate the
measurement.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BENCH = Path(__file__).parent

DOMAIN = "bench"
LIST = {"name": "main"}
ORDER = {"name": "order", "version": "1.0"}
CHARGE = {"name": "charge", "version": "1.0"}

CREDENTIAL = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/swf/aws4_request"


class RefusedError(Exception):
    """A response had a status other than 200."""


class Client:
    """A minimal client of SWF's wire protocol."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=90)
        self._headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"{CREDENTIAL}, SignedHeaders=host, Signature=0",
        }

    def call(self, operation: str, **params: Any) -> Any:
        target = {"X-Amz-Target": f"SimpleWorkflowService.{operation}"}
        self._connection.request("POST", "/", json.dumps(params), self._headers | target)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RefusedError(f"{operation}: {answer.status} {body[:300]!r}")
        return json.loads(body) if body else None

    def ask(self, operation: str, **params: Any) -> Any:
        return self.call(operation, domain=DOMAIN, **params)

    def register(self) -> Client:
        self.call("RegisterDomain", name=DOMAIN, workflowExecutionRetentionPeriodInDays="1")
        self.ask(
            "RegisterWorkflowType",
            **ORDER,
            defaultTaskList=LIST,
            defaultChildPolicy="TERMINATE",
            defaultTaskStartToCloseTimeout="600",
            defaultExecutionStartToCloseTimeout="86400",
        )
        self.ask(
            "RegisterActivityType",
            **CHARGE,
            defaultTaskList=LIST,
            defaultTaskScheduleToStartTimeout="600",
            defaultTaskScheduleToCloseTimeout="600",
            defaultTaskStartToCloseTimeout="600",
            defaultTaskHeartbeatTimeout="600",
        )
        return self

    def start(self, workflow_id: str, **params: Any) -> str:
        request = {"workflowId": workflow_id, "workflowType": ORDER, **params}
        run_id: str = self.ask("StartWorkflowExecution", **request)["runId"]
        return run_id

    def decide(self, task: Any, *decisions: Any) -> None:
        token = task["taskToken"]
        self.call("RespondDecisionTaskCompleted", taskToken=token, decisions=list(decisions))

    def poll(self, kind: str = "Decision", task_list: Any = LIST) -> Any:
        return self.ask(f"PollFor{kind}Task", taskList=task_list)


def activity(activity_id: str) -> dict[str, Any]:
    """Return the decision that schedules an activity."""
    attributes = {"activityId": activity_id, "activityType": CHARGE, "input": activity_id}
    return {
        "decisionType": "ScheduleActivityTask",
        "scheduleActivityTaskDecisionAttributes": attributes,
    }


@contextmanager
def swf_local(*arguments: str) -> Iterator[str]:
    """Run `swf.local` and yield its URL."""
    with _running("-m", "swf.local", "--port", "0", *arguments) as process:
        assert process.stdout
        yield process.stdout.readline().split("=", 1)[1].strip()


@contextmanager
def constant_response() -> Iterator[str]:
    """Run an aiohttp server with a constant response and yield its URL."""
    with _running(str(BENCH / "local_constant_response.py")) as process:
        assert process.stdout
        yield process.stdout.readline().strip()


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server and yield its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with _running("-m", "moto.server", "-p", str(port)):
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("no response from moto's server")


def percentile(values: Sequence[float], part: float) -> float:
    """Return a percentile of the values.

    :param part: Fraction of the values at or below the result, from 0 to 1.
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
