"""An idle actor stops at once on a local service, in process and over HTTP."""

import threading
import time

import pytest

import swf
from swf import Domain, WorkflowType
from swf.actors import ActivityWorker, Decider
from swf.actors.group import stop_actors
from swf.local import LocalSWF, SystemClock
from swf.models.decision import complete_workflow_execution


class Completing(Decider):
    def decide(self, task):
        return [complete_workflow_execution()]


class Idle(ActivityWorker):
    def perform(self, task):
        return None


@pytest.fixture(params=["in process", "over HTTP"])
def place(request):
    """Return the domain of a service on which an empty poll takes 60 seconds."""
    with LocalSWF(SystemClock()) as service:
        if request.param == "in process":
            connection = service.connection()
        else:
            keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
            connection = swf.connect(endpoint_url=service.serve(), region="us-east-1", **keys)
        domain = Domain("d", connection=connection)
        domain.save()
        yield service, domain


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


@pytest.mark.parametrize("actor", [Completing, Idle])
def test_idle_actor_stops_at_once(actor, place):
    service, domain = place
    idle = actor(domain, "t", connection=domain.connection, concurrency=3)
    idle.start()
    wait_until(lambda: "swf_waiting_polls 0" not in service.metrics())
    begin = time.monotonic()

    assert idle.stop(timeout=20)

    assert time.monotonic() - begin < 10


def test_idle_actor_of_the_current_connection_stops_at_once(place):
    service, domain = place
    with swf.using(domain.connection):
        idle = Idle(Domain("d"), "t")
        idle.start()
    wait_until(lambda: "swf_waiting_polls 0" not in service.metrics())
    begin = time.monotonic()

    assert stop_actors([idle], timeout=20)

    assert time.monotonic() - begin < 10


def test_actors_that_stop_together_begin_no_further_poll(place):
    service, domain = place
    idle = [Idle(domain, f"t{n}", "same", connection=domain.connection) for n in range(8)]
    for actor in idle:
        actor.start()
    wait_until(lambda: "swf_waiting_polls 8" in service.metrics())

    assert stop_actors(idle, timeout=20)

    assert '_count{operation="PollForActivityTask"} 8\n' in service.metrics()


def test_task_that_arrives_while_an_actor_stops_is_not_lost(place):
    _, domain = place
    order = WorkflowType(domain, "order", "1", task_list="t", connection=domain.connection)
    order.save()
    executions = []
    for number in range(5):
        decider = Completing(domain, "t", connection=domain.connection)
        decider.start()
        starter = threading.Thread(
            target=lambda number=number: executions.append(order.start_execution(f"o-{number}"))
        )
        starter.start()
        assert decider.stop(timeout=20)
        starter.join()

    decider = Completing(domain, "t", connection=domain.connection)
    decider.start()
    wait_until(lambda: all(each.upstream().status == "CLOSED" for each in executions))
    assert decider.stop(timeout=20)


def test_poll_of_another_poller_keeps_waiting(place):
    service, domain = place
    mine = Idle(domain, "t", "mine", connection=domain.connection)
    other = Idle(domain, "t", "other", connection=domain.connection)
    mine.start()
    other.start()
    wait_until(lambda: "swf_waiting_polls 2" in service.metrics())

    assert mine.stop(timeout=20)

    assert "swf_waiting_polls 1" in service.metrics()
    assert other.stop(timeout=20)
