"""User code that changes every value it is given does not change the decisions of either engine."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest

from swf import Domain
from swf.actors import Hooks, StickyCache
from swf.dataflow import ActivityWorker, Decider, Middleware, Workflow, activity, start
from swf.flow import Flow, runner
from swf.flow import activity as flow_activity
from swf.local import LocalSWF, SkippingClock
from swf.testing import run_until_closed


def spoil(value, depth=4):
    """Change a value and everything that can be reached from it."""
    if not depth:
        return
    if isinstance(value, dict):
        for member in list(value.values()):
            spoil(member, depth - 1)
        with contextlib.suppress(TypeError):
            value.clear()
            value["spoiled"] = True
    elif isinstance(value, list):
        for member in value:
            spoil(member, depth - 1)
        value.clear()


def spoil_history(history):
    """Change everything that a history gives away."""
    spoil(history.raw)
    for event in [*history, *history.latest(5)]:
        spoil(event.raw)
        spoil(event.attributes)
        spoil(event.to_dict())
    for entities in (history.activities, history.timers, history.children):
        for entity in entities.values():
            for name in ("input", "result", "details", "activity_type", "workflow_type"):
                spoil(getattr(entity, name, None))
            for event in entity.events:
                spoil(event.raw)
    execution = history.execution
    for value in (execution.input, execution.tag_list, execution.workflow_type, execution.parent):
        spoil(value)
    for signal in history.signals:
        spoil(signal.input)
    for marker in history.markers:
        spoil(marker.details)
    spoil(history.events)


class Spoiler(Hooks):
    """Hooks that change all values of decision tasks."""

    def before_decision(self, actor, task):
        spoil_history(task.history)
        spoil_history(task.task.history)
        spoil(task.input)
        for event in task.new_events:
            spoil(event.raw)

    def after_decision(self, actor, task, decisions):
        spoil_history(task.history)
        assert isinstance(decisions, tuple)


class SpoilingMiddleware(Middleware):
    def pre(self, context):
        spoil(context.task.execution)

    def post(self, context, result=None):
        spoil_history(context.task.execution.history())


@activity.with_attributes(name="spoiled double", version="1", task_list="w", retry=2)
def double(item):
    number = item["number"]
    spoil(item)
    if number == 3 and not failed:
        failed.append(1)
        raise ValueError(number)
    return {"number": number * 2}


failed = []


class Doubles(Workflow):
    name, version, task_list, decision_tasks_timeout = "doubles", "1", "t", 60

    def run(self, items):
        futures = [self.submit(double, item) for item in items]
        spoil(items)
        news = self.submit(self.wait_signal("news"))
        news.add_done_callback(lambda future: spoil(future.result))
        self.side_effect(lambda: {"list": [1]})["list"].clear()
        self.submit(self.record_marker("m", {"list": [1]})).result["list"].clear()
        self.sleep(5)
        spoil(self.get_event_details("signal", "news"))
        spoil_history(self.executor.history)
        return [future.result["number"] for future in futures]

    def before_replay(self, history):
        spoil_history(history)

    after_replay = on_completed = after_closed = before_replay

    def should_cancel(self, history):
        spoil_history(history)
        return False

    def on_task_failure(self, ctx):
        spoil_history(ctx.history)
        return


CACHES = {"warm": [10], "cold": [0], "alternating": [10, 0, 10]}


@pytest.fixture(params=CACHES)
def caches(request):
    return [StickyCache(count=count) for count in CACHES[request.param]]


@pytest.fixture
def service():
    with LocalSWF(SkippingClock(), poll_timeout=0) as service:
        service.install()
        yield service


def test_changed_values_do_not_change_a_workflow(service, caches):
    failed.clear()
    domain = Domain("spoiled")
    domain.save()
    deciders = [
        Decider(domain, "t", [Doubles], sticky=cache, hooks=[Spoiler()], concurrency=1)
        for cache in caches
    ]
    worker = ActivityWorker(domain, "w", [double], middleware=[SpoilingMiddleware()])
    items = [{"number": number} for number in range(5)]
    execution = start(Doubles, [items], domain=domain, tag_list=["a", "b"])
    deciders[0].poll_once()
    execution.signal("news", {"list": [1, 2]})
    execution.request_cancel()

    closed = run_until_closed(execution, *deciders, worker)

    assert execution.result() == [0, 2, 4, 6, 8], closed.history().execution.reason
    assert len(closed.history().activities) == 5


@pytest.mark.parametrize("kind", ["steps", "custom decider"])
def test_changed_values_do_not_change_a_flow(service, caches, kind):
    create = flow_activity.create("spoiled", "spoiled")

    def generate(context):
        items = [{"number": number} for number in range(4)]
        spoil(context)
        yield from items

    def should_run(context):
        has_items = context["items"] == [1, 2]
        spoil(context)
        return has_items

    def work(context):
        ran.append(context["number"])
        spoil(context)
        return {f"result{ran[-1]}": [ran[-1]]}

    ran = []
    approval = create.signal("approval", "approve")
    each = create(name="each", generators=[generate], when=should_run, run=runner.Sync(work))
    last = create(
        name="last",
        requires=[each, approval],
        run=runner.Sync(
            lambda context: {"last": sorted(key for key in context if key[-1] in "0123")}
        ),
    )
    steps = SimpleNamespace(
        domain="spoiled", name="spoiled", each=each, approval=approval, last=last
    )
    if kind == "custom decider":

        def decide(schedule, context):
            spoil(context)
            first, second = schedule("x", each), schedule("x", approval)
            spoil(first.wait())
            spoil(first.result)
            spoil(second.result)
            schedule("x", last).wait()

        steps.decider = decide
    flow = Flow(steps)
    context = {"items": [1, 2]}
    assert flow.check(context) == []
    assert context == {"items": [1, 2]}
    deciders = [flow.decider(sticky=cache, hooks=[Spoiler()]).actor for cache in caches]
    execution = flow.start(context)
    execution.signal("approve", {"by": ["Ann"]})

    closed = run_until_closed(execution, *deciders, *flow.worker().actors)

    assert closed.close_status == "COMPLETED", closed.history().execution.reason
    assert sorted(ran) == [0, 1, 2, 3]
    result = closed.history().execution.result
    assert result["by"] == ["Ann"]
    assert result["last"] == [f"result{number}" for number in range(4)]
