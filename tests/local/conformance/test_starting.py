"""Starting executions: settings, uniqueness, tags (S-035 to S-044)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

BARE = {"name": "bare", "version": "1"}


def test_s035_a_start_writes_two_events_at_one_instant(orders):
    run = orders.start()

    started, scheduled = run.history()
    assert (started["eventId"], started["eventType"]) == (1, "WorkflowExecutionStarted")
    assert (scheduled["eventId"], scheduled["eventType"]) == (2, "DecisionTaskScheduled")
    assert started["eventTimestamp"] == scheduled["eventTimestamp"]


def test_s036_start_event_contains_resolved_settings(orders):
    run = orders.start()

    assert run.last("WorkflowExecutionStarted") == {
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "8640000",
        "parentInitiatedEventId": 0,
        "taskList": {"name": "deciders"},
        "taskStartToCloseTimeout": "NONE",
        "workflowType": {"name": "order", "version": "1.0"},
    }


def test_s036_settings_of_the_request_override_defaults(orders):
    count = {
        "childPolicy": "ABANDON",
        "executionStartToCloseTimeout": "60",
        "input": "{}",
        "lambdaRole": "arn:aws:iam::123456789012:role/x",
        "tagList": ["red"],
        "taskList": {"name": "special"},
        "taskPriority": "5",
        "taskStartToCloseTimeout": "30",
    }

    run = orders.start(**count)

    assert run.last("WorkflowExecutionStarted") == {
        **count,
        "parentInitiatedEventId": 0,
        "workflowType": {"name": "order", "version": "1.0"},
    }


def test_s037_the_first_decision_task_shows_its_timeouts(orders):
    run = orders.start(taskPriority="7", taskStartToCloseTimeout="30")

    assert run.last("DecisionTaskScheduled") == {
        "scheduleToStartTimeout": "NONE",
        "startToCloseTimeout": "30",
        "taskList": {"name": "deciders"},
        "taskPriority": "7",
    }


SETTINGS = {
    "executionStartToCloseTimeout": "60",
    "taskList": {"name": "l"},
    "taskStartToCloseTimeout": "60",
    "childPolicy": "ABANDON",
}


@pytest.mark.parametrize("count", range(4))
def test_s038_the_first_setting_without_a_default_is_named(orders, refused, count):
    orders.ask("RegisterWorkflowType", **BARE)
    missing = list(SETTINGS)[count]
    settings = dict(list(SETTINGS.items())[:count])

    with refused("DefaultUndefinedFault", re.compile(f"{missing}$", re.IGNORECASE)):
        orders.start(workflowType=BARE, **settings)


def test_s038_a_type_without_defaults_starts_with_every_setting_given(orders):
    orders.ask("RegisterWorkflowType", **BARE)

    assert orders.start(workflowType=BARE, **SETTINGS).status == "OPEN"


def test_s039_a_workflow_id_is_open_once(orders, refused):
    orders.start("w")

    with refused("WorkflowExecutionAlreadyStartedFault"):
        orders.start("w")


def test_s039_workflow_id_is_unique_across_types(orders, refused):
    orders.register_workflow("other")
    orders.start("w")

    with refused("WorkflowExecutionAlreadyStartedFault"):
        orders.start("w", workflowType={"name": "other", "version": "1.0"})


def test_s039_a_closed_workflow_id_may_start_again(orders):
    first = orders.start("w")
    first.terminate()

    second = orders.start("w")

    assert second.run_id != first.run_id
    assert (first.status, second.status) == ("TERMINATED", "OPEN")


def test_s040_of_many_concurrent_starts_one_succeeds(orders):
    def start(_):
        try:
            return orders.start("w").run_id
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(start, range(16)))

    assert answers.count("WorkflowExecutionAlreadyStartedFault") == 15
    assert orders.open_run("w").run_id in answers


def test_s041_an_unknown_type_starts_nothing(orders, refused):
    with refused("UnknownResourceFault", "Unknown type: WorkflowType=[name=bare, version=1]"):
        orders.start(workflowType=BARE)


def test_s041_a_deprecated_type_starts_nothing(orders, refused):
    orders.ask("DeprecateWorkflowType", workflowType={"name": "order", "version": "1.0"})

    with refused("TypeDeprecatedFault", "WorkflowType=[name=order, version=1.0]"):
        orders.start()


def test_s042_six_tags_are_rejected(orders, refused):
    with refused("ValidationException"):
        orders.start(tagList=list("abcdef"))


def test_s042_five_tags_are_shown_in_their_order(orders):
    tags = ["e", "a", "d", "b", "c"]

    run = orders.start(tagList=tags)

    listed = orders.ask("ListOpenWorkflowExecutions", startTimeFilter={"oldestDate": 0})
    assert run.last("WorkflowExecutionStarted")["tagList"] == tags
    assert run.info["tagList"] == tags
    assert listed["executionInfos"][0]["tagList"] == tags


def test_s043_execution_timeout_cannot_be_none(orders, refused):
    with refused("ValidationException"):
        orders.start(executionStartToCloseTimeout="NONE")


@pytest.mark.parametrize("timeout", ["soon", "-1", "1.5"])
def test_s043_a_timeout_is_a_number_of_seconds(orders, refused, timeout):
    with refused("ValidationException"):
        orders.start(taskStartToCloseTimeout=timeout)


def test_s043_decision_task_timeout_can_be_none(orders):
    run = orders.start(taskStartToCloseTimeout="NONE")

    assert run.last("DecisionTaskScheduled")["startToCloseTimeout"] == "NONE"


def test_s044_run_id_has_the_format_of_aws(orders):
    assert re.fullmatch(r"22[A-Za-z0-9+/]{43}=", orders.start().run_id)
