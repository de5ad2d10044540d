"""Every timeout: its clock, its event, its order among others."""

import pytest

from swf.local.engine import Fault, next_deadline, tick

CHARGE = {"activityId": "a", "activityType": {"name": "charge", "version": "1"}}


def activity(world, start=True, **timeouts):
    """Schedule an activity, by default also start it; return its token."""
    world.start()
    world.decide(("ScheduleActivityTask", {**CHARGE, **timeouts}))
    return world.poll("Activity")["taskToken"] if start else None


def heartbeat(world, token, **params):
    return world.call("RecordActivityTaskHeartbeat", taskToken=token, **params)


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
def test_an_activity_times_out(world, timeout, start, timeout_type, started):
    activity(world, start, **{timeout: "10"})

    world.advance(9.999)
    assert "ActivityTaskTimedOut" not in world.types()
    world.advance(0.001)

    assert world.last("ActivityTaskTimedOut") == {
        "scheduledEventId": 5,
        "startedEventId": started,
        "timeoutType": timeout_type,
    }
    assert world.types()[-1] == "DecisionTaskScheduled"
    assert world.poll("Activity")["taskToken"] == ""


@pytest.mark.parametrize(
    ("timeout", "start"),
    [("scheduleToStartTimeout", True), ("startToCloseTimeout", False), ("heartbeatTimeout", False)],
)
def test_a_clock_that_does_not_run_times_nothing_out(world, timeout, start):
    activity(world, start, **{timeout: "10"})

    world.advance(1000)

    assert "ActivityTaskTimedOut" not in world.types()


def test_a_heartbeat_puts_its_own_timeout_off_and_no_other(world):
    token = activity(world, heartbeatTimeout="10", startToCloseTimeout="25")
    for _ in range(3):
        world.advance(8)
        heartbeat(world, token, details="alive")

    world.advance(1)

    assert world.last("ActivityTaskTimedOut") == {
        "details": "alive",
        "scheduledEventId": 5,
        "startedEventId": 6,
        "timeoutType": "START_TO_CLOSE",
    }


def test_a_heartbeat_without_details_clears_them(world):
    token = activity(world, heartbeatTimeout="10")
    heartbeat(world, token, details="alive")
    heartbeat(world, token)

    world.advance(10)

    assert "details" not in world.last("ActivityTaskTimedOut")


def test_after_a_timeout_the_token_is_dead(world):
    token = activity(world, startToCloseTimeout="1")
    world.advance(1)

    with pytest.raises(Fault, match="Unknown activity, scheduledEventId = 5"):
        heartbeat(world, token)


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        (("scheduleToCloseTimeout", "startToCloseTimeout"), "SCHEDULE_TO_CLOSE"),
        (("scheduleToCloseTimeout", "heartbeatTimeout"), "SCHEDULE_TO_CLOSE"),
        (("startToCloseTimeout", "heartbeatTimeout"), "START_TO_CLOSE"),
    ],
)
def test_of_equal_deadlines_the_first_in_rank_is_named(world, timeouts, expected):
    activity(world, **dict.fromkeys(timeouts, "10"))

    world.advance(10)

    assert world.last("ActivityTaskTimedOut")["timeoutType"] == expected


def test_a_decision_task_times_out_and_comes_again(world):
    world.start(taskStartToCloseTimeout="5")
    token = world.poll()["taskToken"]

    world.advance(5)

    assert world.last("DecisionTaskTimedOut") == {
        "scheduledEventId": 2,
        "startedEventId": 3,
        "timeoutType": "START_TO_CLOSE",
    }
    assert world.types()[-1] == "DecisionTaskScheduled"
    with pytest.raises(Fault, match="Unknown decision task, scheduledEventId = 2"):
        world.complete(token)


def test_a_decision_task_that_timed_out_makes_way_for_the_queued_one(world):
    world.start(taskStartToCloseTimeout="5")
    world.poll()
    world.signal()

    world.advance(5)

    assert world.types()[-3:] == [
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "DecisionTaskTimedOut",
    ]
    assert world.poll()["startedEventId"] == 7


def test_a_timed_out_decision_task_is_not_the_previous_one(world):
    world.start(taskStartToCloseTimeout="5")
    world.poll()
    world.advance(5)

    assert world.poll()["previousStartedEventId"] == 0


def test_a_timer_fires_at_its_time(world):
    world.start()
    world.decide(("StartTimer", {"timerId": "t", "startToFireTimeout": "10"}))

    world.advance(60)

    fired = world.events(of="TimerFired")[0]
    assert fired["eventTimestamp"] == 1_000_010.0
    assert fired["timerFiredEventAttributes"] == {"startedEventId": 5, "timerId": "t"}


def test_a_timer_of_0_seconds_fires_in_a_step_of_its_own(world):
    world.start()
    world.decide(("StartTimer", {"timerId": "t", "startToFireTimeout": "0"}))
    assert world.types()[-1] == "TimerStarted"

    world.advance(0)

    assert world.types()[-2:] == ["TimerFired", "DecisionTaskScheduled"]


