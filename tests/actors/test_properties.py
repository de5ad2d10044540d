"""The cache of a decider changes none of its decisions.

Random programs (activities, signals, time, deciders that die during a task) run with a decider that
records everything it sees. With any cache it must see the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import swf
from swf.actors import ActivityWorker, Backoff, Decider, StickyCache
from swf.exceptions import DoesNotExistError, PollTimeout
from swf.local import LocalSWF, ManualClock
from swf.models import ActivityType, Domain, WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    record_marker,
    request_cancel_activity_task,
    schedule_activity_task,
    start_timer,
)

TURNS = 8


class Witness(Decider):
    """Makes decisions that depend on the whole history, and records each history."""

    execution = None  # is sent a signal as soon as the task was started

    def poll(self, *args, **kwargs):
        polled = super().poll(*args, **kwargs)
        if self.execution is not None:
            self.execution.signal("meanwhile")
        return polled

    def decide(self, task):
        history = task.history
        observations = {
            "new": [(event.id, event.name) for event in task.new_events],
            "activities": [(a.id, a.state, len(a.attempts)) for a in history.activities.values()],
            "timers": [(t.id, t.state) for t in history.timers.values()],
            "signals": [(s.name, s.event_id) for s in history.signals],
            "length": len(history),
            "last": history.last.id,
        }
        digest = hashlib.sha256(json.dumps(observations, sort_keys=True).encode()).hexdigest()
        chance = random.Random(digest)
        turn = len(history.markers)
        if turn >= TURNS:
            return [complete_workflow_execution(digest)]
        decisions = [record_marker(f"turn-{turn}", details=digest)]
        decisions += [
            schedule_activity_task(f"a{turn}-{number}", ("pack", "1"))
            for number in range(chance.randrange(3))
        ]
        if chance.random() < 0.7:
            decisions.append(start_timer(f"t{turn}", chance.randrange(1, 50)))
        open_activities = history.open_activities
        if open_activities and chance.random() < 0.3:
            decisions.append(request_cancel_activity_task(chance.choice(open_activities).id))
        return decisions


class Forgetful(StickyCache):
    """A cache that loses random entries."""

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)

    def put(self, run_id, entry):
        if self.random.random() < 0.5:
            super().put(run_id, entry)
        if self.random.random() < 0.2:
            self.clear()


VARIANTS = {
    "remembers all": lambda: [None],
    "remembers nothing": lambda: [StickyCache(count=0)],
    "forgets at random": lambda: [Forgetful(7)],
    "two that compete": lambda: [None, None],
    "three, one of which forgets": lambda: [None, Forgetful(3), StickyCache(count=0)],
}


def run(program, caches):
    """Run a program with a decider for each cache, and return the history."""
    with LocalSWF(clock=ManualClock()) as service, swf.using(service.connection()):
        domain = Domain("d")
        domain.save()
        WorkflowType(
            domain, "w", "1", task_list="decisions", execution_timeout=10**6,
            decision_tasks_timeout=30,
        ).save()  # fmt: skip
        ActivityType(
            domain, "pack", "1", task_list="activities", task_heartbeat_timeout="NONE",
            task_schedule_to_close_timeout="NONE", task_schedule_to_start_timeout=100,
            task_start_to_close_timeout=40,
        ).save()  # fmt: skip
        deciders = [
            Witness(domain, "decisions", "decider", sticky=cache, backoff=Backoff(base=0))
            for cache in caches
        ]
        worker = ActivityWorker(domain, "activities", "worker")
        worker.register("pack", "1", lambda task: task.activity_id)
        execution = WorkflowType.objects.filter(domain=domain, name="w").get().start_execution("w")
        for turn, step in enumerate([*program, *TAIL * 30]):
            if turn >= len(program) and execution.upstream().status == "CLOSED":
                break
            carry_out(step, execution, deciders[turn % len(deciders)], worker, service.clock)
        return execution.history()


def carry_out(step, execution, decider, worker, clock):
    decider.execution = execution if step == "decide while a signal comes" else None
    if step.startswith("decide"):
        decider.poll_once()
    elif step == "work":
        worker.poll_once()
    elif step == "signal":
        with contextlib.suppress(DoesNotExistError):  # it is closed
            execution.signal("go")
    elif step == "wait":
        clock.advance(35)
    else:
        lose_a_task(decider if step == "a decider dies" else worker)


def lose_a_task(actor):
    with contextlib.suppress(PollTimeout):
        actor.poll()


TAIL = ["decide", "work", "wait", "signal"]
STEPS = [
    "decide",
    "decide while a signal comes",
    "work",
    "signal",
    "wait",
    "a decider dies",
    "a worker dies",
]


@settings.get_profile("slow")
@given(program=st.lists(st.sampled_from(STEPS), min_size=15, max_size=40))
def test_cache_changes_no_decision(program):
    histories = {name: run(program, caches()) for name, caches in VARIANTS.items()}

    first = histories.pop("remembers all")
    assert first.finished
    for name, history in histories.items():
        assert (name, first.diff(history, ignore_times=False, ignore_ids=True)) == (name, None)


@pytest.mark.parametrize("caches", VARIANTS.values(), ids=VARIANTS)
def test_histories_of_deciders_are_consistent(caches):
    program = [*STEPS, *reversed(STEPS)] * 3

    assert swf.check(run(program, caches())) == []
