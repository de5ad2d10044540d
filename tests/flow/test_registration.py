"""Registration of types."""

import threading

import pytest

import swf
from swf.actors import Hooks
from swf.actors.backoff import Backoff
from swf.exceptions import ValidationError
from swf.flow import Flow, activity, decider
from swf.local import LocalSWF
from swf.local.injection import LostRequest


def test_registering_twice_is_not_an_error(service, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks(), version="3"), execution_timeout=99)
    for _ in range(2):
        decider.DeciderWorker(flow)

    kind = swf.WorkflowType(swf.Domain("kitchen"), "flow", "1.0").upstream()
    assert (kind.task_list, kind.execution_timeout) == ("flow", 99)
    assert swf.Domain("kitchen").upstream().retention_period == 90
    assert swf.ActivityType(swf.Domain("kitchen"), "flow_a", "3").upstream().task_list == "flow_a"


def test_other_errors_of_registration_are_raised(service, create, flow_of, tasks):
    flow = flow_of(create(name="a" * 300, run=tasks()))

    with pytest.raises(ValidationError):
        decider.DeciderWorker(flow)


class Polls(Hooks):
    """Sets an event at the first poll."""

    def __init__(self):
        self.begun = threading.Event()

    def before_poll(self, actor, task_list):
        self.begun.set()


@pytest.mark.parametrize("starts", ["in threads", "by single polls"])
def test_registration_is_retried_before_the_first_poll(create, flow_of, tasks, starts):
    flow = flow_of(create(name="a", run=tasks({"done": 1})))
    faults = [LostRequest("RegisterDomain", times=2), LostRequest("RegisterWorkflowType", times=1)]
    with LocalSWF(poll_timeout=0.1, faults=faults) as service:
        service.install()
        backoff = Backoff(base=0)
        polls = Polls()
        deciding = decider.DeciderWorker(flow, backoff=backoff, hooks=[polls])
        working = activity.ActivityWorker(flow, backoff=backoff)
        if starts == "in threads":
            with deciding, working:
                assert polls.begun.wait(10)
                execution = Flow(flow).start()
                assert execution.wait(10).history().execution.result == {"done": 1}
        else:
            for _ in range(3):
                deciding.run()
            execution = Flow(flow).start()
            for actor in (deciding.actor, *working.actors, deciding.actor):
                actor.poll_once()
            assert execution.history().execution.result == {"done": 1}
