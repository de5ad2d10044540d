"""States of activities."""

import pytest

from swf.flow import activity


def test_state_is_ready_when_its_last_attempt_completed():
    state = activity.ActivityState("a-1")
    assert state.get_last_state() is None
    with pytest.raises(activity.ActivityInstanceNotReadyException):
        state.wait()

    state.add_state(activity.ACTIVITY_FAILED)
    state.add_state(activity.ACTIVITY_COMPLETED)
    state.set_result({})

    assert (state.ready, state.result, activity.count_activity_failures(state)) == (True, {}, 1)
    with pytest.raises(Exception, match="result is already set: a-1"):
        state.set_result({"a": 1})


def test_not_ready_exception_is_not_an_exception_subclass():
    assert not issubclass(activity.ActivityInstanceNotReadyException, Exception)
