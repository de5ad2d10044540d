"""User code that changes every value it is given does not change the decisions of either engine."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from types import NoneType, SimpleNamespace

import pytest

from swf import Domain
from swf.actors import Hooks, StickyCache
from swf.codecs import TypedJSON
from swf.dataflow import ActivityWorker, Decider, Middleware, Workflow, activity, start
from swf.flow import Flow, runner
from swf.flow import activity as flow_activity
from swf.local import LocalSWF, SkippingClock
from swf.models.history import History
from swf.testing import run_until_closed

#: Types whose public attributes are searched for values to change.
SEARCHED = ("swf.models.", "swf.actors.tasks", "swf.dataflow.middleware", "swf.dataflow.failure")
#: Attributes of a task that are its interface to the program.
INTERFACE = {"connection", "domain", "a_task"}
ATOMS = (str, int, float, datetime, type, NoneType)


#: Members of a collection that are searched.
SAMPLE = 3


def spoil(value, depth=5, visited=None):
    """Change a value and everything that can be reached from it."""
    visited = {} if visited is None else visited
    if not depth or id(value) in visited or isinstance(value, ATOMS):
        return
    visited[id(value)] = value
    for member in members(value):
        spoil(member, depth - 1, visited)
    if isinstance(value, (dict, list, set)):
        value.clear()
    if isinstance(value, dict):
        value["spoiled"] = True
    elif isinstance(value, list):
        value.append("spoiled")


def members(value):
    """Yield what a value refers to; a few members of each collection."""
    if isinstance(value, Mapping):
        yield from islice(value.values(), SAMPLE)
    elif isinstance(value, Sequence):
        yield from value[-SAMPLE:]
    if isinstance(value, History):
        yield from (value.raw, value.latest(SAMPLE), value.new_events(0), value.decision_batches())
    for name in attributes_of(type(value)):
        with contextlib.suppress(Exception):
            yield getattr(value, name)


@cache
def attributes_of(cls):
    """Return the names of the public attributes of an instance, if its class is searched."""
    if not cls.__module__.startswith(SEARCHED):
        return []
    names = [name for name in dir(cls) if not name.startswith("_") and name not in INTERFACE]
    return [name for name in names if inspect.isdatadescriptor(getattr(cls, name))]


class Spoiler(Hooks):
    """Hooks that change all values of tasks."""

    def after_poll(self, actor, task_list, task):
        spoil(task)

    def before_decision(self, actor, task):
        spoil(task)
        task.state = task.execution_context = "spoiled"
        for name in ("task", "history"):
            with pytest.raises(AttributeError):
                setattr(task, name, None)
        for history in (task.history, task.task.history):
            with pytest.raises(TypeError, match="read-only"):
                history.extend([{"eventId": len(history) + 1, "eventType": "Spoiled"}])

    def after_decision(self, actor, task, decisions):
        spoil(task)
        spoil([decision.attributes for decision in decisions or ()])
        assert isinstance(decisions, tuple)

    def before_activity(self, actor, task):
        spoil(task)

    def after_activity(self, actor, task, outcome):
        spoil(task)

    before_heartbeat = before_activity
    after_heartbeat = after_activity

    def on_error(self, actor, error, task):
        spoil(task)


class SpoilingMiddleware(Middleware):
    def pre(self, context):
        spoil(context)

    def post(self, context, result=None):
        spoil(context)
        spoil(result)
        spoil(context.task.execution.history())

    def failed(self, context, error):
        spoil(context)


class SpoilingCodec(TypedJSON):
    """A codec that changes the values that it encodes, and keeps those that it decodes."""

    def __init__(self):
        super().__init__()
        self.values = {}

    def encode(self, value, field):
        text = super().encode(value, field)
        spoil(value)
        return text

    def decode(self, text):
        if text not in self.values:
            self.values[text] = super().decode(text)
        return self.values[text]


@activity.with_attributes(name="spoiled double", version="1", task_list="w", retry=2)
def double(item):
    number = item["number"]
    spoil(item)
    if number == 3 and not failed:
        failed.append(1)
        raise ValueError(number)
    return {"number": number * 2}


failed = []


@activity.with_attributes(name="spoiled total", version="1", task_list="w")
class Total:
    @staticmethod
    def get_task_id(workflow, numbers, **options):
        spoil([numbers, options])
        return "total"

    def __init__(self, numbers, **options):
        self.total = sum(numbers) + options["more"]["than"]

    def execute(self):
        return [self.total]


class Child(Workflow):
    name, version, task_list, decision_tasks_timeout = "spoiled child", "1", "t", 60

    @classmethod
    def get_workflow_id(cls, items):
        spoil(items)

    @classmethod
    def get_tag_list(cls, items):
        spoil(items)
        return ["child"]

    def run(self, items):
        return items


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
        spoil(self.executor.history)
        numbers = [future.result["number"] for future in futures]
        total = self.submit(Total, numbers, more={"than": 1})
        return [numbers, total.result, self.submit(Child, total).result]

    def before_replay(self, history):
        spoil(history)

    after_replay = on_completed = after_closed = before_replay

    def should_cancel(self, history):
        spoil(history)
        return False

    def on_task_failure(self, ctx):
        spoil(ctx)


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
        Decider(domain, "t", [Doubles], sticky=cache, hooks=[Spoiler()], codec=SpoilingCodec())
        for cache in caches
    ]
    worker = ActivityWorker(
        domain,
        "w",
        [double, Total],
        middleware=[SpoilingMiddleware(), SpoilingMiddleware()],
        hooks=[Spoiler()],
        codec=SpoilingCodec(),
    )
    items = [{"number": number} for number in range(5)]
    execution = start(Doubles, [items], domain=domain, tag_list=["a", "b"])
    deciders[0].poll_once()
    execution.signal("news", {"list": [1, 2]})
    execution.request_cancel()

    closed = run_until_closed(execution, *deciders, worker)

    numbers = [0, 2, 4, 6, 8]
    assert execution.result() == [numbers, [21], [21]], closed.history().execution.reason
    assert len(closed.history().activities) == 6


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

    def work(context, activity):
        spoil(activity.task)
        if context["number"] == 3 and not failed:
            failed.append(1)
            raise ValueError(3)
        ran.append(context["number"])
        spoil(context)
        return {f"result{ran[-1]}": [ran[-1]]}

    def on_exception(actor, error):
        spoil(vars(error))

    failed.clear()
    ran = []
    approval = create.signal("approval", "approve")
    each = create(
        name="each",
        generators=[generate],
        when=should_run,
        run=runner.Sync(work),
        retry=1,
        on_exception=on_exception,
    )
    last = create(
        name="last",
        requires=[each, approval],
        run=runner.Sync(
            lambda context: {"last": sorted(key for key in context if key[-1] in "0123")}
        ),
    )
    steps = SimpleNamespace(
        domain="spoiled",
        name="spoiled",
        codec=SpoilingCodec(),
        each=each,
        approval=approval,
        last=last,
        on_exception=on_exception,
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
    assert context == {"items": [1, 2]}
    execution.signal("approve", {"by": ["Ann"]})
    workers = flow.worker(hooks=[Spoiler()]).actors

    closed = run_until_closed(execution, *deciders, *workers)

    assert closed.close_status == "COMPLETED", closed.history().execution.reason
    assert sorted(ran) == [0, 1, 2, 3]
    result = closed.history().execution.result
    assert result["by"] == ["Ann"]
    assert result["last"] == [f"result{number}" for number in range(4)]
