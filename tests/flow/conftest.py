"""Flows to test, and ways to run them: decided on paper, driven in one thread, or for real."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from swf import models
from swf.flow import Flow, activity, decider, runner
from swf.flow.decider import CachedExecution
from swf.flow.decision_making import decide
from swf.flow.definition import Definition
from swf.local import LocalSWF, SkippingClock
from swf.testing import run_until_closed

DOMAIN = "kitchen"


@pytest.fixture
def create():
    """The factory of a flow named `flow`."""
    return activity.create(DOMAIN, "flow")


@pytest.fixture
def flow_of():
    """Make a flow of steps, which become its attributes, in this order."""

    def make(*steps, **attributes):
        given = {"domain": DOMAIN, "name": "flow", **attributes}
        return SimpleNamespace(**given, **{f"step_{i}": step for i, step in enumerate(steps)})

    return make


@pytest.fixture
def tasks():
    """Make a runner of one task that returns a result, or raises it if it is an error."""

    def make(result=None):
        def task(context, activity):
            if isinstance(result, Exception):
                raise result
            return result(context) if callable(result) else result

        return runner.Sync(task)

    return make


@pytest.fixture
def decisions_of():
    """Decide for a history as a decider without memory would; collect errors in `.errors`."""

    def decided(flow, history, **ids):
        definition = Definition.load(flow)
        execution = models.WorkflowExecution(
            models.Domain(DOMAIN), ids.get("workflow_id", "w"), ids.get("run_id", "r")
        )
        memory = CachedExecution(definition, execution)
        memory.update(history)
        return decide(definition, memory.flow_state, memory.scheduler, decided.errors.append)

    decided.errors = []
    return decided


@pytest.fixture
def service():
    """An embedded service whose clock jumps, in force for all that names no other."""
    with LocalSWF(clock=SkippingClock()) as local:
        local.install()
        yield local


@pytest.fixture
def drive(service):
    """Run a flow to its end in this thread and return the history."""

    def run(flow, context=None, *others, **start):
        deciders = [decider.DeciderWorker(each) for each in (flow, *others)]
        workers = [activity.ActivityWorker(each) for each in (flow, *others)]
        execution = Flow(flow).start(context, **start)
        actors = [one.actor for one in deciders]
        actors += [actor for worker in workers for actor in worker.actors]
        return run_until_closed(execution, *actors).history()

    return run
