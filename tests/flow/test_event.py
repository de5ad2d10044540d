"""States and context from events."""

from swf.flow import event


def written(event_id, name, **attributes):
    """Return a handwritten event, without a time."""
    key = f"{name[0].lower()}{name[1:]}EventAttributes"
    return {"eventId": event_id, "eventType": name, key: attributes}


def test_states_and_context_are_read_from_partial_events():
    events = [
        written(9, "ActivityTaskFailed", scheduledEventId=4),
        written(1, "WorkflowExecutionStarted", input='{"shop": "north"}'),
        written(2, "ActivityTaskScheduled", activityId="a-1", activityType={"name": "a"}),
        written(4, "ActivityTaskScheduled", activityId="b-1", activityType={"name": "b"}),
        written(5, "ActivityTaskCompleted", scheduledEventId=2, result='{"x": 1}'),
        written(6, "ActivityTaskCompleted", scheduledEventId=99, result='{"y": 1}'),
        written(7, "ActivityTaskScheduled", activityId="c-1", activityType={"name": "c"}),
        written(8, "ActivityTaskTimedOut", scheduledEventId=7, timeoutType="SCHEDULE_TO_START"),
        written(10, "ActivityTaskScheduled", activityId="d-1", activityType={"name": "d"}),
        written(12, "ActivityTaskCompleted", scheduledEventId=10),
    ]

    states = event.activity_states_from_events(events)

    assert {name: by_id[f"{name}-1"].states for name, by_id in states.items()} == {
        "a": [1, 2], "b": [1, 3], "c": [1, 3], "d": [1, 2],
    }  # fmt: skip
    assert (states["a"]["a-1"].result, states["d"]["d-1"].result) == ({"x": 1}, {})
    assert event.get_current_context(events).current == {"shop": "north", "x": 1, "y": 1}
