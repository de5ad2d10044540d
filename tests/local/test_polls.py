"""Polls: task selection, events and pages."""

import pytest

from swf.local.engine import Fault

CHARGE = {"activityId": "a", "activityType": {"name": "charge", "version": "1"}}


def ids(answer):
    return [event["eventId"] for event in answer["events"]]


def pages(engine, **params):
    """Return all pages of the next decision task."""
    responses = [engine.poll(**params)]
    while "nextPageToken" in responses[-1]:
        responses.append(engine.poll(**params, nextPageToken=responses[-1]["nextPageToken"]))
    return responses


def test_empty_poll_waits_on_its_list(engine):
    assert engine.poll() == {"previousStartedEventId": 0, "startedEventId": 0}
    assert engine.outcome.waits_on == ("decision", "d", "list")
    assert engine.poll("Activity") == {"startedEventId": 0}
    assert engine.outcome.waits_on == ("activity", "d", "list")
    assert engine.outcome.records == []


@pytest.mark.parametrize("kind", ["Decision", "Activity"])
def test_a_poll_in_an_unknown_domain_is_refused(engine, kind):
    with pytest.raises(Fault, match="Unknown domain: x"):
        engine.poll(kind, domain="x")


def test_a_decision_task_has_the_history_up_to_its_start(engine):
    run_id = engine.start()

    answer = engine.poll(identity="me")

    assert {**answer, "events": None, "taskToken": None} == {
        "events": None,
        "previousStartedEventId": 0,
        "startedEventId": 3,
        "taskToken": None,
        "workflowExecution": {"workflowId": "w", "runId": run_id},
        "workflowType": {"name": "order", "version": "1"},
    }
    assert ids(answer) == [1, 2, 3]
    started = answer["events"][-1]["decisionTaskStartedEventAttributes"]
    assert started == {"identity": "me", "scheduledEventId": 2}


def test_the_previous_task_is_the_last_completed_one(engine):
    engine.start()
    engine.decide()
    engine.signal()

    assert engine.poll()["previousStartedEventId"] == 3


def test_an_execution_has_one_started_decision_task(engine):
    engine.start()
    token = engine.poll()["taskToken"]
    engine.signal()

    assert engine.types()[-2:] == ["WorkflowExecutionSignaled", "DecisionTaskScheduled"]
    assert "taskToken" not in engine.poll()
    engine.complete(token)
    assert engine.outcome.wakes == {("decision", "d", "list")}
    assert engine.poll()["startedEventId"] == 7


def test_events_share_a_queued_decision_task(engine):
    engine.start()
    engine.poll()
    engine.signal()
    engine.signal()

    assert engine.types()[3:] == [
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "WorkflowExecutionSignaled",
    ]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 1000])
def test_the_pages_of_a_task_are_its_history(engine, size, reverse):
    engine.start()
    for _ in range(4):
        engine.signal()

    responses = pages(engine, maximumPageSize=size, reverseOrder=reverse)

    whole = [event_id for page in responses for event_id in ids(page)]
    assert whole == (list(range(7, 0, -1)) if reverse else list(range(1, 8)))
    assert all(len(ids(page)) == size for page in responses[:-1])
    for page in responses:
        assert page["taskToken"] == responses[0]["taskToken"]
        assert page["startedEventId"] == 7


def test_later_events_are_on_no_page(engine):
    engine.start()
    first = engine.poll(maximumPageSize=2)
    engine.signal()

    second = engine.poll(maximumPageSize=2, nextPageToken=first["nextPageToken"])

    assert ids(second) == [3]
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [3, 4, 5, 6, 7]),
        ({"reverseOrder": True}, [7, 6, 5, 4, 3]),
        ({"maximumPageSize": 2}, [3, 4, 5, 6, 7]),
    ],
)
def test_poll_can_start_at_the_previous_started_event(engine, params, expected):
    engine.start()
    engine.decide()
    engine.signal()

    responses = pages(engine, startAtPreviousStartedEvent=True, **params)

    assert [event_id for page in responses for event_id in ids(page)] == expected


def test_first_task_starts_at_the_first_event(engine):
    engine.start()

    assert ids(engine.poll(startAtPreviousStartedEvent=True)) == [1, 2, 3]


def test_page_of_a_completed_task_is_refused(engine):
    engine.start()
    answer = engine.poll(maximumPageSize=1)
    engine.complete(answer["taskToken"])

    with pytest.raises(Fault, match="Unknown decision task, scheduledEventId = 2"):
        engine.poll(maximumPageSize=1, nextPageToken=answer["nextPageToken"])


def test_a_page_of_a_closed_execution_is_refused(engine):
    engine.start()
    answer = engine.poll(maximumPageSize=1)
    engine.terminate()

    with pytest.raises(Fault, match="Unknown execution: WorkflowExecution="):
        engine.poll(maximumPageSize=1, nextPageToken=answer["nextPageToken"])


def test_page_token_of_a_history_is_invalid_for_a_poll(engine):
    run_id = engine.start()
    execution = {"workflowId": "w", "runId": run_id}
    history = engine.call(
        "GetWorkflowExecutionHistory", domain="d", execution=execution, maximumPageSize=1
    )
    task = engine.poll(maximumPageSize=1)

    with pytest.raises(Fault, match="Invalid token"):
        engine.poll(nextPageToken=history["nextPageToken"])
    with pytest.raises(Fault, match="Invalid token"):
        engine.call(
            "GetWorkflowExecutionHistory",
            domain="d",
            execution=execution,
            nextPageToken=task["nextPageToken"],
        )


def test_decision_tasks_come_by_priority_then_in_order(engine):
    for name, priority in (("a", None), ("b", "5"), ("c", None), ("d", "-1")):
        engine.start(name, **({"taskPriority": priority} if priority else {}))

    polled = [engine.poll()["workflowExecution"]["workflowId"] for _ in range(4)]

    assert polled == ["b", "a", "c", "d"]


def test_activity_task_contains_its_type_and_input(engine):
    run_id = engine.start()
    engine.decide(("ScheduleActivityTask", {**CHARGE, "input": "i"}))

    answer = engine.poll("Activity", identity="me")

    assert {**answer, "taskToken": None} == {
        "activityId": "a",
        "activityType": {"name": "charge", "version": "1"},
        "input": "i",
        "startedEventId": 6,
        "taskToken": None,
        "workflowExecution": {"workflowId": "w", "runId": run_id},
    }
    assert engine.last("ActivityTaskStarted") == {"identity": "me", "scheduledEventId": 5}
    assert engine.types()[-1] == "ActivityTaskStarted"


@pytest.mark.parametrize("wrong", [{"maximumPageSize": 1001}, {"taskList": {"name": "a/b"}}])
def test_refused_poll_claims_no_task(engine, wrong):
    engine.start()

    with pytest.raises(Fault):
        engine.poll(**wrong)

    assert engine.poll()["startedEventId"] == 3


def test_tasks_of_a_closed_execution_are_not_delivered(engine):
    engine.start()
    engine.decide(("ScheduleActivityTask", CHARGE))
    engine.signal()

    engine.terminate()

    assert "taskToken" not in engine.poll("Activity")
    assert "taskToken" not in engine.poll()
