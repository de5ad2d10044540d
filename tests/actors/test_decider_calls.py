"""The calls of a decider, against scripted responses."""

from __future__ import annotations

import pytest

from swf.actors import Backoff, Decider
from swf.exceptions import (
    DoesNotExistError,
    InvalidKeywordArgumentError,
    InvalidTypeError,
    PollTimeout,
    RateLimitExceededError,
    ValidationError,
)
from swf.models.decision import complete_workflow_execution, start_timer

AT_ONCE = Backoff(base=0)


EMPTY_DECISION_POLL = {"taskToken": "", "startedEventId": 0, "previousStartedEventId": 0}


THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}


UNKNOWN = {"__type": "UnknownResourceFault", "message": "Unknown domain: d"}


def event(event_id, name, **attributes):
    key = f"{name[0].lower()}{name[1:]}EventAttributes"
    return {"eventId": event_id, "eventType": name, "eventTimestamp": 1.5, key: attributes}


def page(*events, token=None):
    answer = {
        "taskToken": "d-token",
        "startedEventId": 3,
        "previousStartedEventId": 0,
        "workflowExecution": {"workflowId": "w", "runId": "r"},
        "workflowType": {"name": "ship", "version": "1"},
        "events": list(events),
    }
    return answer if token is None else {**answer, "nextPageToken": token}


STARTED = event(
    1,
    "WorkflowExecutionStarted",
    childPolicy="TERMINATE",
    taskList={"name": "list"},
    workflowType={"name": "ship", "version": "1"},
)


SCHEDULED = event(2, "DecisionTaskScheduled", taskList={"name": "list"})


TASK_STARTED = event(3, "DecisionTaskStarted", scheduledEventId=2)


@pytest.fixture
def decider(domain):
    return Decider(domain, "list", backoff=AT_ONCE)


WRONG_FOR_A_DECIDER = {
    "sticky": 100,
    "audit_rate": 1.5,
    "own_task_list_timeout": "soon",
    "attempts": 0,
    "quarantine": -1,
}


@pytest.mark.parametrize(
    ("argument", "value"), WRONG_FOR_A_DECIDER.items(), ids=WRONG_FOR_A_DECIDER
)
def test_invalid_decider_arguments_are_refused(domain, argument, value):
    with pytest.raises(ValidationError, match=f"^{argument}="):
        Decider(domain, "list", **{argument: value})


def test_poll_accepts_page_size_positionally(script, decider):
    script.will(EMPTY_DECISION_POLL)

    with pytest.raises(PollTimeout):
        decider.poll("other", "me", 50)

    assert script.requests[0][1]["maximumPageSize"] == 50


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("maximum_page_size", 1001),
        ("reverse_order", "yes"),
        ("start_at_previous_started_event", 1),
    ],
)
def test_invalid_poll_option_sends_nothing(script, decider, option, value):
    with pytest.raises(ValidationError, match=f"^{option}="):
        decider.poll(**{option: value})

    assert script.requests == []


@pytest.mark.parametrize(
    "decisions", [complete_workflow_execution(), {"decisionType": "CancelTimer"}, "CancelTimer", 5]
)
def test_decisions_must_be_a_list(script, decider, decisions):
    with pytest.raises(InvalidTypeError, match=r"decisions=.*: must be a list of decisions"):
        decider.complete("T", decisions)

    assert script.requests == []


def test_invalid_decision_is_not_sent(script, decider):
    with pytest.raises(InvalidTypeError, match="decision=5: must be a Decision"):
        decider.complete("T", [5])

    assert script.requests == []


def test_poll_for_task_calls_overridden_poll(script, domain):
    class Patient(Decider):
        def poll(self, task_list=None, identity=None, **kw):
            return task_list, identity, kw

    polled = Patient(domain, "list").poll_for_task("other", "me", maximum_page_size=5)

    assert polled == ("other", "me", {"maximum_page_size": 5})


def test_decision_poll_unpacks_as_token_and_history(script, decider):
    script.will(page(STARTED, SCHEDULED, TASK_STARTED))

    token, history = decider.poll()

    assert token == "d-token"
    assert [event.name for event in history] == [
        "WorkflowExecutionStarted",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]


def test_decision_poll_exposes_task_attributes(script, decider):
    script.will(page(STARTED, SCHEDULED, TASK_STARTED))

    polled = decider.poll()

    assert (polled.token, polled.task_token, decider.last_token) == ("d-token",) * 3
    assert polled.execution.workflow_id == "w"
    assert polled.workflow_type.name == "ship"
    assert (polled.started_event_id, polled.previous_started_event_id) == (3, 0)
    assert len(polled.history) == 3


