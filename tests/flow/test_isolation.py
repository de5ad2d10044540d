"""User code that changes everything it receives does not change the execution."""

import itertools
import re

import pytest

from swf.actors import StickyCache
from swf.flow import Flow, activity, decider, runner, task
from swf.local import LocalSWF, SkippingClock
from swf.testing import run_until_closed

INPUT = {"shop": {"name": "north", "staff": ["Kim"]}, "sizes": [1, 2, 3]}

create = activity.create("kitchen", "flow")


def vandalize(value):
    """Empty every mutable value within a value."""
    if isinstance(value, dict):
        for each in value.values():
            vandalize(each)
        value.clear()
    elif isinstance(value, list):
        for each in value:
            vandalize(each)
        value.clear()


def vandal(function):
    """Return a function that vandalizes its argument after it computed its result."""

    def wrapper(context):
        result = function(context)
        vandalize(context)
        return result

    return wrapper


class VandalRunner(runner.Sync):
    """A runner of the program that vandalizes the contexts of its settings."""

    def timeout(self, context=None):
        vandalize(context)
        return 60

    def heartbeat(self, context=None):
        vandalize(context)
        return 60

    def requirements(self, context=None):
        vandalize(context)
        raise runner.NoRunnerRequirementsFound


@task.list
def parts(context):
    names = list(context["shop"]["staff"])
    vandalize(context)
    yield lambda context: {f"done.{context['size']}": names}


def flaky(attempts):
    def work(context):
        attempts.append(context["size"])
        if attempts.count(context["size"]) == 1:
            raise OSError("the first attempt fails")
        return {f"making.{context['size']}": [context["shop"]["name"]]}

    return work


def steps_flow(flow_of):
    listing = create(name="list", run=runner.Sync(lambda context: {"todo": ["a", ["b"]]}))
    checked = create(
        name="check",
        requires=[listing],
        when=vandal(lambda context: context["todo"] == ["a", ["b"]]),
        generators=[vandal(lambda context: [{"size": n, "x": [n]} for n in context["sizes"]])],
        run=runner.Sync(parts),
    )
    making = create(
        name="make",
        requires=[checked],
        retry=3,
        generators=[vandal(lambda context: [{"size": n} for n in context["sizes"]])],
        run=VandalRunner(flaky([])),
    )
    return flow_of(listing, checked, making)


def decider_flow(flow_of):
    listing = create(name="list", run=runner.Sync(lambda context: {"todo": [[1], [2], [3]]}))
    working = create(name="work", retry=3, run=VandalRunner(flaky([])))
    ready = create.signal("ready")

    def decide(schedule, context):
        signal = schedule("ready", ready).result
        assert signal == {"go": ["now"]}
        vandalize(signal)
        todo = schedule("list", listing).result["todo"]
        assert context == INPUT
        vandalize(context)
        while todo:
            size = todo.pop(0)[0]
            result = schedule(str(size), working, input={"size": size}).result
            assert result == {f"making.{size}": ["north"]}
            vandalize(result)

    return flow_of(listing, working, ready, decider=decide)


def run(flow, alternating, **options):
    """Run a flow and return its history."""
    with LocalSWF(SkippingClock()) as service:
        service.install()
        actors = [decider.DeciderWorker(flow, **options).actor for _ in range(1 + alternating)]
        execution = Flow(flow).start(INPUT, "w")
        execution.signal("ready", '{"go": ["now"]}')
        workers = activity.ActivityWorker(flow).actors
        if alternating:
            actors = [_Alternating(actors)]
        return run_until_closed(execution, *actors, *workers).history()


def recorded(history):
    """Return names and attributes of all events, without run ids."""
    run_id = r'"execution\.run_id":"[^"]*"'
    return [(each.name, re.sub(run_id, "", str(each.attributes))) for each in history]


class _Alternating:
    """Deciders that alternate."""

    def __init__(self, actors):
        self.actors = actors
        self.turns = itertools.cycle(actors)
        self.hooks = actors[0].hooks

    def poll_once(self):
        return next(self.turns).poll_once()


@pytest.mark.parametrize("build", [steps_flow, decider_flow])
def test_warm_cold_and_alternating_deciders_decide_the_same(build, flow_of):
    warm = run(build(flow_of), False)
    cold = run(build(flow_of), False, sticky=StickyCache(count=0))
    alternating = run(build(flow_of), True)

    assert warm.execution.close_status == "COMPLETED"
    assert sum(e.name == "ActivityTaskFailed" for e in warm) == 3
    assert len(warm.execution.result) >= 4
    for other in (cold, alternating):
        assert recorded(warm) == recorded(other)


def test_subclass_cannot_change_the_cached_state(flow_of, tasks):
    class Vandal(decider.DeciderWorker):
        def create_decisions_from_flow(self, decisions, activity_states, context):
            super().create_decisions_from_flow(decisions, activity_states, context)
            activity_states.states.clear()
            vandalize(context.current)

    a = create(name="a", run=tasks({"x": 1}))
    b = create(name="b", run=tasks(lambda context: {"y": context["x"]}), requires=[a])
    flow = flow_of(a, b)
    with LocalSWF(SkippingClock()) as service:
        service.install()
        worker = Vandal(flow)
        execution = Flow(flow).start({})
        workers = activity.ActivityWorker(flow).actors
        history = run_until_closed(execution, worker.actor, *workers).history()

    assert history.execution.result == {"x": 1, "y": 1}


def test_check_does_not_change_its_context(flow_of):
    context = {"shop": {"staff": ["Kim"]}, "sizes": [1, 2]}
    step = create(
        name="make",
        generators=[vandal(lambda context: [{"size": n} for n in context["sizes"]])],
        run=VandalRunner(lambda context: {}),
    )

    assert Flow(flow_of(step)).check(context) == []
    assert context == {"shop": {"staff": ["Kim"]}, "sizes": [1, 2]}
