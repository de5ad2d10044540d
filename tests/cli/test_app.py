"""The command as a process: streams, signals, locale."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from swf import Domain


def test_group_without_command_shows_its_help(process):
    done = process("domain")

    assert (done.code, done.out) == (2, "")
    assert "create" in done.err


def test_version_option_prints_the_version(process):
    from swf import __version__

    assert process("--version").out == f"swf {__version__}\n"


def test_every_command_has_help(swf):
    from swf.cli.commands import COMMANDS

    for name in COMMANDS:
        done = swf(name, "--help")
        assert done.code == 0, f"{name}: {done.err}"
        assert done.out.startswith(f"Usage: swf {name}"), done.out


def test_data_and_messages_use_separate_streams(process, orders, start):
    start("one")

    done = process("execution", "terminate", "--id", "one", "--dry-run", "-o", "jsonl")

    assert [json.loads(line)["workflow_id"] for line in done.out.splitlines()] == ["one"]
    assert done.err == "would terminate 1 execution\n"


def test_ctrl_c_has_exit_code_130(prefork, server, orders, start):
    start("one")
    before = server.calls("DescribeWorkflowExecution")
    waiting = subprocess.Popen(
        [prefork / "swf", "execution", "wait", "one"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server.wait_for("DescribeWorkflowExecution", before + 1)

    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=20)

    assert (waiting.returncode, out, err.strip()) == (130, "", "")


def test_closed_pipe_is_not_an_error(server, orders, start):
    start(*(f"execution-{number}" for number in range(40)))
    command = f"set -o pipefail; {sys.executable} -m swf execution list -o jsonl | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["workflow_id"].startswith("execution-")


def test_closed_standard_output_is_not_an_error(server, orders):
    command = f"{sys.executable} -m swf domain list >&-"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("locale", "is_utf8", "written", "encoding"),
    [("C", "0", "utf-8", "ascii"), ("C.UTF-8", "1", "latin-1", "utf-8")],
)
def test_argument_outside_the_locale_is_refused(
    orders, monkeypatch, locale, is_utf8, written, encoding
):
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("PYTHONUTF8", is_utf8)
    name = os.fsdecode("caf\xe9".encode(written))

    command = [sys.executable, "-m", "swf", "domain", "create", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"swf: argument 3 is not valid {encoding}, the encoding of the")
    assert [each.name for each in Domain.objects] == ["orders"]


@pytest.mark.parametrize("words", ["--help", "domain list", "domain list -o json"])
def test_full_disk_is_an_error_of_one_line(server, orders, words):
    command = f"{sys.executable} -m swf {words} > /dev/full"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert done.returncode == 1
    assert done.stderr == "swf: No space left on device\n"


@pytest.mark.parametrize(("words", "code"), [("domain deprecate orders", 2), ("shell", 0)])
def test_closed_standard_input_is_not_a_terminal(server, orders, words, code):
    command = f"{sys.executable} -m swf {words} <&-"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert done.returncode == code
    assert ("--yes" in done.stderr) is bool(code)
