"""Executions that continue as new."""

from swf.flow.expansions import MARKER


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


def _expansion(decisions):
    """Return the details of the one marker, and the ids that are scheduled."""
    [marker] = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    return marker, scheduled(decisions)


def test_continued_execution_runs_only_the_remaining_instances(
    create, flow_of, tasks, decisions_of, history, new_history
):
    values = [{"i": i} for i in range(4)]
    step = create(name="a", run=tasks(), generators=[lambda _: values], max_parallel=2)
    flow = flow_of(step, event_budget=10)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(ids[0]).done(ids[1])
    [decision] = decisions_of(flow, history)

    following = new_history().started(input=decision.attributes["input"])
    remaining = scheduled(decisions_of(flow, following))

    assert len(remaining) == 2
    assert not set(remaining) & set(ids)
