"""Fixtures to build flows, to decide for a history, and to run flows in one thread."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from swf import models
from swf.flow import Flow, activity, decider, runner, task
from swf.flow.decider import CachedExecution
from swf.flow.decision_making import decide
from swf.flow.definition import Definition
from swf.local import LocalSWF, SkippingClock
from swf.models.history import builder
from swf.testing import run_until_closed

DOMAIN = "kitchen"


@pytest.fixture
def create():
    """The factory of a flow named `flow`."""
    return activity.create(DOMAIN, "flow")


@pytest.fixture
def flow_of():
    """Build a flow whose attributes are these steps, in this order."""

    def make(*steps, **attributes):
        settings = {"domain": DOMAIN, "name": "flow", **attributes}
        return SimpleNamespace(**settings, **{f"step_{i}": step for i, step in enumerate(steps)})

    return make


@pytest.fixture
def tasks():
    """Build a runner of one task that returns a result, or raises it if it is an error."""

    def make(result=None):
        def task(context, activity):
            if isinstance(result, Exception):
                raise result
            return result(context) if callable(result) else result

        return runner.Sync(task)

    return make


@pytest.fixture
def dinner(create, flow_of, tasks):
    """A flow that cooks each dish of the context."""
    shop = create(name="shop", run=tasks())
    cook = create(
        name="cook",
        run=tasks(),
        requires=[shop],
        generators=[lambda context: [{"dish": dish} for dish in context["dishes"]]],
    )
    return flow_of(create(name="eat", run=tasks(), requires=[cook]), cook, shop)


@task.decorate(timeout=60)
def cook(activity, dish):
    return {"meal": dish}


@task.decorate(timeout=60)
def eat(activity, meal):
    pass


@pytest.fixture
def kitchen(create, flow_of):
    """A flow that needs no context: two instances of a step, and a step that requires it."""
    first = create(
        name="cook",
        run=runner.Sync(cook.fill(dish="dish")),
        generators=[lambda context: [{"dish": "soup"}, {"dish": "cake"}]],
    )
    last = create(name="eat", run=runner.Sync(eat.fill(meal="meal")), requires=[first])
    return flow_of(first, last)


class FlowHistoryBuilder(builder.HistoryBuilder):
    """A builder of histories in which an activity's id begins with the name of its type."""

    def scheduled(self, activity_id):
        return self.activity_scheduled(activity_id, name=activity_id.rsplit("-", 1)[0])

    def done(self, activity_id, result=None):
        return self.scheduled(activity_id).activity_completed(activity_id, result)

    def refused(self, activity_id, cause):
        return self.schedule_activity_failed(activity_id, cause, name=activity_id.rsplit("-", 1)[0])

    def broken(self, activity_id, reason="ValueError: no", details=None):
        return self.scheduled(activity_id).activity_failed(activity_id, reason, details)


@pytest.fixture
def new_history():
    """Return a new, empty history."""
    return FlowHistoryBuilder


@pytest.fixture
def history(new_history):
    """The history of a started execution, with an input."""
    return new_history().started(input={"shop": "north"})


@pytest.fixture
def decisions_of():
    """Decide for a history without cached state; errors are collected in `.errors`."""

    def decide_for(flow, history, **ids):
        definition = Definition.load(flow)
        execution = models.WorkflowExecution(
            models.Domain(DOMAIN), ids.get("workflow_id", "w"), ids.get("run_id", "r")
        )
        cached = CachedExecution(definition, execution)
        cached.update(history)
        return decide(definition, cached.flow_state, cached.scheduler, decide_for.errors.append)

    decide_for.errors = []
    return decide_for


@pytest.fixture
def service():
    """An embedded service with a skipping clock, installed as the default connection."""
    with LocalSWF(clock=SkippingClock()) as local:
        local.install()
        yield local


@pytest.fixture
def drive(service):
    """Run a flow to its end in this thread and return its history."""

    def run(flow, context=None, *others, **start):
        deciders = [decider.DeciderWorker(each) for each in (flow, *others)]
        workers = [activity.ActivityWorker(each) for each in (flow, *others)]
        execution = Flow(flow).start(context, **start)
        actors = [one.actor for one in deciders]
        actors += [actor for worker in workers for actor in worker.actors]
        return run_until_closed(execution, *actors).history()

    return run
