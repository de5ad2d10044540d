"""Decisions in general: validation of the batch, order, failures, closing (S-072 to S-078)."""

import re

import pytest

KINDS = [
    "CompleteWorkflowExecution",
    "StartTimer",
    "RequestCancelExternalWorkflowExecution",
    "SignalExternalWorkflowExecution",
    "CancelTimer",
    "RecordMarker",
    "ScheduleActivityTask",
    "ContinueAsNewWorkflowExecution",
    "ScheduleLambdaFunction",
    "FailWorkflowExecution",
    "RequestCancelActivityTask",
    "StartChildWorkflowExecution",
    "CancelWorkflowExecution",
]


def test_s072_an_unknown_decision_rejects_the_batch(orders, do, refused):
    run = orders.start()
    task = orders.poll()
    message = (
        "1 validation error detected: Value 'Dance' at 'decisions.2.member.decisionType' failed to "
        f"satisfy constraint: Member must satisfy enum value set: [{', '.join(KINDS)}]"
    )

    with refused("ValidationException", message):
        orders.respond(task, do.marker(), {"decisionType": "Dance"})

    assert run.types()[-1] == "DecisionTaskStarted"
    orders.respond(task, do.marker())
    assert run.types()[-1] == "MarkerRecorded"


REQUIRED = {
    "StartTimer": ["timerId", "startToFireTimeout"],
    "CancelTimer": ["timerId"],
    "RecordMarker": ["markerName"],
    "ScheduleActivityTask": ["activityType", "activityId"],
    "RequestCancelActivityTask": ["activityId"],
    "SignalExternalWorkflowExecution": ["workflowId", "signalName"],
    "RequestCancelExternalWorkflowExecution": ["workflowId"],
    "StartChildWorkflowExecution": ["workflowType", "workflowId"],
    "ScheduleLambdaFunction": ["id", "name"],
}


@pytest.mark.parametrize(("kind", "members"), REQUIRED.items(), ids=REQUIRED)
def test_s073_each_missing_attribute_is_named(wire, kind, members):
    run = wire.orders.start()
    token = wire.orders.poll()["taskToken"]
    attributes = f"{kind[0].lower()}{kind[1:]}DecisionAttributes"

    decision = {"decisionType": kind, attributes: {}}
    params = {"taskToken": token, "decisions": [decision]}
    _, fault = wire.fault("RespondDecisionTaskCompleted", params)

    message = fault["message"]
    path = f"decisions.1.member.{attributes}"
    for member in members:
        assert (
            f"Value null at '{path}.{member}' failed to satisfy constraint: Member must not be null"
        ) in message
    assert run.types()[-1] == "DecisionTaskStarted"


@pytest.mark.parametrize("kind", REQUIRED)
def test_s073_absent_attributes_are_named(orders, refused, kind):
    run = orders.start()
    task = orders.poll()

    message = f"{kind}DecisionAttributes must be specified for decision of type {kind}"
    with refused("ValidationException", message):
        orders.respond(task, {"decisionType": kind})

    assert run.types()[-1] == "DecisionTaskStarted"


def test_s073_attributes_of_another_decision_are_validated_too(orders, do, refused):
    orders.start()
    task = orders.poll()
    decision = {**do.marker(), **do.timer("t" * 257)}

    with refused("ValidationException", re.compile("startTimerDecisionAttributes.timerId")):
        orders.respond(task, {**decision, "decisionType": "RecordMarker"})


def test_s073_attributes_of_another_decision_do_nothing(orders, do):
    run = orders.start()
    decision = {**do.timer(), **do.marker()}

    orders.decide(decision)

    assert run.types(after=4) == ["MarkerRecorded"]


CLOSING = ["complete", "fail", "cancel", "continue_as_new"]


@pytest.mark.parametrize("closing", CLOSING)
@pytest.mark.parametrize("after", ["marker", *CLOSING])
def test_s074_nothing_may_follow_a_closing_decision(orders, do, refused, closing, after):
    run = orders.start()
    task = orders.poll()

    with refused("ValidationException", "Close must be last decision in list"):
        orders.respond(task, getattr(do, closing)(), getattr(do, after)())

    assert run.types()[-1] == "DecisionTaskStarted"
    orders.respond(task)


