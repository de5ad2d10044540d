"""A service in a forked process refuses every use and leaves the database of its parent intact."""

import os
import subprocess
import sys

import pytest
from botocore.config import Config

from swf.local import LocalSWF, ManualClock

ONCE = Config(retries={"total_max_attempts": 1})


def names(client):
    domains = client.list_domains(registrationStatus="REGISTERED")["domainInfos"]
    return [domain["name"] for domain in domains]


def in_child(function):
    """Run a function in a forked process that exits normally; return its result."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            pipe.write(str(function()))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        result = pipe.read()
    os.waitpid(pid, 0)
    return result


FORKS = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


FORKED = "ServiceForkedError: this local service belongs to process "


@FORKS
@pytest.mark.parametrize(
    "use",
    [
        lambda service, client: client.list_domains(registrationStatus="REGISTERED"),
        lambda service, client: service.snapshot(),
        lambda service, client: service.reset(),
        lambda service, client: service.metrics(),
        lambda service, client: service.serve(),
    ],
    ids=["call", "snapshot", "reset", "metrics", "serve"],
)
def test_service_used_in_a_forked_process_raises(service, use):
    client = service.client(config=ONCE)

    def attempt():
        try:
            use(service, client)
        except Exception as error:  # noqa: BLE001 (it is the result)
            return f"{type(error).__name__}: {error}"
        return "no error"

    assert in_child(attempt).startswith(FORKED)


@FORKS
def test_fork_while_the_service_is_locked_does_not_hang(service):
    client = service.client(config=ONCE)
    with service._core._lock:
        result = in_child(lambda: attempt(client))

    assert result.startswith("ServiceForkedError")


def attempt(client):
    try:
        client.list_domains(registrationStatus="REGISTERED")
    except Exception as error:  # noqa: BLE001 (it is the result)
        return type(error).__name__
    return "no error"


CHILD_EXIT = """
import os, sys
from swf.local import LocalSWF

def register(client, name):
    client.register_domain(name=name, workflowExecutionRetentionPeriodInDays="1")

with LocalSWF(database=sys.argv[1]) as service:
    client = service.client()
    register(client, "before")
    pid = os.fork()
    if not pid:
        sys.exit(0)
    os.waitpid(pid, 0)
    for number in range(5):
        register(client, f"after-{number}")
    os.kill(os.getpid(), 9)
"""


def test_exit_of_a_forked_process_keeps_the_database(database):
    subprocess.run([sys.executable, "-c", CHILD_EXIT, str(database)], check=False)

    with LocalSWF(ManualClock(), database) as service:
        assert names(service.client()) == [*(f"after-{n}" for n in range(5)), "before"]
