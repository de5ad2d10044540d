"""Flows with a codec: long payloads of every field are stored."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest

import swf
from swf.codecs import ClaimCheck, DirectoryStore, TypedJSON
from swf.flow import Flow, activity, runner
from swf.testing import run_until_closed

LONG = "x" * 100_000


@pytest.fixture
def codec(tmp_path):
    return ClaimCheck(DirectoryStore(tmp_path), TypedJSON())


def lengths(context):
    """Return how long each text of a context is, as a worker sees it."""
    return {f"length of {key}": len(context[key]) for key in ("given", "text") if key in context}


def test_long_results_reach_the_next_step_and_the_result(drive, create, flow_of, tasks, codec):
    make = create(name="make", run=tasks({"text": LONG}))
    measure = create(name="measure", run=tasks(lengths), requires=[make])

    history = drive(flow_of(make, measure, codec=codec))

    assert codec.decode(history.execution.text("result")) == {
        "text": LONG,
        "length of text": 100_000,
    }
    assert swf.check(history) == []


def test_long_result_without_a_codec_fails_the_activity(drive, create, flow_of, tasks):
    history = drive(flow_of(create(name="make", run=tasks({"text": LONG}))))

    assert history.execution.close_status == "FAILED"
    reason = history.activities["flow_make-1"].reason
    assert "100011 characters; the limit is 32768" in reason


def test_long_input_of_an_execution(drive, create, flow_of, tasks, codec):
    measure = create(name="measure", run=tasks(lengths))

    history = drive(flow_of(measure, codec=codec), {"given": LONG})

    assert codec.decode(history.activities["flow_measure-1"].text("result")) == {
        "length of given": 100_000
    }


def test_long_local_contexts_of_instances(drive, create, flow_of, tasks, codec):
    measure = create(
        name="measure",
        run=tasks(lambda context: {f"of {context['i']}": len(context["part"])}),
        generators=[lambda _: [{"i": i, "part": LONG} for i in range(3)]],
    )

    history = drive(flow_of(measure, codec=codec))

    result = codec.decode(history.execution.text("result"))
    assert result == {"of 0": 100_000, "of 1": 100_000, "of 2": 100_000}


def test_signals_and_child_flows_use_the_codec(service, create, flow_of, tasks, codec):
    inner = activity.create("kitchen", "inner")
    child = SimpleNamespace(
        domain="kitchen",
        name="inner",
        codec=codec,
        measure=inner(name="measure", run=tasks(lengths)),
    )
    orders = create.signal("orders")
    flow = flow_of(orders, create.child("child", child, requires=[orders]), codec=codec)
    both = [Flow(each) for each in (flow, child)]
    deciders = [each.decider().actor for each in both]
    execution = both[0].start()

    execution.signal("orders", codec.encode({"given": LONG}, "input"))
    workers = [actor for each in both for actor in each.worker().actors]
    history = run_until_closed(execution, *deciders, *workers).history()

    result = codec.decode(history.execution.text("result"))
    assert result["length of given"] == 100_000


def test_custom_decider_reads_stored_results(drive, create, tasks, codec):
    def decide(schedule, context):
        step = schedule("one", flow.make, input=context)
        assert step.result["text"] == context["given"]

    flow = SimpleNamespace(domain="kitchen", name="flow", codec=codec, decider=decide)
    flow.make = create(name="make", run=runner.Sync(lambda context: {"text": context["given"]}))

    assert drive(flow, {"given": LONG}).execution.close_status == "COMPLETED"


def test_long_continuation_state(drive, create, flow_of, tasks, codec):
    first = create(name="first", run=tasks({"text": LONG}))
    then = create(name="then", run=tasks(lengths), requires=[first])

    history = drive(flow_of(first, then, codec=codec, event_budget=8))

    assert history.execution.close_status == "CONTINUED_AS_NEW"
    carried = codec.decode(history.last.text("input"))
    assert carried["swf.flow.carried"]["context"]["text"] == LONG


def test_local_run_returns_typed_results(create, flow_of, tasks, codec):
    day = datetime.date(2020, 2, 29)
    tomorrow = create(
        name="tomorrow",
        run=tasks(lambda context: {"then": context["day"] + datetime.timedelta(days=1)}),
    )

    outcome = Flow(flow_of(tomorrow, codec=codec)).run_local({"day": day}, progress=False)

    assert outcome.result == {"then": datetime.date(2020, 3, 1)}


def test_task_completed_elsewhere_uses_the_codec(drive, create, flow_of, codec):
    def by_hand(context, activity):
        activity.complete({"text": LONG})

    make = create(name="make", run=runner.Sync(by_hand))
    measure = create(name="measure", run=runner.Sync(lengths), requires=[make])

    history = drive(flow_of(make, measure, codec=codec))

    assert codec.decode(history.execution.text("result"))["length of text"] == 100_000
