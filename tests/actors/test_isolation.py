"""Activities in their own processes: crashes, timeouts, heartbeats and recycled workers."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from swf.actors import Decider
from swf.local import LocalSWF, SystemClock
from swf.models.decision import complete_workflow_execution, schedule_activity_task

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")

SOON = 30

SCRIPT = """
import ctypes, os, signal, subprocess, sys, threading, time
import swf
from swf.actors import ActivityCanceled, ActivityWorker, Backoff, Timeouts
from swf.models import Domain

url, options = sys.argv[1:]
connection = swf.connect(
    endpoint_url=url, region="us-east-1", aws_access_key_id="local", aws_secret_access_key="local"
)
worker = ActivityWorker(
    Domain("shop"), "activities", connection=connection, backoff=Backoff(base=0.01),
    **eval(options),
)

def beat(task):
    for number in range(50):
        task.heartbeat(number)

def pack(task):
    if task.input == "exit":
        os._exit(3)
    if task.input == "crash":
        ctypes.string_at(0)
    if task.input == "raise":
        raise ValueError("no box")
    if task.input == "heartbeat":
        task.heartbeat("half")
    if task.input == "hold":
        libc = ctypes.PyDLL(None)
        libc.sleep(3)  # without releasing the GIL
    if task.input == "hang":
        subprocess.run(["sleep", "300"])
    if task.input == "close output":
        sys.stdout.close()
    if task.input == "interrupt":
        raise KeyboardInterrupt
    if task.input == "kill group":
        os.killpg(0, signal.SIGKILL)
    if task.input == "beat in threads":
        beats = [threading.Thread(target=beat, args=(task,)) for _ in range(4)]
        for each in beats:
            each.start()
        for each in beats:
            each.join()
    if task.input == "cancel":
        raise ActivityCanceled("at 3")
    return os.getpid()

worker.register("pack", "1", pack, Timeouts(1.0, 1.0 if "timeout" in options else None))
print("started", os.getpid(), flush=True)
sys.exit(worker.run())
"""


class Pack(Decider):
    """Runs one activity and completes with its state, reason and result."""

    def decide(self, task):
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"), input=task.input)]
        if pack.is_open:
            return []
        return [complete_workflow_execution([pack.state, pack.reason or pack.result])]


@pytest.fixture
def service():
    with LocalSWF(clock=SystemClock(), poll_timeout=0.1) as service:
        yield service


@pytest.fixture
def shop(service, make_shop):
    connection = service.connection(aws_access_key_id="local")
    return make_shop(connection, heartbeat=2, start_to_close=SOON)


@pytest.fixture
def perform(shop, ship):
    """Return a function that runs an execution and returns the outcome of its activity."""

    def perform(value):
        execution = ship.start_execution(input=value).wait(SOON)
        return execution.history().execution.result

    with Pack(shop, "decisions"):
        yield perform


@pytest.fixture
def start(service, shop):
    """Return a function that starts a worker; its process is stopped at the end."""
    processes = []

    def start(options):
        command = [sys.executable, "-c", SCRIPT, service.serve(), repr(options)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process, int(process.stdout.readline().split()[1])

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SOON)


def test_each_task_has_its_own_process(start, perform):
    process, worker = start({"isolated": True})

    (_, first), (_, second) = perform("pack"), perform("pack")

    assert len({worker, first, second}) == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(SOON) == 0


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("exit", ["failed", "TaskProcessError: task process ended: 3"]),
        ("crash", ["failed", f"TaskProcessError: task process ended: -{signal.SIGSEGV.value}"]),
        ("raise", ["failed", "ValueError: no box"]),
    ],
)
def test_failure_of_a_task_process_fails_the_task(start, perform, value, outcome):
    start({"isolated": True})

    assert perform(value) == outcome
    assert perform("pack")[0] == "completed"


def test_worker_survives_what_a_task_does_to_its_process(start, perform):
    start({"isolated": True})

    assert perform("close output")[0] == "completed"
    assert perform("interrupt") == ["failed", "KeyboardInterrupt: "]
    assert perform("kill group") == ["failed", "TaskProcessError: task process ended: -9"]
    assert perform("beat in threads")[0] == "completed"


def test_heartbeats_continue_while_code_holds_the_gil(start, perform):
    start({"isolated": True})

    assert perform("hold")[0] == "completed"
    assert perform("heartbeat")[0] == "completed"


def test_canceled_task_reports_details(start, perform):
    start({"isolated": True})

    assert perform("cancel")[0] == "canceled"


def test_task_process_is_killed_with_its_children_at_its_timeout(start, perform, ship):
    process, _ = start({"isolated": True, "identity": "timeout"})
    execution = ship.start_execution(input="hang")

    assert perform("pack")[0] == "completed"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SOON)  # ends when the child of the task has closed its output too

    execution.terminate()


def test_worker_is_replaced_after_maximum_number_of_tasks(start, perform):
    process, _ = start({"max_tasks": 1})

    (_, first), (_, second) = perform("pack"), perform("pack")

    assert first != second
    process.send_signal(signal.SIGTERM)
    assert process.wait(SOON) == 0
