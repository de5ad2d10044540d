"""A history is a sequence of events that can be filtered, extended, saved and compared."""

import json
import pickle
from datetime import datetime, timezone

import pytest

from swf.exceptions import (
    HistoryError,
    InvalidKeywordArgumentError,
)
from swf.models.history import History, builder


def ids(events):
    return [event.id for event in events]


def test_history_has_a_length_and_indices(history):
    assert len(history) == 8
    assert (history[0].id, history[-1].id) == (1, 8)


def test_slice_is_a_history(history):
    part = history[4:6]

    assert isinstance(part, History)
    assert ids(part) == [5, 6]


def test_index_beyond_the_end_is_an_error(history):
    with pytest.raises(IndexError):
        _ = history[8]


def test_loops_can_be_nested_and_interrupted(history):
    for _ in history:
        break

    assert [(a.id, b.id) for a in history[:2] for b in history[:2]] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    assert ids(history) == list(range(1, 9))


def test_history_can_be_read_backwards(history):
    assert ids(history.reversed) == ids(reversed(history)) == list(range(8, 0, -1))


def test_first_last_and_latest(history):
    assert (history.first.id, history.last.id, history.last_event_id) == (1, 8, 8)
    assert ids(history.latest(2)) == [7, 8]
    assert (history.latest(0), ids(history.latest(99))) == ([], ids(history))


def test_event_is_found_by_its_id(history):
    assert history[4:].event(6).timer_id == "t2"
    with pytest.raises(KeyError):
        history.event(9)


def test_empty_history_is_one_too():
    history = History()

    assert (len(history), list(history), history.finished, history.problems) == (0, [], False, [])
    assert (history.decision_batches(), history.last_event_id) == ([], 0)
    assert history.execution.started_at is None


def test_history_can_be_made_from_events(history):
    assert History(events=list(history)) == History(list(history)) == history


def test_history_can_be_made_from_wire_events(history):
    assert History.from_event_list(history.raw) == History(raw=history.raw) == history


def test_events_are_sorted(history):
    assert History(raw=history.raw[::-1]) == history


def test_duplicate_events_are_dropped(history):
    assert History(raw=history.raw + history.raw[2:5]) == history


def test_value_that_is_no_list_of_events_is_refused():
    with pytest.raises(HistoryError, match="eventId"):
        History(raw=[{"id": 1}])


def test_filter_selects_by_entity_state_and_name(history):
    assert ids(history.filter(type="Timer")) == [5, 6, 7]
    assert ids(history.filter(type="Timer", state="fired")) == [7]
    assert ids(history.filter(name="DecisionTaskScheduled")) == [2, 8]


def test_filter_skips_events_without_the_attribute(history):
    assert ids(history.filter(timer_id="t1")) == [5, 7]


def test_filter_refuses_an_unknown_attribute(history):
    with pytest.raises(InvalidKeywordArgumentError, match="timer_id"):
        history.filter(timerid="t1")


@pytest.mark.parametrize(
    "story", ["activities", "children", "timers_and_markers", "others", "functions", "overdue"]
)
def test_each_of_the_six_close_events_finishes(stories, story):
    assert stories[story].finished
    assert not stories[story][:-1].finished


def test_history_has_a_short_repr(history):
    assert repr(history) == "<History: 8 events, <HistoryExecution example 1.0 OPEN>>"


def test_history_can_be_pickled(history):
    assert pickle.loads(pickle.dumps(history)) == history


def test_extend_adds_new_events(history):
    whole = history.raw
    growing = History(raw=whole[:3])

    new = growing.extend(whole[3:])

    assert (new, growing) == (5, history)
    assert growing.timers["t1"].state == "fired"


def test_extend_skips_existing_events(history):
    growing = History(raw=history.raw[:5])

    assert growing.extend(history.raw[2:]) == 3
    assert growing.extend(history.raw) == 0
    assert growing == history


