"""`Throttle`: the number of commands that may be sent after the events of a history."""

import itertools
import math
from types import SimpleNamespace

import botocore.session
import pytest

from swf.constants import PAUSE_TIMER_ID
from swf.engine.throttling import (
    QUOTA_CAUSES,
    QUOTAS,
    CommandKind,
    Pause,
    Throttle,
    is_quota_cause,
)

DAY = 86_400
ACTIVITY, TIMER, CHILD = CommandKind.ACTIVITY, CommandKind.TIMER, CommandKind.CHILD
REFUSAL = {
    ACTIVITY: ("ScheduleActivityTaskFailed", "ACTIVITY_CREATION_RATE_EXCEEDED"),
    TIMER: ("StartTimerFailed", "TIMER_CREATION_RATE_EXCEEDED"),
    CHILD: ("StartChildWorkflowExecutionFailed", "CHILD_CREATION_RATE_EXCEEDED"),
}
ACCEPTANCE = {
    ACTIVITY: "ActivityTaskScheduled",
    TIMER: "TimerStarted",
    CHILD: "StartChildWorkflowExecutionInitiated",
}


def event(name, time, batch, **attributes):
    members = f"{name[0].lower()}{name[1:]}EventAttributes"
    attributes = {"decisionTaskCompletedEventId": batch, **attributes}
    return {"eventType": name, "eventTimestamp": time, members: attributes}


def refused(kind, time, batch, cause=None):
    name, rate = REFUSAL[kind]
    return event(name, time, batch, cause=cause or rate)


def accepted(kind, time, batch):
    return event(ACCEPTANCE[kind], time, batch)


def observe(throttle, *events):
    for each in events:
        throttle.observe(each)


class Account:
    """The token bucket of an account, of which the simulated execution is one user.

    :param others: commands a second that other executions take.
    """

    def __init__(self, kind, level, others=0):
        self.kind = kind
        self.level, self.time = level, 0.0
        self.refill = QUOTAS[kind].refill - others

    def send(self, count, now, batch):
        self.level = min(self.level + (now - self.time) * self.refill, QUOTAS[self.kind].burst)
        self.time = now
        for _ in range(count):
            has_token = self.level >= 1
            self.level -= has_token
            yield (accepted if has_token else refused)(self.kind, now, batch)


def drain(kind, count, account):
    """Send commands as an engine does; return the seconds it took and the number of refusals."""
    throttle, now, refusals, waiting = Throttle(), 0.0, 0, count
    for batch in itertools.count(1):
        sent = int(min(waiting, QUOTAS[kind].open, throttle.allowance(kind, now)))
        outcome = list(account.send(sent, now, batch))
        observe(throttle, *outcome)
        refused_now = sum("Failed" in each["eventType"] for each in outcome)
        waiting -= sent - refused_now
        refusals += refused_now
        if not waiting:
            return now, refusals
        now += throttle.pause([kind], now) if throttle.is_paused(kind, now) else 0.01
    raise AssertionError


def test_commands_are_not_paced_before_a_refusal():
    throttle = Throttle()
    observe(throttle, *(accepted(ACTIVITY, 1.0, 4) for _ in range(2000)))

    assert throttle.allowance(ACTIVITY, 1.0) == math.inf


def test_refusal_pauses_its_kind_for_a_second():
    throttle = Throttle()
    observe(throttle, refused(TIMER, 10.0, 4))

    assert throttle.allowance(TIMER, 10.0) == 0
    assert throttle.pause([TIMER], 10.0) == 1
    assert throttle.allowance(TIMER, 11.0) == 1


def test_refused_pause_timer_prolongs_no_pause():
    throttle = Throttle()
    burst = [accepted(TIMER, 10.0, 4) for _ in range(400)]
    observe(throttle, *burst, refused(TIMER, 10.0, 4))
    window = throttle.pause([TIMER], 10.0), throttle.allowance(TIMER, 11.0)
    name, cause = REFUSAL[TIMER]

    throttle.observe(event(name, 10.0, 7, cause=cause, timerId=PAUSE_TIMER_ID))

    assert (throttle.pause([TIMER], 10.0), throttle.allowance(TIMER, 11.0)) == window == (1, 32)


def test_refusal_does_not_pace_another_kind():
    throttle = Throttle()
    observe(throttle, refused(TIMER, 10.0, 4))

    assert throttle.allowance(ACTIVITY, 10.0) == math.inf


def test_failure_that_is_no_quota_paces_nothing():
    throttle = Throttle()
    observe(throttle, refused(ACTIVITY, 10.0, 4, cause="ACTIVITY_TYPE_DOES_NOT_EXIST"))

    assert throttle.allowance(ACTIVITY, 10.0) == math.inf


def test_repeated_refusals_double_the_pause_up_to_32_seconds():
    throttle, now, pauses = Throttle(), 0.0, []
    for batch in range(8):
        observe(throttle, refused(ACTIVITY, now, batch + 1))
        pauses.append(throttle.pause([ACTIVITY], now))
        now += pauses[-1]

    assert pauses == [1, 2, 4, 8, 16, 32, 32, 32]


