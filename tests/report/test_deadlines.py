from __future__ import annotations

from swf.models.history import builder
from swf.report.deadlines import deadlines
from swf.report.why import why


def test_deadlines_are_in_order():
    history = builder.started("flow").timer_started("t", 10)
    history.activity_scheduled("a", name="x", start_to_close_timeout="NONE")

    kinds = [(deadline.kind, deadline.subject) for deadline in deadlines(history)]

    assert kinds[0] == ("TIMER", "timer 't'")
    assert kinds[-1] == ("START_TO_CLOSE", "the whole execution")


def test_timeout_of_none_is_no_deadline():
    history = builder.started("flow").timer_started("t", 10)
    history.activity_scheduled("a", name="x", start_to_close_timeout="NONE")

    assert all(
        deadline.kind != "START_TO_CLOSE" or "whole" in deadline.subject
        for deadline in deadlines(history)
    )


def test_next_deadline_is_reported_with_the_remaining_time(later, open_activity):
    history = open_activity().activity_started("a")

    text = str(why(history, later(history, seconds=30)))

    assert "Next: HEARTBEAT timeout of activity 'a', if no heartbeat came since its start" in text
    assert ", in 30.0 s, at " in text


def test_past_heartbeat_timeout_is_not_the_next_deadline(later, open_activity):
    history = open_activity().activity_started("a")

    assert why(history, later(history, seconds=90)).next_deadline.kind == "START_TO_CLOSE"
