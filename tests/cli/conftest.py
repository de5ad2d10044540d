"""The command against a service behind HTTP: in this process, as a process, and on a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import swf as library
from swf.cli.app import run

PATIENCE = 20


@dataclass
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str


class Server:
    """A running `python -m swf.local`."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "swf.local", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.process.stdout.readline().strip().rpartition("=")[2]

    def ask(self, method, path):
        """Return what the server answers to a request of its own."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        connection.request(method, path)
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def calls(self, operation):
        """Return how often an operation was called since the server began."""
        told = self.ask("GET", "/metrics")
        counts = re.findall(rf'_count{{[^}}]*operation="{operation}"[^}}]*}} (\d+)', told)
        return sum(map(int, counts))

    def wait_for(self, operation, beyond):
        """Wait until an operation was called more often than that."""
        deadline = time.monotonic() + PATIENCE
        while self.calls(operation) <= beyond:
            assert time.monotonic() < deadline, f"nobody called {operation}"

    def wait_until(self, line):
        """Wait until the metrics have this line."""
        deadline = time.monotonic() + PATIENCE
        while line not in self.ask("GET", "/metrics").splitlines():
            assert time.monotonic() < deadline, f"never {line}"


@pytest.fixture(scope="session")
def _server():
    server = Server()
    yield server
    server.process.terminate()
    server.process.communicate()


@pytest.fixture
def server(_server, monkeypatch):
    """The service, empty, and named by the environment."""
    _server.ask("POST", "/reset")
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
def process(server):
    """Run the command as a process, its standard input empty unless some is given."""

    def command(*arguments, given=""):
        done = subprocess.run(
            [sys.executable, "-m", "swf", *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def terminal(server, monkeypatch):
    """Run the command on a terminal, on which somebody types; both outputs are one there."""
    monkeypatch.setenv("TERM", "xterm")

    def command(*arguments, typed=""):
        ours, theirs = pty.openpty()
        popen = subprocess.Popen(
            [sys.executable, "-m", "swf", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return Done(popen.wait(PATIENCE), shown.decode().replace("\r\n", "\n"), "")

    return command


def _read(descriptor):
    readable, _, _ = select.select([descriptor], [], [], PATIENCE)
    try:
        return os.read(descriptor, 65536) if readable else b""
    except OSError:  # Linux says so that nobody has the other end open any more
        return b""


@pytest.fixture
def orders(server, monkeypatch):
    """A domain with a workflow type, which the environment names."""
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


CODE = Path(__file__).parent / "code"


@pytest.fixture
def code_directory(monkeypatch):
    """Run in the directory of the code that the tests name."""
    monkeypatch.chdir(CODE)
    monkeypatch.syspath_prepend(CODE)