def outage(kind, seconds):
    """Return the throttle after an outage, the times of its attempts, and that of the next one."""
    throttle, now, times = Throttle(), 0.0, []
    while now < seconds:
        times.append(now)
        observe(throttle, refused(kind, now, len(times)))
        assert throttle.allowance(kind, now) == 0
        now += throttle.pause([kind], now)
    return throttle, times, now


@pytest.mark.parametrize("seconds", [600, 3600, DAY])
@pytest.mark.parametrize("kind", [ACTIVITY, TIMER])
def test_pause_lasts_at_most_a_quarter_of_a_long_outage(kind, seconds):
    throttle, times, now = outage(kind, seconds)

    assert now - times[-1] <= seconds / 4
    assert throttle.allowance(kind, now) == 1


@pytest.mark.parametrize(("kind", "seconds"), [(ACTIVITY, 364 * DAY), (TIMER, 17 * DAY)])
def test_long_outage_does_not_fill_a_history(kind, seconds):
    _, times, now = outage(kind, seconds)

    assert len(times) * {ACTIVITY: 9, TIMER: 10}[kind] < 25_000
    assert now - times[-1] == QUOTAS[kind].max_pause


def test_pauses_are_short_again_after_an_accepted_probe():
    throttle, times, now = outage(ACTIVITY, DAY)
    batch = len(times) + 1

    observe(throttle, accepted(ACTIVITY, now, batch), refused(ACTIVITY, now + 1, batch + 1))

    assert throttle.pause([ACTIVITY], now + 1) <= 2


def test_refusal_long_after_another_begins_a_new_outage():
    throttle, _, now = outage(ACTIVITY, 60)
    observe(throttle, refused(ACTIVITY, now + DAY, 100))

    assert throttle.pause([ACTIVITY], now + DAY) == 1


def test_decision_task_is_held_back_shorter_than_a_pause():
    task = SimpleNamespace(next_task_delay=None)

    (timer,) = Pause(3600, is_timer_doubtful=True).apply(task, [])

    assert timer.attributes["startToFireTimeout"] == "3600"
    assert task.next_task_delay == 600


def test_accepted_probe_doubles_the_next_batch():
    throttle = Throttle()
    observe(throttle, refused(ACTIVITY, 0.0, 1), accepted(ACTIVITY, 1.0, 2))

    assert throttle.allowance(ACTIVITY, 1.5) == 0
    assert throttle.allowance(ACTIVITY, 2.0) == 2


def test_pacing_ends_after_a_minute_without_commands():
    throttle = Throttle()
    observe(throttle, refused(ACTIVITY, 0.0, 1), accepted(ACTIVITY, 1.0, 2))

    assert throttle.allowance(ACTIVITY, 63.0) == math.inf


def test_children_are_paced_by_the_documented_bucket_from_the_start():
    throttle = Throttle()
    observe(throttle, *(accepted(CHILD, 0.0, 1) for _ in range(500)))

    assert throttle.allowance(CHILD, 0.0) == 0
    assert throttle.allowance(CHILD, 2.0) == 24


@pytest.mark.parametrize(
    ("kind", "count", "level", "others"),
    [
        pytest.param(ACTIVITY, 5000, 1000, 0, id="a large fan-out alone"),
        pytest.param(ACTIVITY, 1500, 1000, 0, id="a small fan-out alone"),
        pytest.param(ACTIVITY, 8000, 0, 0, id="an empty bucket"),
        pytest.param(ACTIVITY, 5000, 1000, 150, id="three quarters taken by others"),
        pytest.param(TIMER, 20_000, 2000, 0, id="timers alone"),
        pytest.param(CHILD, 2000, 500, 0, id="children alone"),
    ],
)
def test_storm_drains_within_1_3_times_the_ideal(kind, count, level, others):
    account = Account(kind, level, others)
    ideal = (count - level) / account.refill

    seconds, _ = drain(kind, count, account)

    assert seconds <= 1.3 * ideal


@pytest.mark.parametrize(
    ("kind", "count", "others"),
    [(ACTIVITY, 20_000, 0), (ACTIVITY, 8000, 150), (TIMER, 20_000, 100), (CHILD, 2000, 0)],
)
def test_storm_writes_at_most_one_refusal_a_second(kind, count, others):
    account = Account(kind, 0, others)
    first_batch = min(QUOTAS[kind].open, QUOTAS[kind].burst)

    seconds, refusals = drain(kind, count, account)

    assert refusals - first_batch <= seconds


def test_every_rate_and_quota_cause_of_the_service_is_known():
    model = botocore.session.get_session().get_service_model("swf")
    causes = {
        cause
        for name in model.shape_names
        if name.endswith("FailedCause")
        for cause in model.shape_for(name).enum
        if cause.endswith(("_RATE_EXCEEDED", "_LIMIT_EXCEEDED"))
    }

    assert causes == QUOTA_CAUSES
    assert not is_quota_cause("UNHANDLED_DECISION")
