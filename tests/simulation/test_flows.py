"""Random flows, with requirements or a custom decider, on an unreliable service."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest

from swf.actors import StickyCache
from swf.flow import Flow, activity
from swf.flow.activity_worker import ActivityWorker
from swf.flow.decider import DeciderWorker
from swf.flow.ids import timer_instance_id
from swf.flow.runner import BaseRunner
from swf.flow.signal_queue import MARKER
from swf.retry import Retry

DAY = 86_400
DELAY = 30
KINDS = ["activity", "activity", "activity", "timer", "signal", "late signal", "child"]
#: Failures that lead to another attempt.
RETRIED = ["ValueError", "START_TO_CLOSE", "SCHEDULE_TO_START", "SCHEDULE_TO_CLOSE", "HEARTBEAT"]


class Plan(BaseRunner):
    """A runner whose instances fail as planned, and then complete.

    :param failures: The number of failed attempts of each instance.
    :param is_hopeless: Whether the first instance fails permanently.
    """

    def __init__(self, simulation, failures=0, is_hopeless=False):
        super().__init__()
        self.simulation = simulation
        self.failures = failures
        self.is_hopeless = is_hopeless
        self.attempts = Counter()

    def timeout(self, context=None):
        return 60

    heartbeat = timeout

    def requirements(self, context=None):
        return {"i"}

    def execute(self, activity, context):
        self.simulation.on_call("activity")
        if self.is_hopeless and context.get("i", 0) == 0:
            raise KeyError("hopeless")
        self.attempts[activity.activity_id] += 1
        if self.attempts[activity.activity_id] <= self.failures:
            raise ValueError("planned")
        return {activity.activity_id: 1}


class StepPlan(SimpleNamespace):
    """The random options of a step."""

    @classmethod
    def choose(cls, chance, number):
        kind = chance.choice(KINDS)
        return cls(
            kind=kind,
            requires=[i for i in range(number) if chance.random() < 0.4],
            instances=1 if kind == "late signal" else chance.choice([None, None, 0, 1, 3]),
            failures=chance.choice([0, 0, 1, 2]),
            delay=chance.choice([0, DELAY]),
            max_parallel=chance.choice([None, 1, 2]),
            is_hopeless=kind == "activity" and chance.random() < 0.1,
            is_tolerant=chance.random() < 0.5,
            is_compensated=kind == "activity" and chance.random() < 0.3,
            is_skipped=chance.random() < 0.1,
            seconds=chance.randint(1, 200),
            is_awaited=chance.random() < 0.5,
        )

    @property
    def size(self):
        """The number of instances."""
        return 0 if self.is_skipped else 1 if self.instances is None else self.instances

    @property
    def failed(self):
        """The number of instances that fail permanently."""
        return int(self.is_hopeless and self.size > 0)

    @property
    def is_broken(self):
        return self.failed > 0 and not self.is_tolerant


class Deployment:
    """A flow, its child flow, and their actors.

    From some time on there are also deciders with new code, which has another step, and later only
    these.

    :ivar is_mixed: Whether there are deciders with new code.
    """

    def __init__(self, simulation, plans):
        chance = simulation.chance
        self.simulation, self.plans = simulation, plans
        self.has_decider = chance.random() < 0.4
        self.is_mixed = chance.random() < 0.2
        # Old code does not pass a step on that it does not know.
        self.event_budget = 20_000 if self.is_mixed else chance.choice([20_000, 12, 25])
        self.first_new, self.last_old = sorted(chance.sample(range(60), 2))
        create = activity.create("simulated", "part")
        work = create(name="work", run=Plan(simulation), task_list="v", retry=40)
        rest = create.timer("rest", chance.choice([0, 300]))
        self.child = SimpleNamespace(domain="simulated", name="part", work=work, rest=rest)
        self.create = activity.create("simulated", "flow")
        self.steps = []
        for number, plan in enumerate(plans):
            self.steps.append(self.make_step(number, plan))
        self.flow = self.make_flow(self.steps)
        extra = self.create(name="extra", run=Plan(simulation), task_list="w", retry=40)
        self.new_flow = self.make_flow([*self.steps, extra])

    def make_step(self, number, plan):
        name = f"step{number}"
        options = {
            "requires": [] if self.has_decider else [self.steps[i] for i in plan.requires],
            "retry": Retry(max_attempts=40, delay=plan.delay, backoff=1, on=RETRIED),
            "max_parallel": plan.max_parallel,
            "tolerated_failures": int(plan.is_tolerant or plan.kind == "late signal"),
        }
        if plan.instances is not None:
            values = [{"i": i} for i in range(plan.instances)]
            options["generators"] = [lambda _: values]
        if plan.is_skipped:
            options["when"] = lambda _: False
        if plan.kind == "timer":
            return self.create.timer(name, plan.seconds, **options)
        if plan.kind == "signal":
            return self.create.signal(name, "go", **options)
        if plan.kind == "late signal":
            return self.create.signal(name, f"never {number}", timeout=plan.seconds, **options)
        if plan.kind == "child":
            return self.create.child(name, self.child, **options)
        if plan.is_compensated:
            options["compensation"] = self.create(
                name=f"undo{number}", run=Plan(self.simulation, 1), retry=40, task_list="w"
            )
        run = Plan(self.simulation, plan.failures, plan.is_hopeless)
        return self.create(name=name, run=run, task_list="w", **options)

    def make_flow(self, steps):
        options = {"decider": self.custom_decider(steps)} if self.has_decider else {}
        return SimpleNamespace(
            domain="simulated", name="flow", steps=steps, event_budget=self.event_budget, **options
        )

    def custom_decider(self, steps):
        def decide(schedule):
            for number, step in enumerate(steps):
                state = schedule(str(number), step)
                if number < len(self.plans) and self.plans[number].is_awaited:
                    state.wait()

        return decide

    def decider(self, flow, **options):
        options |= self.simulation.options
        return DeciderWorker(flow, register=False, **options).actor

    def start(self):
        """Register the types, create the actors, and start the flow."""
        for flow in (self.new_flow, self.child):
            Flow(flow).register()
        self.old, self.new = (
            [self.decider(flow), self.decider(flow, sticky=StickyCache(count=0))]
            for flow in (self.flow, self.new_flow)
        )
        workers = [ActivityWorker(flow) for flow in (self.new_flow, self.child)]
        self.others = [self.decider(self.child), *(a for each in workers for a in each.actors)]
        return Flow(self.flow).start({}, "flow", execution_timeout=365 * DAY)

    def actors(self, number):
        """Return the actors that are alive.

        :param number: The number of the poll.
        """
        if self.simulation.chance.random() < 0.02:
            self.old[0] = self.decider(self.flow)
        if not self.is_mixed:
            return [*self.old, *self.others]
        old = self.old if number <= self.last_old else []
        new = self.new if number >= self.first_new else []
        return [*old, *new, *self.others]


@pytest.mark.seeds(80)
def test_flow_ends_as_its_steps_say(simulation):
    chance = simulation.chance
    plans = [StepPlan.choose(chance, number) for number in range(chance.randint(1, 4))]
    simulation.signal_names = ("go",)
    deployment = Deployment(simulation, plans)
    execution = deployment.start()

    histories = simulation.run(execution, deployment.actors)

    check_end(simulation, histories, plans)
    check_claims(histories)
    check_parallel_instances(histories, plans)
    delays = {f"flow_step{number}": plan.delay for number, plan in enumerate(plans)}
    simulation.check(histories, delays)
    if not deployment.is_mixed:
        simulation.check_replay(histories, deployment.decider(deployment.flow))


def check_end(simulation, histories, plans):
    closed = histories[-1].execution
    if simulation.is_cancel_accepted:
        assert closed.close_status == "CANCELED"
        return
    done = finished_instances(histories)
    assert set(done.values()) <= {1}
    if any(plan.is_broken for plan in plans):
        assert (closed.close_status, "hopeless" in closed.reason) == ("FAILED", True)
        check_compensations(histories, plans, done)
        return
    assert closed.close_status == "COMPLETED", closed.reason
    counts = Counter(instance_id.split("-")[0] for instance_id in done)
    assert counts.pop("flow_extra", 0) <= 1
    expected = {f"flow_step{i}": plan.size - plan.failed for i, plan in enumerate(plans)}
    assert counts == +Counter(expected)


def finished_instances(histories):
    """Return how often each instance finished: completed, fired, or claimed a signal."""
    done = Counter()
    for history in histories:
        for entities, get_id, state in (
            (history.activities, lambda each: each.id, "completed"),
            (history.children, lambda each: each.control, "completed"),
            (history.timers, lambda each: each.id, "fired"),
        ):
            for each in entities.values():
                done[get_id(each)] += [attempt.state for attempt in each.attempts].count(state)
        done.update(claim.details["by"] for claim in history.markers.with_name(MARKER))
    return +Counter({key: done[key] for key in done if timer_instance_id(key) == key})


def check_claims(histories):
    """Check that signals completed steps in the order in which they arrived, each one only one."""
    carried = 0
    for history in histories:
        ids = list(range(-carried, 0))
        ids += [event.id for event in history if event.name == "WorkflowExecutionSignaled"]
        claims = [claim.details["signal"] for claim in history.markers.with_name(MARKER)]
        assert claims == ids[: len(claims)]
        carried = len(ids) - len(claims)


def check_parallel_instances(histories, plans):
    """Check that no more activities of a step are open than may be."""
    limits = {f"flow_step{n}": plan.max_parallel for n, plan in enumerate(plans)}
    for history in histories:
        opened = {}
        for event in history:
            if event.name == "ActivityTaskScheduled":
                opened[event.id] = name = event.activity_type["name"]
                count = list(opened.values()).count(name)
                assert limits.get(name) is None or count <= limits[name]
            elif event.name in CLOSED:
                del opened[event.scheduled_event_id]


CLOSED = [f"ActivityTask{end}" for end in ("Completed", "Failed", "TimedOut", "Canceled")]


def check_compensations(histories, plans, done):
    """Check that each instance with a compensation that has begun was compensated for."""
    begun = {
        each.id
        for history in histories
        for each in history.activities.values()
        if any(attempt.opened_event_id for attempt in each.attempts)
        for number, plan in enumerate(plans)
        if plan.is_compensated and each.name == f"flow_step{number}"
    }
    undone = [instance_id for instance_id in done if instance_id.startswith("flow_undo")]
    assert {instance_id.split("-", 1)[1] for instance_id in undone} == begun
