"""The command against a service behind HTTP: in this process, as a process, and on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import swf as library
from swf.cli.app import run
from swf.models.decision import complete_workflow_execution, schedule_activity_task

TIMEOUT = 20

#: The settings of the activity of `packing`.
PACK = {
    "task_list": "packing",
    "heartbeat_timeout": "NONE",
    "schedule_to_close_timeout": "NONE",
    "schedule_to_start_timeout": "NONE",
    "start_to_close_timeout": "600",
}


@dataclass
class Done:
    """The outcome of a command."""

    code: int
    out: str
    err: str


class Server:
    """A running `swf local`."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            [command, "local", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.process.stdout.readline().strip().rpartition("=")[2]

    def request(self, method, path):
        """Return the response to a request of the control API."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=TIMEOUT)
        connection.request(method, path, headers={"Content-Type": "application/json"})
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def restore(self, name):
        """Restore a snapshot, and return whether it exists."""
        return "error" not in json.loads(self.request("POST", f"/_swf/snapshots/{name}/restore"))

    def save(self, name):
        """Save the state of the service as a snapshot."""
        self.request("POST", f"/_swf/snapshots/{name}")

    def calls(self, operation):
        """Return the number of calls of an operation since the server started."""
        metrics = self.request("GET", "/metrics")
        counts = re.findall(rf'_count{{[^}}]*operation="{operation}"[^}}]*}} (\d+)', metrics)
        return sum(map(int, counts))

    def wait_for(self, operation, beyond):
        """Wait until an operation has more calls than `beyond`."""
        deadline = time.monotonic() + TIMEOUT
        while self.calls(operation) <= beyond:
            assert time.monotonic() < deadline, f"{operation} was not called"

    def wait_until(self, line):
        """Wait until the metrics have this line."""
        deadline = time.monotonic() + TIMEOUT
        while line not in self.request("GET", "/metrics").splitlines():
            assert time.monotonic() < deadline, f"never {line}"


@pytest.fixture(scope="session")
def _server(prefork):
    server = Server(prefork / "swf")
    yield server
    server.process.terminate()
    server.process.communicate()


@pytest.fixture
def server(_server, monkeypatch):
    """The service, empty, and named by the environment."""
    _server.request("POST", "/_swf/reset")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", _server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("COLUMNS", "200")
    return _server


@pytest.fixture
def swf(server, capsys):
    """Run the command in this process."""

    def command(*arguments):
        capsys.readouterr()
        code = run([*map(str, arguments)])
        return Done(code, *capsys.readouterr())

    return command


@pytest.fixture
def process(server, prefork):
    """Run the command as a process, its standard input empty by default."""

    def command(*arguments, stdin=""):
        done = subprocess.run(
            [prefork / "swf", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def terminal(server, prefork, monkeypatch):
    """Run the command on a terminal, with typed input; both output streams are one."""
    monkeypatch.setenv("TERM", "xterm")

    def command(*arguments, typed=""):
        ours, theirs = pty.openpty()
        popen = subprocess.Popen(
            [prefork / "swf", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        output = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return Done(popen.wait(TIMEOUT), output.decode().replace("\r\n", "\n"), "")

    return command


def _read(descriptor):
    readable, _, _ = select.select([descriptor], [], [], TIMEOUT)
    try:
        return os.read(descriptor, 65536) if readable else b""
    except OSError:  # Linux reports so that the other end is closed
        return b""


@pytest.fixture
def orders(server, monkeypatch):
    """A domain with a workflow type; the environment names the domain."""
    domain = library.Domain("orders")
    domain.save()
    library.WorkflowType(domain, "ship", "1.0", task_list="shipping").save()
    monkeypatch.setenv("SWF_DOMAIN", "orders")
    return domain


@pytest.fixture
def start(orders):
    """Start executions, one after the other."""
    kind = library.WorkflowType(orders, "ship", "1.0")

    def starting(*workflow_ids, **settings):
        return [kind.start_execution(each, **settings) for each in workflow_ids]

    return starting


@pytest.fixture
def schedule_packing(orders, start):
    """Start executions with an activity that waits for a worker of the list `packing`."""
    library.ActivityType(orders, "pack", "1").save()

    def schedule(workflow_id, activity_id):
        (execution,) = start(workflow_id, input={"sku": "A1"})
        decider = library.actors.Decider(orders, "shipping")
        decision = schedule_activity_task(activity_id, ("pack", "1"), input={"box": 3}, **PACK)
        decider.complete(decider.poll().token, [decision])
        return execution

    return schedule


@pytest.fixture
def packing(schedule_packing):
    """An execution whose activity waits for a worker."""
    return schedule_packing("o-1", "p-1")


@pytest.fixture
def closed(orders, packing):
    """Close the execution `packing` with a decision."""

    def close(decision=None):
        worker = library.actors.ActivityWorker(orders, "packing")
        worker.complete(worker.poll().token, {"packed": True})
        decider = library.actors.Decider(orders, "shipping")
        decider.complete(decider.poll().token, [decision or complete_workflow_execution("shipped")])

    return close


CODE = Path(__file__).parent / "code"


@pytest.fixture
def code_directory(monkeypatch):
    """Run in the directory of the code that the tests name."""
    monkeypatch.chdir(CODE)
    monkeypatch.syspath_prepend(CODE)
