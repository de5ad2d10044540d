"""Limits on active and failed instances."""

import pytest

from swf.flow.decider import CachedExecution
from swf.flow.decision_making import decide
from swf.flow.definition import Definition
from swf.flow.expansions import MARKER
from swf.models import Domain, WorkflowExecution


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


def _expansion(decisions):
    """Return the details of the one marker, and the ids that are scheduled."""
    [marker] = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    return marker, scheduled(decisions)


def test_max_parallel_limits_the_active_instances(create, flow_of, tasks, decisions_of, history):
    values = [{"i": i} for i in range(5)]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values], max_parallel=2))
    marker, ids = _expansion(decisions_of(flow, history))
    assert len(ids) == 2

    history.marker_recorded(MARKER, marker).scheduled(ids[0]).scheduled(ids[1])
    assert decisions_of(flow, history) == []

    history.activity_completed(ids[0])
    assert len(scheduled(decisions_of(flow, history))) == 1


@pytest.mark.parametrize(
    ("tolerated", "failures", "fails"),
    [(0, 1, True), (1, 1, False), (1, 2, True), (0.2, 1, True), (0.5, 1, False), (1.0, 3, False)],
)
def test_tolerated_failures_do_not_fail_the_execution(
    tolerated, failures, fails, create, flow_of, tasks, decisions_of, history
):
    values = [{"i": i} for i in range(3)]
    step = create(
        name="a", run=tasks(), generators=[lambda _: values], tolerated_failures=tolerated
    )
    flow = flow_of(step)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker)
    for number, each in enumerate(ids):
        (history.broken if number < failures else history.done)(each)

    expected = "FailWorkflowExecution" if fails else "CompleteWorkflowExecution"
    assert types(decisions_of(flow, history)) == [expected]


def test_refused_instance_keeps_its_place_in_a_cache(
    create, flow_of, tasks, decisions_of, history, new_history
):
    values = [{"i": i} for i in range(3)]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values], max_parallel=1))
    marker, [first] = _expansion(decisions_of(flow, history))
    definition = Definition.load(flow)
    cached = CachedExecution(definition, WorkflowExecution(Domain("kitchen"), "w", "r"))
    cached.update(history)

    history.marker_recorded(MARKER, marker).refused(first, "ACTIVITY_CREATION_RATE_EXCEEDED")
    history.signaled("later").signaled("later")
    cached.update(history)
    decisions = decide(definition, cached.flow_state, cached.scheduler, raise_error)

    assert scheduled(decisions) == scheduled(decisions_of(flow, history)) == [first]


def raise_error(error):
    raise error
