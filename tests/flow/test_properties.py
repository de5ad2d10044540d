"""Any flow, whatever fails and in whatever order things are delivered."""

import logging
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import swf
from swf.actors import StickyCache
from swf.flow import Flow, activity
from swf.flow.decider import CachedExecution
from swf.flow.decision_making import decide
from swf.flow.runner import BaseRunner
from swf.flow.signal_queue import MARKER
from swf.local import LocalSWF, ManualClock
from swf.models.history import History
from swf.testing import replay

#: What a task may do: give a result, raise, or be lost until it times out.
ENDS = ("ok", "error", "lost")

steps = st.lists(
    st.fixed_dictionaries(
        {
            "requires": st.sets(st.integers(0, 4), max_size=3),
            "instances": st.none() | st.integers(0, 3),
            "retry": st.integers(0, 2),
            "ends": st.lists(st.sampled_from(ENDS), max_size=3),
            "max_parallel": st.none() | st.integers(1, 2),
            "waits": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)


class Plan(BaseRunner):
    """A runner whose tasks end as planned: each attempt as the next of `ends`, then well."""

    def __init__(self, ends):
        super().__init__()
        self.ends = ends
        self.attempts = {}

    def timeout(self, context=None):
        return 60

    heartbeat = timeout

    def requirements(self, context=None):
        return {"i"}

    def execute(self, activity, context):
        attempt = self.attempts[activity.activity_id] = self.attempts.get(activity.activity_id, 0)
        self.attempts[activity.activity_id] += 1
        end = self.ends[attempt] if attempt < len(self.ends) else "ok"
        if end == "lost":
            activity.task.complete_elsewhere()  # nobody answers, and it times out
        elif end == "error":
            raise ValueError("planned")
        return {activity.activity_id: attempt}


def build(specs):
    """Return a flow for what was drawn: a step requires some of those before it."""
    create = activity.create("kitchen", "random")
    made = []
    for number, spec in enumerate(specs):
        values = [{"i": i} for i in range(spec["instances"] or 0)]
        options = {
            "requires": [made[i] for i in sorted(spec["requires"]) if i < number],
            "generators": [] if spec["instances"] is None else [lambda _, v=values: v],
        }
        if spec["waits"]:
            made.append(create.signal(f"step{number}", "go", **options))
            continue
        made.append(
            create(
                name=f"step{number}",
                run=Plan(spec["ends"]),
                retry=spec["retry"],
                max_parallel=spec["max_parallel"],
                **options,
            )
        )
    return SimpleNamespace(domain="kitchen", name="random", steps=made)


def run(flow, random):
    """Run a flow with two deciders, one without memory, and actors in random order.

    When nobody has found anything to do for a while, a minute passes, and a signal comes; others
    come at any time. Return the execution and the histories of its runs.
    """
    clock = ManualClock()
    with LocalSWF(clock=clock) as service, swf.using(service.connection()):
        whole = Flow(flow)
        deciders = [whole.decider(), whole.decider(sticky=StickyCache(count=0))]
        actors = [each.actor for each in deciders]
        for _ in range(2):
            actors += whole.worker().actors
        execution = whole.start()
        idle, runs = 0, []
        for _ in range(5000):
            if random.random() < 0.02 and execution.upstream().status == "OPEN":
                execution.signal("go", {"at": random.random()})
            idle = 0 if random.choice(actors).poll_once() else idle + 1
            if idle > 4 * len(actors):
                if execution.upstream().status == "OPEN":
                    clock.advance(61)
                    execution.signal("go")
                    continue
                runs.append(execution.history())
                if runs[-1].execution.close_status != "CONTINUED_AS_NEW":
                    return execution, runs
                execution = execution.evolve(run_id=runs[-1].execution.new_execution_run_id)
    raise AssertionError("the flow does not close")


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL)


RANDOM = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(parent=RANDOM, max_examples=25)
@given(specs=steps, seed=st.integers(0, 2**32))
def test_any_flow_closes_and_keeps_to_its_rules(specs, seed):
    flow, random = build(specs), Random(seed)

    execution, [history] = run(flow, random)

    assert swf.check(history) == []
    assert_requirements_held(flow, history)
    assert_attempts_kept_to_the_policy(flow, history)
    assert_closed_rightly(flow, specs, history)
    assert_each_signal_served_one_wait(history)
    assert_memory_does_not_matter(flow, history, random)
    decider = Flow(flow).decider(register=False).actor
    assert replay(history, decider, execution=execution) is None


@settings(parent=RANDOM, max_examples=20)
@given(specs=steps, seed=st.integers(0, 2**32), budget=st.integers(6, 30))
def test_any_flow_that_continues_as_new_does_nothing_twice(specs, seed, budget):
    flow = build(specs)
    flow.event_budget = budget

    _, runs = run(flow, Random(seed))

    status = runs[-1].execution.close_status
    done = [a.id for h in runs for a in h.activities.values() if a.state == "completed"]
    waits = [m.details["by"] for h in runs for m in h.markers.named(MARKER)]
    assert [swf.check(history) for history in runs] == [[]] * len(runs)
    assert len(set(done)) == len(done)
    assert len(set(waits)) == len(waits)
    for history in runs:
        assert_attempts_kept_to_the_policy(flow, history)
    if status == "COMPLETED":
        assert (len(done), len(waits)) == (expected(specs, False), expected(specs, True))
        assert set(runs[-1].execution.result or {}) - {"at"} == set(done)
    else:
        assert status == "FAILED"
        assert exhausted(flow, runs[-1])


def assert_requirements_held(flow, history):
    """Each instance began after all instances of what it requires had completed."""
    ends = {step.name: {} for step in flow.steps}
    for instance in history.activities.values():
        completed = instance.closed_event_id if instance.state == "completed" else float("inf")
        ends[instance.name][instance.id] = completed
    for marker in history.markers.named(MARKER):
        ends[marker.details["by"].rsplit("-", 1)[0]][marker.details["by"]] = marker.event_id
    totals = {step.name: len(list(step.instances({}))) for step in flow.steps}
    for step in flow.steps:
        begun = [a.attempts[0].opened_event_id for a in history.activities.values()
                 if a.name == step.name]  # fmt: skip
        for required in step.requires if begun else ():
            assert len(ends[required.name]) == totals[required.name]
            assert max(ends[required.name].values(), default=0) < min(begun)


def assert_attempts_kept_to_the_policy(flow, history):
    for step in flow.steps:
        for instance in history.activities.values():
            if instance.name == step.name:
                assert len(instance.attempts) <= step.retry + 1
                assert [a.state for a in instance.attempts].count("completed") <= 1


def assert_closed_rightly(flow, specs, history):
    """It completed with all instances done, or failed because one had failed too often."""
    if history.execution.close_status == "FAILED":
        assert exhausted(flow, history)
        return
    assert history.execution.close_status == "COMPLETED"
    assert not exhausted(flow, history)
    assert len(history.activities) == expected(specs, False)
    assert len(history.markers.named(MARKER)) == expected(specs, True)
    assert all(a.state == "completed" for a in history.activities.values())
    assert set(history.execution.result or {}) - {"at"} == set(history.activities)


def exhausted(flow, history):
    """Return the instances that failed as often as they may."""
    return [
        instance
        for step in flow.steps
        for instance in history.activities.values()
        if instance.name == step.name
        and len(instance.attempts) == step.retry + 1
        and instance.is_failed
    ]


def expected(specs, waits):
    """Return how many instances there are in all, of waits or of activities."""
    return sum(
        1 if s["instances"] is None else s["instances"] for s in specs if s["waits"] is waits
    )


def assert_each_signal_served_one_wait(history):
    served = [marker.details for marker in history.markers.named(MARKER)]
    assert len({one["signal"] for one in served}) == len({one["by"] for one in served})
    assert len({one["by"] for one in served}) == len(served)


def assert_memory_does_not_matter(flow, history, random):
    """A decider that has seen some of the decisions before decides as one that has seen none."""
    definition = Flow(flow).definition
    execution = swf.WorkflowExecution(swf.Domain("kitchen"), "w", "r")
    warm = CachedExecution(definition, execution)
    for batch in history.decision_batches():
        if random.random() < 0.3:
            continue
        seen = History(raw=history.raw[: batch.started_event_id])
        cold = CachedExecution(definition, execution)
        for memory in (warm, cold):
            memory.update(seen)
        assert decide(definition, warm.flow_state, warm.scheduler, _ignore) == decide(
            definition, cold.flow_state, cold.scheduler, _ignore
        )


def _ignore(error):
    """Take no notice of what makes a flow fail."""
