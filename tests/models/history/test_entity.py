"""Entities by id: their attempts, their order, and values that do not change."""

import pytest

from swf.models.history import History, builder


def test_reused_id_adds_an_attempt():
    history = builder.started().activity_scheduled("a").activity_failed("a", "first")
    history.activity_scheduled("a").activity_failed("a", "second").activity_scheduled("a")
    history.activity_completed("a", "third")

    activity = history.activities["a"]

    assert [(one.state, one.reason or one.result) for one in activity.attempts] == [
        ("failed", "first"),
        ("failed", "second"),
        ("completed", "third"),
    ]
    assert (activity.state, activity.result) == ("completed", "third")


def test_single_attempt_is_listed_too():
    activity = builder.started().activity_scheduled("a").activities["a"]

    assert activity.attempts == (activity,)


def test_refused_attempt_does_not_hide_the_open_one():
    history = builder.started().activity_scheduled("a").signaled("again")
    history.schedule_activity_failed("a", "ACTIVITY_ID_ALREADY_IN_USE")

    running = history.activities["a"]
    history.activity_completed("a", "done")

    assert (running.state, len(running.attempts)) == ("scheduled", 2)
    assert history.activities["a"].result == "done"


def test_last_refusal_is_the_current_attempt_without_an_open_one():
    history = builder.started().activity_scheduled("a").activity_completed("a")
    history.schedule_activity_failed("a", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")

    assert history.activities["a"].cause == "OPEN_ACTIVITIES_LIMIT_EXCEEDED"


def test_timer_id_can_be_used_again():
    history = builder.started().timer_started("t", 5).timer_fired("t").timer_started("t", 7)

    assert [one.state for one in history.timers["t"].attempts] == ["fired", "started"]
    assert history.timers["t"].start_to_fire_timeout == 7


def test_attempt_is_found_by_the_event_that_began_it():
    history = builder.started().timer_started("t", 5).timer_fired("t").timer_started("t", 7)

    assert history.timers.by_event(5).state == "fired"


def test_value_does_not_change_when_its_history_grows():
    history = builder.started().activity_scheduled("a")
    before = history.activities["a"]

    history.activity_completed("a")

    assert before.state == "scheduled"
    assert history.activities["a"] != before


def test_values_cannot_be_changed():
    activity = builder.started().activity_scheduled("a").activities["a"]

    with pytest.raises(AttributeError):
        activity.state = "completed"


def test_entities_are_in_order_of_first_appearance():
    history = builder.started().activity_scheduled("b").activity_scheduled("a")
    history.activity_completed("b").activity_scheduled("b")

    assert list(history.activities) == ["b", "a"]
    assert [activity.id for activity in history.open_activities] == ["a", "b"]
    assert len(history.activities) == 2
    assert "b" in history.activities


def test_unknown_id_is_a_key_error():
    with pytest.raises(KeyError):
        _ = builder.started().activities["a"]


class CountingDict(dict):
    """A dictionary that counts how often any of its kind is read."""

    reads = 0

    def __getitem__(self, key):
        CountingDict.reads += 1
        return super().__getitem__(key)


def test_lookup_of_a_reused_id_is_independent_of_its_attempts():
    def reads(count):
        history = builder.started()
        for _ in range(count):
            history.timer_started("t", 1).timer_fired("t")
        history = History(raw=[CountingDict(event) for event in history.raw])
        assert history.timers["t"].state == "fired"
        CountingDict.reads = 0
        assert history.timers["t"].is_open is False
        return CountingDict.reads

    assert reads(20) == reads(10)
