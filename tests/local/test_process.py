"""`python -m swf.local` as a process: output, exit status, restart, and recovery from SIGKILL."""

import ctypes
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest

from swf.local import LocalSWF
from swf.local.__main__ import main

TARGET = "SimpleWorkflowService."


SERVE = ("-m", "swf.local")
COMPACT = """
import sys
from swf.local import __main__, tenants
tenants.COMPACT_FROM = 200
sys.exit(__main__.main())
"""
"""A service that compacts its database again and again."""


class Process:
    """A running `python -m swf.local`."""

    def __init__(self, *arguments, program=SERVE):
        self.popen = subprocess.Popen(
            [sys.executable, *program, *arguments],
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

    def make(*arguments, **options):
        processes.append(Process("--port", "0", *map(str, arguments), **options))
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


def open_runs(connection, kind="Open"):
    runs, token = {}, {}
    while token is not None:
        page = call(
            connection,
            f"List{kind}WorkflowExecutions",
            domain="orders",
            startTimeFilter={"oldestDate": 0},
            **token,
        )
        runs |= {
            e["execution"]["workflowId"]: e["execution"]["runId"] for e in page["executionInfos"]
        }
        token = {"nextPageToken": page["nextPageToken"]} if "nextPageToken" in page else None
    return runs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_prints_its_url_and_stops_on_a_signal(spawn, number):
    process = spawn()
    domains = call(process.connect(), "ListDomains", registrationStatus="REGISTERED")
    status, out, err = process.end(number)

    assert re.fullmatch(r"export AWS_ENDPOINT_URL_SWF=http://127\.0\.0\.1:\d+\n", process.line)
    assert domains == {"domainInfos": []}
    assert (status, out) == (0, "")
    assert "Traceback" not in err


def test_waiting_polls_get_a_response_at_shutdown(spawn, threads):
    process = spawn()
    register(process.connect())
    polling = threads.start(poll, process.connect())
    wait_for_metric(process, "swf_waiting_polls 1")

    status, _, err = process.end(signal.SIGTERM)

    assert (status, polling()) == (0, {"previousStartedEventId": 0, "startedEventId": 0})
    assert "Traceback" not in err


def test_fifty_waiting_polls_get_a_response_within_five_seconds(spawn, threads):
    process = spawn()
    register(process.connect())
    polls = [threads.start(poll, process.connect()) for _ in range(50)]
    wait_for_metric(process, "swf_waiting_polls 50")

    started = time.monotonic()
    status, _, err = process.end(signal.SIGTERM)

    assert time.monotonic() - started < 5
    assert status == 0
    assert [each() for each in polls] == [{"previousStartedEventId": 0, "startedEventId": 0}] * 50
    assert "Traceback" not in err


def test_startup_line_names_data_accounts_and_endpoint(spawn, tmp_path):
    database = tmp_path / "swf.db"
    first = spawn("--database", database)
    register(first.connect())
    start(first.connect(), "w1")
    _, _, empty = first.end(signal.SIGTERM)

    process = spawn("--database", database)
    _, _, err = process.end(signal.SIGTERM)

    assert empty.startswith(f"swf.local: data in {database}: no domains; connect with AWS_")
    assert err == (
        f"swf.local: data in {database}: local/us-east-1 (domains: 1, open executions: 1); "
        f"connect with AWS_ENDPOINT_URL_SWF={process.url}; press Ctrl-C to stop\n"
        "swf.local: closed\n"
    )


def test_json_log_describes_the_start(spawn):
    process = spawn("--log", "json")
    _, _, err = process.end(signal.SIGTERM)

    first, last = map(json.loads, err.splitlines())
    assert (first["url"], first["database"], first["accounts"]) == (process.url, None, [])
    assert last["message"] == "closed"


def test_log_of_a_failure_has_no_task_token(spawn, tmp_path):
    database = tmp_path / "swf.db"
    process = spawn("--log", "json", "--database", database)
    connection = process.connect()
    register(connection)
    start(connection, "w1")
    token = poll(connection)["taskToken"]
    body = json.dumps({"taskToken": token, "decisions": [{"decisionType": 1 << 70}]})
    for operation in ("RespondDecisionTaskCompleted", "RespondActivityTaskCompleted"):
        connection.request("POST", "/", body, {"X-Amz-Target": TARGET + operation})
        connection.getresponse().read()

    _, _, err = process.end(signal.SIGTERM)

    assert token not in err


def wait_for_metric(process, line):
    pause = threading.Event()
    connection = process.connect()
    for _ in range(1000):
        connection.request("GET", "/metrics")
        if line in connection.getresponse().read().decode().splitlines():
            return
        pause.wait(0.01)
    raise AssertionError(line)


@pytest.fixture
def fail(monkeypatch, capsys):
    """Run the command in this process and return its one line on standard error."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def run(*arguments):
        status = main([*map(str, arguments)])
        output = capsys.readouterr()
        assert (status, output.out) == (1, "")
        return output.err

    return run


def test_port_in_use_is_reported_in_one_line(fail):
    with socket.create_server(("127.0.0.1", 0)) as other:
        error = fail("--port", other.getsockname()[1])

    assert re.fullmatch(r"swf\.local: .*Address already in use.*\n", error)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", 65536], "port=65536: must be 0 to 65535"),
        (["--page-size", 0], "size=0: must be 1 to 1000"),
        (["--database", ""], "database='': must be the name of a file, or None"),
        (["--control-token", ""], "token='': must not be empty"),
    ],
)
def test_invalid_option_is_reported_in_one_line(fail, arguments, message):
    assert fail(*arguments) == f"swf.local: {message}\n"


def test_damaged_database_is_reported_in_one_line(fail, tmp_path):
    path = tmp_path / "swf.db"
    path.write_text("not a database" * 100)

    error = fail("--port", 0, "--database", path)

    assert error == f"swf.local: {path} cannot be used: file is not a database\n"


def drop_privilege():
    """Make this process respect file modes, even if it runs as root."""
    drop_bounding, dac_override = 24, 1
    ctypes.CDLL(None).prctl(drop_bounding, dac_override, 0, 0, 0)


def test_read_only_database_is_refused_unchanged(spawn, tmp_path):
    database = tmp_path / "swf.db"
    first = spawn("--database", database)
    register(first.connect())
    first.end(signal.SIGTERM)
    content = database.read_bytes()
    database.chmod(0o444)

    second = subprocess.run(
        [sys.executable, "-m", "swf.local", "--port", "0", "--database", database],
        preexec_fn=drop_privilege,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"swf.local: {database} is read-only: the service must be able to write to it\n"
    )
    assert database.read_bytes() == content


def test_database_with_a_damaged_row_is_refused_unchanged(fail, tmp_path):
    database = tmp_path / "swf.db"
    with LocalSWF(database=database) as service:
        service.client().register_domain(
            name="precious", workflowExecutionRetentionPeriodInDays="1"
        )
    database.write_bytes(database.read_bytes().replace(b"precious", b"precioux"))
    content = database.read_bytes()

    error = fail("--port", 0, "--database", database)

    assert error.startswith(f"swf.local: {database} is damaged: row ")
    assert database.read_bytes() == content


def test_skipping_clock_skips_to_a_timer(spawn):
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


def test_restarted_process_keeps_its_executions_and_tasks(spawn, tmp_path):
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
    """A client that starts executions and completes decision tasks until its server dies."""

    def __init__(self, process, name):
        self.started = {}
        self.tasks = []
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
        self.tasks.append((task["workflowExecution"]["runId"], task["taskToken"]))
        if len(self.started) % 2:
            decision = {"decisionType": "CompleteWorkflowExecution"}
            call(
                self._connection,
                "RespondDecisionTaskCompleted",
                taskToken=task["taskToken"],
                decisions=[decision],
            )
            self.completed.add(task["workflowExecution"]["runId"])


def test_sigkill_under_load_loses_no_acknowledged_request(spawn, tmp_path, soak):
    database = tmp_path / "swf.db"
    program = ("-c", COMPACT)
    process = spawn("--database", database, program=program)
    register(process.connect())
    started, tasks, completed = {}, [], set()

    for kill in range(500 if soak else 2):
        loads = [Load(process, f"{kill}-{number}") for number in range(3)]
        workers = [threading.Thread(target=load.run, daemon=True) for load in loads]
        for worker in workers:
            worker.start()
        wait_until_completed(loads, 5 * (kill % 7 + 1))
        os.kill(process.popen.pid, signal.SIGKILL)
        for worker in workers:
            worker.join(timeout=20)
        for load in loads:
            started |= load.started
            tasks += load.tasks
            completed |= load.completed
        process = spawn("--database", database, program=program)

    connection = process.connect()
    runs = open_runs(connection)
    missing = {run for run in started.values() if run not in runs.values()} - completed
    # A completion may have been stored although its response was lost in the kill.
    unanswered = {run for run, _ in tasks} - completed
    assert missing <= unanswered
    assert completed.isdisjoint(runs.values())
    assert completed <= set(open_runs(connection, "Closed").values())
    assert len(tasks) == len(set(tasks)) == len({run for run, _ in tasks})


def wait_until_completed(loads, count):
    pause = threading.Event()
    deadline = time.monotonic() + 30
    while min(len(load.completed) for load in loads) < count:
        assert time.monotonic() < deadline
        pause.wait(0.01)


def test_task_token_survives_sigkill_and_restart(spawn, tmp_path):
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


def test_second_process_on_the_same_database_fails(spawn, tmp_path):
    database = tmp_path / "swf.db"
    spawn("--database", database)

    second = spawn("--database", database)
    _, err = second.popen.communicate(timeout=20)

    assert second.line == ""
    assert err == f"swf.local: {database} is in use by another service\n"


def test_lack_of_descriptors_is_logged_once_a_second(tmp_path):
    errors = tmp_path / "errors"
    limit = (24, 24)
    command = [sys.executable, "-m", "swf.local", "--port", "0"]
    with (
        errors.open("w") as file,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit),
        ) as process,
    ):
        address = urlsplit(process.stdout.readline().strip().rpartition("=")[2])
        sockets = [socket.create_connection((address.hostname, address.port)) for _ in range(40)]
        pause = threading.Event()
        for _ in range(500):
            if "Cannot accept connections" in errors.read_text():
                break
            pause.wait(0.02)
        for each in sockets:
            each.close()
        process.terminate()
        process.communicate(timeout=20)

    lines = errors.read_text().splitlines()
    assert 1 <= sum("Cannot accept connections: Too many open files" in line for line in lines) <= 5
    assert len(lines) < 20
