"""Random custom deciders, with tasks, timers and signals in random order."""

import logging
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import swf
from swf.actors import StickyCache
from swf.flow import Flow, activity, runner
from swf.local import LocalSWF, ManualClock

KINDS = ("cook", "each", "pause", "signal", "patient", "child", "fails", "skipped")

#: The steps that a decider schedules, in order, and whether it waits for each at once.
schedule_calls = st.lists(st.tuples(st.sampled_from(KINDS), st.booleans()), min_size=1, max_size=6)


def fail(context):
    raise ValueError("planned")


def build(calls, budget):
    """Return a flow whose decider schedules these steps, and its child flow."""
    create = activity.create("kitchen", "random")
    inner = activity.create("kitchen", "inner")
    child = SimpleNamespace(domain="kitchen", name="inner")
    child.only = inner(name="only", run=runner.Sync(lambda context: {"inner": 1}))
    three = [{"i": i} for i in range(3)]
    steps = {
        "cook": create(name="cook", run=runner.Sync(lambda context: {"x": 1})),
        "each": create(
            name="each",
            run=runner.Sync(lambda context: {f"x{context['i']}": 1}),
            generators=[lambda context: three],
            max_parallel=2,
        ),
        "pause": create.timer("pause", 30),
        "signal": create.signal("signal", "go"),
        "patient": create.signal("patient", "go", timeout=40),
        "child": create.child("child", child),
        "fails": create(name="fails", run=runner.Sync(fail), retry=1),
        "skipped": create(name="skipped", run=runner.Sync(fail), when=lambda context: False),
    }

    def decide(schedule, context):
        assert context == {"given": 1}
        later = []
        for number, (kind, waits) in enumerate(calls):
            try:
                state = schedule(f"{number}", steps[kind])
            except activity.ActivityFailedError:
                continue
            if waits:
                state.wait()
            later.append(state)
        for state in later:
            state.wait()

    flow = SimpleNamespace(domain="kitchen", name="random", event_budget=budget, decider=decide)
    flow.steps = list(steps.values())
    return flow, child


def run(flows, random):
    """Run a flow with a caching and a non-caching decider in random order.

    :returns: the histories of all its runs.
    """
    clock = ManualClock()
    with LocalSWF(clock=clock) as service, swf.using(service.connection()):
        whole, child = map(Flow, flows)
        deciders = [whole.decider(), whole.decider(sticky=StickyCache(count=0)), child.decider()]
        actors = [each.actor for each in deciders] + whole.worker().actors + child.worker().actors
        execution = whole.start({"given": 1})
        idle, runs = 0, []
        for _ in range(6000):
            idle = 0 if random.choice(actors).poll_once() else idle + 1
            if idle < 5 * len(actors):
                continue
            if execution.upstream().status == "OPEN":
                clock.advance(45)
                if random.random() < 0.5:
                    execution.signal("go", {"s": 1})
                continue
            runs.append(execution.history())
            if runs[-1].execution.close_status != "CONTINUED_AS_NEW":
                return runs
            execution = execution.evolve(run_id=runs[-1].execution.new_execution_run_id)
    raise AssertionError("the flow does not close")


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL)


@settings.get_profile("slow")
@given(calls=schedule_calls, seed=st.integers(0, 2**32), budget=st.none() | st.integers(8, 40))
def test_random_decider_closes_and_repeats_no_work(calls, seed, budget):
    runs = run(build(calls, budget), Random(seed))

    assert [swf.check(history) for history in runs] == [[]] * len(runs)
    assert runs[-1].execution.close_status == "COMPLETED"
    activities = [a for history in runs for a in history.activities.values()]
    assert len({a.id for a in activities}) == len(activities)
    assert all(len(a.attempts) == (2 if a.name == "random_fails" else 1) for a in activities)
    assert_each_once(child.id for history in runs for child in history.children.values())
    assert_each_once(
        timer.id for history in runs for timer in history.timers.values() if timer.state == "fired"
    )


def assert_each_once(ids):
    ids = list(ids)
    assert len(set(ids)) == len(ids)
