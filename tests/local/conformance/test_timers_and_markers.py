"""Timers and markers (S-099 to S-104)."""

import pytest


def test_s099_a_timer_fires_once(orders, do):
    run = orders.start()
    orders.decide(do.timer("t", "60", control="c"))

    orders.advance(59.999)
    assert run.since(4) == [
        (
            "TimerStarted",
            {
                "control": "c",
                "decisionTaskCompletedEventId": 4,
                "startToFireTimeout": "60",
                "timerId": "t",
            },
        )
    ]
    orders.advance(0.001)
    orders.advance(600)
    assert run.types(after=5) == ["TimerFired", "DecisionTaskScheduled"]
    assert run.last("TimerFired") == {"startedEventId": 5, "timerId": "t"}


def test_s099_timers_fire_in_order_at_their_times(orders, do):
    run = orders.start()
    orders.decide(do.timer("late", "20"), do.timer("early", "10"), do.timer("middle", "15"))

    orders.advance(60)

    events = run.history()
    began = events[3]["eventTimestamp"]
    fired = [
        (
            event["timerFiredEventAttributes"]["timerId"],
            (event["eventTimestamp"] - began).total_seconds(),
        )
        for event in events
        if event["eventType"] == "TimerFired"
    ]
    assert fired == [("early", 10), ("middle", 15), ("late", 20)]


def test_s100_timer_of_0_seconds_fires_after_its_batch(orders, do):
    run = orders.start()

    orders.decide(do.timer("t", "0"), do.marker())
    orders.advance(0.001)

    assert run.types(after=4) == [
        "TimerStarted",
        "MarkerRecorded",
        "TimerFired",
        "DecisionTaskScheduled",
    ]
    assert orders.poll()["workflowExecution"] == run.execution


@pytest.mark.parametrize("length", ["NONE", "-1", "1.5", "soon", "123456789"])
def test_s100_a_timer_has_a_length_in_seconds(orders, do, refused, length):
    orders.start()
    task = orders.poll()

    with refused("ValidationException"):
        orders.respond(task, do.timer("t", length))


def test_s101_a_timer_id_is_open_once(orders, do):
    run = orders.start()

    orders.decide(do.timer("t"), do.timer("t"))

    assert run.since(5)[0] == (
        "StartTimerFailed",
        {"cause": "TIMER_ID_ALREADY_IN_USE", "decisionTaskCompletedEventId": 4, "timerId": "t"},
    )
    assert run.types(after=6) == ["DecisionTaskScheduled"]


def test_s101_the_id_of_a_fired_timer_is_free(orders, do):
    run = orders.start()
    orders.decide(do.timer("t", "1"))
    orders.advance(1)

    orders.decide(do.timer("t"))

    assert run.types()[-1] == "TimerStarted"


def test_s101_canceled_timer_id_is_free_in_the_batch(orders, do):
    run = orders.start()
    orders.decide(do.timer("t", "60"))
    run.signal()

    orders.decide(do.cancel_timer("t"), do.timer("t", "90"))

    assert run.types()[-2:] == ["TimerCanceled", "TimerStarted"]
    orders.advance(60)
    assert run.types()[-1] == "TimerStarted"
    orders.advance(30)
    assert run.types()[-2:] == ["TimerFired", "DecisionTaskScheduled"]


def test_s102_a_cancelled_timer_never_fires(orders, do):
    run = orders.start()
    orders.decide(do.timer("t"), do.cancel_timer("t"))

    orders.advance(600)

    assert run.since(5) == [
        ("TimerCanceled", {"decisionTaskCompletedEventId": 4, "startedEventId": 5, "timerId": "t"})
    ]
    assert run.open_counts["openTimers"] == 0


def test_s102_an_unknown_timer_cannot_be_cancelled(orders, do):
    run = orders.start()

    orders.decide(do.cancel_timer("t"))

    assert run.since(4)[0] == (
        "CancelTimerFailed",
        {"cause": "TIMER_ID_UNKNOWN", "decisionTaskCompletedEventId": 4, "timerId": "t"},
    )
    assert run.types(after=5) == ["DecisionTaskScheduled"]


def test_s102_fired_timer_is_unknown(orders, do):
    run = orders.start()
    orders.decide(do.timer("t", "10"))
    run.signal()
    task = orders.poll()
    orders.advance(10)

    orders.respond(task, do.cancel_timer("t"))

    assert run.types(after=8) == [
        "TimerFired",
        "DecisionTaskScheduled",
        "DecisionTaskCompleted",
        "CancelTimerFailed",
    ]


def test_s103_a_timer_does_not_fire_after_the_close(orders, do):
    run = orders.start()
    orders.decide(do.timer("t", "10"), do.complete())

    orders.advance(60)

    assert run.types()[-1] == "WorkflowExecutionCompleted"
    assert run.open_counts["openTimers"] == 1


def test_s103_an_execution_has_1000_open_timers_at_most(make, do):
    orders = make(limits="strict")
    run = orders.start()

    orders.decide(*[do.timer(f"t{n}") for n in range(1001)])

    assert run.open_counts["openTimers"] == 1000
    assert run.since(1004)[0] == (
        "StartTimerFailed",
        {
            "cause": "OPEN_TIMERS_LIMIT_EXCEEDED",
            "decisionTaskCompletedEventId": 4,
            "timerId": "t1000",
        },
    )


def test_s104_markers_are_recorded_and_schedule_nothing(orders, do):
    run = orders.start()

    orders.decide(do.marker("m", details="d"), do.marker("m"))

    assert run.since(4) == [
        (
            "MarkerRecorded",
            {"decisionTaskCompletedEventId": 4, "details": "d", "markerName": "m"},
        ),
        ("MarkerRecorded", {"decisionTaskCompletedEventId": 4, "markerName": "m"}),
    ]
