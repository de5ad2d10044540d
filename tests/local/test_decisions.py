"""Decisions about the deciding execution: success and each failure cause."""

import pytest

from swf.local import limits

TYPE = {"name": "charge", "version": "1"}
ACTIVITY = {"activityId": "a", "activityType": TYPE}


def test_a_scheduled_activity_shows_its_settings(engine):
    engine.start()
    attributes = {**ACTIVITY, "input": "i", "control": "c", "heartbeatTimeout": "7"}

    engine.decide(("ScheduleActivityTask", {**attributes, "taskPriority": "3"}))

    assert engine.last("ActivityTaskScheduled") == {
        "activityId": "a",
        "activityType": TYPE,
        "control": "c",
        "decisionTaskCompletedEventId": 4,
        "heartbeatTimeout": "7",
        "input": "i",
        "scheduleToCloseTimeout": "NONE",
        "scheduleToStartTimeout": "NONE",
        "startToCloseTimeout": "NONE",
        "taskList": {"name": "list"},
        "taskPriority": "3",
    }


@pytest.mark.parametrize("end", ["Completed", "Failed", "Canceled"])
def test_the_id_of_a_closed_activity_may_be_used_again(engine, end):
    engine.start()
    engine.decide(("ScheduleActivityTask", ACTIVITY))
    engine.call(f"RespondActivityTask{end}", taskToken=engine.poll("Activity")["taskToken"])

    engine.decide(("ScheduleActivityTask", ACTIVITY))

    assert len(engine.events(of="ActivityTaskScheduled")) == 2


def deprecate(engine):
    engine.call("DeprecateActivityType", domain="d", activityType=TYPE)


def delete(engine):
    deprecate(engine)
    engine.call("DeleteActivityType", domain="d", activityType=TYPE)


def with_defaults(*missing):
    """Register charge 2 with all defaults except some."""

    def register(engine):
        defaults = {
            "defaultTaskList": {"name": "list"},
            "defaultTaskScheduleToStartTimeout": "1",
            "defaultTaskScheduleToCloseTimeout": "1",
            "defaultTaskStartToCloseTimeout": "1",
            "defaultTaskHeartbeatTimeout": "1",
        }
        settings = {name: value for name, value in defaults.items() if name not in missing}
        engine.call("RegisterActivityType", domain="d", name="charge", version="2", **settings)

    return register


def nothing(engine):
    pass


SECOND = {"activityId": "a", "activityType": {"name": "charge", "version": "2"}}
IN_USE = [("ScheduleActivityTask", ACTIVITY)]
LIST, STS, STC = (
    "defaultTaskList",
    "defaultTaskScheduleToStartTimeout",
    "defaultTaskScheduleToCloseTimeout",
)
TO_CLOSE, BEAT = "defaultTaskStartToCloseTimeout", "defaultTaskHeartbeatTimeout"


