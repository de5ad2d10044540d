"""A custom decider that renames the ids of an open execution is stopped before it repeats work."""

from types import SimpleNamespace

import pytest

from swf.exceptions import NonDeterminismError
from swf.flow import Flow
from swf.flow.decider import DeciderWorker


@pytest.fixture
def steps(create, tasks):
    """One step of each kind, and a second timer."""
    return SimpleNamespace(
        activity=create(name="activity", run=tasks({})),
        many=create(name="many", run=tasks({}), generators=[lambda _: [{"n": 1}, {"n": 2}]]),
        skipped=create(name="skipped", run=tasks({}), when=lambda _: False),
        timer=create.timer("timer", 60),
        other_timer=create.timer("other", 60),
        signal=create.signal("signal", "go"),
        deadline=create.signal("deadline", "go", timeout=60),
        child=create.child("child", SimpleNamespace(name="child", domain="kitchen")),
    )


@pytest.fixture
def decide_twice(service, flow_of, steps, create, tasks):
    """Decide twice with one function, with a signal, then with another; return its errors."""

    def decide_twice(before, after):
        Flow(
            SimpleNamespace(
                domain="kitchen", name="child", step=create(name="of_child", run=tasks())
            )
        ).register()
        errors = []
        old, new = (
            DeciderWorker(
                flow_of(
                    *vars(steps).values(),
                    decider=function,
                    on_exception=lambda _, error: errors.append(error),
                )
            )
            for function in (before, after)
        )
        execution = Flow(old.flow).start({})
        old.actor.poll_once()
        for actor in (old.actor, new.actor):
            execution.signal("go")
            actor.poll_once()
        return errors

    return decide_twice


@pytest.mark.parametrize(
    ("before", "after", "expected", "produced"),
    [
        ("activity", "activity", "flow_activity-1-a", "flow_activity-1-b"),
        ("timer", "timer", "flow_timer-1-a", "flow_timer-1-b"),
        ("child", "child", "flow_child-1-a", "flow_child-1-b"),
        ("deadline", "deadline", "flow_deadline-1-a", "flow_deadline-1-b"),
        ("signal", "signal", "flow_signal-1-a", "flow_signal-1-b"),
        ("skipped", "skipped", "flow_skipped-a", "flow_skipped-b"),
    ],
)
def test_renamed_id_is_an_error(decide_twice, steps, before, after, expected, produced):
    def first(schedule):
        schedule("a", getattr(steps, before))
        schedule("last", steps.other_timer)

    def second(schedule):
        schedule("b", getattr(steps, after))
        schedule("last", steps.other_timer)

    [error] = decide_twice(first, second)

    assert isinstance(error, NonDeterminismError)
    assert (error.expected, error.produced) == (repr(expected), repr(produced))
    line = second.__code__.co_firstlineno + 1
    assert error.source == f"{__file__}:{line}"
    assert error.event_id > 1


@pytest.mark.parametrize(
    ("before", "after", "is_error"),
    [
        ("timer", "other_timer", True),
        ("activity", "timer", True),
        ("timer", "activity", False),
        ("timer", "signal", False),
    ],
)
def test_changed_step_of_an_id_is_reported_for_work(decide_twice, steps, before, after, is_error):
    errors = decide_twice(
        lambda schedule: schedule("a", getattr(steps, before)),
        lambda schedule: schedule("a", getattr(steps, after)),
    )

    assert [type(error) for error in errors] == ([NonDeterminismError] if is_error else [])


def test_additional_ids_are_no_error(decide_twice, steps):
    def first(schedule):
        schedule("a", steps.timer)
        schedule("a", steps.many)

    def second(schedule):
        first(schedule)
        schedule("b", steps.timer)
        schedule("b", steps.many)

    assert decide_twice(first, second) == []
