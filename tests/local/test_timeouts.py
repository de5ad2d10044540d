"""Every timeout: start, event and order."""

import pytest

from swf.local.engine import Fault, next_deadline, tick

CHARGE = {"activityId": "a", "activityType": {"name": "charge", "version": "1"}}


def activity(engine, start=True, **timeouts):
    """Schedule an activity, by default also start it; return its token."""
    engine.start()
    engine.decide(("ScheduleActivityTask", {**CHARGE, **timeouts}))
    return engine.poll("Activity")["taskToken"] if start else None


def heartbeat(engine, token, **params):
    return engine.call("RecordActivityTaskHeartbeat", taskToken=token, **params)


@pytest.mark.parametrize(
    ("timeout", "start", "timeout_type", "started"),
    [
        ("scheduleToStartTimeout", False, "SCHEDULE_TO_START", 0),
        ("scheduleToCloseTimeout", False, "SCHEDULE_TO_CLOSE", 0),
        ("scheduleToCloseTimeout", True, "SCHEDULE_TO_CLOSE", 6),
        ("startToCloseTimeout", True, "START_TO_CLOSE", 6),
        ("heartbeatTimeout", True, "HEARTBEAT", 6),
    ],
)
def test_an_activity_times_out(engine, timeout, start, timeout_type, started):
    activity(engine, start, **{timeout: "10"})

    engine.advance(9.999)
    assert "ActivityTaskTimedOut" not in engine.types()
    engine.advance(0.001)

    assert engine.last("ActivityTaskTimedOut") == {
        "scheduledEventId": 5,
        "startedEventId": started,
        "timeoutType": timeout_type,
    }
    assert engine.types()[-1] == "DecisionTaskScheduled"
    assert "taskToken" not in engine.poll("Activity")


@pytest.mark.parametrize(
    ("timeout", "start"),
    [("scheduleToStartTimeout", True), ("startToCloseTimeout", False), ("heartbeatTimeout", False)],
)
def test_timeout_of_none_never_fires(engine, timeout, start):
    activity(engine, start, **{timeout: "10"})

    engine.advance(1000)

    assert "ActivityTaskTimedOut" not in engine.types()


def test_heartbeat_postpones_only_its_own_timeout(engine):
    token = activity(engine, heartbeatTimeout="10", startToCloseTimeout="25")
    for _ in range(3):
        engine.advance(8)
        heartbeat(engine, token, details="alive")

    engine.advance(1)

    assert engine.last("ActivityTaskTimedOut") == {
        "details": "alive",
        "scheduledEventId": 5,
        "startedEventId": 6,
        "timeoutType": "START_TO_CLOSE",
    }


def test_a_heartbeat_without_details_clears_them(engine):
    token = activity(engine, heartbeatTimeout="10")
    heartbeat(engine, token, details="alive")
    heartbeat(engine, token)

    engine.advance(10)

    assert "details" not in engine.last("ActivityTaskTimedOut")


def test_token_is_unknown_after_a_timeout(engine):
    token = activity(engine, startToCloseTimeout="1")
    engine.advance(1)

    with pytest.raises(Fault, match="Unknown activity, scheduledEventId = 5"):
        heartbeat(engine, token)


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        (("scheduleToCloseTimeout", "startToCloseTimeout"), "SCHEDULE_TO_CLOSE"),
        (("scheduleToCloseTimeout", "heartbeatTimeout"), "SCHEDULE_TO_CLOSE"),
        (("startToCloseTimeout", "heartbeatTimeout"), "START_TO_CLOSE"),
    ],
)
def test_equal_timeouts_are_ranked(engine, timeouts, expected):
    activity(engine, **dict.fromkeys(timeouts, "10"))

    engine.advance(10)

    assert engine.last("ActivityTaskTimedOut")["timeoutType"] == expected


def test_timed_out_decision_task_is_scheduled_again(engine):
    engine.start(taskStartToCloseTimeout="5")
    token = engine.poll()["taskToken"]

    engine.advance(5)

    assert engine.last("DecisionTaskTimedOut") == {
        "scheduledEventId": 2,
        "startedEventId": 3,
        "timeoutType": "START_TO_CLOSE",
    }
    assert engine.types()[-1] == "DecisionTaskScheduled"
    with pytest.raises(Fault, match="Unknown decision task, scheduledEventId = 2"):
        engine.complete(token)


def test_queued_decision_task_follows_a_timed_out_one(engine):
    engine.start(taskStartToCloseTimeout="5")
    engine.poll()
    engine.signal()

    engine.advance(5)

    assert engine.types()[-3:] == [
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "DecisionTaskTimedOut",
    ]
    assert engine.poll()["startedEventId"] == 7


def test_previous_started_event_is_that_of_a_timed_out_task(engine):
    engine.start(taskStartToCloseTimeout="5")
    engine.poll()
    engine.advance(5)

    assert engine.poll()["previousStartedEventId"] == 3


def test_a_timer_fires_at_its_time(engine):
    engine.start()
    engine.decide(("StartTimer", {"timerId": "t", "startToFireTimeout": "10"}))

    engine.advance(60)

    fired = engine.events(of="TimerFired")[0]
    assert fired["eventTimestamp"] == 1_000_010.0
    assert fired["timerFiredEventAttributes"] == {"startedEventId": 5, "timerId": "t"}


def test_timer_of_0_seconds_fires_in_a_later_step(engine):
    engine.start()
    engine.decide(("StartTimer", {"timerId": "t", "startToFireTimeout": "0"}))
    assert engine.types()[-1] == "TimerStarted"

    engine.advance(0)

    assert engine.types()[-2:] == ["TimerFired", "DecisionTaskScheduled"]


