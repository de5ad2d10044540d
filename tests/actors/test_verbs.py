"""The low level: SWF's verbs, one by one, against answers as the service words them."""

from __future__ import annotations

import os

import pytest

from swf.actors import ActivityWorker, Actor, Backoff, Decider
from swf.exceptions import (
    DoesNotExistError,
    InvalidKeywordArgumentError,
    InvalidTypeError,
    PollTimeout,
    RateLimitExceededError,
    ValidationError,
)
from swf.models import ActivityTask, Domain
from swf.models.decision import complete_workflow_execution, start_timer

AT_ONCE = Backoff(base=0)
EMPTY_DECISION_POLL = {"taskToken": "", "startedEventId": 0, "previousStartedEventId": 0}
THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}
UNKNOWN = {"__type": "UnknownResourceFault", "message": "Unknown domain: d"}
ACTIVITY = {
    "taskToken": "a-token",
    "activityId": "resize-1",
    "startedEventId": 6,
    "workflowExecution": {"workflowId": "w", "runId": "r"},
    "activityType": {"name": "resize", "version": "1"},
    "input": '{"width": 3}',
}


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


@pytest.fixture
def worker(domain):
    return ActivityWorker(domain, "list", backoff=AT_ONCE)


@pytest.mark.parametrize("kind", [Actor, Decider, ActivityWorker])
def test_domain_of_wrong_type_is_a_type_error(kind):
    with pytest.raises(TypeError, match="domain='d': must be a Domain"):
        kind("d", "list")


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_bare_actor_cannot_be_started_or_stopped(domain, verb):
    with pytest.raises(NotImplementedError, match="a Decider or an ActivityWorker"):
        getattr(Actor(domain, "list"), verb)()


@pytest.mark.parametrize("task_list", ["", "x" * 257])
def test_a_task_list_has_1_to_256_characters(domain, task_list):
    with pytest.raises(ValidationError, match="task_list"):
        Actor(domain, task_list)


WRONG = {
    "connection": 5,
    "concurrency": True,
    "pollers": 0,
    "processes": 1.5,
    "hooks": [print],
    "backoff": 0.1,
}


@pytest.mark.parametrize("kind", [Decider, ActivityWorker])
@pytest.mark.parametrize(("argument", "value"), WRONG.items(), ids=WRONG)
def test_invalid_actor_arguments_are_refused(domain, kind, argument, value):
    with pytest.raises(ValidationError, match=f"^{argument}="):
        kind(domain, "list", **{argument: value})


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


def test_heartbeat_gap_must_not_be_negative(domain):
    ActivityWorker(domain, "list", heartbeat_gap=0)

    with pytest.raises(ValidationError, match="heartbeat_gap=-1: must be a number, 0 or more"):
        ActivityWorker(domain, "list", heartbeat_gap=-1)


@pytest.mark.parametrize(
    ("name", "version", "perform", "field"),
    [
        ("a:b", "1", print, "name"),
        ("a", 1, print, "version"),
        ("a", "1", "print", "perform"),
    ],
)
def test_invalid_type_cannot_be_registered(worker, name, version, perform, field):
    with pytest.raises(ValidationError, match=f"^{field}="):
        worker.register(name, version, perform)

    assert worker.activities == {}


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


def test_default_identity_names_host_and_process(domain):
    assert f":{os.getpid()}:" in Actor(domain, "list").identity


def test_identity_is_limited_to_256_characters(domain):
    with pytest.raises(ValidationError, match="identity"):
        Actor(domain, "list", "x" * 257)


def test_poll_for_task_calls_overridden_poll(script, domain):
    class Patient(Decider):
        def poll(self, task_list=None, identity=None, **kw):
            return task_list, identity, kw

    asked = Patient(domain, "list").poll_for_task("other", "me", maximum_page_size=5)

    assert asked == ("other", "me", {"maximum_page_size": 5})


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("complete", {"result": "r"}),
        ("fail", {"details": "d", "reason": "r"}),
        ("cancel", {"details": "d"}),
        ("heartbeat", {"details": "d"}),
    ],
)
def test_worker_methods_accept_task_token_keyword(script, worker, verb, arguments):
    script.will({"cancelRequested": False} if verb == "heartbeat" else {})

    getattr(worker, verb)(task_token="T", **arguments)

    assert script.requests[0][1] == {"taskToken": "T", **arguments}


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


def test_activity_poll_without_task_raises_poll_timeout(script, worker):
    script.will({"taskToken": "", "startedEventId": 0})

    with pytest.raises(PollTimeout):
        worker.poll()


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


def test_activity_poll_unpacks_as_token_and_task(script, worker):
    script.will(ACTIVITY)

    token, task = worker.poll()

    assert token == worker.last_token == "a-token"
    assert isinstance(task, ActivityTask)
    assert (task.activity_id, task.input) == ("resize-1", {"width": 3})
    assert script.requests[0][1]["taskList"] == {"name": "list"}


def test_activity_poll_accepts_task_list_and_identity(script, worker):
    script.will(ACTIVITY)

    worker.poll(task_list="other", identity="me")

    assert script.requests[0][1] == {
        "domain": "d",
        "taskList": {"name": "other"},
        "identity": "me",
    }


@pytest.mark.parametrize(
    ("call", "operation", "sent"),
    [
        (
            lambda worker: worker.complete("t", [1, "a"]),
            "RespondActivityTaskCompleted",
            {"result": '[1,"a"]'},
        ),
        (lambda worker: worker.complete("t"), "RespondActivityTaskCompleted", {}),
        (
            lambda worker: worker.fail("t", "long story", "short"),
            "RespondActivityTaskFailed",
            {"details": "long story", "reason": "short"},
        ),
        (
            lambda worker: worker.cancel("t", {"left": 3}),
            "RespondActivityTaskCanceled",
            {"details": '{"left":3}'},
        ),
    ],
)
def test_response_is_one_call(script, worker, call, operation, sent):
    script.will({})

    call(worker)

    assert script.requests == [(operation, {"taskToken": "t", **sent})]


@pytest.mark.parametrize("requested", [True, False])
def test_heartbeat_returns_cancel_requested(script, worker, requested):
    script.will({"cancelRequested": requested})

    assert worker.heartbeat("t", "half") == {"cancelRequested": requested}
    assert script.requests == [
        ("RecordActivityTaskHeartbeat", {"taskToken": "t", "details": "half"})
    ]


def test_throttled_heartbeat_raises_rate_limit_error(script, worker):
    script.will(THROTTLED)

    with pytest.raises(RateLimitExceededError):
        worker.heartbeat("t")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda worker: worker.complete("t", "x" * 32769), "result"),
        (lambda worker: worker.fail("t", reason="x" * 257), "reason"),
        (lambda worker: worker.fail("t", details="x" * 32769), "details"),
        (lambda worker: worker.heartbeat("t", "x" * 2049), "details"),
    ],
)
def test_too_long_field_is_named_and_not_sent(script, worker, call, field):
    with pytest.raises(ValidationError, match=field):
        call(worker)

    assert script.requests == []


def test_actor_uses_its_own_connection(script):
    worker = ActivityWorker(Domain("d"), "list", connection=script.connection)
    script.will({})

    worker.complete("t")

    assert len(script.requests) == 1
