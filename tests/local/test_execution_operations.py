"""Single executions: start, signal, cancel, terminate, describe, history."""

import pytest

from swf.local import limits
from swf.local.engine import Fault

WORKFLOW = {"name": "order", "version": "1"}
CHARGE = {"activityId": "a", "activityType": {"name": "charge", "version": "1"}}


def refusal(call, *arguments, **params):
    with pytest.raises(Fault) as caught:
        call(*arguments, **params)
    return caught.value.code, caught.value.message


def describe(engine, workflow_id="w"):
    reference = engine.run(workflow_id).reference
    return engine.call("DescribeWorkflowExecution", domain="d", execution=reference)


def test_a_start_writes_two_events_at_one_instant(engine):
    settings = {"input": "", "tagList": ["x", "y", "x"], "taskPriority": "5", "lambdaRole": "r"}
    engine.start(**settings, taskList={"name": "mine"})

    first, second = engine.events()
    assert first["eventTimestamp"] == second["eventTimestamp"]
    assert first["workflowExecutionStartedEventAttributes"] == {
        **settings,
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "86400",
        "parentInitiatedEventId": 0,
        "taskList": {"name": "mine"},
        "taskStartToCloseTimeout": "NONE",
        "workflowType": WORKFLOW,
    }
    assert second["decisionTaskScheduledEventAttributes"] == {
        "scheduleToStartTimeout": "NONE",
        "startToCloseTimeout": "NONE",
        "taskList": {"name": "mine"},
        "taskPriority": "5",
    }
    assert engine.outcome.wakes == {("decision", "d", "mine")}


def test_run_ids_have_the_format_of_aws_and_never_repeat(engine):
    run_ids = {engine.start(f"{number}") for number in range(100)}

    assert len(run_ids) == 100
    assert {len(run_id) for run_id in run_ids} == {46}
    assert all(run_id.startswith("22") and run_id.endswith("=") for run_id in run_ids)


DEFAULTS = [
    "defaultExecutionStartToCloseTimeout",
    "defaultTaskList",
    "defaultTaskStartToCloseTimeout",
    "defaultChildPolicy",
]


@pytest.mark.parametrize("missing", range(4))
def test_first_missing_setting_is_named(make_engine, missing):
    engine = make_engine().register(**dict.fromkeys(DEFAULTS[missing:]))

    assert refusal(engine.start) == ("DefaultUndefinedFault", DEFAULTS[missing])


def test_workflow_id_is_reusable_after_close(engine):
    engine.start()
    expected = ("WorkflowExecutionAlreadyStartedFault", "Already Started")
    assert refusal(engine.start) == expected

    engine.terminate()

    assert engine.start() == engine.run().run_id


def test_an_unknown_type_is_refused(engine):
    assert refusal(engine.start, workflowType={"name": "x", "version": "1"}) == (
        "UnknownResourceFault",
        "Unknown type: WorkflowType=[name=x, version=1]",
    )


def test_a_deprecated_type_is_refused(engine):
    engine.call("DeprecateWorkflowType", domain="d", workflowType=WORKFLOW)

    assert refusal(engine.start) == (
        "TypeDeprecatedFault",
        "WorkflowType=[name=order, version=1]",
    )


def test_a_signal_is_recorded_each_time(engine):
    engine.start()
    signal = {"domain": "d", "workflowId": "w", "signalName": "s"}
    engine.call("SignalWorkflowExecution", **signal, input="i", runId="")
    engine.call("SignalWorkflowExecution", **signal)

    first, second = engine.events(of="WorkflowExecutionSignaled")
    member = "workflowExecutionSignaledEventAttributes"
    assert first[member] == {"externalInitiatedEventId": 0, "input": "i", "signalName": "s"}
    assert second[member] == {"externalInitiatedEventId": 0, "signalName": "s"}


def test_a_cancel_request_changes_nothing_but_a_flag(engine):
    engine.start()
    engine.call("RequestCancelWorkflowExecution", domain="d", workflowId="w")

    assert engine.last("WorkflowExecutionCancelRequested") == {"externalInitiatedEventId": 0}
    assert describe(engine)["executionInfo"]["cancelRequested"] is True
    engine.decide(("CompleteWorkflowExecution", {}))
    assert describe(engine)["executionInfo"]["cancelRequested"] is False


def test_a_termination_closes_at_once(engine):
    engine.start()
    engine.advance(3)

    engine.terminate(reason="r", details="d")

    assert engine.last("WorkflowExecutionTerminated") == {
        "cause": "OPERATOR_INITIATED",
        "childPolicy": "TERMINATE",
        "details": "d",
        "reason": "r",
    }
    info = describe(engine)["executionInfo"]
    assert (info["closeStatus"], info["closeTimestamp"]) == ("TERMINATED", engine.now)
    assert engine.types()[-1] == "WorkflowExecutionTerminated"


@pytest.mark.parametrize(
    ("operation", "extra"),
    [
        ("SignalWorkflowExecution", {"signalName": "s"}),
        ("RequestCancelWorkflowExecution", {}),
        ("TerminateWorkflowExecution", {}),
    ],
)
def test_only_an_open_execution_can_be_addressed(engine, operation, extra):
    run_id = engine.start()
    engine.terminate()
    unknown_run = f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run_id}]"
    address = {"domain": "d", "workflowId": "w", **extra}

    assert refusal(engine.call, operation, **address)[1] == "Unknown execution, workflowId = w"
    assert refusal(engine.call, operation, **address, runId=run_id)[1] == unknown_run