def test_what_fell_due_happens_in_order_each_at_its_own_time(world):
    world.start()
    timers = [
        ("StartTimer", {"timerId": f"{seconds}", "startToFireTimeout": f"{seconds}"})
        for seconds in (30, 10, 20)
    ]
    world.decide(*timers)

    world.advance(100)

    fired = world.events(of="TimerFired")
    assert [each["eventTimestamp"] - 1_000_000.0 for each in fired] == [10, 20, 30]


def test_timers_that_are_due_together_fire_in_the_order_of_their_start(world):
    world.start()
    world.decide(*[("StartTimer", {"timerId": name, "startToFireTimeout": "5"}) for name in "cab"])

    world.advance(5)

    fired = [each["timerFiredEventAttributes"]["timerId"] for each in world.events(of="TimerFired")]
    assert fired == ["c", "a", "b"]


def test_an_execution_that_timed_out_discards_what_is_later(world):
    world.start(executionStartToCloseTimeout="15")
    world.decide(
        ("StartTimer", {"timerId": "early", "startToFireTimeout": "10"}),
        ("StartTimer", {"timerId": "late", "startToFireTimeout": "20"}),
    )

    world.advance(100)

    assert world.types()[-3:] == [
        "TimerFired",
        "DecisionTaskScheduled",
        "WorkflowExecutionTimedOut",
    ]
    assert world.run().close_timestamp == 1_000_015.0


def test_no_execution_stays_open_for_more_than_a_year(world):
    world.start(executionStartToCloseTimeout="99999999")

    world.advance(31_536_000)

    assert world.run().close_status == "TIMED_OUT"


def test_the_end_of_a_retention_period_is_a_deadline(world):
    world.start()
    world.terminate()

    assert next_deadline(world.state) == 1_000_000.0 + 7 * 86_400
    world.advance(7 * 86_400)
    assert world.state.executions == {}


def test_the_next_deadline_follows_a_heartbeat(world):
    token = activity(world, heartbeatTimeout="10")
    world.advance(5)

    heartbeat(world, token)

    assert next_deadline(world.state) == 1_000_015.0


def test_with_nothing_running_there_is_no_deadline(world):
    assert next_deadline(world.state) is None


def test_time_never_goes_backwards(world):
    world.start()
    world.now -= 500

    world.signal()

    timestamps = [event["eventTimestamp"] for event in world.events()]
    assert timestamps == sorted(timestamps)


def test_a_tick_before_the_deadline_does_nothing(world):
    world.start()

    outcome = tick(world.state, world.now)

    assert outcome.records == []
    assert outcome.wakes == set()


# -- The task list of a sticky decider -------------------------------------------------------------

STICKY = {"taskList": {"name": "mine"}, "taskListScheduleToStartTimeout": "5"}


def scheduled_on(world):
    scheduled = world.last("DecisionTaskScheduled")
    return scheduled["taskList"]["name"], scheduled["scheduleToStartTimeout"]


def test_an_override_is_recorded_and_used(world):
    world.start()
    world.decide(**STICKY)
    world.signal()

    assert world.last("DecisionTaskCompleted") == {
        "scheduledEventId": 2,
        "startedEventId": 3,
        **STICKY,
    }
    assert scheduled_on(world) == ("mine", "5")
    assert world.poll()["taskToken"] == ""
    assert world.poll(name="mine")["startedEventId"] == 7


def test_an_override_without_a_timeout_is_for_good(world):
    world.start(taskStartToCloseTimeout="5")
    world.decide(taskList={"name": "mine"})
    world.signal()
    world.poll(name="mine")

    world.advance(5)

    assert scheduled_on(world) == ("mine", "NONE")


def test_an_override_stays_until_the_next_one(world):
    world.start()
    world.decide(**STICKY)
    world.signal()
    world.decide(name="mine")
    world.signal()

    assert scheduled_on(world) == ("mine", "5")


def test_a_sticky_decider_that_does_not_poll_loses_its_tasks(world):
    world.start()
    world.decide(**STICKY)
    world.signal()

    world.advance(5)

    assert world.last("DecisionTaskTimedOut") == {
        "scheduledEventId": 6,
        "startedEventId": 0,
        "timeoutType": "SCHEDULE_TO_START",
    }
    assert scheduled_on(world) == ("list", "NONE")
    assert world.poll(name="mine")["taskToken"] == ""
    assert world.poll()["startedEventId"] == 9


def test_a_sticky_decider_that_does_not_answer_loses_its_tasks(world):
    world.start(taskStartToCloseTimeout="30")
    world.decide(**STICKY)
    world.signal()
    world.poll(name="mine")

    world.advance(30)

    assert world.last("DecisionTaskTimedOut")["timeoutType"] == "START_TO_CLOSE"
    assert scheduled_on(world) == ("list", "NONE")


def test_a_queued_task_keeps_the_list_it_was_scheduled_on(world):
    world.start()
    token = world.poll()["taskToken"]
    world.signal()

    world.complete(token, **STICKY)

    assert world.poll()["startedEventId"] == 7


def test_a_timeout_without_a_list_changes_nothing(world):
    world.start()
    world.decide(taskListScheduleToStartTimeout="5")
    world.signal()

    assert scheduled_on(world) == ("list", "NONE")
