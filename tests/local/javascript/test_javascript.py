"""The AWS SDK for JavaScript as a client, over HTTP and in separate processes.

`client.mjs` prints its results as JSON.  `make .venv/installed-javascript` installs the SDK.
"""

import json
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from swf.local import LocalSWF

DIRECTORY = Path(__file__).parent
MODULES = Path(__file__).parents[3] / ".venv" / "javascript"

ORDER = {"name": "order", "version": "1.0"}
CHARGE = {"name": "charge", "version": "1.0"}
MAIN = {"name": "main"}
KEYS = {"aws_access_key_id": "javascript", "aws_secret_access_key": "any"}


def node(command, url):
    """Start the client; `report` reads its output."""
    program = shutil.which("node")
    assert program, "node is not installed: run `make .venv/installed-javascript`"
    sdk = MODULES / "node_modules" / "@aws-sdk" / "client-swf"
    assert sdk.is_dir(), f"{sdk} is missing: run `make .venv/installed-javascript`"
    return subprocess.Popen(
        [program, str(DIRECTORY / "client.mjs"), command, url, str(MODULES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def report(process):
    """Wait for the client to end; return its output."""
    try:
        printed, problems = process.communicate(timeout=50)
    finally:
        process.kill()
    assert process.returncode == 0, problems
    return json.loads(printed)


@pytest.fixture(scope="module")
def story():
    """One execution from start to close, as printed by the SDK."""
    with LocalSWF() as service:
        return report(node("story", service.serve()))


def test_decision_task_is_parsed(story):
    task = story["first"]

    assert task["workflowExecution"] == {"workflowId": "w", "runId": story["runId"]}
    assert task["workflowType"] == ORDER
    assert [event["eventType"] for event in task["events"]] == [
        "WorkflowExecutionStarted",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]
    assert task["events"][2]["decisionTaskStartedEventAttributes"]["identity"] == "decider"


def test_text_arrives_unchanged(story):
    started = story["first"]["events"][0]["workflowExecutionStartedEventAttributes"]

    assert started["input"] == "naïve ☃ 🎉"


def test_a_time_is_read_as_a_date(story):
    assert story["startIsDate"] is True


def test_activity_task_is_parsed(story):
    activity = story["activity"]

    assert activity["activityId"] == "a"
    assert activity["activityType"] == CHARGE
    assert activity["input"] == "12"
    assert story["heartbeat"]["cancelRequested"] is False


def test_decision_task_refers_to_the_previous_one(story):
    assert story["previousStartedEventIds"] == [0, *story["startedEventIds"][:2]]


def test_pages_of_a_history_form_the_whole_history(story):
    pages = story["history"]

    assert [len(page) for page in pages] == [6, 6, 5]
    assert [(each["eventId"], each["eventType"]) for page in pages for each in page] == list(
        enumerate(
            [
                "WorkflowExecutionStarted",
                "DecisionTaskScheduled",
                "DecisionTaskStarted",
                "DecisionTaskCompleted",
                "ActivityTaskScheduled",
                "ActivityTaskStarted",
                "ActivityTaskCompleted",
                "DecisionTaskScheduled",
                "WorkflowExecutionSignaled",
                "DecisionTaskStarted",
                "DecisionTaskCompleted",
                "TimerStarted",
                "TimerFired",
                "DecisionTaskScheduled",
                "DecisionTaskStarted",
                "DecisionTaskCompleted",
                "WorkflowExecutionCompleted",
            ],
            start=1,
        )
    )


def test_a_list_is_paged(story):
    pages = [[info["activityType"]["version"] for info in page] for page in story["versions"]]

    assert pages == [["1.4", "1.3"], ["1.2", "1.1"], ["1.0"]]


def test_a_closed_execution_is_described(story):
    described = story["described"]

    assert described["executionInfo"]["closeStatus"] == "COMPLETED"
    assert described["executionInfo"]["tagList"] == ["eu"]
    assert described["openCounts"]["openTimers"] == 0


@pytest.mark.parametrize(
    ("operation", "name", "message", "is_typed"),
    [
        ("RegisterDomain", "DomainAlreadyExistsFault", "orders", True),
        ("DescribeDomain", "UnknownResourceFault", "Unknown domain: nowhere", True),
        (
            "RegisterActivityType",
            "TypeAlreadyExistsFault",
            "ActivityType=[name=charge, version=1.0]",
            True,
        ),
        (
            "UndeprecateWorkflowType",
            "TypeAlreadyExistsFault",
            "WorkflowType=[name=order, version=1.0]",
            True,
        ),
        (
            "DeleteActivityType",
            "TypeNotDeprecatedFault",
            "The type is currently registered and cannot be deleted in its current state",
            True,
        ),
        (
            "StartWorkflowExecution",
            "ValidationException",
            "1 validation error detected: Value '[, , , , , ]' at 'tagList' failed to satisfy"
            " constraint: Member must have length less than or equal to 5",
            False,
        ),
        ("RespondActivityTaskCompleted", "UnknownResourceFault", None, True),
        (
            "ListDomains",
            "ValidationException",
            "1 validation error detected: Value 'LOST' at 'registrationStatus' failed to satisfy"
            " constraint: Member must satisfy enum value set: [REGISTERED, DEPRECATED]",
            False,
        ),
    ],
)
def test_a_fault_has_its_name(story, operation, name, message, is_typed):
    fault = story["faults"][operation]

    assert fault["name"] == name
    assert message in (None, fault["message"])
    assert fault["status"] == 400
    assert fault["isTyped"] is is_typed
    assert fault["isOfTheService"] is True


@pytest.fixture
def python_client():
    """Return a function that creates boto3 clients with the access key of the JavaScript client."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=70)

    def make(url):
        session = boto3.session.Session()
        return session.client(
            "swf", endpoint_url=url, region_name="us-east-1", config=config, **KEYS
        )

    return make


def run_activities(client, count):
    """Run an execution with several parallel activities; return its history."""
    started = client.start_workflow_execution(domain="orders", workflowId="w", workflowType=ORDER)
    decisions = [activity(str(number)) for number in range(count)]
    while True:
        task = client.poll_for_decision_task(domain="orders", taskList=MAIN)
        types = [event["eventType"] for event in task["events"]]
        if types.count("ActivityTaskCompleted") == count:
            decisions = [{"decisionType": "CompleteWorkflowExecution"}]
        client.respond_decision_task_completed(taskToken=task["taskToken"], decisions=decisions)
        if types.count("ActivityTaskCompleted") == count:
            break
        decisions = []
    return client.get_workflow_execution_history(
        domain="orders", execution={"workflowId": "w", "runId": started["runId"]}
    )["events"]


def activity(number):
    attributes = {"activityId": number, "activityType": CHARGE, "input": number}
    return {
        "decisionType": "ScheduleActivityTask",
        "scheduleActivityTaskDecisionAttributes": attributes,
    }


def work(client):
    """Complete activities until a poll is empty; return their ids."""
    completed = []
    while (task := client.poll_for_activity_task(domain="orders", taskList=MAIN)).get("taskToken"):
        client.respond_activity_task_completed(taskToken=task["taskToken"], result=task["input"])
        completed.append(task["activityId"])
    return completed


def test_processes_of_two_languages_complete_each_activity_once(
    python_client, threads, until_polls_wait
):
    with LocalSWF() as service:
        url = service.serve()
        report(node("register", url))
        ours = threads.start(work, python_client(url))
        theirs = [node("work", url) for _ in range(3)]
        until_polls_wait(service, 4)

        events = run_activities(python_client(url), count=60)

        done = [report(process)["completed"] for process in theirs]
    done.append(ours())  # closing the service ended its last poll
    results = [
        event["activityTaskCompletedEventAttributes"]["result"]
        for event in events
        if event["eventType"] == "ActivityTaskCompleted"
    ]
    assert sorted(results, key=int) == [str(number) for number in range(60)]
    assert sorted(chain.from_iterable(done), key=int) == sorted(results, key=int)
    assert all(done), "a worker had nothing to do"
