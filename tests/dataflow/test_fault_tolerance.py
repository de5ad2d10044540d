"""Deciders and workers that are replaced at random, and calls that are lost or repeated."""

from __future__ import annotations

import random

import pytest

from swf.actors import Backoff
from swf.dataflow import ActivityWorker, Decider, Group, Workflow, futures
from swf.dataflow.activity import Activity
from swf.dataflow.handle import result_of
from swf.dataflow.registration import Registrar
from swf.exceptions import SWFError
from swf.local import DuplicateDelivery, LocalSWF, LostRequest, LostResponse, SkippingClock
from swf.models import Domain

LIST = "unreliable"
work = Activity(lambda x: x + 1, name="work", task_list=LIST, retry=50, start_to_close_timeout=30)


class Child(Workflow):
    name, task_list = "unreliable child", LIST

    def run(self, x):
        self.sleep(10)
        return self.submit(work, x).result


class Parent(Workflow):
    name, task_list, decision_tasks_timeout = "unreliable parent", LIST, 20

    def run(self, n):
        total = 0
        for step in range(3):
            children = self.map(Child, range(2))
            group = self.submit(Group(*((work, x) for x in range(n)), max_parallel=2))
            total += sum(futures.wait(group)[0]) + sum(futures.wait(*children)) + step
        return total


def expected_result(n):
    return 3 * sum(range(1, n + 1)) + 3 * 3 + 3


def run_in(service, chance, start):
    """Run an execution while actors are replaced at random, and return its result."""
    domain = Domain("unreliable", connection=service.connection())
    domain.save()

    def new_actors():
        backoff = Backoff(base=0.0, cap=0.0)
        decider = Decider(domain, LIST, [Parent, Child], backoff=backoff)
        return [decider, ActivityWorker(domain, LIST, [work], backoff=backoff)]

    execution = start(Registrar(domain, lambda: domain.connection).workflow(Parent))
    pairs = [new_actors(), new_actors()]
    while True:
        actor = chance.choice(chance.choice(pairs))
        if chance.random() < 0.2:
            pairs[chance.randrange(2)] = new_actors()
        try:
            has_worked = actor.poll_once()
        except SWFError:
            continue
        if not has_worked and execution.upstream().status == "CLOSED":
            return result_of(execution.history())


@pytest.mark.parametrize("seed", range(4))
def test_any_decider_can_make_any_decision(seed):
    with LocalSWF(clock=SkippingClock(), poll_timeout=0) as service:
        result = run_in(
            service,
            random.Random(seed),
            lambda workflow_type: workflow_type.start_execution(input=[5]),
        )

    assert result == expected_result(5)


@pytest.mark.parametrize("seed", range(4))
def test_lost_and_duplicate_calls_do_not_change_results(seed):
    often = {"probability": 0.1, "seed": seed}
    faults = [
        LostResponse("RespondDecisionTaskCompleted", **often),
        LostRequest("RespondDecisionTaskCompleted", **often),
        LostResponse("RespondActivityTaskCompleted", **often),
        DuplicateDelivery("PollForDecisionTask", **often),
        DuplicateDelivery("PollForActivityTask", **often),
    ]
    with LocalSWF(clock=SkippingClock(), poll_timeout=0, faults=faults) as service:
        result = run_in(
            service,
            random.Random(seed),
            lambda workflow_type: workflow_type.start_execution(input=[4]),
        )

    assert result == expected_result(4)
