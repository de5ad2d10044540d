"""A console in front of an embedded service, called over HTTP."""

import asyncio
import http.client
import re
import threading
import urllib.parse
from contextlib import contextmanager

import pytest

from swf import Domain, WorkflowType
from swf.console import Console, Options, server
from swf.local import LocalSWF, SkippingClock


class Browser:
    """An HTTP client that keeps cookies and follows the console's forms."""

    def __init__(self, port):
        self.port = port
        self.cookies = {}

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        connection.request(method, path, body, {**sent, **(headers or {})})
        response = connection.getresponse()
        text = response.read().decode()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        response.text = text
        return response

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, form, **headers):
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.request("POST", path, urllib.parse.urlencode(form, doseq=True), headers)

    def form_token(self, path):
        return re.search(r'name="form_token" value="(\w+)"', self.get(path).text)[1]


class Server:
    """A console that is served on a free port by a thread."""

    def __init__(self, console):
        self.socket = server.listen("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(console,), daemon=True)
        self._thread.start()
        self._started.wait(10)

    def _run(self, console):
        self._loop.run_until_complete(self._serve(console))
        self._loop.close()

    async def _serve(self, console):
        self._stopping = asyncio.Event()
        self._started.set()
        await server.serve(console, self.socket, self._stopping)

    def close(self):
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()


@pytest.fixture
def service():
    with LocalSWF(clock=SkippingClock()) as service:
        yield service


@pytest.fixture
def connection(service):
    return service.connection()


@pytest.fixture
def domain(connection):
    domain = Domain("shop", connection=connection)
    domain.save()
    return domain


@pytest.fixture
def order(domain, connection):
    """Return a workflow type whose executions wait for a decider."""
    order = WorkflowType(domain, "order", "1.0", task_list="orders", connection=connection)
    order.save()
    return order


@pytest.fixture
def browse():
    """Return a function that creates an HTTP client for a port."""
    return Browser


@contextmanager
def serving(connection):
    """Yield a function that serves a console with options and returns an HTTP client for it."""
    servers = []

    def start(**options):
        options = {"is_local": True, "is_writable": True, **options}
        servers.append(Server(Console(Options(connection, **options))))
        return Browser(servers[-1].port)

    yield start
    for each in servers:
        each.close()


@pytest.fixture(scope="session")
def serve_for():
    """Return `serving`, for consoles that several tests share."""
    return serving


@pytest.fixture
def serve(connection):
    """Return a function that serves a console with options and returns an HTTP client for it."""
    with serving(connection) as start:
        yield start
