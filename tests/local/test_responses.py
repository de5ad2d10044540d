"""Responses to tasks: their events and token validity."""

import pytest

from swf.local.engine import Fault

CHARGE = {"activityId": "a", "activityType": {"name": "charge", "version": "1"}}


@pytest.fixture
def token(engine):
    """The token of a started activity task."""
    engine.start()
    engine.decide(("ScheduleActivityTask", CHARGE))
    return engine.poll("Activity")["taskToken"]


@pytest.mark.parametrize(
    ("operation", "params", "event", "extra"),
    [
        ("RespondActivityTaskCompleted", {"result": "r"}, "ActivityTaskCompleted", {}),
        ("RespondActivityTaskCompleted", {"result": ""}, "ActivityTaskCompleted", {}),
        ("RespondActivityTaskCompleted", {}, "ActivityTaskCompleted", {}),
        ("RespondActivityTaskFailed", {"reason": "r", "details": "d"}, "ActivityTaskFailed", {}),
        (
            "RespondActivityTaskCanceled",
            {"details": "d"},
            "ActivityTaskCanceled",
            {"latestCancelRequestedEventId": 0},
        ),
    ],
)
def test_response_appends_an_event_and_a_decision_task(
    engine, token, operation, params, event, extra
):
    assert engine.call(operation, taskToken=token, **params) is None

    assert engine.last(event) == {"scheduledEventId": 5, "startedEventId": 6, **params, **extra}
    assert engine.types()[-1] == "DecisionTaskScheduled"


ANSWERS = [
    "RespondActivityTaskCompleted",
    "RespondActivityTaskFailed",
    "RespondActivityTaskCanceled",
    "RecordActivityTaskHeartbeat",
]


@pytest.mark.parametrize("operation", ANSWERS)
def test_a_closed_task_is_unknown(engine, token, operation):
    engine.call("RespondActivityTaskCompleted", taskToken=token)

    with pytest.raises(Fault, match="Unknown activity, scheduledEventId = 5") as caught:
        engine.call(operation, taskToken=token)
    assert caught.value.code == "UnknownResourceFault"


@pytest.mark.parametrize("operation", ANSWERS)
def test_a_task_of_a_closed_execution_is_unknown(engine, token, operation):
    run_id = engine.run().run_id
    engine.terminate()

    with pytest.raises(Fault) as caught:
        engine.call(operation, taskToken=token)
    assert caught.value.message == (
        f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run_id}]"
    )


def test_token_of_a_purged_execution_is_unknown(engine, token):
    run_id = engine.run().run_id
    engine.terminate()
    engine.advance(8 * 86_400)

    with pytest.raises(Fault) as caught:
        engine.call("RespondActivityTaskCompleted", taskToken=token)
    assert caught.value.message == (
        f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run_id}]"
    )


@pytest.mark.parametrize("operation", [*ANSWERS, "RespondDecisionTaskCompleted"])
def test_malformed_token_is_invalid(engine, operation):
    with pytest.raises(Fault, match="Invalid token"):
        engine.call(operation, taskToken="garbage")


def test_activity_token_is_invalid_for_decisions(engine, token):
    with pytest.raises(Fault, match="Invalid token"):
        engine.call("RespondDecisionTaskCompleted", taskToken=token)


def test_a_heartbeat_writes_no_event(engine, token):
    before = engine.types()

    assert engine.call("RecordActivityTaskHeartbeat", taskToken=token) == {"cancelRequested": False}

    assert engine.types() == before


def test_a_decision_task_is_completed_once(engine):
    engine.start()
    token = engine.poll()["taskToken"]
    engine.complete(token)

    with pytest.raises(Fault, match="Unknown decision task, scheduledEventId = 2"):
        engine.complete(token)


def test_empty_decision_list_schedules_nothing(engine):
    engine.start()
    token = engine.poll()["taskToken"]

    engine.call("RespondDecisionTaskCompleted", taskToken=token)

    assert engine.types()[-1] == "DecisionTaskCompleted"


MARKER = ("RecordMarker", {"markerName": "m"})
CLOSE = ("CompleteWorkflowExecution", {})


@pytest.mark.parametrize(
    "decisions",
    [
        [CLOSE, MARKER],
        [CLOSE, CLOSE],
        [("ContinueAsNewWorkflowExecution", {}), ("FailWorkflowExecution", {})],
    ],
)
def test_close_must_be_the_last_decision(engine, decisions):
    engine.start()
    token = engine.poll()["taskToken"]

    with pytest.raises(Fault, match="Close must be last decision in list"):
        engine.complete(token, *decisions)

    assert engine.types()[-1] == "DecisionTaskStarted"
    engine.complete(token, MARKER)


def test_invalid_decision_refuses_the_batch_but_keeps_the_token(engine):
    engine.start()
    token = engine.poll()["taskToken"]

    with pytest.raises(Fault, match="startToFireTimeout"):
        engine.complete(token, MARKER, ("StartTimer", {"timerId": "t"}))

    assert engine.types()[-1] == "DecisionTaskStarted"
    engine.complete(token, MARKER)


@pytest.mark.parametrize(
    ("contexts", "latest"), [([None], None), (["a", None], "a"), (["a", ""], "")]
)
def test_the_execution_context_is_kept_until_the_next_one(engine, contexts, latest):
    run_id = engine.start()
    for context in contexts:
        engine.decide(**({} if context is None else {"executionContext": context}))
        engine.signal()

    described = engine.call(
        "DescribeWorkflowExecution", domain="d", execution={"workflowId": "w", "runId": run_id}
    )

    assert described.get("latestExecutionContext") == latest


def test_events_of_a_batch_share_an_instant(engine):
    engine.start()
    engine.advance(1.5)

    engine.decide(MARKER, ("ScheduleActivityTask", CHARGE), MARKER)

    batch = engine.events()[3:]
    assert {event["eventTimestamp"] for event in batch} == {1_000_001.5}
    assert [event["eventType"] for event in batch[1:]] == [
        "MarkerRecorded",
        "ActivityTaskScheduled",
        "MarkerRecorded",
    ]
