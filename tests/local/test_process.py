"""The service as a process of its own: what it prints, how it ends, and that it can be killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest

TARGET = "SimpleWorkflowService."


class Process:
    """A running `python -m swf.local`."""

    def __init__(self, *arguments):
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "swf.local", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._connections = []
        self.line = self.popen.stdout.readline()
        self.url = self.line.strip().rpartition("=")[2]

    def connect(self):
        self._connections.append(HTTPConnection(urlsplit(self.url).netloc, timeout=20))
        return self._connections[-1]

    def kill(self):
        self.popen.kill()
        self.popen.communicate()
        for connection in self._connections:
            connection.close()

    def end(self, number):
        self.popen.send_signal(number)
        out, err = self.popen.communicate(timeout=20)
        return self.popen.returncode, out, err


@pytest.fixture
def spawn():
    processes = []

    def make(*arguments):
        processes.append(Process("--port", "0", *map(str, arguments)))
        return processes[-1]

    yield make
    for process in processes:
        process.kill()


def call(connection, operation, **params):
    connection.request("POST", "/", json.dumps(params), {"X-Amz-Target": TARGET + operation})
    response = connection.getresponse()
    body = json.loads(response.read() or b"{}")
    assert response.status == 200, body
    return body


def register(connection):
    call(
        connection,
        "RegisterDomain",
        name="orders",
        workflowExecutionRetentionPeriodInDays="1",
    )
    call(
        connection,
        "RegisterWorkflowType",
        domain="orders",
        name="order",
        version="1.0",
        defaultTaskList={"name": "main"},
        defaultChildPolicy="TERMINATE",
        defaultTaskStartToCloseTimeout="NONE",
        defaultExecutionStartToCloseTimeout="31536000",
    )


def start(connection, workflow_id):
    return call(
        connection,
        "StartWorkflowExecution",
        domain="orders",
        workflowId=workflow_id,
        workflowType={"name": "order", "version": "1.0"},
    )["runId"]


def poll(connection):
    return call(connection, "PollForDecisionTask", domain="orders", taskList={"name": "main"})


def open_runs(connection):
    found, token = {}, {}
    while token is not None:
        page = call(
            connection,
            "ListOpenWorkflowExecutions",
            domain="orders",
            startTimeFilter={"oldestDate": 0},
            **token,
        )
        found |= {
            e["execution"]["workflowId"]: e["execution"]["runId"] for e in page["executionInfos"]
        }
        token = {"nextPageToken": page["nextPageToken"]} if "nextPageToken" in page else None
    return found


def test_one_line_tells_where_it_serves(spawn):
    process = spawn()

    assert re.fullmatch(r"export AWS_ENDPOINT_URL_SWF=http://127\.0\.0\.1:\d+\n", process.line)
    assert call(process.connect(), "ListDomains", registrationStatus="REGISTERED") == {
        "domainInfos": []
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_it_cleanly(spawn, number):
    status, out, err = spawn().end(number)

    assert (status, out) == (0, "")
    assert "Traceback" not in err


def test_polls_that_wait_are_answered_when_it_closes(spawn, threads):
    process = spawn()
    register(process.connect())
    polling = threads.start(poll, process.connect())
    wait_for_metric(process, "swf_waiting_polls 1")

    status, _, err = process.end(signal.SIGTERM)

    assert (status, polling()["taskToken"]) == (0, "")
    assert "Traceback" not in err


def wait_for_metric(process, line):
    pause = threading.Event()
    connection = process.connect()
    for _ in range(1000):
        connection.request("GET", "/metrics")
        if line in connection.getresponse().read().decode().splitlines():
            return
        pause.wait(0.01)
    raise AssertionError(line)


def test_a_port_in_use_is_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "swf.local", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"swf\.local: .*Address already in use.*\n", done.stderr)


def test_a_port_that_there_cannot_be_is_said_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "swf.local", "--port", "65536"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"swf\.local: .*port must be 0-65535.*\n", done.stderr)


def test_a_damaged_database_is_said_in_one_line(tmp_path):
    path = tmp_path / "swf.db"
    path.write_text("not a database" * 100)

    done = subprocess.run(
        [sys.executable, "-m", "swf.local", "--port", "0", "--database", path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"swf.local: {path} cannot be used: file is not a database\n"


def test_a_skipping_clock_may_be_chosen(spawn):
    connection = spawn("--clock", "skipping").connect()
    register(connection)
    start(connection, "w1")
    timer = {"timerId": "t1", "startToFireTimeout": "31000000"}
    call(
        connection,
        "RespondDecisionTaskCompleted",
        taskToken=poll(connection)["taskToken"],
        decisions=[{"decisionType": "StartTimer", "startTimerDecisionAttributes": timer}],
    )

    assert "TimerFired" in [event["eventType"] for event in poll(connection)["events"]]


def test_a_restarted_process_goes_on(spawn, tmp_path):
    database = tmp_path / "swf.db"
    first = spawn("--database", database)
    connection = first.connect()
    register(connection)
    run_id = start(connection, "w1")
    first.end(signal.SIGTERM)

    again = spawn("--database", database).connect()

    assert open_runs(again) == {"w1": run_id}
    assert poll(again)["workflowExecution"]["runId"] == run_id


class Load:
    """A client that starts executions and decides until its server is gone."""

    def __init__(self, process, name):
        self.started = {}
        self.taken = []
        self.completed = set()
        self._connection = process.connect()
        self._name = name

    def run(self):
        try:
            while True:
                self._step()
        except (OSError, HTTPException):
            return

    def _step(self):
        workflow_id = f"{self._name}-{len(self.started)}"
        self.started[workflow_id] = start(self._connection, workflow_id)
        task = poll(self._connection)
        self.taken.append((task["workflowExecution"]["runId"], task["taskToken"]))
        if len(self.started) % 2:
            decision = {"decisionType": "CompleteWorkflowExecution"}
            call(
                self._connection,
                "RespondDecisionTaskCompleted",
                taskToken=task["taskToken"],
                decisions=[decision],
            )
            self.completed.add(task["workflowExecution"]["runId"])


def test_nothing_acknowledged_is_lost_when_it_is_killed_under_load(spawn, tmp_path):
    database = tmp_path / "swf.db"
    process = spawn("--database", database)
    register(process.connect())
    started, taken, completed = {}, [], set()

    for turn in range(4):
        loads = [Load(process, f"{turn}-{number}") for number in range(3)]
        workers = [threading.Thread(target=load.run, daemon=True) for load in loads]
        for worker in workers:
            worker.start()
        wait_until_completed(loads, 5 * (turn + 1))
        os.kill(process.popen.pid, signal.SIGKILL)
        for worker in workers:
            worker.join(timeout=20)
        for load in loads:
            started |= load.started
            taken += load.taken
            completed |= load.completed
        process = spawn("--database", database)

    connection = process.connect()
    found = open_runs(connection)
    missing = {run for run in started.values() if run not in found.values()} - completed
    # A completion whose answer was cut off by the kill may have been stored all the same.
    unanswered = {run for run, _ in taken} - completed
    assert missing <= unanswered
    assert completed.isdisjoint(found.values())
    assert len(taken) == len(set(taken)) == len({run for run, _ in taken})


def wait_until_completed(loads, count):
    pause = threading.Event()
    deadline = time.monotonic() + 30
    while min(len(load.completed) for load in loads) < count:
        assert time.monotonic() < deadline
        pause.wait(0.01)


def test_tokens_of_a_killed_process_are_good_for_the_next(spawn, tmp_path):
    database = tmp_path / "swf.db"
    process = spawn("--database", database)
    connection = process.connect()
    register(connection)
    start(connection, "w1")
    token = poll(connection)["taskToken"]
    os.kill(process.popen.pid, signal.SIGKILL)

    again = spawn("--database", database).connect()
    decision = {"decisionType": "CompleteWorkflowExecution"}
    call(again, "RespondDecisionTaskCompleted", taskToken=token, decisions=[decision])

    assert open_runs(again) == {}


def test_a_second_process_on_the_same_database_is_refused(spawn, tmp_path):
    database = tmp_path / "swf.db"
    spawn("--database", database)

    second = spawn("--database", database)
    _, err = second.popen.communicate(timeout=20)

    assert second.line == ""
    assert err == f"swf.local: {database} is in use by another service\n"
