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
def test_an_actor_of_something_else_than_a_domain_is_a_type_error(kind):
    with pytest.raises(TypeError, match="domain='d': must be a Domain"):
        kind("d", "list")


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_a_plain_actor_can_neither_be_started_nor_stopped(domain, verb):
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
def test_what_an_actor_cannot_work_with_is_refused_when_it_is_made(domain, kind, argument, value):
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
def test_what_a_decider_cannot_work_with_is_refused_when_it_is_made(domain, argument, value):
    with pytest.raises(ValidationError, match=f"^{argument}="):
        Decider(domain, "list", **{argument: value})


def test_heartbeats_may_follow_at_once_but_not_before(domain):
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
def test_what_no_task_could_ask_for_cannot_be_registered(worker, name, version, perform, field):
    with pytest.raises(ValidationError, match=f"^{field}="):
        worker.register(name, version, perform)

    assert worker.activities == {}


def test_a_poll_takes_the_size_of_its_pages_where_it_is_documented(script, decider):
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
def test_a_poll_with_an_option_that_cannot_be_is_not_made(script, decider, option, value):
    with pytest.raises(ValidationError, match=f"^{option}="):
        decider.poll(**{option: value})

    assert script.requests == []


@pytest.mark.parametrize(
    "decisions", [complete_workflow_execution(), {"decisionType": "CancelTimer"}, "CancelTimer", 5]
)
def test_what_is_no_list_of_decisions_is_not_sent(script, decider, decisions):
    with pytest.raises(InvalidTypeError, match=r"decisions=.*: must be a list of decisions"):
        decider.complete("T", decisions)

    assert script.requests == []


def test_what_is_no_decision_is_not_sent(script, decider):
    with pytest.raises(InvalidTypeError, match="decision=5: must be a Decision"):
        decider.complete("T", [5])

    assert script.requests == []


def test_an_actor_without_a_name_is_known_by_host_and_process(domain):
    assert f":{os.getpid()}:" in Actor(domain, "list").identity


def test_an_identity_longer_than_256_characters_is_refused(domain):
    with pytest.raises(ValidationError, match="identity"):
        Actor(domain, "list", "x" * 257)


def test_a_poll_for_a_task_is_a_poll_of_the_decider_s_own_kind(script, domain):
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
def test_a_worker_s_answer_takes_its_token_by_the_documented_keyword(
    script, worker, verb, arguments
):
    script.will({"cancelRequested": False} if verb == "heartbeat" else {})

    getattr(worker, verb)(task_token="T", **arguments)

    assert script.requests[0][1] == {"taskToken": "T", **arguments}


def test_a_decision_poll_unpacks_as_token_and_history(script, decider):
    script.will(page(STARTED, SCHEDULED, TASK_STARTED))

    token, history = decider.poll()

    assert token == "d-token"
    assert [event.name for event in history] == [
        "WorkflowExecutionStarted",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]


def test_a_decision_poll_shows_the_fields_of_the_task(script, decider):
    script.will(page(STARTED, SCHEDULED, TASK_STARTED))

    polled = decider.poll()

    assert (polled.token, polled.task_token, decider.last_token) == ("d-token",) * 3
    assert polled.execution.workflow_id == "w"
    assert polled.workflow_type.name == "ship"
    assert (polled.started_event_id, polled.previous_started_event_id) == (3, 0)
    assert len(polled.history) == 3


def test_a_poll_says_what_it_polls_and_who_polls(script, decider):
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


def test_an_unknown_option_of_a_poll_is_refused_before_anything_is_sent(script, decider):
    with pytest.raises(InvalidKeywordArgumentError, match="reverse_order"):
        decider.poll(revers_order=True)

    assert script.requests == []


def test_a_decision_poll_gathers_all_pages(script, decider):
    script.will(page(STARTED, token="p2"), page(SCHEDULED, token="p3"), page(TASK_STARTED))

    _, history = decider.poll(maximum_page_size=1)

    assert [event.id for event in history] == [1, 2, 3]
    assert [request.get("nextPageToken") for _, request in script.requests] == [None, "p2", "p3"]
    assert {request["maximumPageSize"] for _, request in script.requests} == {1}


def test_a_throttled_page_is_asked_for_again_with_the_same_token(script, decider):
    script.will(page(STARTED, SCHEDULED, token="p2"), THROTTLED, page(TASK_STARTED))

    token, history = decider.poll()

    assert (token, len(history)) == ("d-token", 3)
    assert [request.get("nextPageToken") for _, request in script.requests] == [None, "p2", "p2"]


