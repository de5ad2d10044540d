"""Random flows, with random failures and events in random order."""

import logging
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
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

#: A task returns a result, raises an error, or never responds and times out.
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
    """A runner whose attempts end as planned by `ends`; further attempts succeed."""

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
            activity.task.complete_elsewhere()  # without a response, the task times out
        elif end == "error":
            raise ValueError("planned")
        return {activity.activity_id: attempt}


def build(specs):
    """Return a flow of random steps, each of which requires some of those before it."""
    create = activity.create("kitchen", "random")
    flow_steps = []
    for number, spec in enumerate(specs):
        values = [{"i": i} for i in range(spec["instances"] or 0)]
        options = {
            "requires": [flow_steps[i] for i in sorted(spec["requires"]) if i < number],
            "generators": [] if spec["instances"] is None else [lambda _, v=values: v],
        }
        if spec["waits"]:
            flow_steps.append(create.signal(f"step{number}", "go", **options))
            continue
        flow_steps.append(
            create(
                name=f"step{number}",
                run=Plan(spec["ends"]),
                retry=spec["retry"],
                max_parallel=spec["max_parallel"],
                **options,
            )
        )
    return SimpleNamespace(domain="kitchen", name="random", steps=flow_steps)


def run(flow, random):
    """Run a flow with a caching and a non-caching decider in random order.

    When all actors are idle, a minute passes and a signal is sent; other signals are sent at random
    times.

    :returns: the execution and the histories of all its runs.
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


@settings.get_profile("slow")
@given(specs=steps, seed=st.integers(0, 2**32))
def test_random_flow_closes_and_follows_its_rules(specs, seed):
    flow, random = build(specs), Random(seed)

    execution, [history] = run(flow, random)

    assert swf.check(history) == []
    assert_requirements_are_met(flow, history)
    assert_attempts_follow_the_policy(flow, history)
    assert_close_status_is_correct(flow, specs, history)
    assert_each_signal_completed_one_step(history)
    assert_cache_does_not_change_decisions(flow, history, random)
    decider = Flow(flow).decider(register=False).actor
    assert replay(history, decider, execution=execution) is None


@settings.get_profile("slow")
@given(specs=steps, seed=st.integers(0, 2**32), budget=st.integers(6, 30))
def test_random_flow_that_continues_repeats_no_work(specs, seed, budget):
    flow = build(specs)
    flow.event_budget = budget

    _, runs = run(flow, Random(seed))

    status = runs[-1].execution.close_status
    done = [a.id for h in runs for a in h.activities.values() if a.state == "completed"]
    waits = [m.details["by"] for h in runs for m in h.markers.with_name(MARKER)]
    assert [swf.check(history) for history in runs] == [[]] * len(runs)
    assert len(set(done)) == len(done)
    assert len(set(waits)) == len(waits)
    for history in runs:
        assert_attempts_follow_the_policy(flow, history)
    if status == "COMPLETED":
        assert (len(done), len(waits)) == (expected(specs, False), expected(specs, True))
        assert set(runs[-1].execution.result or {}) - {"at"} == set(done)
    else:
        assert status == "FAILED"
        assert exhausted(flow, runs[-1])


def assert_requirements_are_met(flow, history):
    """Each instance began after all instances of its required steps had completed."""
    ends = {step.name: {} for step in flow.steps}
    for instance in history.activities.values():
        completed = instance.closed_event_id if instance.state == "completed" else float("inf")
        ends[instance.name][instance.id] = completed
    for marker in history.markers.with_name(MARKER):
        ends[marker.details["by"].rsplit("-", 1)[0]][marker.details["by"]] = marker.event_id
    totals = {step.name: len(list(step.instances({}))) for step in flow.steps}
    for step in flow.steps:
        first_events = [a.attempts[0].opened_event_id for a in history.activities.values()
                 if a.name == step.name]  # fmt: skip
        for required in step.requires if first_events else ():
            assert len(ends[required.name]) == totals[required.name]
            assert max(ends[required.name].values(), default=0) < min(first_events)


def assert_attempts_follow_the_policy(flow, history):
    for step in flow.steps:
        for instance in history.activities.values():
            if instance.name == step.name:
                assert len(instance.attempts) <= step.retry + 1
                assert [a.state for a in instance.attempts].count("completed") <= 1


def assert_close_status_is_correct(flow, specs, history):
    """The execution completed with all its instances, or failed with a failed instance."""
    if history.execution.close_status == "FAILED":
        assert exhausted(flow, history)
        return
    assert history.execution.close_status == "COMPLETED"
    assert not exhausted(flow, history)
    assert len(history.activities) == expected(specs, False)
    assert len(history.markers.with_name(MARKER)) == expected(specs, True)
    assert all(a.state == "completed" for a in history.activities.values())
    assert set(history.execution.result or {}) - {"at"} == set(history.activities)


def exhausted(flow, history):
    """Return the instances that used up their attempts."""
    return [
        instance
        for step in flow.steps
        for instance in history.activities.values()
        if instance.name == step.name
        and len(instance.attempts) == step.retry + 1
        and instance.is_failed
    ]


def expected(specs, waits):
    """Return the number of instances of all signal steps, or of all activities."""
    return sum(
        1 if s["instances"] is None else s["instances"] for s in specs if s["waits"] is waits
    )


def assert_each_signal_completed_one_step(history):
    claims = [marker.details for marker in history.markers.with_name(MARKER)]
    assert len({one["signal"] for one in claims}) == len({one["by"] for one in claims})
    assert len({one["by"] for one in claims}) == len(claims)


def assert_cache_does_not_change_decisions(flow, history, random):
    """A cached execution leads to the same decisions as a new one."""
    definition = Flow(flow).definition
    execution = swf.WorkflowExecution(swf.Domain("kitchen"), "w", "r")
    warm = CachedExecution(definition, execution)
    for batch in history.decision_batches():
        if random.random() < 0.3:
            continue
        prefix = History(raw=history.raw[: batch.started_event_id])
        cold = CachedExecution(definition, execution)
        for cached in (warm, cold):
            cached.update(prefix)
        assert decide(definition, warm.flow_state, warm.scheduler, _ignore) == decide(
            definition, cold.flow_state, cold.scheduler, _ignore
        )


def _ignore(error):
    """Ignore the error that fails a flow."""
