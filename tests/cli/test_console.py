"""`swf console` as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

TIMEOUT = 20


@pytest.fixture
def start_console(server, prefork):
    """Start the command with options; return the process and the address that it printed."""
    processes = []

    def start_console(*options):
        process = subprocess.Popen(
            [prefork / "swf", "console", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield start_console
    for process in processes:
        process.kill()
        process.communicate()


def get(address, path="/", **headers):
    """Return the response to a GET request, and its text."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_console_serves_until_a_signal(number, start_console, orders):
    process, address = start_console()
    response, text = get(address)

    process.send_signal(number)
    out, _ = process.communicate(timeout=TIMEOUT)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
    assert (response.status, process.returncode, out) == (200, 0, "")
    assert "orders" in text


def test_signal_after_the_address_ends_the_console(start_console):
    process, _ = start_console()

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIMEOUT)

    assert process.returncode == 0, err


def test_signal_ends_open_live_updates(start_console, start):
    (execution,) = start("o-1")
    process, address = start_console()
    stream = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    stream.request("GET", f"/domains/orders/executions/o-1/{execution.run_id}/stream")
    stream.getresponse()

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIMEOUT)
    stream.close()

    assert process.returncode == 0


def test_local_endpoint_permits_actions_and_names_its_place(start_console, orders, server):
    _, address = start_console()

    page = get(address, "/domains/orders")[1]

    assert "Start</a>" in page
    assert f"region us-east-1, {server.url}" in page


def test_read_only_console_offers_no_actions(start_console, orders):
    _, address = start_console("--read-only")

    assert "Start</a>" not in get(address, "/domains/orders")[1]


def test_address_outside_loopback_needs_the_printed_token(start_console, orders):
    _, address = start_console("--host", "0.0.0.0")

    refused, _ = get(address)
    accepted, _ = get(address, f"/?{urlsplit(address).query}")

    assert re.fullmatch(r"http://localhost:\d+/\?token=[\w-]{32}", address)
    assert (refused.status, accepted.status) == (403, 303)


def test_host_name_is_accepted_only_if_allowed(start_console, orders):
    _, address = start_console("--allow-host", "console.example")

    statuses = [get(address, Host=name)[0].status for name in ("console.example", "a.example")]

    assert statuses == [200, 403]


def test_used_port_is_reported(start_console, swf, orders):
    _, address = start_console()

    done = swf("console", "--port", urlsplit(address).port)

    assert done.code == 1
    assert "Address already in use" in done.err


@pytest.mark.parametrize("module", ["aiohttp", "jinja2"])
def test_missing_extra_names_its_installation(swf, server, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)

    done = swf("console")

    assert done.code == 1
    assert f"{module} is not installed: pip install '.[console]'" in done.err


def test_code_and_manifest_are_read_at_the_start(start_console, orders, tmp_path, monkeypatch):
    manifest = tmp_path / "manifest.toml"
    manifest.write_text('[domain]\nname = "orders"\n[[workflow_type]]\nname = "x"\nversion = "1"\n')
    (tmp_path / "shop.py").write_text(
        "from swf.dataflow import Workflow\nclass Order(Workflow):\n    name = 'order'\n"
        "    version = '1'\n    def run(self): pass\n"
    )
    monkeypatch.chdir(tmp_path)
    _, address = start_console("--code", "shop:Order", "--manifest", str(manifest))

    _, text = get(address, "/domains/orders/types/manifest")

    assert "create WorkflowType" in text


@pytest.mark.parametrize("prefix", ["swf", "//evil.example", "/a b", "/é", "/a?b", "/<b>"])
def test_prefix_that_is_not_a_path_is_refused(swf, server, prefix):
    done = swf("console", "--port", "0", "--prefix", prefix)

    assert done.code == 2
    assert "must begin with /" in done.err


def test_unknown_key_of_a_manifest_ends_the_command(start_console, orders, tmp_path):
    manifest = tmp_path / "manifest.toml"
    manifest.write_text("[domains]\n")

    process, _ = start_console("--manifest", str(manifest))
    _, error = process.communicate(timeout=TIMEOUT)

    assert process.returncode != 0
    assert "unknown table: 'domains'" in error