def test_a_page_that_stays_throttled_is_given_up_after_so_many_attempts(script, decider):
    script.will(page(STARTED, token="p2"), *[THROTTLED] * 8)

    with pytest.raises(RateLimitExceededError):
        decider.poll()


@pytest.mark.parametrize("empty", [EMPTY_DECISION_POLL, {"startedEventId": 0}, {}])
def test_a_decision_poll_without_a_task_is_a_poll_timeout(script, decider, empty):
    script.will(empty)

    with pytest.raises(PollTimeout, match="no task on 'list'"):
        decider.poll()


def test_an_activity_poll_without_a_task_is_a_poll_timeout(script, worker):
    script.will({"taskToken": "", "startedEventId": 0})

    with pytest.raises(PollTimeout):
        worker.poll()


def test_a_fault_on_the_first_page_is_translated(script, decider):
    script.will(UNKNOWN)

    with pytest.raises(DoesNotExistError, match="Unknown domain"):
        decider.poll()


def test_a_fault_on_a_later_page_is_translated(script, decider):
    script.will(page(STARTED, token="p2"), UNKNOWN)

    with pytest.raises(DoesNotExistError):
        decider.poll()


def test_a_page_token_that_expired_means_that_the_task_is_lost(script, decider):
    expired = {"__type": "ValidationException", "message": "Invalid token"}
    script.will(page(STARTED, token="p2"), expired)

    with pytest.raises(DoesNotExistError, match="Invalid token"):
        decider.poll()


def test_what_a_task_is_about_is_read_from_the_first_page(script, decider):
    rest = {"taskToken": "", "startedEventId": 0, "events": [SCHEDULED, TASK_STARTED]}
    script.will(page(STARTED, token="p2"), rest)

    polled = decider.poll()

    assert (polled.token, polled.workflow_type.name, len(polled.history)) == ("d-token", "ship", 3)


def test_a_decision_task_is_completed_with_decisions_and_wire_dictionaries(script, decider):
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


def test_a_decision_task_is_completed_without_decisions(script, decider):
    script.will({})

    decider.complete("token")

    assert script.requests[0][1] == {"taskToken": "token", "decisions": []}


def test_a_completion_may_send_the_run_to_another_task_list(script, decider):
    script.will({})

    decider.complete("token", task_list="own", task_list_schedule_to_start_timeout=30)

    assert script.requests[0][1]["taskList"] == {"name": "own"}
    assert script.requests[0][1]["taskListScheduleToStartTimeout"] == "30"


def test_a_wrong_decision_is_refused_before_anything_is_sent(script, decider):
    wrong = complete_workflow_execution()
    wrong["completeWorkflowExecutionDecisionAttributes"]["result"] = "x" * 32769

    with pytest.raises(ValidationError, match="result"):
        decider.complete("token", [wrong])

    assert script.requests == []


def test_an_activity_poll_unpacks_as_token_and_task(script, worker):
    script.will(ACTIVITY)

    token, task = worker.poll()

    assert token == worker.last_token == "a-token"
    assert isinstance(task, ActivityTask)
    assert (task.activity_id, task.input) == ("resize-1", {"width": 3})
    assert script.requests[0][1]["taskList"] == {"name": "list"}


def test_an_activity_poll_may_name_another_list_and_identity(script, worker):
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
def test_an_answer_is_one_call(script, worker, call, operation, sent):
    script.will({})

    call(worker)

    assert script.requests == [(operation, {"taskToken": "t", **sent})]


@pytest.mark.parametrize("requested", [True, False])
def test_a_heartbeat_tells_whether_cancellation_was_requested(script, worker, requested):
    script.will({"cancelRequested": requested})

    assert worker.heartbeat("t", "half") == {"cancelRequested": requested}
    assert script.requests == [
        ("RecordActivityTaskHeartbeat", {"taskToken": "t", "details": "half"})
    ]


def test_a_throttled_heartbeat_is_a_rate_limit_error(script, worker):
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
def test_a_field_that_is_too_long_is_named_and_nothing_is_sent(script, worker, call, field):
    with pytest.raises(ValidationError, match=field):
        call(worker)

    assert script.requests == []


def test_an_actor_takes_the_connection_it_was_given(script):
    worker = ActivityWorker(Domain("d"), "list", connection=script.connection)
    script.will({})

    worker.complete("t")

    assert len(script.requests) == 1