def test_extend_takes_events_in_any_order(history):
    growing = History(raw=history.raw[:3])

    growing.extend(history.raw[:2:-1])

    assert growing == history


def test_extend_puts_earlier_events_in_front(history):
    growing = History(raw=history.raw[6:])

    assert growing.timers.get("t1") is None
    assert growing.extend(history.raw[:6]) == 6
    assert growing == history
    assert growing.timers["t1"].state == "fired"


def test_extend_fills_a_gap(history):
    growing = History(raw=history.raw[:4] + history.raw[6:])

    assert growing.timers.get("t1") is None
    assert growing.extend(history.raw[3:7]) == 2
    assert growing == history
    assert growing.timers["t1"].state == "fired"


def test_extend_names_both_sides_of_a_gap_and_changes_nothing(history):
    growing = History(raw=history.raw[:3])

    with pytest.raises(HistoryError, match=r"DecisionTaskStarted \(event 3\).*\(event 6\)"):
        growing.extend(history.raw[5:])

    assert len(growing) == 3


def test_extend_refuses_a_gap_in_new_events(history):
    with pytest.raises(HistoryError, match=r"event 3.*event 5"):
        History().extend([history.raw[2], history.raw[4]])


def test_extend_refuses_the_events_of_another_execution(history):
    other = builder.started().activity_scheduled("a")

    with pytest.raises(HistoryError, match=r"\(event 5\) cannot replace TimerStarted \(event 5\)"):
        History(raw=history.raw).extend(other.raw)


def test_json_round_trip(history):
    assert History.from_json(history.to_json()) == history


def test_json_has_the_shape_of_the_wire(history):
    assert json.loads(history.to_json(indent=2)) == {"events": history.raw}


def test_datetimes_are_saved_as_epoch_seconds():
    raw = {
        "eventId": 1,
        "eventTimestamp": datetime(2017, 10, 17, 17, 4, 36, 115000, timezone.utc),
        "eventType": "WorkflowExecutionStarted",
        "workflowExecutionStartedEventAttributes": {},
    }

    saved = json.loads(History(raw=[raw]).to_json())

    assert saved["events"][0]["eventTimestamp"] == 1508259876.115


def test_file_with_iso_times_is_read():
    saved = [
        {**raw, "eventTimestamp": "2017-10-17T19:04:36.115000+02:00"}
        for raw in builder.started().raw
    ]

    history = History.from_json(json.dumps({"events": saved, "nextPageToken": "t"}))

    assert history.execution.started_at == datetime(2017, 10, 17, 17, 4, 36, 115000, timezone.utc)


def test_list_alone_is_read(history):
    assert History.from_json(json.dumps(history.raw).encode()) == history


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"executions": []}', "no events"),
        ("3", "no events"),
        ("[3]", "not history events"),
        ('[{"eventId": "1", "eventType": "TimerFired"}]', "eventId must be an integer: '1'"),
    ],
)
def test_invalid_history_is_refused(text, message):
    with pytest.raises(HistoryError, match=message):
        History.from_json(text)


@pytest.mark.parametrize("name", ["WorkflowExecutionStarted", "TimerStarted", "TimerFired"])
@pytest.mark.parametrize("attributes", [None, {}])
def test_event_without_attributes_is_readable(name, attributes):
    key = f"{name[0].lower()}{name[1:]}EventAttributes"
    event = {"eventId": 1, "eventTimestamp": 1.0, "eventType": name, key: attributes}

    history = History(raw=[event])

    assert len(history.problems) == (name != "WorkflowExecutionStarted") * 2
    assert history.execution.input is None
    assert name in repr(history._display())
    assert "1 event" in repr(history)
    assert history.decision_batches() == []


def test_histories_of_other_times_are_not_equal(history):
    later = [{**raw, "eventTimestamp": raw["eventTimestamp"] + 0.001} for raw in history.raw]

    assert history != History(raw=later)
    assert history != history[:-1]
