"""Compensations of a failed flow."""

import swf
from swf.flow import runner


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