@pytest.mark.parametrize(
    ("before", "earlier", "decision", "cause"),
    [
        (nothing, [], SECOND, "ACTIVITY_TYPE_DOES_NOT_EXIST"),
        (delete, [], ACTIVITY, "ACTIVITY_TYPE_DOES_NOT_EXIST"),
        (deprecate, [], ACTIVITY, "ACTIVITY_TYPE_DEPRECATED"),
        (nothing, IN_USE, ACTIVITY, "ACTIVITY_ID_ALREADY_IN_USE"),
        (with_defaults(LIST, STS, BEAT), [], SECOND, "DEFAULT_TASK_LIST_UNDEFINED"),
        (
            with_defaults(STS, STC, TO_CLOSE),
            [],
            SECOND,
            "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED",
        ),
        (
            with_defaults(STC, TO_CLOSE, BEAT),
            [],
            SECOND,
            "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED",
        ),
        (with_defaults(TO_CLOSE, BEAT), [], SECOND, "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
        (with_defaults(BEAT), [], SECOND, "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED"),
    ],
)
def test_unschedulable_activity_fails_with_its_cause(engine, before, earlier, decision, cause):
    engine.start()
    before(engine)

    engine.decide(*earlier, ("ScheduleActivityTask", decision))

    assert engine.last("ScheduleActivityTaskFailed") == {
        "activityId": "a",
        "activityType": decision["activityType"],
        "cause": cause,
        "decisionTaskCompletedEventId": 4,
    }
    assert engine.types()[-1] == "DecisionTaskScheduled"


@pytest.mark.parametrize(
    ("limit", "decision", "failed", "cause"),
    [
        (
            "OPEN_ACTIVITIES",
            lambda n: ("ScheduleActivityTask", {**ACTIVITY, "activityId": f"{n}"}),
            "ScheduleActivityTaskFailed",
            "OPEN_ACTIVITIES_LIMIT_EXCEEDED",
        ),
        (
            "OPEN_TIMERS",
            lambda n: ("StartTimer", {"timerId": f"{n}", "startToFireTimeout": "9"}),
            "StartTimerFailed",
            "OPEN_TIMERS_LIMIT_EXCEEDED",
        ),
        (
            "OPEN_CHILDREN",
            lambda n: (
                "StartChildWorkflowExecution",
                {"workflowId": f"{n}", "workflowType": {"name": "order", "version": "1"}},
            ),
            "StartChildWorkflowExecutionFailed",
            "OPEN_CHILDREN_LIMIT_EXCEEDED",
        ),
        (
            "OPEN_LAMBDAS",
            lambda n: ("ScheduleLambdaFunction", {"id": f"{n}", "name": "f"}),
            "ScheduleLambdaFunctionFailed",
            "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED",
        ),
    ],
)
def test_open_entity_1001_fails(engine, limit, decision, failed, cause):
    assert getattr(limits, limit) == 1000
    engine.start(lambdaRole="role")

    engine.decide(*[decision(number) for number in range(1001)])

    assert [each[failed_member(failed)]["cause"] for each in engine.events(of=failed)] == [cause]


def failed_member(event_type):
    return f"{event_type[0].lower()}{event_type[1:]}EventAttributes"


def test_an_unstarted_activity_is_canceled_at_once(engine):
    engine.start()

    engine.decide(
        ("ScheduleActivityTask", ACTIVITY), ("RequestCancelActivityTask", {"activityId": "a"})
    )

    assert engine.types()[4:] == [
        "ActivityTaskScheduled",
        "ActivityTaskCancelRequested",
        "ActivityTaskCanceled",
        "DecisionTaskScheduled",
    ]
    assert engine.last("ActivityTaskCanceled") == {
        "latestCancelRequestedEventId": 6,
        "scheduledEventId": 5,
        "startedEventId": 0,
    }
    assert "taskToken" not in engine.poll("Activity")


def test_started_activity_gets_a_cancel_request(engine):
    engine.start()
    engine.decide(("ScheduleActivityTask", ACTIVITY))
    token = engine.poll("Activity")["taskToken"]
    engine.signal()

    engine.decide(*[("RequestCancelActivityTask", {"activityId": "a"})] * 2)

    assert engine.types()[-2:] == ["ActivityTaskCancelRequested"] * 2
    assert engine.call("RecordActivityTaskHeartbeat", taskToken=token) == {"cancelRequested": True}
    engine.call("RespondActivityTaskCanceled", taskToken=token)
    assert engine.last("ActivityTaskCanceled")["latestCancelRequestedEventId"] == 12


@pytest.mark.parametrize(
    ("decision", "failed"),
    [
        (
            ("RequestCancelActivityTask", {"activityId": "x"}),
            {"activityId": "x", "cause": "ACTIVITY_ID_UNKNOWN"},
        ),
        (("CancelTimer", {"timerId": "x"}), {"timerId": "x", "cause": "TIMER_ID_UNKNOWN"}),
        (
            ("StartTimer", {"timerId": "taken", "startToFireTimeout": "1"}),
            {"timerId": "taken", "cause": "TIMER_ID_ALREADY_IN_USE"},
        ),
    ],
)
def test_a_failed_decision_leads_to_one_new_decision_task(engine, decision, failed):
    engine.start()

    engine.decide(
        ("StartTimer", {"timerId": "taken", "startToFireTimeout": "9"}), decision, decision
    )

    assert engine.last(f"{decision[0]}Failed") == {**failed, "decisionTaskCompletedEventId": 4}
    assert engine.types()[-2:] == [f"{decision[0]}Failed", "DecisionTaskScheduled"]


def test_timer_id_can_be_reused_in_the_same_batch(engine):
    engine.start()
    timer = {"timerId": "t", "startToFireTimeout": "5", "control": "c"}

    engine.decide(("StartTimer", timer), ("CancelTimer", {"timerId": "t"}), ("StartTimer", timer))

    assert engine.types()[4:] == ["TimerStarted", "TimerCanceled", "TimerStarted"]
    assert engine.last("TimerCanceled") == {
        "decisionTaskCompletedEventId": 4,
        "startedEventId": 5,
        "timerId": "t",
    }


def test_markers_may_repeat_and_schedule_no_decision_task(engine):
    engine.start()

    engine.decide(*[("RecordMarker", {"markerName": "m", "details": ""})] * 2)

    assert engine.types()[4:] == ["MarkerRecorded", "MarkerRecorded"]
    assert engine.last("MarkerRecorded")["details"] == ""


CLOSING = [
    ("CompleteWorkflowExecution", {"result": "r"}, "WorkflowExecutionCompleted", "COMPLETED"),
    ("FailWorkflowExecution", {"reason": "r"}, "WorkflowExecutionFailed", "FAILED"),
    ("CancelWorkflowExecution", {"details": "d"}, "WorkflowExecutionCanceled", "CANCELED"),
]


@pytest.mark.parametrize(("decision", "attributes", "event", "status"), CLOSING)
def test_a_closing_decision_closes(engine, decision, attributes, event, status):
    engine.start()

    engine.decide((decision, attributes))

    assert engine.last(event) == {**attributes, "decisionTaskCompletedEventId": 4}
    assert engine.run().close_status == status


@pytest.mark.parametrize(
    "decision", [row[0] for row in CLOSING] + ["ContinueAsNewWorkflowExecution"]
)
def test_a_closing_decision_fails_when_something_is_unhandled(engine, decision):
    engine.start()
    token = engine.poll()["taskToken"]
    engine.signal()

    engine.complete(token, ("RecordMarker", {"markerName": "kept"}), (decision, {}))

    assert engine.types()[3:] == [
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "DecisionTaskCompleted",
        "MarkerRecorded",
        f"{decision}Failed",
    ]
    assert engine.last(f"{decision}Failed")["cause"] == "UNHANDLED_DECISION"
    assert engine.poll()["startedEventId"] == 9


def test_failed_decision_does_not_block_a_close(engine):
    engine.start()

    engine.decide(("CancelTimer", {"timerId": "x"}), ("CompleteWorkflowExecution", {}))

    assert engine.types()[-2:] == ["CancelTimerFailed", "WorkflowExecutionCompleted"]


def test_open_counts_stay_when_an_execution_closes(engine):
    engine.start()
    timer = ("StartTimer", {"timerId": "t", "startToFireTimeout": "9"})

    engine.decide(("ScheduleActivityTask", ACTIVITY), timer, ("CompleteWorkflowExecution", {}))

    assert engine.run().open_counts() == {
        "openActivityTasks": 1,
        "openChildWorkflowExecutions": 0,
        "openDecisionTasks": 0,
        "openLambdaFunctions": 0,
        "openTimers": 1,
    }
    engine.advance(100)
    assert engine.types()[-1] == "WorkflowExecutionCompleted"
    assert "taskToken" not in engine.poll("Activity")


EVERY_DECISION = {
    "ScheduleActivityTask": ACTIVITY,
    "RequestCancelActivityTask": {"activityId": "a"},
    "CompleteWorkflowExecution": {},
    "FailWorkflowExecution": {},
    "CancelWorkflowExecution": {},
    "ContinueAsNewWorkflowExecution": {},
    "RecordMarker": {"markerName": "m"},
    "StartTimer": {"timerId": "t", "startToFireTimeout": "1"},
    "CancelTimer": {"timerId": "t"},
    "SignalExternalWorkflowExecution": {"workflowId": "x", "signalName": "s"},
    "RequestCancelExternalWorkflowExecution": {"workflowId": "x"},
    "StartChildWorkflowExecution": {
        "workflowId": "x",
        "workflowType": {"name": "order", "version": "1"},
    },
    "ScheduleLambdaFunction": {"id": "i", "name": "f"},
}


@pytest.mark.parametrize("decision", EVERY_DECISION)
def test_any_decision_can_be_made_to_fail(engine, decision):
    engine.start()
    engine.state.refuse = lambda kind, attributes: "OPERATION_NOT_PERMITTED"

    engine.decide((decision, EVERY_DECISION[decision]))

    assert engine.types()[4:] == [f"{decision}Failed", "DecisionTaskScheduled"]
    assert engine.last(f"{decision}Failed")["cause"] == "OPERATION_NOT_PERMITTED"
    assert engine.last(f"{decision}Failed").get("initiatedEventId", 0) == 0
