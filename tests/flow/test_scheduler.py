"""Steps begin when their requirements are met."""

from swf.flow.expansions import MARKER


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def _expansion(decisions):
    """Return the details of the one marker, and the ids that are scheduled."""
    [marker] = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    return marker, scheduled(decisions)


def test_steps_without_requirements_begin_first(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    c = create(name="c", run=tasks())

    assert scheduled(decisions_of(flow_of(a, b, c), history)) == ["flow_a-1", "flow_c-1"]


def test_open_activity_is_not_scheduled_again(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())

    assert decisions_of(flow_of(a), history.scheduled("flow_a-1")) == []


def test_step_begins_when_all_required_steps_are_complete(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks())
    c = create(name="c", run=tasks(), requires=[a, b])
    flow = flow_of(a, b, c)

    history.done("flow_a-1").scheduled("flow_b-1")
    assert decisions_of(flow, history) == []

    history.activity_completed("flow_b-1")
    assert scheduled(decisions_of(flow, history)) == ["flow_c-1"]


def test_dependent_step_waits_for_all_instances(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks(), generators=[lambda _: [{"i": i} for i in range(3)]])
    b = create(name="b", run=tasks(), requires=[a])
    flow = flow_of(a, b)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(ids[0])

    assert scheduled(decisions_of(flow, history)) == ids[1:]

    history.done(ids[1]).done(ids[2])
    assert scheduled(decisions_of(flow, history)) == ["flow_b-1"]
