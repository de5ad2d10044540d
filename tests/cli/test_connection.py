"""The embedded service and local endpoints."""

from __future__ import annotations

import json
import threading
from unittest.mock import Mock

import botocore.endpoint
import pytest

from swf.cli import connection as command_connection
from swf.cli.connection import WatchedConnection
from swf.connection import Connection
from swf.local import LocalSWF


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home directory with a settings file."""
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".swf"
    file.write_text("[credentials]\n[defaults]\nregion = eu-west-1\n")
    return tmp_path


def test_embedded_service_persists_between_commands(process, home):
    created = process("--local", "domain", "create", "mine")
    listed = process("domain", "list", "--local", "-o", "jsonl")

    assert created.code == 0, created.err
    assert json.loads(listed.out)["name"] == "mine"
    assert (home / ".swf-local.db").exists()


def test_embedded_service_in_another_file(swf, home, monkeypatch):
    file = home / "other.db"

    assert swf(f"--local={file}", "domain", "create", "mine").code == 0

    monkeypatch.setenv("SWF_LOCAL", str(file))
    assert json.loads(swf("domain", "list", "-o", "jsonl").out)["name"] == "mine"
    assert not (home / ".swf-local.db").exists()


@pytest.mark.parametrize(
    ("setting", "file_name"), [("yes", ".swf-local.db"), ("~/other.db", "other.db")]
)
def test_embedded_service_as_a_setting(swf, home, setting, file_name):
    (home / ".swf").write_text(f"[defaults]\nlocal = {setting}\n")

    assert swf("domain", "create", "mine").code == 0
    assert (home / file_name).exists()


@pytest.mark.parametrize(
    ("setting", "options", "expected"),
    [
        ("1", [], "mine"),
        ("0", [], "orders"),
        ("0", ["--local"], "mine"),
        ("1", ["--endpoint-url"], "orders"),
    ],
)
def test_nearer_source_decides_on_the_embedded_service(
    swf, server, home, orders, monkeypatch, setting, options, expected
):
    swf("--local", "domain", "create", "mine")
    monkeypatch.setenv("SWF_LOCAL", setting)
    arguments = [*options, server.url] if options == ["--endpoint-url"] else options

    assert json.loads(swf("domain", "list", *arguments, "-o", "jsonl").out)["name"] == expected


def test_file_in_use_names_swf_local(swf, home):
    with LocalSWF(database=home / "busy.db"):
        done = swf(f"--local={home / 'busy.db'}", "domain", "list")

    assert done.code == 1
    assert "swf local --database" in done.err


def test_other_file_is_refused_in_one_line(swf, home):
    (home / "notes.db").write_text("no database at all" * 100)

    done = swf(f"--local={home / 'notes.db'}", "domain", "list")

    assert done.code == 1
    assert done.err.endswith("notes.db cannot be used: file is not a database\n")
    assert done.err.count("\n") == 1


def test_local_endpoint_needs_no_credentials(swf, server, home, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    assert swf("domain", "create", "mine").code == 0
    assert json.loads(swf("domain", "list", "-o", "jsonl").out)["name"] == "mine"


def test_slow_call_is_reported(swf, server, monkeypatch):
    reported = threading.Event()
    report, call = WatchedConnection._report, Connection.call

    def wait_for_report(self, operation, /, **params):
        assert reported.wait(20)
        return call(self, operation, **params)

    monkeypatch.setattr(command_connection, "SLOW_CALL", 0.0)
    monkeypatch.setattr(Connection, "call", wait_for_report)
    monkeypatch.setattr(WatchedConnection, "_report", lambda *args: (report(*args), reported.set()))

    done = swf("domain", "list")

    assert done.code == 0
    assert done.err.startswith(f"swf: ListDomains takes more than 0 s: {server.url} does not")


def test_slow_call_is_reported_as_throttled(swf, server, monkeypatch):
    swf("local", "faults", "add", "Throttling", "operation=ListDomains", "times=1")
    timers = []

    def timer(seconds, function, args):
        timers.append(lambda: function(*args))
        return Mock()

    monkeypatch.setattr(command_connection, "threading", Mock(wraps=threading, Timer=timer))
    monkeypatch.setattr(botocore.endpoint, "time", Mock(sleep=lambda _: timers[-1]()))

    done = swf("domain", "list")

    assert (done.code, done.err) == (
        0,
        f"swf: ListDomains takes more than 4 s: {server.url} throttles the call; Ctrl-C stops\n",
    )


def test_slow_call_is_reported_within_five_seconds():
    assert command_connection.SLOW_CALL < 5
