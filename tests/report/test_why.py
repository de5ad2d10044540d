from __future__ import annotations

import json
from pathlib import Path

import pytest

from swf.models.history import History, builder
from swf.report.why import why

RECORDED = Path(__file__).parents[1] / "data" / "recorded"


def test_open_execution_has_status_open(later, open_activity):
    history = open_activity()

    assert why(history, later(history)).status == "OPEN"


def test_last_failure_is_reported_with_age_and_worker(later, open_activity):
    history = open_activity().activity_failed("a", "ValueError: no")

    assert (
        "Last failure, 3 min ago: activity 'a' (flow_a) failed on worker 'worker': ValueError: no."
    ) in str(why(history, later(history, minutes=3)))


def test_activities_that_were_open_at_the_close_are_listed(later, open_activity):
    waiting = open_activity().terminated("enough")
    started = open_activity().activity_started("a").terminated("enough")

    assert "Open at that time: activity 'a' (on task list 'work')." in str(
        why(waiting, later(waiting))
    )
    assert "Open at that time: activity 'a'." in str(why(started, later(started)))


@pytest.mark.parametrize(
    ("history", "text"),
    [
        (builder.started("flow").completed(), "It completed after"),
        (builder.started("flow").failed("too late"), "Reason: too late."),
        (
            builder.started("flow").terminated(cause="CHILD_POLICY_APPLIED"),
            "Cause: CHILD_POLICY_APPLIED, its parent closed with the child policy TERMINATE.",
        ),
        (
            builder.started("flow").failed(details="line 1\nValueError: no"),
            "It has no reason; details: line 1 ValueError: no.",
        ),
        (builder.started("flow").timed_out(), "It timed out after"),
        (builder.started("flow").timed_out(), "Its limit is 3,600 seconds (START_TO_CLOSE)."),
        (
            builder.started("flow", execution_start_to_close_timeout=1).timed_out(),
            "Its limit is 1 second (START_TO_CLOSE).",
        ),
        (builder.started("flow").canceled(), "It was canceled after"),
        (builder.started("flow").continued_as_new(), "Run next-run continues it."),
    ],
)
def test_end_of_a_closed_execution_is_reported(later, history, text):
    report = why(history, later(history, minutes=3))

    assert text in str(report)
    assert report.waits == ()
    assert report.next_deadline is None


def test_long_reason_is_cut_to_one_line(later):
    history = builder.started("flow").failed("why\n" * 200)

    text = str(why(history, later(history)))

    assert len(text) < 400
    assert "\n" not in text


@pytest.mark.parametrize(
    "path",
    sorted(RECORDED.rglob("*.GetWorkflowExecutionHistory.json")),
    ids=lambda p: p.name.split(".")[0],
)
def test_every_prefix_of_a_recorded_history_has_a_report(later, path):
    events = json.loads(path.read_text())["response"]["events"]

    for length in range(1, len(events) + 1):
        history = History.from_event_list(events[:length])
        assert str(why(history, later(history, hours=1)))


HOSTILE = "\x1b[2J\x1b]0;title\x07\u202e\x9b\udcff"


def test_control_characters_are_escaped(later):
    history = builder.started("flow").activity_scheduled("a", name=f"n{HOSTILE}")
    history.timer_started("t", control="why\x1b[2J\u202e")  # payloads have no lone surrogates
    history.activity_started("a", identity=f"worker{HOSTILE}")
    closed = builder.started("flow").failed(f"bad{HOSTILE}")

    assert str(why(history, later(history))).isprintable()
    assert str(why(closed, later(closed))).isprintable()
    assert r"\x1b[2J" in str(why(closed, later(closed)))