def test_overdue_timeouts_occur_in_order_at_their_own_times(engine):
    engine.start()
    timers = [
        ("StartTimer", {"timerId": f"{seconds}", "startToFireTimeout": f"{seconds}"})
        for seconds in (30, 10, 20)
    ]
    engine.decide(*timers)

    engine.advance(100)

    fired = engine.events(of="TimerFired")
    assert [each["eventTimestamp"] - 1_000_000.0 for each in fired] == [10, 20, 30]


def test_timers_due_together_fire_in_order_of_start(engine):
    engine.start()
    engine.decide(*[("StartTimer", {"timerId": name, "startToFireTimeout": "5"}) for name in "cab"])

    engine.advance(5)

    fired = [
        each["timerFiredEventAttributes"]["timerId"] for each in engine.events(of="TimerFired")
    ]
    assert fired == ["c", "a", "b"]


def test_execution_timeout_discards_later_deadlines(engine):
    engine.start(executionStartToCloseTimeout="15")
    engine.decide(
        ("StartTimer", {"timerId": "early", "startToFireTimeout": "10"}),
        ("StartTimer", {"timerId": "late", "startToFireTimeout": "20"}),
    )

    engine.advance(100)

    assert engine.types()[-3:] == [
        "TimerFired",
        "DecisionTaskScheduled",
        "WorkflowExecutionTimedOut",
    ]
    assert engine.run().close_timestamp == 1_000_015.0


def test_no_execution_stays_open_for_more_than_a_year(engine):
    engine.start(executionStartToCloseTimeout="99999999")

    engine.advance(31_536_000)

    assert engine.run().close_status == "TIMED_OUT"


def test_the_end_of_a_retention_period_is_a_deadline(engine):
    engine.start()
    engine.terminate()

    assert next_deadline(engine.state) == 1_000_000.0 + 7 * 86_400
    engine.advance(7 * 86_400)
    assert engine.state.executions == {}


def test_the_next_deadline_follows_a_heartbeat(engine):
    token = activity(engine, heartbeatTimeout="10")
    engine.advance(5)

    heartbeat(engine, token)

    assert next_deadline(engine.state) == 1_000_015.0


def test_no_open_timeout_means_no_deadline(engine):
    assert next_deadline(engine.state) is None


def test_time_never_goes_backwards(engine):
    engine.start()
    engine.now -= 500

    engine.signal()

    timestamps = [event["eventTimestamp"] for event in engine.events()]
    assert timestamps == sorted(timestamps)


def test_a_tick_before_the_deadline_does_nothing(engine):
    engine.start()

    outcome = tick(engine.state, engine.now)

    assert outcome.records == []
    assert outcome.wakes == set()


# -- The task list of a sticky decider -------------------------------------------------------------

STICKY = {"taskList": {"name": "mine"}, "taskListScheduleToStartTimeout": "5"}


def scheduled_on(engine):
    scheduled = engine.last("DecisionTaskScheduled")
    return scheduled["taskList"]["name"], scheduled["scheduleToStartTimeout"]


def test_an_override_is_recorded_and_used(engine):
    engine.start()
    engine.decide(**STICKY)
    engine.signal()

    assert engine.last("DecisionTaskCompleted") == {
        "scheduledEventId": 2,
        "startedEventId": 3,
        **STICKY,
    }
    assert scheduled_on(engine) == ("mine", "5")
    assert "taskToken" not in engine.poll()
    assert engine.poll(name="mine")["startedEventId"] == 7


def test_override_without_a_timeout_is_permanent(engine):
    engine.start(taskStartToCloseTimeout="5")
    engine.decide(taskList={"name": "mine"})
    engine.signal()
    engine.poll(name="mine")

    engine.advance(5)

    assert scheduled_on(engine) == ("mine", "NONE")


def test_an_override_stays_until_the_next_one(engine):
    engine.start()
    engine.decide(**STICKY)
    engine.signal()
    engine.decide(name="mine")
    engine.signal()

    assert scheduled_on(engine) == ("mine", "5")


def test_sticky_override_ends_without_polls(engine):
    engine.start()
    engine.decide(**STICKY)
    engine.signal()

    engine.advance(5)

    assert engine.last("DecisionTaskTimedOut") == {
        "scheduledEventId": 6,
        "startedEventId": 0,
        "timeoutType": "SCHEDULE_TO_START",
    }
    assert scheduled_on(engine) == ("list", "NONE")
    assert "taskToken" not in engine.poll(name="mine")
    assert engine.poll()["startedEventId"] == 9


def test_sticky_override_ends_after_a_decision_timeout(engine):
    engine.start(taskStartToCloseTimeout="30")
    engine.decide(**STICKY)
    engine.signal()
    engine.poll(name="mine")

    engine.advance(30)

    assert engine.last("DecisionTaskTimedOut")["timeoutType"] == "START_TO_CLOSE"
    assert scheduled_on(engine) == ("list", "NONE")


def test_a_queued_task_keeps_the_list_it_was_scheduled_on(engine):
    engine.start()
    token = engine.poll()["taskToken"]
    engine.signal()

    engine.complete(token, **STICKY)

    assert engine.poll()["startedEventId"] == 7


def test_a_timeout_without_a_list_changes_nothing(engine):
    engine.start()
    engine.decide(taskListScheduleToStartTimeout="5")
    engine.signal()

    assert scheduled_on(engine) == ("list", "NONE")
