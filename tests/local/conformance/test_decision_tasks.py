"""Decision tasks: polls, paging, tokens, timeouts, the task list override (S-045 to S-071)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from swf.local import SystemClock

STARTED_WHILE_BUSY = [
    "WorkflowExecutionStarted",
    "DecisionTaskScheduled",
    "DecisionTaskStarted",
    "WorkflowExecutionSignaled",
    "DecisionTaskScheduled",
    "DecisionTaskCompleted",
]


def ids(events):
    return [event["eventId"] for event in events]


def test_s045_empty_poll_has_no_token(orders):
    assert orders.poll() == {"startedEventId": 0, "previousStartedEventId": 0}


def test_s045_empty_poll_ends_after_a_minute_of_the_clock(make):
    orders = make(poll_timeout=600)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(orders.poll)
        while not waiting.done():
            orders.advance(60)

    assert "taskToken" not in waiting.result()


def test_s046_a_waiting_poll_is_answered_by_the_start(make):
    orders = make(clock=SystemClock())

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(orders.poll)
        run = orders.start()
        task = waiting.result(timeout=20)

    assert task["workflowExecution"] == run.execution


def test_s047_an_unknown_list_is_an_empty_poll(orders):
    assert "taskToken" not in orders.poll("never used")


def test_s047_an_unknown_domain_is_a_fault(orders, refused):
    with refused("UnknownResourceFault", "Unknown domain: nowhere"):
        orders.call("PollForDecisionTask", domain="nowhere", taskList={"name": "l"})


def test_s048_history_of_a_task_ends_with_its_own_start(orders):
    run = orders.start()

    task = orders.poll(identity="me")

    assert task["workflowExecution"] == run.execution
    assert task["workflowType"] == {"name": "order", "version": "1.0"}
    assert task["startedEventId"] == 3
    assert ids(task["events"]) == [1, 2, 3]
    assert task["events"][-1]["decisionTaskStartedEventAttributes"] == {
        "identity": "me",
        "scheduledEventId": 2,
    }
    assert task["events"] == run.history()


def test_s048_without_an_identity_none_is_recorded(orders):
    run = orders.start()

    orders.poll()

    assert run.last("DecisionTaskStarted") == {"scheduledEventId": 2}


def test_s049_task_refers_to_the_previous_started_event(orders):
    run = orders.start()
    first = orders.decide()
    run.signal()

    second = orders.decide()

    assert first["previousStartedEventId"] == 0
    assert second["previousStartedEventId"] == first["startedEventId"] == 3


def test_s050_execution_has_one_started_decision_task(orders):
    run = orders.start()
    orders.poll()
    run.signal()

    assert "taskToken" not in orders.poll()


def test_s051_event_during_a_started_task_is_written_at_once(orders):
    run = orders.start()
    task = orders.poll()
    orders.advance(1)
    run.signal()
    orders.advance(1)
    orders.respond(task)

    events = run.history()
    assert [event["eventType"] for event in events] == STARTED_WHILE_BUSY
    assert events[3]["eventTimestamp"] == events[4]["eventTimestamp"]
    assert events[4]["eventTimestamp"] < events[5]["eventTimestamp"]


def test_s052_many_events_while_a_task_is_queued_schedule_one(orders):
    run = orders.start()
    orders.poll()

    for _ in range(3):
        run.signal()

    assert run.types(after=3) == [
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "WorkflowExecutionSignaled",
        "WorkflowExecutionSignaled",
    ]


def test_s053_events_while_a_task_is_scheduled_schedule_no_other(orders):
    run = orders.start()

    for _ in range(3):
        run.signal()

    assert run.types(after=2) == ["WorkflowExecutionSignaled"] * 3


def test_s054_queued_task_is_delivered_after_completion(orders):
    run = orders.start()
    task = orders.poll()
    run.signal()
    assert "taskToken" not in orders.poll()

    orders.respond(task)

    queued = orders.poll()
    assert queued["workflowExecution"] == run.execution
    assert run.last("DecisionTaskStarted")["scheduledEventId"] == 5


def test_s054_a_queued_task_is_delivered_after_the_timeout(orders):
    run = orders.start(taskStartToCloseTimeout="10")
    orders.poll()
    run.signal()

    orders.advance(10)

    assert orders.poll()["workflowExecution"] == run.execution
    assert run.last("DecisionTaskStarted")["scheduledEventId"] == 5


def pages(orders, first, **options):
    """Follow the pages of a decision task."""
    while True:
        yield first
        if "nextPageToken" not in first:
            return
        first = orders.poll(nextPageToken=first["nextPageToken"], **options)


def test_s055_the_pages_of_a_task_end_with_its_start(orders):
    run = orders.start()
    task = orders.poll(maximumPageSize=2)
    run.signal()

    assert [ids(page["events"]) for page in pages(orders, task, maximumPageSize=2)] == [[1, 2], [3]]


def test_s056_pages_belong_to_one_task(orders):
    orders.start("one")
    orders.start("two")
    first = orders.poll(maximumPageSize=1)

    _, second, third = pages(orders, first, maximumPageSize=1)

    for member in (
        "taskToken",
        "startedEventId",
        "previousStartedEventId",
        "workflowExecution",
        "workflowType",
    ):
        assert first[member] == second[member] == third[member]
    assert orders.poll()["workflowExecution"]["workflowId"] == "two"


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100])
def test_s057_the_pages_of_a_task_make_the_whole_history(orders, size, reverse):
    run = orders.start()
    run.signal()
    run.signal()
    options = {"maximumPageSize": size, "reverseOrder": reverse}

    result = [
        event
        for page in pages(orders, orders.poll(**options), **options)
        for event in page["events"]
    ]

    assert ids(result) == ([5, 4, 3, 2, 1] if reverse else [1, 2, 3, 4, 5])
    assert sorted(result, key=lambda event: event["eventId"]) == run.history()


def test_s058_a_task_may_start_at_the_previous_started_event(orders):
    run = orders.start()
    orders.decide()
    run.signal()

    task = orders.poll(startAtPreviousStartedEvent=True)

    assert task["previousStartedEventId"] == 3
    assert ids(task["events"]) == [3, 4, 5, 6, 7]


def test_s058_the_first_task_starts_at_the_beginning(orders):
    orders.start()

    assert ids(orders.poll(startAtPreviousStartedEvent=True)["events"]) == [1, 2, 3]


@pytest.mark.parametrize("reverse", [False, True])
def test_s058_a_start_at_the_previous_event_is_paged(orders, reverse):
    run = orders.start()
    orders.decide()
    run.signal()
    options = {
        "maximumPageSize": 2,
        "startAtPreviousStartedEvent": True,
        "reverseOrder": reverse,
    }

    result = [ids(page["events"]) for page in pages(orders, orders.poll(**options), **options)]

    assert result == ([[7, 6], [5, 4], [3]] if reverse else [[3, 4], [5, 6], [7]])


def test_s059_a_page_token_belongs_to_its_operation(orders, refused):
    run = orders.start()
    task = orders.poll(maximumPageSize=1)
    page = run.page(maximumPageSize=1)

    with refused("ValidationException"):
        run.page(nextPageToken=task["nextPageToken"])
    with refused("ValidationException"):
        orders.poll(nextPageToken=page["nextPageToken"])


def test_s060_a_completion_names_its_task_and_carries_the_context(orders):
    run = orders.start()

    orders.decide(executionContext="thoughts")

    assert run.last("DecisionTaskCompleted") == {
        "executionContext": "thoughts",
        "scheduledEventId": 2,
        "startedEventId": 3,
    }


def test_s061_latest_context_stays_until_replaced(orders):
    run = orders.start()
    assert "latestExecutionContext" not in run.describe()

    for params, expected in [({"executionContext": "one"}, "one"), ({}, "one")]:
        orders.decide(**params)
        assert run.describe()["latestExecutionContext"] == expected
        run.signal()

    orders.decide(executionContext="")
    assert run.describe()["latestExecutionContext"] == ""


def test_s062_empty_decision_list_schedules_nothing(orders):
    run = orders.start()

    orders.decide()

    assert run.types(after=3) == ["DecisionTaskCompleted"]
    assert "taskToken" not in orders.poll()


def test_s062_the_list_of_decisions_may_be_absent(orders):
    run = orders.start()

    orders.call("RespondDecisionTaskCompleted", taskToken=orders.poll()["taskToken"])

    assert run.types(after=3) == ["DecisionTaskCompleted"]


def test_s063_a_task_is_completed_once(orders, refused):
    run = orders.start()
    task = orders.decide()

    with refused("UnknownResourceFault", "Unknown decision task, scheduledEventId = 2"):
        orders.respond(task)
    assert run.types(after=3) == ["DecisionTaskCompleted"]


def test_s064_task_of_a_closed_execution_is_unknown(orders, refused):
    run = orders.start()
    task = orders.poll()
    run.terminate()

    with refused("UnknownResourceFault", run.unknown):
        orders.respond(task)


@pytest.mark.parametrize("token", ["garbage", "AAAA", "é", "x" * 1024])
def test_s065_malformed_token_is_invalid(orders, refused, token):
    with refused("ValidationException", "Invalid token"):
        orders.respond({"taskToken": token})


def test_s065_a_token_of_an_activity_completes_no_decision_task(orders, do):
    run = orders.start()
    orders.decide(do.activity())

    with pytest.raises(orders.client.exceptions.ClientError):
        orders.respond(orders.work())

    assert run.types()[-1] == "ActivityTaskStarted"


def test_s066_a_decision_task_times_out_and_is_scheduled_again(orders, refused):
    run = orders.start(taskStartToCloseTimeout="10")
    task = orders.poll()
    orders.advance(10)

    assert run.since(3) == [
        (
            "DecisionTaskTimedOut",
            {"scheduledEventId": 2, "startedEventId": 3, "timeoutType": "START_TO_CLOSE"},
        ),
        (
            "DecisionTaskScheduled",
            {
                "scheduleToStartTimeout": "NONE",
                "startToCloseTimeout": "10",
                "taskList": {"name": "deciders"},
            },
        ),
    ]
    with refused("UnknownResourceFault", "Unknown decision task, scheduledEventId = 2"):
        orders.respond(task)


def test_s066_decision_task_is_valid_until_its_timeout(orders):
    run = orders.start(taskStartToCloseTimeout="10")
    task = orders.poll()
    orders.advance(9.999)

    orders.respond(task)

    assert run.types()[-1] == "DecisionTaskCompleted"


def test_s067_a_timeout_with_a_queued_task_schedules_no_other(orders):
    run = orders.start(taskStartToCloseTimeout="10")
    orders.poll()
    run.signal()

    orders.advance(10)

    assert run.types(after=3) == [
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "DecisionTaskTimedOut",
    ]


def test_s067_previous_started_event_after_a_timeout(orders):
    run = orders.start(taskStartToCloseTimeout="10")
    orders.decide()
    run.signal()
    late = orders.poll()["startedEventId"]
    orders.advance(10)

    assert orders.poll()["previousStartedEventId"] == late


def test_s068_a_higher_priority_goes_first(orders):
    for workflow_id, priority in [("low", "-1"), ("none", None), ("high", "10"), ("none 2", "0")]:
        orders.start(workflow_id, **({"taskPriority": priority} if priority else {}))

    polled = [orders.poll()["workflowExecution"]["workflowId"] for _ in range(4)]

    assert polled == ["high", "none", "none 2", "low"]


def test_s069_an_override_is_recorded_and_used(orders):
    run = orders.start()
    orders.decide(taskList={"name": "mine"})

    run.signal()

    assert run.last("DecisionTaskCompleted")["taskList"] == {"name": "mine"}
    assert run.last("DecisionTaskScheduled") == {
        "scheduleToStartTimeout": "NONE",
        "startToCloseTimeout": "NONE",
        "taskList": {"name": "mine"},
    }
    assert "taskToken" not in orders.poll("deciders")
    assert orders.poll("mine")["workflowExecution"] == run.execution


def test_s069_override_stays_until_replaced(orders):
    run = orders.start()
    orders.decide(taskList={"name": "mine"})
    run.signal()
    orders.decide(task_list="mine")

    run.signal()

    assert run.last("DecisionTaskScheduled")["taskList"] == {"name": "mine"}
    assert run.describe()["executionConfiguration"]["taskList"] == {"name": "deciders"}


STICKY = {"taskList": {"name": "mine"}, "taskListScheduleToStartTimeout": "5"}
ORIGINAL = (
    "DecisionTaskScheduled",
    {
        "scheduleToStartTimeout": "NONE",
        "startToCloseTimeout": "60",
        "taskList": {"name": "deciders"},
    },
)


@pytest.fixture
def sticky(orders):
    """An execution with a sticky task list and a schedule-to-start timeout of 5 seconds."""
    run = orders.start(taskStartToCloseTimeout="60")
    orders.decide(**STICKY)
    run.signal()
    return run


def test_s070_an_override_shows_how_long_it_waits(sticky):
    assert sticky.last("DecisionTaskCompleted") == {
        **STICKY,
        "scheduledEventId": 2,
        "startedEventId": 3,
    }
    assert sticky.last("DecisionTaskScheduled") == {
        "scheduleToStartTimeout": "5",
        "startToCloseTimeout": "60",
        "taskList": {"name": "mine"},
    }


def test_s070_unpolled_override_falls_back(orders, sticky):
    orders.advance(5)

    assert sticky.since(6) == [
        (
            "DecisionTaskTimedOut",
            {"scheduledEventId": 6, "startedEventId": 0, "timeoutType": "SCHEDULE_TO_START"},
        ),
        ORIGINAL,
    ]
    assert "taskToken" not in orders.poll("mine")
    assert orders.poll("deciders")["workflowExecution"] == sticky.execution


def test_s070_expired_override_is_removed_permanently(orders, sticky):
    orders.advance(5)
    orders.decide()

    sticky.signal()

    assert sticky.last("DecisionTaskScheduled")["taskList"] == {"name": "deciders"}


def test_s070_override_polled_in_time_stays(orders, sticky):
    orders.advance(4)
    orders.decide(task_list="mine")
    orders.advance(60)

    sticky.signal()

    assert sticky.last("DecisionTaskScheduled")["taskList"] == {"name": "mine"}
    assert "DecisionTaskTimedOut" not in sticky.types()


def test_s071_override_falls_back_after_a_decision_timeout(orders, sticky):
    orders.poll("mine")
    orders.advance(60)

    assert sticky.since(7) == [
        (
            "DecisionTaskTimedOut",
            {"scheduledEventId": 6, "startedEventId": 7, "timeoutType": "START_TO_CLOSE"},
        ),
        ORIGINAL,
    ]


def test_s063_a_late_page_of_a_completed_task_is_refused(orders, refused):
    orders.start()
    task = orders.poll(maximumPageSize=1)
    orders.respond(task)

    with refused("UnknownResourceFault", re.compile("^Unknown decision task")):
        orders.poll(nextPageToken=task["nextPageToken"], maximumPageSize=1)
