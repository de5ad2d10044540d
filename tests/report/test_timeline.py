"""Timelines: drawn from histories alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest

from swf.models.history import builder
from swf.report import timeline
from swf.report.bars import drawing

SVG = "{http://www.w3.org/2000/svg}"


def test_a_timeline_has_a_bar_for_each_attempt():
    history = builder.started("flow").activity_scheduled("a", name="flow_a")
    history.activity_failed("a", "ValueError: <no>").activity_scheduled("a", name="flow_a")
    history.activity_completed("a").timer_started("t", 5).timer_fired("t").signaled("go")

    drawing = ET.fromstring(timeline.svg(history))

    titles = [title.text for title in drawing.iter(f"{SVG}title")]
    assert len([t for t in titles if t.startswith("a\n")]) == 2
    assert "a\nfailed\nValueError: <no>\nwaited 1.0 s, ran 1.0 s" in titles
    assert any(t.startswith("t\nfired") for t in titles)
    assert "signal go" in titles


def test_what_did_not_run_at_the_same_time_shares_a_line():
    history = builder.started("flow")
    for i in range(20):
        history.activity_scheduled(f"a{i}", name="flow_a")
    for i in range(20):
        history.activity_completed(f"a{i}")

    assert len(drawing(history).rows) == 1


def test_a_page_tells_the_status_and_what_took_how_long():
    history = builder.started("flow & friends").activity_scheduled("a", name="flow_a")
    history.activity_completed("a").failed("too <late>")

    page = timeline.html(history)

    assert "flow &amp; friends 1.0" in page
    assert "too &lt;late&gt;" in page
    assert "<td>flow_a</td><td>1</td>" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_type_that_takes_too_many_lines_is_cut_and_says_how_many_more():
    history = builder.started("flow")
    for i in range(1000):
        history.activity_scheduled(f"a{i}", name="flow_a")
    for i in range(1000):
        history.activity_started(f"a{i}")
    history.signaled("the end")

    drawn = drawing(history, lanes=12)

    assert len(drawn.rows) == 12
    assert drawn.hidden == {"a": 988}
    assert len(timeline.html(history)) < 100_000


def test_a_text_timeline_tells_waiting_from_running():
    history = builder.started("flow").activity_scheduled("a", name="flow_a")
    history.activity_started("a").activity_completed("a").signaled("go")

    lines = timeline.text(history, width=60).splitlines()

    line = next(line for line in lines if line.startswith("a "))
    assert line.index("░") < line.index("█")
    assert lines[-1].strip() == "signal go"
    assert max(map(len, lines)) <= 60


def test_text_has_colours_only_if_they_are_asked_for():
    history = builder.started("flow").activity_scheduled("a", name="flow_a")
    history.activity_failed("a", "no")

    assert "\x1b" not in timeline.text(history)
    assert re.search("\x1b\\[31m░*█+\x1b", timeline.text(history, colors=True))


def test_hostile_names_do_no_harm_to_the_page():
    history = builder.started("flow").activity_scheduled("<a>", name="<script>alert(1)</script>")
    history.activity_failed("<a>", "<img src=x>").signaled("<b>")

    page = timeline.html(history)

    assert "<script>" not in page
    assert "<img" not in page
    assert "<b>" not in page.replace('<b style="background', "")


def test_what_decided_the_end_is_outlined():
    history = builder.started("flow").activity_scheduled("a", name="a")
    history.activity_scheduled("b", name="b").activity_completed("a").activity_completed("b")
    history.activity_scheduled("c", name="c").activity_completed("c").completed()

    critical = {bar.label: bar.is_critical for row in drawing(history).rows for bar in row.bars}

    assert critical == {"a": False, "b": True, "c": True}


def test_names_are_shown_without_that_of_the_flow():
    history = builder.started("flow").activity_scheduled("a", name="flow_a").activity_completed("a")
    history.activity_scheduled("b", name="other_b").activity_completed("b")

    assert [row.label for row in drawing(history).rows] == ["a", "other_b"]
    assert "<td>a</td>" in timeline.html(history)


def test_a_further_attempt_and_a_failure_are_told_in_the_bar_if_there_is_room():
    history = builder.started("flow").activity_scheduled("a", name="a")
    history.activity_started("a").later(60).activity_failed("a", "no")
    history.activity_scheduled("a", name="a").activity_started("a").later(90)
    history.activity_completed("a").timer_started("t", 3000).timer_fired("t")

    texts = [text.text for text in ET.fromstring(timeline.svg(history)).iter(f"{SVG}text")]

    assert "✕" in texts  # there is no room for how long it took
    assert "#2" in texts


def test_the_legend_tells_what_there_is_and_no_more():
    history = builder.started("flow").activity_scheduled("a", name="a").activity_started("a")
    history.activity_completed("a").completed()
    key = timeline.html(history).split('class="key">')[1].split("</div>")[0]

    assert re.findall("</[ib]>([a-z ]+)", key) == [
        "completed", "decision", "waiting", "critical path",
    ]  # fmt: skip

    history = builder.started("flow").signaled("go").activity_scheduled("a", name="a")
    key = timeline.html(history).split('class="key">')[1].split("</div>")[0]
    assert re.findall("</[ib]>([a-z ]+)", key) == ["open", "decision", "signal"]


def test_timers_that_an_engine_makes_take_few_lines():
    history = builder.started("flow")
    for i in range(50):
        history.timer_started(f"an-id-that-is-far-too-long-for-a-label-{i}", 60)
    history.signaled("the end")

    drawn = drawing(history)

    assert [row.label for row in drawn.rows] == ["timers", "", ""]
    assert drawn.hidden == {"timers": 47}
    assert "timers (+47 not shown)" in timeline.svg(history)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.336, "336 ms"), (1.7, "1.7 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"),
        (5400, "1 h 30 min"), (3605, "1 h"), (7 * 86400, "7 d"), (100 * 3600, "4 d 4 h"),
    ],
)  # fmt: skip
def test_durations_are_told_as_short_as_they_read_well(seconds, expected):
    assert timeline.shown(timedelta(seconds=seconds)) == expected
