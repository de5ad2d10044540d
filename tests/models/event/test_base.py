"""Events and their attributes."""

import pickle
from datetime import datetime, timedelta, timezone

import pytest

from swf.exceptions import ValidationError
from swf.models.event import (
    EVENT_TYPES,
    Event,
    EventFactory,
)

SCHEDULED = {
    "eventId": 5,
    "eventTimestamp": 1508259876.115,
    "eventType": "ActivityTaskScheduled",
    "activityTaskScheduledEventAttributes": {
        "activityId": "a-1",
        "activityType": {"name": "resize", "version": "1.0"},
        "control": "not json",
        "decisionTaskCompletedEventId": 4,
        "heartbeatTimeout": "NONE",
        "input": '{"args": [1]}',
        "startToCloseTimeout": "300",
        "taskList": {"name": "images"},
    },
}


LAMBDA = {
    "eventId": 9,
    "eventTimestamp": 0,
    "eventType": "LambdaFunctionScheduled",
    "lambdaFunctionScheduledEventAttributes": {
        "id": "f-1",
        "name": "thumbnail",
        "decisionTaskCompletedEventId": 8,
    },
}


def bare(name, **attributes):
    kind = EVENT_TYPES[name]
    return {"eventId": 7, "eventTimestamp": 1.0, "eventType": name, kind.key: attributes}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_absent_attribute_of_an_event_type_is_none(name):
    event = EventFactory(bare(name))

    names = event.to_dict().keys() | {"link"}

    assert names == {"id", "type", "name", "state", "timestamp", "link"}
    assert event.link is None


def test_each_event_keeps_its_own_name():
    first = EventFactory(bare("ActivityTaskScheduled"))

    EventFactory(bare("ActivityTaskCompleted"))

    assert first.name == "ActivityTaskScheduled"


def test_event_can_be_made_by_hand():
    event = Event(5, "scheduled", 1508259876.115, SCHEDULED)

    assert (event.id, event.state, event.type, event.activity_id) == (
        5,
        "scheduled",
        "ActivityTask",
        "a-1",
    )


def test_payloads_are_decoded():
    assert EventFactory(SCHEDULED).input == {"args": [1]}


def test_payload_that_is_not_json_stays_text():
    assert EventFactory(SCHEDULED).control == "not json"


def test_text_gives_a_payload_undecoded():
    assert EventFactory(SCHEDULED).text("input") == '{"args": [1]}'


def test_timeouts_are_seconds_or_none():
    event = EventFactory(SCHEDULED)

    assert (event.start_to_close_timeout, event.heartbeat_timeout) == (300, "NONE")


def test_structures_are_read_by_attribute_and_by_member():
    event = EventFactory(SCHEDULED)

    assert event.activity_type.name == event.activity_type["name"] == "resize"


def test_structure_names_the_members_it_has():
    with pytest.raises(AttributeError, match="members are name, version"):
        _ = EventFactory(SCHEDULED).activity_type.nmae


def test_changing_a_structure_leaves_the_raw_event_alone():
    EventFactory(SCHEDULED).activity_type["name"] = "other"

    assert SCHEDULED["activityTaskScheduledEventAttributes"]["activityType"]["name"] == "resize"


def test_attribute_of_another_type_does_not_exist():
    with pytest.raises(AttributeError, match=r"has no attribute 'timer_id'"):
        _ = EventFactory(SCHEDULED).timer_id


def test_new_member_of_the_service_is_readable():
    assert (
        EventFactory(bare("ActivityTaskScheduled", immediatelyStart=False)).immediately_start
        is False
    )


def test_lambda_id_and_name_do_not_hide_the_events():
    event = EventFactory(LAMBDA)

    assert (event.id, event.name) == (9, "LambdaFunctionScheduled")
    assert (event.function_id, event.function_name) == ("f-1", "thumbnail")


@pytest.mark.parametrize(
    "wire",
    [
        1508259876.115,
        "2017-10-17T17:04:36.115000+00:00",
        "2017-10-17T19:04:36.115+02:00",
        "2017-10-17T17:04:36.115Z",
        datetime(2017, 10, 17, 17, 4, 36, 115000, timezone.utc),
        datetime(2017, 10, 17, 19, 4, 36, 115000, timezone(timedelta(hours=2))),
        datetime(2017, 10, 17, 17, 4, 36, 115000),
    ],
)
def test_timestamps_of_every_form_are_aware_utc(wire):
    event = EventFactory({**SCHEDULED, "eventTimestamp": wire})

    assert event.timestamp == datetime(2017, 10, 17, 17, 4, 36, 115000, timezone.utc)
    assert event.timestamp.tzinfo is timezone.utc


def test_whole_seconds_are_a_timestamp_too():
    assert EventFactory(LAMBDA).timestamp == datetime(1970, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("name", "attributes", "link"),
    [
        ("ActivityTaskCompleted", {"scheduledEventId": 5, "startedEventId": 6}, 5),
        ("TimerCanceled", {"startedEventId": 3, "decisionTaskCompletedEventId": 6}, 3),
        ("ChildWorkflowExecutionFailed", {"initiatedEventId": 2, "startedEventId": 4}, 2),
        ("MarkerRecorded", {"decisionTaskCompletedEventId": 4}, 4),
        (
            "StartChildWorkflowExecutionFailed",
            {"initiatedEventId": 0, "decisionTaskCompletedEventId": 4},
            4,
        ),
        ("WorkflowExecutionSignaled", {"externalInitiatedEventId": 12}, None),
    ],
)
def test_link_is_the_earlier_event_that_it_follows(name, attributes, link):
    assert EventFactory(bare(name, **attributes)).link == link


def test_events_are_equal_by_value():
    assert EventFactory(SCHEDULED) == EventFactory(dict(SCHEDULED))
    assert EventFactory(SCHEDULED) != EventFactory(LAMBDA)
    assert len({EventFactory(SCHEDULED), EventFactory(dict(SCHEDULED))}) == 1


def test_event_can_be_pickled():
    event = EventFactory(SCHEDULED)

    assert pickle.loads(pickle.dumps(event)) == event


def test_repr_has_entity_and_state():
    assert repr(EventFactory(SCHEDULED)) == "<ActivityTaskEvent 5 : ActivityTask scheduled>"


@pytest.mark.parametrize("timestamp", ["yesterday", 1e300, -1e300])
def test_impossible_time_is_a_validation_error(timestamp):
    with pytest.raises(ValidationError, match="timestamp="):
        _ = EventFactory({**SCHEDULED, "eventTimestamp": timestamp}).timestamp