def test_s075_events_of_a_batch_share_an_instant_in_order(orders, do):
    run = orders.start()
    orders.advance(1)

    orders.decide(do.marker("one"), do.timer(), do.activity(), do.marker("two"), do.complete())

    batch = run.history()[3:]
    assert [event["eventType"] for event in batch] == [
        "DecisionTaskCompleted",
        "MarkerRecorded",
        "TimerStarted",
        "ActivityTaskScheduled",
        "MarkerRecorded",
        "WorkflowExecutionCompleted",
    ]
    assert len({event["eventTimestamp"] for event in batch}) == 1
    assert [attributes["decisionTaskCompletedEventId"] for _, attributes in run.since(4)] == [4] * 5


def test_s076_failed_decisions_schedule_one_decision_task(orders, do):
    run = orders.start()

    orders.decide(do.cancel_timer("x"), do.cancel_activity("y"), do.marker())

    assert run.types(after=4) == [
        "CancelTimerFailed",
        "RequestCancelActivityTaskFailed",
        "MarkerRecorded",
        "DecisionTaskScheduled",
    ]
    assert orders.poll()["workflowExecution"] == run.execution


def test_s076_queued_decision_task_is_enough_for_a_failed_decision(orders, do):
    run = orders.start()
    task = orders.poll()
    run.signal()

    orders.respond(task, do.cancel_timer("x"))

    assert run.types(after=5) == ["DecisionTaskCompleted", "CancelTimerFailed"]


REFUSED = {
    "complete": "CompleteWorkflowExecutionFailed",
    "fail": "FailWorkflowExecutionFailed",
    "cancel": "CancelWorkflowExecutionFailed",
    "continue_as_new": "ContinueAsNewWorkflowExecutionFailed",
}


@pytest.mark.parametrize(("closing", "event"), REFUSED.items(), ids=REFUSED)
def test_s077_close_with_a_queued_decision_task_fails(orders, do, closing, event):
    run = orders.start()
    task = orders.poll()
    run.signal()

    orders.respond(task, do.timer(), getattr(do, closing)())

    assert run.since(6) == [
        (
            "TimerStarted",
            {"decisionTaskCompletedEventId": 6, "startToFireTimeout": "60", "timerId": "t"},
        ),
        (event, {"cause": "UNHANDLED_DECISION", "decisionTaskCompletedEventId": 6}),
    ]
    assert run.status == "OPEN"
    assert orders.decide(do.complete())["workflowExecution"] == run.execution
    assert run.status == "COMPLETED"


def test_s077_failure_in_the_same_batch_permits_the_close(orders, do):
    run = orders.start()

    orders.decide(do.cancel_timer("x"), do.complete())

    assert run.types(after=4) == ["CancelTimerFailed", "WorkflowExecutionCompleted"]


@pytest.mark.parametrize(
    ("closing", "status"),
    [("complete", "COMPLETED"), ("fail", "FAILED"), ("cancel", "CANCELED")],
)
def test_s078_close_succeeds_with_open_entities(orders, do, closing, status):
    run = orders.start()
    orders.decide(do.timer(), do.activity(), do.child(taskList={"name": "children"}))
    orders.decide()

    run.signal()
    orders.decide(getattr(do, closing)())

    assert run.status == status
    assert run.open_counts == {
        "openActivityTasks": 1,
        "openChildWorkflowExecutions": 1,
        "openDecisionTasks": 0,
        "openLambdaFunctions": 0,
        "openTimers": 1,
    }


def test_s078_closing_event_contains_its_attributes(orders, do):
    run = orders.start("a")
    orders.decide(do.complete(result="42"))
    assert run.since(4) == [
        ("WorkflowExecutionCompleted", {"decisionTaskCompletedEventId": 4, "result": "42"})
    ]

    run = orders.start("b")
    orders.decide(do.fail(reason="no", details="really"))
    assert run.since(4) == [
        (
            "WorkflowExecutionFailed",
            {"decisionTaskCompletedEventId": 4, "details": "really", "reason": "no"},
        )
    ]

    run = orders.start("c")
    orders.decide(do.cancel(details="as asked"))
    assert run.since(4) == [
        ("WorkflowExecutionCanceled", {"decisionTaskCompletedEventId": 4, "details": "as asked"})
    ]
