"""boto 2.49 as a client over HTTP: the library of python-simple-workflow, with the legacy protocol.

It does not run on Python 3.12 and later.
"""

import sys
import warnings

import pytest

from swf.local import LocalSWF

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    finders = list(sys.meta_path)
    layer1 = pytest.importorskip("boto.swf.layer1", reason="boto 2.49 needs Python 3.11 or earlier")
    from boto.exception import SWFResponseError
    from boto.regioninfo import RegionInfo
    from boto.swf.exceptions import SWFDomainAlreadyExistsError, SWFTypeAlreadyExistsError
    from boto.swf.layer1_decisions import Layer1Decisions

    sys.meta_path[:] = finders  # boto's finder warns at each further import


@pytest.fixture
def swf():
    """A connection of boto to a domain with a workflow type and an activity type."""
    with LocalSWF(poll_timeout=0.1) as service:
        host, port = service.serve().removeprefix("http://").split(":")
        region = RegionInfo(name="us-east-1", endpoint=host)
        connection = layer1.Layer1("AKID", "secret", is_secure=False, port=int(port), region=region)
        connection.register_domain("d", "1")
        connection.register_workflow_type(
            "d",
            "order",
            "1",
            task_list="deciders",
            default_child_policy="TERMINATE",
            default_execution_start_to_close_timeout="60",
            default_task_start_to_close_timeout="NONE",
        )
        timeouts = ("schedule_to_close", "schedule_to_start", "start_to_close", "heartbeat")
        names = {f"default_task_{name}_timeout": "NONE" for name in timeouts}
        connection.register_activity_type("d", "pay", "1", task_list="workers", **names)
        yield connection
        while (idle := connection._pool.get_http_connection(host, int(port), False)) is not None:
            idle.close()


def decide(swf, add):
    """Complete the next decision task with the decision that `add` adds."""
    decisions = Layer1Decisions()
    add(decisions)
    task = swf.poll_for_decision_task("d", "deciders")
    swf.respond_decision_task_completed(task["taskToken"], decisions._data)


def test_boto2_runs_an_execution_with_an_activity(swf):
    swf.start_workflow_execution("d", "o-1", "order", "1", input="é")
    decide(swf, lambda do: do.schedule_activity_task("a", "pay", "1", input="5"))
    task = swf.poll_for_activity_task("d", "workers")
    swf.record_activity_task_heartbeat(task["taskToken"], "half")
    swf.respond_activity_task_completed(task["taskToken"], "paid")
    decide(swf, lambda do: do.complete_workflow_execution("done"))

    closed = swf.list_closed_workflow_executions("d", start_oldest_date=0)["executionInfos"]

    assert (task["activityId"], task["input"]) == ("a", "5")
    assert [info["closeStatus"] for info in closed] == ["COMPLETED"]


def test_boto2_gets_no_token_from_an_empty_poll(swf):
    assert "taskToken" not in swf.poll_for_decision_task("d", "deciders")
    assert "taskToken" not in swf.poll_for_activity_task("d", "workers")


def test_boto2_raises_its_class_for_each_fault(swf):
    with pytest.raises(SWFDomainAlreadyExistsError):
        swf.register_domain("d", "1")
    with pytest.raises(SWFTypeAlreadyExistsError):
        swf.register_activity_type("d", "pay", "1")
    with pytest.raises(SWFResponseError, match="Unknown domain: x"):
        swf.describe_domain("x")
