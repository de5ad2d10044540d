"""Answers to tasks: their events, and which tokens still count."""

import pytest

from swf.local.engine import Fault

CHARGE = {"activityId": "a", "activityType": {"name": "charge", "version": "1"}}


@pytest.fixture
def token(world):
    """The token of a started activity task."""
    world.start()
    world.decide(("ScheduleActivityTask", CHARGE))
    return world.poll("Activity")["taskToken"]


@pytest.mark.parametrize(
    ("operation", "given", "event", "extra"),
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
def test_an_answer_is_an_event_and_a_decision_task(world, token, operation, given, event, extra):
    assert world.call(operation, taskToken=token, **given) is None

    assert world.last(event) == {"scheduledEventId": 5, "startedEventId": 6, **given, **extra}
    assert world.types()[-1] == "DecisionTaskScheduled"


ANSWERS = [
    "RespondActivityTaskCompleted",
    "RespondActivityTaskFailed",
    "RespondActivityTaskCanceled",
    "RecordActivityTaskHeartbeat",
]


@pytest.mark.parametrize("operation", ANSWERS)
def test_a_closed_task_is_unknown(world, token, operation):
    world.call("RespondActivityTaskCompleted", taskToken=token)

    with pytest.raises(Fault, match="Unknown activity, scheduledEventId = 5") as caught:
        world.call(operation, taskToken=token)
    assert caught.value.code == "UnknownResourceFault"


@pytest.mark.parametrize("operation", ANSWERS)
def test_a_task_of_a_closed_execution_is_unknown(world, token, operation):
    run_id = world.run().run_id
    world.terminate()

    with pytest.raises(Fault) as caught:
        world.call(operation, taskToken=token)
    assert caught.value.message == (
        f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run_id}]"
    )


def test_a_token_outlives_its_execution_as_unknown(world, token):
    run_id = world.run().run_id
    world.terminate()
    world.advance(8 * 86_400)

    with pytest.raises(Fault) as caught:
        world.call("RespondActivityTaskCompleted", taskToken=token)
    assert caught.value.message == (
        f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run_id}]"
    )


@pytest.mark.parametrize("operation", [*ANSWERS, "RespondDecisionTaskCompleted"])
def test_garbage_is_no_token(world, operation):
    with pytest.raises(Fault, match="Invalid token"):
        world.call(operation, taskToken="garbage")


def test_a_token_of_one_kind_is_none_of_the_other(world, token):
    with pytest.raises(Fault, match="Invalid token"):
        world.call("RespondDecisionTaskCompleted", taskToken=token)


def test_a_heartbeat_writes_no_event(world, token):
    before = world.types()

    assert world.call("RecordActivityTaskHeartbeat", taskToken=token) == {"cancelRequested": False}

    assert world.types() == before


def test_a_decision_task_is_completed_once(world):
    world.start()
    token = world.poll()["taskToken"]
    world.complete(token)

    with pytest.raises(Fault, match="Unknown decision task, scheduledEventId = 2"):
        world.complete(token)


def test_no_decision_schedules_nothing(world):
    world.start()
    token = world.poll()["taskToken"]

    world.call("RespondDecisionTaskCompleted", taskToken=token)

    assert world.types()[-1] == "DecisionTaskCompleted"


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
def test_nothing_may_follow_a_close(world, decisions):
    world.start()
    token = world.poll()["taskToken"]

    with pytest.raises(Fault, match="Close must be last decision in list"):
        world.complete(token, *decisions)

    assert world.types()[-1] == "DecisionTaskStarted"
    world.complete(token, MARKER)


def test_one_bad_decision_spoils_the_batch_and_not_the_token(world):
    world.start()
    token = world.poll()["taskToken"]

    with pytest.raises(Fault, match="startToFireTimeout"):
        world.complete(token, MARKER, ("StartTimer", {"timerId": "t"}))

    assert world.types()[-1] == "DecisionTaskStarted"
    world.complete(token, MARKER)


@pytest.mark.parametrize(
    ("contexts", "latest"), [([None], None), (["a", None], "a"), (["a", ""], "")]
)
def test_the_execution_context_is_kept_until_the_next_one(world, contexts, latest):
    run_id = world.start()
    for context in contexts:
        world.decide(**({} if context is None else {"executionContext": context}))
        world.signal()

    described = world.call(
        "DescribeWorkflowExecution", domain="d", execution={"workflowId": "w", "runId": run_id}
    )

    assert described.get("latestExecutionContext") == latest


def test_the_events_of_a_batch_share_an_instant_and_refer_to_it(world):
    world.start()
    world.advance(1.5)

    world.decide(MARKER, ("ScheduleActivityTask", CHARGE), MARKER)

    batch = world.events()[3:]
    assert {event["eventTimestamp"] for event in batch} == {1_000_001.5}
    assert [event["eventType"] for event in batch[1:]] == [
        "MarkerRecorded",
        "ActivityTaskScheduled",
        "MarkerRecorded",
    ]
