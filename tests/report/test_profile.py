from __future__ import annotations

from datetime import timedelta

from swf.models.history import builder
from swf.report.profile import profile

SECOND = timedelta(seconds=1)


def test_every_attempt_has_a_row():
    history = builder.started("flow").activity_scheduled("done", name="x")
    history.activity_scheduled("runs", name="x").activity_scheduled("waits", name="x")
    history.activity_scheduled("fails", name="x").timer_started("t", 5)
    history.activity_started("runs").activity_completed("done").activity_failed("fails", "no")
    history.activity_scheduled("fails", name="x")

    rows = [(row.task, row.attempt, row.last_state) for row in profile(history)]

    assert rows == [
        ("done", 1, "completed"),
        ("runs", 1, "started"),
        ("waits", 1, "scheduled"),
        ("fails", 1, "failed"),
        ("t", 1, "started"),
        ("fails", 2, "scheduled"),
    ]


def test_row_has_waiting_and_running_time_and_their_share():
    history = builder.started("flow").activity_scheduled("a", name="x").activity_started("a")
    history.activity_completed("a")

    row = profile(history)[0]

    assert (row.time_scheduled, row.time_running) == (SECOND, SECOND)
    total = (history.last.timestamp - history.first.timestamp).total_seconds()
    assert row.percentage_of_total_time == round(100 / total, 2)


def test_open_attempt_runs_until_the_last_event():
    history = builder.started("flow").activity_scheduled("a", name="x").activity_started("a")
    history.signaled("one").signaled("two")

    row = profile(history)[0]

    assert row.end is None
    assert row.time_running == history.last.timestamp - row.start


def test_open_attempts_run_and_wait_until_now():
    history = builder.started("flow").activity_scheduled("a", name="x").activity_started("a")
    history.signaled("more").activity_scheduled("b", name="x")
    now = history.last.timestamp + 60 * SECOND

    runs, waits = profile(history, now)

    assert runs.time_running == now - runs.start
    assert (waits.time_scheduled, waits.start, waits.time_running) == (60 * SECOND, None, None)


def test_closed_execution_ignores_now():
    history = builder.started("flow").activity_scheduled("a", name="x").terminated("enough")

    assert profile(history, history.last.timestamp + 60 * SECOND) == profile(history)


def test_refused_activity_has_its_cause():
    history = builder.started("flow").schedule_activity_failed("a", "ACTIVITY_TYPE_DOES_NOT_EXIST")

    row = profile(history)[0]

    assert (row.last_state, row.why) == ("schedule_failed", "ACTIVITY_TYPE_DOES_NOT_EXIST")
    assert (row.scheduled, row.time_running) == (None, None)


def test_empty_history_has_an_empty_profile():
    assert profile(builder.started("flow")[:0]) == []
