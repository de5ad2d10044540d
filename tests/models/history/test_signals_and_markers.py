"""Signals and markers, in order and by name."""

import pytest

from swf.models.history import History, builder


def test_signals_are_accessible_by_order_and_name():
    history = builder.started().signaled("go", 1).signaled("stop").signaled("go", 2)

    assert [signal.name for signal in history.signals] == ["go", "stop", "go"]
    assert [signal.input for signal in history.signals["go"]] == [1, 2]
    assert history.signals.with_name("other") == []
    assert history.signals.names == ["go", "stop"]
    assert "stop" in history.signals
    assert "other" not in history.signals
    assert history.signals[-1].event_id == 5


def test_signal_names_its_sender():
    history = builder.started().signaled(
        "go",
        external_workflow_execution={"workflowId": "w", "runId": "r"},
        external_initiated_event_id=9,
    )

    signal = history.signals[0]

    assert (signal.workflow_id, signal.run_id, signal.external_initiated_event_id) == ("w", "r", 9)


def test_unknown_name_raises_key_error():
    with pytest.raises(KeyError):
        _ = builder.started().signals["go"]


def test_markers_keep_every_recording(stories):
    markers = stories["timers_and_markers"].markers

    assert [marker.details for marker in markers["step"]] == [{"n": 1}, None]


class CountingDict(dict):
    """A dictionary that counts how often any of its kind is read."""

    reads = 0

    def __getitem__(self, key):
        CountingDict.reads += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("view", ["signals", "markers"])
def test_lookups_by_name_are_linear_in_events(view):
    def reads(count):
        history = builder.started()
        for number in range(count):
            if view == "signals":
                history.signaled(f"name-{number}")
            else:
                history.marker_recorded(f"name-{number}")
        history = History(raw=[CountingDict(event) for event in history.raw])
        CountingDict.reads = 0
        for number in range(count):
            assert f"name-{number}" in getattr(history, view)
            assert len(getattr(history, view).with_name(f"name-{number}")) == 1
        return CountingDict.reads

    assert reads(400) < 2.5 * reads(200)
