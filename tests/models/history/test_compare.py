"""The first difference between two histories."""

from swf.models.history import History, builder


def test_equal_histories_do_not_differ(history):
    assert history.diff(History(raw=history.raw)) is None


def test_first_different_event_is_named(history):
    other = builder.started().timer_started("t1").activity_scheduled("a")

    difference = history.diff(other)

    assert (difference.index, difference.mine.name, difference.theirs.name) == (
        5,
        "TimerStarted",
        "ActivityTaskScheduled",
    )
    assert str(difference) == (
        "at 5: TimerStarted (event 6) here, ActivityTaskScheduled (event 6) there"
    )


def test_fields_that_differ_are_shown(history):
    other = builder.started().timer_started("t1", 30)

    difference = history.diff(other)

    assert difference.fields == {"start_to_fire_timeout": ("60", "30")}
    assert "start_to_fire_timeout: '60' here, '30' there" in str(difference)


def test_shorter_history_differs_at_its_end(history):
    assert str(history.diff(history[:7])) == (
        "at 7: DecisionTaskScheduled (event 8) here, the end there"
    )


def test_times_are_compared_on_request(history):
    later = builder.started().later(5).timer_started("t1").timer_started("t2").timer_fired("t1")

    assert history.diff(later) is None
    assert "timestamp" in history.diff(later, ignore_times=False).fields


def test_ids_can_be_ignored():
    one = builder.started().child_initiated("w").child_started("w", "run-1")
    two = builder.started().child_initiated("w").child_started("w", "run-2")

    assert "workflow_execution" in one.diff(two).fields
    assert one.diff(two, ignore_ids=True) is None
