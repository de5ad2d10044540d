"""Profiles and critical paths."""

from __future__ import annotations

from datetime import timedelta

from swf.models.history import builder
from swf.report.path import critical_path
from swf.report.profile import profile

SECOND = timedelta(seconds=1)


def test_every_attempt_has_a_row_whatever_became_of_it():
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


def test_a_row_tells_how_long_it_waited_and_ran_and_its_share_of_all():
    history = builder.started("flow").activity_scheduled("a", name="x").activity_started("a")
    history.activity_completed("a")

    row = profile(history)[0]

    assert (row.time_scheduled, row.time_running) == (SECOND, SECOND)
    total = (history.last.timestamp - history.first.timestamp).total_seconds()
    assert row.percentage_of_total_time == round(100 / total, 2)


def test_what_still_runs_counts_up_to_the_last_event():
    history = builder.started("flow").activity_scheduled("a", name="x").activity_started("a")
    history.signaled("one").signaled("two")

    row = profile(history)[0]

    assert row.end is None
    assert row.time_running == history.last.timestamp - row.start


def test_what_is_open_counts_until_now():
    history = builder.started("flow").activity_scheduled("a", name="x").activity_started("a")
    history.signaled("more").activity_scheduled("b", name="x")
    now = history.last.timestamp + 60 * SECOND

    runs, waits = profile(history, now)

    assert runs.time_running == now - runs.start
    assert (waits.time_scheduled, waits.start, waits.time_running) == (60 * SECOND, None, None)


def test_now_is_of_no_matter_to_what_is_closed():
    history = builder.started("flow").activity_scheduled("a", name="x").terminated("enough")

    assert profile(history, history.last.timestamp + 60 * SECOND) == profile(history)


def test_a_refused_activity_tells_the_cause():
    history = builder.started("flow").schedule_activity_failed("a", "ACTIVITY_TYPE_DOES_NOT_EXIST")

    row = profile(history)[0]

    assert (row.last_state, row.why) == ("schedule_failed", "ACTIVITY_TYPE_DOES_NOT_EXIST")
    assert (row.scheduled, row.time_running) == (None, None)


def test_an_empty_history_has_an_empty_profile():
    assert profile(builder.started("flow")[:0]) == []


def test_the_critical_path_leads_back_through_what_ended_last():
    history = builder.started("flow").activity_scheduled("quick", name="x")
    history.activity_scheduled("slow", name="x").activity_completed("quick")
    history.activity_completed("slow").timer_started("t", 1).timer_fired("t").completed()

    assert [one.id for one in critical_path(history)] == ["slow", "t"]
