"""Each row of the migration table for Garcon is true, shown with flows written for Garcon."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import boto3
import pytest

from swf.actors import ActivityWorker
from swf.flow import Flow, activity, decider, runner, task
from swf.local import LocalSWF, ManualClock, SkippingClock
from swf.querysets import ActivityTypeQuerySet
from swf.testing import run_until_closed

PAGE = "port-from-garcon.md"


@pytest.fixture
def create():
    return activity.create("kitchen", "dinner")


@pytest.fixture
def flow_of():
    """Return a function that makes a flow of the given steps."""

    def make_flow(decider=None, **steps):
        attributes = {"decider": decider} if decider else {}
        return Flow(SimpleNamespace(domain="kitchen", name="dinner", **attributes, **steps))

    return make_flow


@pytest.fixture
def outcome_of(flow_of):
    """Return a function that runs a flow of the given steps and returns its outcome."""

    def run(context=None, **steps):
        flow = flow_of(**steps)
        return flow.run_local(context or {}, progress=False, clock=SkippingClock())

    return run


@pytest.fixture
def service():
    with LocalSWF(clock=SkippingClock()) as service:
        service.install()
        yield service


def imports():
    assert decider.DeciderWorker
    assert all((activity.create, runner.Sync, task.decorate))


def with_a_client(create):
    client = boto3.client("swf", region_name="us-east-1")
    step = activity.create(client, "kitchen", "dinner")(name="a", run=runner.Sync(print))
    assert step.name == create(name="a", run=runner.Sync(print)).name == "dinner_a"


def any_object(outcome_of, create):
    step = create(name="a", run=runner.Sync(lambda context, activity: {"a": 1}))
    assert outcome_of(step=step).close_status == "COMPLETED"


def timeouts(flow_of, create):
    flow = flow_of(step=create(name="a", external=True, timeout=60, retry=1))
    clock = ManualClock()
    with LocalSWF(clock=clock) as service:
        service.install()
        actor = flow.decider().actor
        execution = flow.start({})
        for _ in range(3):
            actor.poll_once()
            clock.advance(seconds=3600)
        closed = execution.upstream()
        states = [each.state for each in closed.history().activities["dinner_a-1"].attempts]
    assert (closed.close_status, states) == ("FAILED", ["timed_out", "timed_out"])


def generators(outcome_of, create):
    calls = []

    def guests(context):
        calls.append(context["names"])
        return [{"name": name} for name in context["names"]]

    first = create(name="a", run=runner.Sync(lambda context, activity: {"names": ["x", "y"]}))
    second = create(
        name="b",
        requires=[first],
        generators=[guests],
        run=runner.Sync(lambda context, activity: {"done": True}),
    )
    third = create(name="c", requires=[second], run=runner.Sync(lambda context, activity: None))
    assert outcome_of(first=first, second=second, third=third).close_status == "COMPLETED"
    assert calls == [["x", "y"]]


def results(outcome_of, create):
    step = create(name="a", run=runner.Sync(lambda context, activity: {"a": 1}))
    assert outcome_of(step=step).result == {"a": 1}


def all_instances(outcome_of, create):
    completed = []
    first = create(
        name="a",
        generators=[lambda context: [{"n": n} for n in range(5)]],
        run=runner.Sync(lambda context, activity: completed.append(context["n"])),
    )
    nothing = create(name="n", generators=[lambda context: []], run=runner.Sync(print))
    last = create(
        name="b",
        requires=[first, nothing],
        run=runner.Sync(lambda context, activity: {"before": len(completed)}),
    )
    assert outcome_of(first=first, nothing=nothing, last=last).result["before"] == 5


def versions(service):
    create = activity.create("kitchen", "dinner", version="2.5")
    step = create(name="a", run=runner.Sync(print))
    flow = Flow(SimpleNamespace(domain="kitchen", name="dinner", step=step))
    flow.register()
    assert [type_.version for type_ in ActivityTypeQuerySet(flow.domain).all()] == ["2.5"]


def external(service, flow_of, create):
    flow = flow_of(step=create(name="a", external=True, timeout=60))

    class ExternalWorker(ActivityWorker):
        def perform(self, task):
            return {"a": 1}

    actor, worker = flow.decider().actor, ExternalWorker(flow.domain, "dinner_a")
    closed = run_until_closed(flow.start({}), actor, worker)
    assert closed.history().execution.result == {"a": 1}


def later_tasks(outcome_of, create):
    step = create(
        name="a",
        run=runner.Sync(
            lambda context, activity: {"key": "new"},
            lambda context, activity: {"seen": context["key"]},
        ),
    )
    assert outcome_of({"key": "old"}, step=step).result["seen"] == "new"


def parameters(outcome_of, create):
    step = create(
        name="a",
        run=runner.Sync(
            lambda activity, context: {"one": context["x"]}, lambda context: {"two": context["x"]}
        ),
    )
    assert outcome_of({"x": 7}, step=step).result == {"one": 7, "two": 7}


def failing(message):
    def fails(context, activity):
        raise LookupError(message)

    return runner.Sync(fails)


def failures(outcome_of, create):
    history = outcome_of(step=create(name="a", run=failing("no pot"))).history
    failed = history.activities["dinner_a-1"]
    assert failed.reason == "LookupError: no pot"
    assert "Traceback" in failed.details


def no_json(service, flow_of, create):
    first = create(name="a", external=True, timeout=60)
    last = create(name="b", requires=[first], run=runner.Sync(lambda context, activity: {"b": 1}))
    flow = flow_of(first=first, last=last)
    actor, (worker,) = flow.decider().actor, flow.worker(activities=["dinner_b"]).actors
    execution = flow.start({})
    actor.poll_once()
    by_hand = ActivityWorker(flow.domain, "dinner_a")
    service.client().respond_activity_task_completed(
        taskToken=by_hand.poll().token, result="{no json"
    )
    closed = run_until_closed(execution, actor, worker)
    assert closed.history().execution.result == {"b": 1}


def long_messages(outcome_of, create):
    outcome = outcome_of(step=create(name="a", run=failing("x" * 1000)))
    assert (outcome.close_status, len(outcome.reason) <= 256) == ("FAILED", True)


def defaults_of_arguments(outcome_of, create):
    @task.decorate(timeout=60)
    def pay(activity, amount=5, currency=None):
        return {"paid": [amount, currency]}

    step = create(name="a", run=runner.Sync(pay.fill(amount="amount")))
    assert outcome_of(step=step).result["paid"] == [5, None]
    assert outcome_of({"amount": None}, step=step).result["paid"] == [5, None]


def results_that_are_no_dictionary(outcome_of, create):
    step = create(name="a", run=runner.Sync(lambda context, activity: 5))
    outcome = outcome_of({"kept": 1}, step=step)
    assert outcome.close_status == "COMPLETED"
    assert 5 not in (outcome.result or {}).values()


def received_activity(outcome_of, create):
    def task(context, activity):
        return {"id": activity.activity_id, "class": type(activity).__name__}

    outcome = outcome_of(step=create(name="a", run=runner.Sync(task)))

    assert outcome.result == {"id": "dinner_a-1", "class": "ActivityExecution"}


def overridden_execution(outcome_of, create):
    step = create(name="a", run=runner.Sync(lambda context, activity: {"own": True}))
    contexts = []

    class Overriding(type(step)):
        def execute_activity(self, activity):
            contexts.append(dict(activity.context))
            return super().execute_activity(activity)

    step.__class__ = Overriding
    assert outcome_of({"guests": 4}, step=step).result["own"] is True
    assert contexts[0]["guests"] == 4


def errors_of_deciders(flow_of, create):
    def decide(schedule):
        undefined_name  # noqa: B018, F821

    step = create(name="a", run=runner.Sync(lambda context, activity: {}))
    with pytest.raises(NameError, match="undefined_name"):
        flow_of(decider=decide, step=step).run_local({}, progress=False, clock=SkippingClock())


def concurrency(flow_of, create):
    together = threading.Barrier(3, timeout=20)
    step = create(
        name="a",
        generators=[lambda context: [{"n": n} for n in range(3)]],
        run=runner.Sync(lambda context, activity: together.wait() and None),
    )
    outcome = flow_of(step=step).run_local({}, concurrency=3, progress=False)
    assert outcome.close_status == "COMPLETED"


def cancellation(service, flow_of, create):
    lines = []

    def work(context, activity):
        execution.request_cancel()
        actor.poll_once()
        activity.heartbeat()
        lines.append("after the heartbeat")

    flow = flow_of(step=create(name="a", run=runner.Sync(work)))
    actor, (worker,) = flow.decider().actor, flow.worker(heartbeat_gap=0).actors
    execution = flow.start({})
    closed = run_until_closed(execution, actor, worker)
    assert (closed.close_status, lines) == ("CANCELED", [])


def waits(outcome_of, create):
    step = create(name="a", run=runner.Sync(lambda context, activity: {"a": 1}))
    caught = []

    def decide(schedule, context):
        try:
            schedule("one", step).wait()
        except Exception as error:  # noqa: BLE001 - the row is about this handler
            caught.append(error)

    assert outcome_of(decider=decide, step=step).close_status == "COMPLETED"
    assert caught == []


CHECKS = {
    "from garcon import": imports,
    "activity.create(client": with_a_client,
    "a flow is a module": any_object,
    "an activity that times out": timeouts,
    "generators run": generators,
    "a flow completes": results,
    "a step that requires": all_instances,
    "the version of": versions,
    "an external activity": external,
    "a later task": later_tasks,
    "lambda activity": parameters,
    "a failed activity": failures,
    "one result that is not JSON": no_json,
    "an argument that fill": defaults_of_arguments,
    "a task that returns something other": results_that_are_no_dictionary,
    "0.0.4: a task receives the activity": received_activity,
    "0.0.4: a subclass overrides": overridden_execution,
    "an error in a custom decider": errors_of_deciders,
    "a long error message": long_messages,
    "a worker performs one task": concurrency,
    "a heartbeat's response": cancellation,
    "ActivityInstanceNotReadyException": waits,
}


def test_worker_of_garcon_performs_activities_of_a_flow(service, flow_of, create):
    first = create(name="a", run=runner.Sync(lambda context, activity: None))
    last = create(
        name="b", requires=[first], run=runner.Sync(lambda context: {"b": context["a"] + 1})
    )
    flow = flow_of(first=first, last=last)
    actor, (worker,) = flow.decider().actor, flow.worker(activities=["dinner_b"]).actors
    execution = flow.start({"guests": 3})
    actor.poll_once()
    client = service.client()

    task = client.poll_for_activity_task(domain="kitchen", taskList={"name": "dinner_a"})
    context = json.loads(task["input"])
    result = json.dumps({"a": context["guests"]})  # as Garcon writes it
    client.respond_activity_task_completed(taskToken=task["taskToken"], result=result)

    closed = run_until_closed(execution, actor, worker)
    assert context["execution.workflow_id"] == execution.workflow_id
    assert closed.history().execution.result == {"a": 3, "b": 4}


def test_worker_performs_activities_that_garcon_schedules(service, flow_of, create):
    step = create(name="a", run=runner.Sync(lambda context: {"plates": context["guests"]}))
    flow = flow_of(step=step)
    flow.register()
    (worker,) = flow.worker().actors
    execution = flow.start({})
    client = service.client()
    lists = {"domain": "kitchen", "taskList": {"name": "dinner"}}

    task = client.poll_for_decision_task(**lists)
    scheduled = {  # as Garcon writes it
        "activityId": "dinner_a-1",
        "activityType": {"name": "dinner_a", "version": "1.0"},
        "taskList": {"name": "dinner_a"},
        "input": json.dumps({"guests": 3, "execution.domain": "kitchen"}),
        "heartbeatTimeout": "600",
        "startToCloseTimeout": "600",
        "scheduleToStartTimeout": "600",
        "scheduleToCloseTimeout": "1200",
    }
    client.respond_decision_task_completed(
        taskToken=task["taskToken"],
        decisions=[
            {
                "decisionType": "ScheduleActivityTask",
                "scheduleActivityTaskDecisionAttributes": scheduled,
            }
        ],
    )
    worker.poll_once()

    completed = execution.history().filter(name="ActivityTaskCompleted")[0]
    assert json.loads(completed.attributes["result"]) == {"plates": 3}


def test_row_of_migration_table_is_true(row, verify):
    verify(row)
