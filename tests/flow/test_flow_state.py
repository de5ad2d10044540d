"""Payloads that cannot be decoded fail the work they belong to, and never block an execution."""

import pytest

from swf.codecs import TYPED_JSON
from swf.engine.decoding import UndecodableError

UNDECODABLE = "swf+unknown:text"


@pytest.fixture(params=["steps", "custom decider"])
def flow(request, create, flow_of, tasks):
    """A flow of a retried step with a compensation, a signal and a last step."""
    undo = create(name="undo", run=tasks())
    first = create(name="first", run=tasks(), retry=3, compensation=undo)
    approval = create.signal("approval", "approve", requires=[first])
    last = create(name="last", run=tasks(), requires=[approval])
    flow = flow_of(first, approval, last, codec=TYPED_JSON)
    if request.param == "custom decider":

        def decider(schedule):
            schedule("1", first).wait()
            schedule("1", approval).wait()
            schedule("1", last).wait()

        flow.decider = decider
    flow.first_id = "flow_first-1-1" if hasattr(flow, "decider") else "flow_first-1"
    return flow


def complete(history, activity_id, name, result=None):
    return history.activity_scheduled(activity_id, name=name).activity_completed(
        activity_id, result
    )


@pytest.mark.parametrize("text", [UNDECODABLE, '{"swf.flow.carried": {"steps": 5}}'])
def test_undecodable_input_fails_the_execution(flow, decisions_of, new_history, text):
    history = new_history().started(input=text)

    [decision] = decisions_of(flow, history)

    assert decision.type == "FailWorkflowExecution"
    assert decision.attributes["reason"].startswith("input cannot be decoded: ")


def test_input_that_another_decider_has_decoded_is_an_error(flow, decisions_of, new_history):
    history = new_history().started(input=UNDECODABLE).scheduled(flow.first_id)

    with pytest.raises(UndecodableError, match="a codec that is not configured"):
        decisions_of(flow, history)


def test_undecodable_result_fails_its_step_without_retry(flow, decisions_of, history):
    complete(history, flow.first_id, "flow_first", UNDECODABLE)

    [compensation] = decisions_of(flow, history)
    complete(history, compensation.attributes["activityId"], "flow_undo")
    [decision] = decisions_of(flow, history)

    assert decision.type == "FailWorkflowExecution"
    assert "result cannot be decoded" in decision.attributes["reason"]


def test_undecodable_signal_is_received_as_text(flow, decisions_of, history):
    complete(history, flow.first_id, "flow_first").signaled("approve", UNDECODABLE)

    decisions = decisions_of(flow, history)

    assert [each.type for each in decisions] == ["RecordMarker", "ScheduleActivityTask"]
