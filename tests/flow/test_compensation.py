"""Compensations of a failed flow."""

import pytest

import swf
from swf.flow import runner
from swf.flow.expansions import MARKER


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


def test_compensations_run_in_reverse_order(create, flow_of, tasks, decisions_of, history):
    unpay = create(name="unpay", run=tasks())
    unbook = create(name="unbook", run=tasks())
    book = create(name="book", run=tasks(), compensation=unbook)
    pay = create(name="pay", run=tasks(), requires=[book], compensation=unpay)
    send = create(name="send", run=tasks(), requires=[pay])
    flow = flow_of(book, pay, send, unpay, unbook)
    history.done("flow_book-1").done("flow_pay-1").broken("flow_send-1")

    assert scheduled(decisions_of(flow, history)) == ["flow_unpay-flow_pay-1"]
    history.activity_scheduled("flow_unpay-flow_pay-1", name="flow_unpay")
    assert decisions_of(flow, history) == []

    history.activity_completed("flow_unpay-flow_pay-1")
    assert scheduled(decisions_of(flow, history)) == ["flow_unbook-flow_book-1"]
    history.activity_scheduled("flow_unbook-flow_book-1", name="flow_unbook")
    history.activity_failed("flow_unbook-flow_book-1", "ValueError: late")

    [decision] = decisions_of(flow, history)
    assert decision.attributes["reason"].startswith("flow_send-1 failed once")


@pytest.mark.parametrize("is_custom", [False, True])
def test_canceled_work_does_not_hide_the_reason(
    create, flow_of, tasks, decisions_of, history, is_custom
):
    undo = create(name="undo", run=tasks())
    book = create(name="book", run=tasks(), compensation=undo)
    pay = create(name="pay", run=tasks())
    flow = flow_of(book, pay, undo)
    if is_custom:
        flow.decider = lambda schedule: [schedule(1, step) for step in (book, pay)]
    book_id, pay_id = (f"flow_{name}-1{'-1' if is_custom else ''}" for name in ("book", "pay"))
    history.activity_scheduled(book_id, name="flow_book")
    history.activity_scheduled(pay_id, name="flow_pay").activity_started(book_id)
    history.activity_failed(pay_id, "ValueError: no money")
    assert types(decisions_of(flow, history)) == ["RequestCancelActivityTask"]

    history.activity_cancel_requested(book_id)
    history.activity_canceled(book_id)
    history.activity_scheduled(f"flow_undo-{book_id}", name="flow_undo")
    history.activity_completed(f"flow_undo-{book_id}")

    [decision] = decisions_of(flow, history)
    assert decision.attributes["reason"] == f"{pay_id} failed once: failed: ValueError: no money"


def test_custom_decider_compensates_for_steps_after_the_failure(
    create, flow_of, tasks, decisions_of, history
):
    undo = create(name="undo", run=tasks())
    fetch = create(name="fetch", run=tasks())
    values = [{"i": i} for i in range(2)]
    each = create(name="each", run=tasks(), compensation=undo, generators=[lambda _: values])
    once = create(name="once", run=tasks(), compensation=undo)

    def decide(schedule):
        schedule("first", fetch)
        schedule("second", each)
        schedule("third", once)

    flow = flow_of(fetch, each, once, undo, decider=decide)
    decisions = decisions_of(flow, history)
    [marker] = [each for each in decisions if each.type == "RecordMarker"]
    first, *others = scheduled(decisions)
    history.marker_recorded(MARKER, marker.attributes["details"])
    history.activity_scheduled(first, name=fetch.name).activity_failed(first, "ValueError: no")
    for instance_id in others:
        history.activity_scheduled(instance_id, name=instance_id.split("-")[0])
        history.activity_completed(instance_id)

    for instance_id in reversed(others):
        assert scheduled(decisions_of(flow, history)) == [f"flow_undo-{instance_id}"]
        history.activity_scheduled(f"flow_undo-{instance_id}", name="flow_undo")
        history.activity_completed(f"flow_undo-{instance_id}")
    assert types(decisions_of(flow, history)) == ["FailWorkflowExecution"]


def test_failed_execution_runs_its_compensations(drive, create, flow_of, tasks):
    done = []

    def note(word):
        return runner.Sync(lambda context: done.append(word))

    book = create(name="book", run=note("book"), compensation=create(name="unbook", run=note("un")))
    pay = create(name="pay", run=tasks(ValueError("no money")), requires=[book])

    history = drive(flow_of(book, pay))

    assert done == ["book", "un"]
    assert history.execution.close_status == "FAILED"
    assert "no money" in history.execution.reason
    assert swf.check(history) == []