def test_a_description_of_an_open_execution(engine):
    engine.start(taskPriority="5", lambdaRole="r", tagList=["t"])

    assert describe(engine) == {
        "executionConfiguration": {
            "childPolicy": "TERMINATE",
            "executionStartToCloseTimeout": "86400",
            "lambdaRole": "r",
            "taskList": {"name": "list"},
            "taskPriority": "5",
            "taskStartToCloseTimeout": "NONE",
        },
        "executionInfo": {
            "cancelRequested": False,
            "execution": engine.run().reference,
            "executionStatus": "OPEN",
            "startTimestamp": 1_000_000.0,
            "tagList": ["t"],
            "workflowType": WORKFLOW,
        },
        "openCounts": {
            "openActivityTasks": 0,
            "openChildWorkflowExecutions": 0,
            "openDecisionTasks": 1,
            "openLambdaFunctions": 0,
            "openTimers": 0,
        },
    }


def test_latest_activity_time_follows_each_activity_event(engine):
    engine.start()
    times = []
    engine.decide(("ScheduleActivityTask", CHARGE))
    times.append(describe(engine)["latestActivityTaskTimestamp"])
    engine.advance(1)
    token = engine.poll("Activity")["taskToken"]
    times.append(describe(engine)["latestActivityTaskTimestamp"])
    engine.advance(1)
    engine.call("RespondActivityTaskFailed", taskToken=token)
    times.append(describe(engine)["latestActivityTaskTimestamp"])

    assert times == [1_000_000.0, 1_000_001.0, 1_000_002.0]


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("size", [1, 3, 5, 10])
def test_a_history_is_read_page_by_page(engine, closed, reverse, size):
    engine.start()
    for _ in range(8):
        engine.signal()
    if closed:
        engine.terminate()
    count = 11 if closed else 10
    params = {
        "domain": "d",
        "execution": engine.run().reference,
        "maximumPageSize": size,
        "reverseOrder": reverse,
    }

    answers = [engine.call("GetWorkflowExecutionHistory", **params)]
    while "nextPageToken" in answers[-1]:
        token = answers[-1]["nextPageToken"]
        answers.append(engine.call("GetWorkflowExecutionHistory", **params, nextPageToken=token))

    ids = [event["eventId"] for answer in answers for event in answer["events"]]
    assert ids == (list(range(count, 0, -1)) if reverse else list(range(1, count + 1)))
    assert len(answers) == -(-count // size)


@pytest.mark.parametrize("operation", ["DescribeWorkflowExecution", "GetWorkflowExecutionHistory"])
def test_an_unknown_run_is_named(engine, operation):
    run_id = engine.start()
    for workflow_id, wrong_id in (("w", "22x"), ("v", run_id)):
        execution = {"workflowId": workflow_id, "runId": wrong_id}
        assert refusal(engine.call, operation, domain="d", execution=execution) == (
            "UnknownResourceFault",
            f"Unknown execution: WorkflowExecution=[workflowId={workflow_id}, runId={wrong_id}]",
        )


@pytest.mark.parametrize("retention", ["0", "NONE"])
def test_without_retention_a_closed_execution_is_gone(make_engine, retention):
    engine = make_engine().register(retention=retention)
    engine.start()

    engine.decide(("CompleteWorkflowExecution", {}))

    assert engine.state.executions == {}


def test_after_the_retention_period_an_execution_is_gone(engine):
    reference = {"workflowId": "w", "runId": engine.start()}
    engine.terminate()
    engine.advance(7 * 86_400 - 1)
    engine.call("DescribeWorkflowExecution", domain="d", execution=reference)

    engine.advance(1)

    call = ("DescribeWorkflowExecution",)
    assert refusal(engine.call, *call, domain="d", execution=reference)[0] == "UnknownResourceFault"


@pytest.fixture
def full(engine, monkeypatch):
    """An engine where w has 9 events and the limit is 10."""
    assert limits.HISTORY_EVENTS == 25_000
    monkeypatch.setattr("swf.local.step.HISTORY_EVENTS", 10)
    engine.start()
    for _ in range(7):
        engine.signal()
    return engine


def ended(engine):
    return engine.types()[-1], len(engine.types()), engine.last("WorkflowExecutionTerminated")


TIMER = {"timerId": "t", "startToFireTimeout": "1"}

FULL = (
    "WorkflowExecutionTerminated",
    10,
    {"cause": "EVENT_LIMIT_EXCEEDED", "childPolicy": "TERMINATE"},
)


def test_event_limit_terminates_the_execution(full):
    full.signal()

    assert ended(full) == FULL


def test_poll_skips_an_execution_with_a_full_history(full):
    full.start("next")

    assert full.poll()["workflowExecution"]["workflowId"] == "next"
    assert ended(full) == FULL


def test_batch_beyond_the_event_limit_is_written_whole(engine, monkeypatch):
    monkeypatch.setattr("swf.local.step.HISTORY_EVENTS", 10)
    engine.start()

    engine.decide(*[("RecordMarker", {"markerName": "m"})] * 20, ("StartTimer", TIMER))

    assert engine.types()[4:] == [
        *["MarkerRecorded"] * 20,
        "TimerStarted",
        "WorkflowExecutionTerminated",
    ]
    assert engine.last("WorkflowExecutionTerminated") == FULL[2]


def test_batch_below_the_event_limit_leaves_the_execution_open(engine, monkeypatch):
    monkeypatch.setattr("swf.local.step.HISTORY_EVENTS", 10)
    engine.start()

    engine.decide(*[("RecordMarker", {"markerName": "m"})] * 5)

    assert len(engine.types()) == 9
    assert engine.run().is_open


def test_a_close_may_be_the_last_event_that_fits(engine, monkeypatch):
    monkeypatch.setattr("swf.local.step.HISTORY_EVENTS", 5)
    engine.start()

    engine.decide(("CompleteWorkflowExecution", {}))

    assert engine.types()[-1] == "WorkflowExecutionCompleted"