def test_poll_sends_task_list_and_identity(script, decider):
    script.will(page(STARTED, SCHEDULED, TASK_STARTED))

    decider.poll("other", "me", reverse_order=True, start_at_previous_started_event=True)

    assert script.requests == [
        (
            "PollForDecisionTask",
            {
                "domain": "d",
                "taskList": {"name": "other"},
                "identity": "me",
                "reverseOrder": True,
                "startAtPreviousStartedEvent": True,
            },
        )
    ]


def test_unknown_poll_option_sends_nothing(script, decider):
    with pytest.raises(InvalidKeywordArgumentError, match="reverse_order"):
        decider.poll(revers_order=True)

    assert script.requests == []


def test_decision_poll_fetches_all_pages(script, decider):
    script.will(page(STARTED, token="p2"), page(SCHEDULED, token="p3"), page(TASK_STARTED))

    _, history = decider.poll(maximum_page_size=1)

    assert [event.id for event in history] == [1, 2, 3]
    assert [request.get("nextPageToken") for _, request in script.requests] == [None, "p2", "p3"]
    assert {request["maximumPageSize"] for _, request in script.requests} == {1}


def test_throttled_page_is_retried_with_same_token(script, decider):
    script.will(page(STARTED, SCHEDULED, token="p2"), THROTTLED, page(TASK_STARTED))

    token, history = decider.poll()

    assert (token, len(history)) == ("d-token", 3)
    assert [request.get("nextPageToken") for _, request in script.requests] == [None, "p2", "p2"]


def test_throttled_page_fails_after_maximum_attempts(script, decider):
    script.will(page(STARTED, token="p2"), *[THROTTLED] * 8)

    with pytest.raises(RateLimitExceededError):
        decider.poll()


@pytest.mark.parametrize("empty", [EMPTY_DECISION_POLL, {"startedEventId": 0}, {}])
def test_decision_poll_without_task_raises_poll_timeout(script, decider, empty):
    script.will(empty)

    with pytest.raises(PollTimeout, match="no task on 'list'"):
        decider.poll()


def test_fault_on_first_page_is_translated(script, decider):
    script.will(UNKNOWN)

    with pytest.raises(DoesNotExistError, match="Unknown domain"):
        decider.poll()


def test_fault_on_later_page_is_translated(script, decider):
    script.will(page(STARTED, token="p2"), UNKNOWN)

    with pytest.raises(DoesNotExistError):
        decider.poll()


def test_expired_page_token_means_lost_task(script, decider):
    expired = {"__type": "ValidationException", "message": "Invalid token"}
    script.will(page(STARTED, token="p2"), expired)

    with pytest.raises(DoesNotExistError, match="Invalid token"):
        decider.poll()


def test_task_attributes_come_from_first_page(script, decider):
    rest = {"taskToken": "", "startedEventId": 0, "events": [SCHEDULED, TASK_STARTED]}
    script.will(page(STARTED, token="p2"), rest)

    polled = decider.poll()

    assert (polled.token, polled.workflow_type.name, len(polled.history)) == ("d-token", "ship", 3)


def test_complete_accepts_decisions_and_dictionaries(script, decider):
    script.will({})
    marker = {"decisionType": "CancelTimer", "cancelTimerDecisionAttributes": {"timerId": "t"}}

    decider.complete("token", [start_timer("t", 5), marker], execution_context={"step": 2})

    assert script.requests == [
        (
            "RespondDecisionTaskCompleted",
            {
                "taskToken": "token",
                "decisions": [dict(start_timer("t", 5)), marker],
                "executionContext": '{"step":2}',
            },
        )
    ]


def test_complete_accepts_no_decisions(script, decider):
    script.will({})

    decider.complete("token")

    assert script.requests[0][1] == {"taskToken": "token", "decisions": []}


def test_complete_can_change_task_list(script, decider):
    script.will({})

    decider.complete("token", task_list="own", task_list_schedule_to_start_timeout=30)

    assert script.requests[0][1]["taskList"] == {"name": "own"}
    assert script.requests[0][1]["taskListScheduleToStartTimeout"] == "30"


def test_wrong_decision_sends_nothing(script, decider):
    wrong = complete_workflow_execution()
    wrong["completeWorkflowExecutionDecisionAttributes"]["result"] = "x" * 32769

    with pytest.raises(ValidationError, match="result"):
        decider.complete("token", [wrong])

    assert script.requests == []
