"""`swf decider start` and `swf worker start`."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from swf import codecs

pytestmark = pytest.mark.usefixtures("code_directory")


def test_processes_complete_a_flow(prefork, swf, orders):
    started = swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    assert started.code == 0
    execution = orders.executions.get("g-1")

    running = [
        subprocess.Popen(
            [prefork / "swf", role, "start", "greeting", "-l", "WARNING"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for role in ("decider", "worker")
    ]
    closed = execution.wait(timeout=30)
    for each in running:
        each.kill()
        each.communicate()

    assert closed.close_status == "COMPLETED"
    assert closed.history().execution.result == {"greeting": "hello world"}


@pytest.fixture
def deciding(prefork, swf, orders):
    """A decider that makes a decision until its standard input ends."""
    swf("workflow", "start", "deliberate:Deliberate", "--id", "d-1")
    with subprocess.Popen(
        [prefork / "swf", "decider", "start", "deliberate:Deliberate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.stdout.readline() != "deciding\n":
            assert process.poll() is None
        yield process
        process.kill()


def interrupt(process):
    """Send Ctrl-C to an actor and wait until it reports that it stops."""
    process.send_signal(signal.SIGINT)
    while "stopping after the current tasks: SIGINT" not in process.stderr.readline():
        assert process.poll() is None


def test_ctrl_c_lets_a_decider_finish_its_task(deciding, orders):
    interrupt(deciding)
    _, output = deciding.communicate(timeout=20)

    assert deciding.returncode == 0, output
    names = [event.name for event in orders.executions.get("d-1").history().events]
    assert names[-2:] == ["DecisionTaskCompleted", "WorkflowExecutionCompleted"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_second_signal_ends_a_decider_with_130(deciding, number):
    interrupt(deciding)
    deciding.send_signal(number)

    assert deciding.wait(timeout=20) == 130


def test_ctrl_c_ends_a_decider_that_polls(prefork, server, orders):
    with subprocess.Popen(
        [prefork / "swf", "decider", "start", "deliberate:Deliberate"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        server.wait_until("swf_waiting_polls 1")
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=20)

    assert process.returncode == 0, output


def test_one_task_ends_the_worker(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')

    decided = swf("decider", "start", "greeting", "--one-task")
    worked = swf("worker", "start", "greeting", "--one-task")

    assert (decided.code, worked.code) == (0, 0)
    states = [one.state for one in orders.executions.get("g-1").history().activities.values()]
    assert states == ["completed"]


def test_worker_class_uses_the_codec(swf, orders):
    coded = ("--codec", "packed:codec")
    swf("workflow", "start", "packed", "--id", "p-1", "-i", json.dumps(["y" * 50]), *coded)
    swf("decider", "start", "packed", "--one-task", *coded)

    swf("worker", "start", "working:Measuring", "-t", "packing", "--one-task", *coded)

    activity = orders.executions.get("p-1").history().activities["packed.repeat-1"]
    assert activity.text("result").startswith("swf+zlib:")
    assert codecs.Compressed().decode(activity.text("result")) == {"length": 50}


def test_several_processes_cannot_share_an_embedded_service(swf, tmp_path):
    file = tmp_path / "swf.db"

    result = swf(f"--local={file}", "worker", "start", "greeting", "-N", "3")

    assert result.code == 2
    assert (
        f"--nb-processes needs a served instance, not --local: run `swf local --database {file}`"
        in (" ".join(result.err.split()))
    )
