"""Activity tasks: scheduling, delivery, timeouts, cancellation (S-079 to S-098)."""

import pytest

BARE = {"name": "bare", "version": "1"}
LIST = {"name": "workers"}
TIMEOUTS = {
    "scheduleToStartTimeout": "NONE",
    "scheduleToCloseTimeout": "NONE",
    "startToCloseTimeout": "NONE",
    "heartbeatTimeout": "NONE",
}


def test_s079_type_defaults_fill_absent_settings(orders, do):
    orders.register_activity(
        "slow",
        defaultTaskScheduleToStartTimeout="1",
        defaultTaskScheduleToCloseTimeout="2",
        defaultTaskStartToCloseTimeout="3",
        defaultTaskHeartbeatTimeout="4",
        defaultTaskPriority="5",
    )
    run = orders.start()
    slow = {"name": "slow", "version": "1.0"}

    orders.decide(do.activity("a", activityType=slow, startToCloseTimeout="30", control="c"))

    assert run.since(4) == [
        (
            "ActivityTaskScheduled",
            {
                "activityId": "a",
                "activityType": slow,
                "control": "c",
                "decisionTaskCompletedEventId": 4,
                "heartbeatTimeout": "4",
                "scheduleToCloseTimeout": "2",
                "scheduleToStartTimeout": "1",
                "startToCloseTimeout": "30",
                "taskList": LIST,
                "taskPriority": "5",
            },
        )
    ]


def test_s080_an_activity_of_an_unknown_type_fails(orders, do):
    run = orders.start()

    orders.decide(do.activity(activityType=BARE))

    assert run.since(4)[0] == (
        "ScheduleActivityTaskFailed",
        {
            "activityId": "a",
            "activityType": BARE,
            "cause": "ACTIVITY_TYPE_DOES_NOT_EXIST",
            "decisionTaskCompletedEventId": 4,
        },
    )
    assert run.open_counts["openActivityTasks"] == 0


def test_s080_an_activity_of_a_deprecated_type_fails(orders, do):
    orders.ask("DeprecateActivityType", activityType=do.CHARGE)
    run = orders.start()

    orders.decide(do.activity())

    assert run.last("ScheduleActivityTaskFailed")["cause"] == "ACTIVITY_TYPE_DEPRECATED"
    assert run.open_counts["openActivityTasks"] == 0


def test_s081_an_activity_id_is_open_once(orders, do):
    run = orders.start()

    orders.decide(do.activity("a"), do.activity("a"))

    assert run.types(after=4)[:2] == ["ActivityTaskScheduled", "ScheduleActivityTaskFailed"]
    assert run.last("ScheduleActivityTaskFailed")["cause"] == "ACTIVITY_ID_ALREADY_IN_USE"


def test_s081_the_id_of_a_closed_activity_is_free(orders, do):
    run = orders.start()
    orders.decide(do.activity("a"))
    orders.complete(orders.work())

    orders.decide(do.activity("a"))

    assert run.types()[-1] == "ActivityTaskScheduled"


