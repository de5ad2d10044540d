"""Generators and `when` conditions."""

import re

import pytest

from swf.exceptions import InvalidTypeError
from swf.flow.expansions import MARKER
from swf.flow.instance_generation import ExpansionError


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


def _expansion(decisions):
    """Return the details of the one marker, and the ids that are scheduled."""
    [marker] = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    return marker, scheduled(decisions)


def test_generator_is_not_called_before_its_step_is_ready(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(
        name="b",
        run=tasks(),
        requires=[a],
        generators=[lambda context: [{"i": i} for i in context["items"]]],
    )
    flow = flow_of(a, b)

    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]

    decisions = decisions_of(flow, history.done("flow_a-1", {"items": [1, 2]}))
    assert types(decisions) == ["RecordMarker", "ScheduleActivityTask", "ScheduleActivityTask"]


def test_recorded_instances_do_not_change_with_the_context(
    create, flow_of, tasks, decisions_of, history
):
    step = create(name="a", run=tasks(), generators=[lambda context: [{"shop": context["shop"]}]])
    flow = flow_of(step)
    marker, [first] = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(first, {"shop": "south"})

    assert types(decisions_of(flow, history)) == ["CompleteWorkflowExecution"]


def test_generators_yield_an_instance_for_each_combination(
    create, flow_of, tasks, decisions_of, history
):
    letters = [{"letter": letter} for letter in "ab"]
    numbers = [{"number": number} for number in (1, 2, 3)]
    step = create(name="a", run=tasks(), generators=[lambda _: letters, lambda _: numbers])

    _, ids = _expansion(decisions_of(flow_of(step), history))

    assert len(set(ids)) == 6


def test_number_and_equal_text_are_two_instances(create, flow_of, tasks, decisions_of, history):
    step = create(name="a", run=tasks(), generators=[lambda _: [{"i": 1}, {"i": "1"}]])

    _, ids = _expansion(decisions_of(flow_of(step), history))

    assert len(set(ids)) == 2


def test_step_without_instances_counts_as_complete(
    create, flow_of, tasks, decisions_of, history, caplog
):
    a = create(name="a", run=tasks(), generators=[lambda _: []])
    b = create(name="b", run=tasks(), requires=[a])

    decisions = decisions_of(flow_of(a, b), history)

    assert types(decisions) == ["RecordMarker", "ScheduleActivityTask"]
    assert "counts as complete" in caplog.text


@pytest.mark.parametrize("option", ["generators", "when"])
def test_error_of_user_code_is_a_bug(option, create, flow_of, tasks, decisions_of, history):
    broken = {"generators": [lambda context: context["no"]], "when": lambda context: context["no"]}
    flow = flow_of(create(name="a", run=tasks(), **{option: broken[option]}))

    with pytest.raises(ExpansionError, match="flow_a: cannot generate instances: KeyError: 'no'"):
        decisions_of(flow, history)


@pytest.mark.parametrize("wrong", [None, [1], "ab", {"i": 1}])
def test_generator_of_other_values_is_a_bug(wrong, create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: wrong]))

    with pytest.raises(InvalidTypeError, match=r"generators of flow_a=.*one dictionary per"):
        decisions_of(flow, history)


@pytest.mark.parametrize(
    ("instances", "reason"),
    [
        ([{"x": "y" * 40_000}], "an instance of flow_a.*the limit is 32768"),
        ([{"x": object()}], "generators of flow_a.*cannot be encoded as JSON"),
        ([{"x": "y" * 10_000, "i": i} for i in range(100)], "generators of flow_a.*900000"),
    ],
)
def test_instances_that_cannot_be_written_fail_the_execution(
    instances, reason, create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: instances]))

    [decision] = decisions_of(flow, history)

    assert decision.type == "FailWorkflowExecution"
    assert re.search(reason, decision.attributes["reason"])
    assert [str(error) for error in decisions_of.errors] == [decision.attributes["reason"]]


def test_duplicate_instances_run_once(create, flow_of, tasks, decisions_of, history, caplog):
    values = [{"i": 1}, {"i": 2}, {"i": 1}]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values]))

    marker, ids = _expansion(decisions_of(flow, history))

    assert len(ids) == 2
    assert marker.count('"i":1') == 1
    assert "duplicate instances of a step: 1 of flow_a" in caplog.text


def test_when_condition_is_evaluated_once(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks(), when=lambda context: context["shop"] == "south")
    b = create(name="b", run=tasks(), requires=[a])
    flow = flow_of(a, b)
    decisions = decisions_of(flow, history)
    assert types(decisions) == ["RecordMarker", "ScheduleActivityTask"]

    history.marker_recorded(MARKER, decisions[0].attributes["details"])
    history.done("flow_b-1", {"shop": "south"})
    assert types(decisions_of(flow, history)) == ["CompleteWorkflowExecution"]
