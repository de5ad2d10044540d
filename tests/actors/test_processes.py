"""Actors in several processes: a script is started, signalled and killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from swf.actors import Decider
from swf.local import LocalSWF, Refusal, SystemClock
from swf.models.decision import complete_workflow_execution, schedule_activity_task

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")

SOON = 30.0

SCRIPT = """
import os, signal, sys
import swf
from swf.actors import ActivityWorker, Backoff, Hooks
from swf.models import Domain

url, domain, processes = sys.argv[1:]

def say(what):
    os.write(1, f"{what} {os.getpid()}\\n".encode())  # at once, or lines of two would mix

class ReportStart(Hooks):
    reported = None

    def before_poll(self, actor, task_list):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        if ReportStart.reported != os.getpid():
            ReportStart.reported = os.getpid()
            say("child")

connection = swf.connect(
    endpoint_url=url, region="us-east-1", aws_access_key_id="local", aws_secret_access_key="local"
)
worker = ActivityWorker(
    Domain(domain), "activities", connection=connection, processes=int(processes),
    hooks=[ReportStart()], backoff=Backoff(base=0.01),
)

@worker.activity("pack", "1")
def pack(task):
    say("packing")
    if task.input == "hang":
        task.stopping.wait(300)
        os.read(os.pipe()[0], 1)
    return os.getpid()

sys.exit(worker.run())
"""


#: Leaves signals to the threads that poll: a wait of the main thread is not woken by them.
DEAF = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])"


class Program:
    """The running script; reads the lines that it and its children print."""

    def __init__(self, url, domain="shop", processes=2, first=""):
        command = [sys.executable, "-c", first + SCRIPT, url, domain, str(processes)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def pid(self, what):
        """Return the process id in the next line with this word."""
        for line in self.process.stdout:
            if match := re.fullmatch(rf"{what} (\d+)\n", line):
                return int(match[1])
        raise AssertionError(f"no {what}")

    def ends(self):
        """Wait until the script and all that it started are gone, and return its exit code."""
        self.process.stdout.read()  # ends when no process has it open
        return self.process.wait(SOON)


class Pack(Decider):
    def decide(self, task):
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"), input=task.input)]
        return [] if pack.is_open else [complete_workflow_execution(pack.result)]


@pytest.fixture
def service():
    forbidden = Refusal(
        "PollForActivityTask",
        code="OperationNotPermittedFault",
        when=lambda _, params: params["domain"] == "forbidden",
    )
    with LocalSWF(clock=SystemClock(), poll_timeout=0.1, faults=[forbidden]) as service:
        yield service


@pytest.fixture
def url(service):
    return service.serve()


@pytest.fixture
def shop(service, make_shop):
    """A domain in the account of the script's access key."""
    return make_shop(service.connection(aws_access_key_id="local"))


@pytest.fixture
def ship(shop, ship):
    with Pack(shop, "decisions"):
        yield ship


@pytest.fixture(params=[{}], ids=["two"])
def program(url, shop, request):
    program = Program(url, **request.param)
    yield program
    if program.process.poll() is None:
        program.process.kill()
    program.ends()
    program.process.stdout.close()


def test_tasks_are_performed_in_child_processes(program, ship):
    children = {program.pid("child"), program.pid("child")}

    closed = ship.start_execution().wait(timeout=SOON)

    assert len(children) == 2
    assert program.process.pid not in children
    assert closed.history().execution.result in children


def test_signal_stops_all_processes_gracefully(program, ship):
    program.pid("child")
    program.pid("child")

    program.process.send_signal(signal.SIGTERM)

    assert program.ends() == 0


@pytest.mark.parametrize("program", [{"processes": 1, "first": DEAF}], indirect=True, ids=["deaf"])
def test_signal_before_wait_is_noticed(program):
    program.pid("child")

    program.process.send_signal(signal.SIGTERM)

    assert program.ends() == 0


def test_terminal_signal_stops_all_processes_gracefully(program, ship):
    children = [program.pid("child"), program.pid("child")]

    for pid in (*children, program.process.pid):
        os.kill(pid, signal.SIGINT)

    assert program.ends() == 0


def test_dead_child_is_replaced(program, ship):
    first, second = program.pid("child"), program.pid("child")

    os.kill(first, signal.SIGKILL)
    third = program.pid("child")

    assert third not in (first, second)
    assert ship.start_execution().wait(timeout=SOON).close_status == "COMPLETED"


def test_no_child_outlives_its_supervisor(program, ship):
    program.pid("child")
    program.pid("child")

    program.process.kill()

    assert program.ends() == -signal.SIGKILL


def test_second_signal_ends_all_processes_at_once(program, ship):
    ship.start_execution(input="hang")
    program.pid("packing")

    program.process.send_signal(signal.SIGTERM)
    program.process.send_signal(signal.SIGINT)

    assert program.ends() in (128 + signal.SIGTERM, 128 + signal.SIGINT)


def test_permanent_error_ends_all_processes_with_exit_code(url, shop):
    program = Program(url, domain="forbidden")

    assert program.ends() == 78
    program.process.stdout.close()