UNDEFINED = [
    ({}, "DEFAULT_TASK_LIST_UNDEFINED"),
    ({"taskList": LIST}, "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED"),
    ({"scheduleToStartTimeout": "1"}, "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED"),
    ({"scheduleToCloseTimeout": "1"}, "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
    ({"startToCloseTimeout": "1"}, "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED"),
]


@pytest.mark.parametrize("params", range(len(UNDEFINED)), ids=[cause for _, cause in UNDEFINED])
def test_s082_the_first_setting_without_a_default_is_the_cause(orders, do, params):
    orders.ask("RegisterActivityType", **BARE)
    settings = {}
    for more, _ in UNDEFINED[: params + 1]:
        settings |= more
    run = orders.start()

    orders.decide(do.activity(activityType=BARE, **settings))

    assert run.last("ScheduleActivityTaskFailed")["cause"] == UNDEFINED[params][1]


def test_s083_an_execution_has_1000_open_activities_at_most(make, do):
    orders = make(limits="strict")
    run = orders.start()

    orders.decide(*[do.activity(f"a{n}") for n in range(1001)])

    failed = [attributes for kind, attributes in run.since(4) if "Failed" in kind]
    assert [attributes["cause"] for attributes in failed] == ["OPEN_ACTIVITIES_LIMIT_EXCEEDED"]
    assert run.open_counts["openActivityTasks"] == 1000


def test_s084_polled_activity_contains_type_and_input(orders, do):
    run = orders.start()
    orders.decide(do.activity("a", input="[1]"))

    task = orders.work(identity="me")

    assert task.pop("taskToken")
    assert task == {
        "activityId": "a",
        "activityType": do.CHARGE,
        "input": "[1]",
        "startedEventId": 6,
        "workflowExecution": run.execution,
    }
    assert run.since(5) == [("ActivityTaskStarted", {"identity": "me", "scheduledEventId": 5})]


def test_s084_an_activity_without_input_has_none(orders, do):
    orders.start()
    orders.decide(do.activity())

    assert "input" not in orders.work()


def test_s084_a_task_is_delivered_once(orders, do):
    orders.start()
    orders.decide(do.activity())
    orders.work()

    assert orders.work() == {"startedEventId": 0}


RESPONSES = {
    "RespondActivityTaskCompleted": ("ActivityTaskCompleted", {"result": "r"}, {}),
    "RespondActivityTaskFailed": ("ActivityTaskFailed", {"reason": "r", "details": "d"}, {}),
    "RespondActivityTaskCanceled": (
        "ActivityTaskCanceled",
        {"details": "d"},
        {"latestCancelRequestedEventId": 0},
    ),
}


@pytest.mark.parametrize(
    ("operation", "event", "params", "more"),
    [(operation, *row) for operation, row in RESPONSES.items()],
    ids=RESPONSES,
)
@pytest.mark.parametrize("with_words", [True, False])
def test_s085_a_response_writes_its_event_and_a_decision_task(
    orders, do, operation, event, params, more, with_words
):
    run = orders.start()
    orders.decide(do.activity())
    task = orders.work()
    params = params if with_words else {}

    orders.call(operation, taskToken=task["taskToken"], **params)

    assert run.since(6)[0] == (
        event,
        {**params, **more, "scheduledEventId": 5, "startedEventId": 6},
    )
    assert run.types(after=7) == ["DecisionTaskScheduled"]
    assert run.open_counts["openActivityTasks"] == 0


@pytest.mark.parametrize("operation", [*RESPONSES, "RecordActivityTaskHeartbeat"])
def test_s086_a_closed_activity_is_unknown(orders, do, refused, operation):
    orders.start()
    orders.decide(do.activity())
    task = orders.work()
    orders.complete(task)

    with refused("UnknownResourceFault", "Unknown activity, scheduledEventId = 5"):
        orders.call(operation, taskToken=task["taskToken"])


@pytest.mark.parametrize("operation", [*RESPONSES, "RecordActivityTaskHeartbeat"])
def test_s086_malformed_token_is_invalid(orders, refused, operation):
    with refused("ValidationException", "Invalid token"):
        orders.call(operation, taskToken="garbage")


def timed_out(kind, scheduled=5, started=6, **more):
    attributes = {"scheduledEventId": scheduled, "startedEventId": started, "timeoutType": kind}
    return "ActivityTaskTimedOut", {**attributes, **more}


def test_s087_a_heartbeat_writes_no_event_and_resets_the_clock(orders, do):
    run = orders.start()
    orders.decide(do.activity(heartbeatTimeout="10"))
    task = orders.work()

    for _ in range(3):
        orders.advance(9)
        assert orders.heartbeat(task) is False

    assert run.types(after=6) == []
    orders.advance(10)
    assert run.since(6)[0] == timed_out("HEARTBEAT")


def test_s087_heartbeat_without_heartbeat_timeout_is_accepted(orders, do):
    orders.start()
    orders.decide(do.activity())

    assert orders.heartbeat(orders.work()) is False


def test_s088_a_heartbeat_timeout_shows_the_last_details(orders, do):
    run = orders.start()
    orders.decide(do.activity(heartbeatTimeout="10"))
    task = orders.work()
    orders.heartbeat(task, details="half")
    orders.heartbeat(task, details="most")

    orders.advance(10)

    assert run.since(6)[0] == timed_out("HEARTBEAT", details="most")
    assert run.types(after=7) == ["DecisionTaskScheduled"]


def test_s088_a_heartbeat_without_details_clears_them(orders, do):
    run = orders.start()
    orders.decide(do.activity(heartbeatTimeout="10"))
    task = orders.work()
    orders.heartbeat(task, details="half")
    orders.heartbeat(task)

    orders.advance(10)

    assert run.since(6)[0] == timed_out("HEARTBEAT")


def test_s088_scheduled_activity_has_no_heartbeat_timeout(orders, do):
    run = orders.start()
    orders.decide(do.activity(heartbeatTimeout="10"))

    orders.advance(60)

    assert run.types(after=5) == []


def test_s089_heartbeats_do_not_extend_start_to_close(orders, do):
    run = orders.start()
    orders.decide(do.activity(heartbeatTimeout="10", startToCloseTimeout="15"))
    task = orders.work()
    orders.advance(8)
    orders.heartbeat(task, details="half")

    orders.advance(7)

    assert run.since(6)[0] == timed_out("START_TO_CLOSE", details="half")


def test_s090_unstarted_activity_times_out(orders, do):
    run = orders.start()
    orders.decide(do.activity(scheduleToStartTimeout="10"))

    orders.advance(10)

    assert run.since(5)[0] == timed_out("SCHEDULE_TO_START", started=0)
    assert run.types(after=6) == ["DecisionTaskScheduled"]
    assert "taskToken" not in orders.work()


def test_s090_activity_started_in_time_continues(orders, do):
    run = orders.start()
    orders.decide(do.activity(scheduleToStartTimeout="10"))
    orders.advance(9)
    orders.work()

    orders.advance(60)

    assert run.types(after=5) == ["ActivityTaskStarted"]


@pytest.mark.parametrize(("start", "started"), [(False, 0), (True, 6)])
def test_s091_schedule_to_close_fires_before_and_after_the_start(orders, do, start, started):
    run = orders.start()
    orders.decide(do.activity(scheduleToCloseTimeout="10"))
    orders.advance(5)
    if start:
        orders.work()

    orders.advance(5)

    assert run.since(started or 5)[0] == timed_out("SCHEDULE_TO_CLOSE", started=started)


def test_s091_earliest_deadline_fires(orders, do):
    run = orders.start()
    orders.decide(
        do.activity(heartbeatTimeout="7", startToCloseTimeout="5", scheduleToCloseTimeout="30")
    )
    orders.work()

    orders.advance(3600)

    events = run.history()
    assert run.since(6)[0] == timed_out("START_TO_CLOSE")
    elapsed = events[6]["eventTimestamp"] - events[5]["eventTimestamp"]
    assert elapsed.total_seconds() == 5


@pytest.mark.parametrize(
    ("params", "start", "kind"),
    [
        ({"scheduleToStartTimeout": "5"}, False, "SCHEDULE_TO_CLOSE"),
        ({"startToCloseTimeout": "5"}, True, "SCHEDULE_TO_CLOSE"),
        ({"heartbeatTimeout": "5"}, True, "SCHEDULE_TO_CLOSE"),
        (
            {"startToCloseTimeout": "5", "heartbeatTimeout": "5", "scheduleToCloseTimeout": "9"},
            True,
            "START_TO_CLOSE",
        ),
    ],
)
def test_s091_of_two_equal_deadlines_the_wider_one_fires(orders, do, params, start, kind):
    run = orders.start()
    orders.decide(do.activity(**{"scheduleToCloseTimeout": "5", **params}))
    if start:
        orders.work()

    orders.advance(5)

    assert run.last("ActivityTaskTimedOut")["timeoutType"] == kind


def test_s092_none_disables_every_timeout(orders, do):
    run = orders.start()
    orders.decide(do.activity(**TIMEOUTS))
    orders.advance(86400)
    task = orders.work()
    orders.advance(86400)

    orders.complete(task)

    assert run.types(after=5) == [
        "ActivityTaskStarted",
        "ActivityTaskCompleted",
        "DecisionTaskScheduled",
    ]


def test_s093_a_waiting_activity_is_cancelled_in_the_batch(orders, do):
    run = orders.start()
    orders.decide(do.activity(), do.timer("t", "5"))
    orders.advance(5)

    orders.decide(do.cancel_activity(), do.marker())

    decided = run.event_id("DecisionTaskCompleted")
    assert run.since(decided) == [
        (
            "ActivityTaskCancelRequested",
            {"activityId": "a", "decisionTaskCompletedEventId": decided},
        ),
        (
            "ActivityTaskCanceled",
            {
                "latestCancelRequestedEventId": decided + 1,
                "scheduledEventId": 5,
                "startedEventId": 0,
            },
        ),
        ("MarkerRecorded", {"decisionTaskCompletedEventId": decided, "markerName": "m"}),
        (
            "DecisionTaskScheduled",
            {
                "scheduleToStartTimeout": "NONE",
                "startToCloseTimeout": "NONE",
                "taskList": {"name": "deciders"},
            },
        ),
    ]
    assert "taskToken" not in orders.work()


def test_s094_started_activity_gets_a_cancel_request(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    task = orders.work()
    run.signal()

    orders.decide(do.cancel_activity())

    assert run.types()[-1] == "ActivityTaskCancelRequested"
    assert orders.heartbeat(task) is True
    orders.complete(task, result="anyway")
    assert run.last("ActivityTaskCompleted")["result"] == "anyway"


def test_s095_an_activity_that_is_not_open_cannot_be_cancelled(orders, do):
    run = orders.start()

    orders.decide(do.cancel_activity("x"))

    assert run.since(4)[0] == (
        "RequestCancelActivityTaskFailed",
        {"activityId": "x", "cause": "ACTIVITY_ID_UNKNOWN", "decisionTaskCompletedEventId": 4},
    )
    assert run.types(after=5) == ["DecisionTaskScheduled"]


def test_s096_cancellation_refers_to_the_last_request(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    task = orders.work()
    for _ in range(2):
        run.signal()
        orders.decide(do.cancel_activity())
    last = run.event_id("ActivityTaskCancelRequested")

    orders.call("RespondActivityTaskCanceled", taskToken=task["taskToken"])

    assert run.last("ActivityTaskCanceled") == {
        "latestCancelRequestedEventId": last,
        "scheduledEventId": 5,
        "startedEventId": 6,
    }


def test_s096_cancel_request_ends_with_its_activity(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    task = orders.work()
    run.signal()
    orders.decide(do.cancel_activity())
    orders.complete(task)
    orders.decide(do.activity())
    task = orders.work()

    assert orders.heartbeat(task) is False
    orders.call("RespondActivityTaskCanceled", taskToken=task["taskToken"])
    assert run.last("ActivityTaskCanceled")["latestCancelRequestedEventId"] == 0


def test_s097_an_activity_of_a_closed_execution_is_not_delivered(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    run.terminate()

    assert "taskToken" not in orders.work()
    assert run.types()[-1] == "WorkflowExecutionTerminated"


@pytest.mark.parametrize("operation", [*RESPONSES, "RecordActivityTaskHeartbeat"])
def test_s097_the_token_of_a_closed_execution_names_it(orders, do, refused, operation):
    run = orders.start()
    orders.decide(do.activity())
    task = orders.work()
    run.terminate()

    with refused("UnknownResourceFault", run.unknown):
        orders.call(operation, taskToken=task["taskToken"])
    assert run.types()[-1] == "WorkflowExecutionTerminated"


def test_s098_a_higher_priority_goes_first(orders, do):
    orders.start()

    orders.decide(
        do.activity("low", taskPriority="-5"),
        do.activity("first"),
        do.activity("high", taskPriority="2147483647"),
        do.activity("second", taskPriority="0"),
    )

    polled = [orders.work()["activityId"] for _ in range(4)]
    assert polled == ["high", "first", "second", "low"]


@pytest.mark.parametrize("priority", ["urgent", "2147483648", "1.5"])
def test_s098_a_priority_is_a_whole_number_of_32_bits(orders, do, refused, priority):
    orders.start()
    task = orders.poll()

    with refused("ValidationException"):
        orders.respond(task, do.activity(taskPriority=priority))
