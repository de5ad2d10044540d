from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from swf.models.history import builder
from swf.report import timeline
from swf.report.bars import build_drawing

SVG = "{http://www.w3.org/2000/svg}"


def test_each_attempt_has_a_bar():
    history = builder.started("flow").activity_scheduled("a", name="flow_a")
    history.activity_failed("a", "ValueError: <no>").activity_scheduled("a", name="flow_a")
    history.activity_completed("a").timer_started("t", 5).timer_fired("t").signaled("go")

    svg = ET.fromstring(timeline.svg(history))

    titles = [title.text for title in svg.iter(f"{SVG}title")]
    assert len([t for t in titles if t.startswith("a\n")]) == 2
    assert "a\nfailed\nValueError: <no>\nwaited 1.0 s, ran 1.0 s" in titles
    assert any(t.startswith("t\nfired") for t in titles)
    assert "signal go" in titles


def test_page_has_status_reason_and_types():
    history = builder.started("flow & friends").activity_scheduled("a", name="flow_a")
    history.activity_completed("a").failed("too <late>")

    page = timeline.html(history)

    assert "flow &amp; friends 1.0" in page
    assert "too &lt;late&gt;" in page
    assert "<td>flow_a</td><td>1</td>" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_type_with_too_many_rows_counts_hidden_bars():
    history = builder.started("flow")
    for i in range(1000):
        history.activity_scheduled(f"a{i}", name="flow_a")
    for i in range(1000):
        history.activity_started(f"a{i}")
    history.signaled("the end")

    drawing = build_drawing(history, lanes=12)

    assert len(drawing.rows) == 12
    assert drawing.hidden == {"a": 988}
    assert len(timeline.html(history)) < 100_000


def test_text_distinguishes_waiting_from_running():
    history = builder.started("flow").activity_scheduled("a", name="flow_a")
    history.activity_started("a").activity_completed("a").signaled("go")

    lines = timeline.text(history, width=60).splitlines()

    line = next(line for line in lines if line.startswith("a "))
    assert line.index("░") < line.index("█")
    assert lines[-1].strip() == "signal go"
    assert max(map(len, lines)) <= 60


def test_text_has_colors_only_on_request():
    history = builder.started("flow").activity_scheduled("a", name="flow_a")
    history.activity_failed("a", "no")

    assert "\x1b" not in timeline.text(history)
    assert re.search("\x1b\\[31m░*█+\x1b", timeline.text(history, colors=True))


def test_page_escapes_markup_in_names():
    history = builder.started("flow").activity_scheduled("<a>", name="<script>alert(1)</script>")
    history.activity_failed("<a>", "<img src=x>").signaled("<b>")

    page = timeline.html(history)

    assert "<script>" not in page
    assert "<img" not in page
    assert "<b>" not in page.replace('<b style="background', "")


def test_names_lose_the_prefix_of_their_flow():
    history = builder.started("flow").activity_scheduled("a", name="flow_a").activity_completed("a")
    history.activity_scheduled("b", name="other_b").activity_completed("b")

    assert [row.label for row in build_drawing(history).rows] == ["a", "other_b"]
    assert "<td>a</td>" in timeline.html(history)


def test_bar_shows_failure_and_attempt_if_they_fit():
    history = builder.started("flow").activity_scheduled("a", name="a")
    history.activity_started("a").later(60).activity_failed("a", "no")
    history.activity_scheduled("a", name="a").activity_started("a").later(90)
    history.activity_completed("a").timer_started("t", 3000).timer_fired("t")

    texts = [text.text for text in ET.fromstring(timeline.svg(history)).iter(f"{SVG}text")]

    assert "✕" in texts  # the duration does not fit
    assert "#2" in texts


def test_legend_has_only_the_entries_of_the_drawing():
    history = builder.started("flow").activity_scheduled("a", name="a").activity_started("a")
    history.activity_completed("a").completed()
    key = timeline.html(history).split('class="key">')[1].split("</div>")[0]

    assert re.findall("</[ib]>([a-z ]+)", key) == [
        "completed", "decision", "waiting", "critical path",
    ]  # fmt: skip

    history = builder.started("flow").signaled("go").activity_scheduled("a", name="a")
    key = timeline.html(history).split('class="key">')[1].split("</div>")[0]
    assert re.findall("</[ib]>([a-z ]+)", key) == ["open", "decision", "signal"]


def test_timers_with_long_ids_share_three_rows():
    history = builder.started("flow")
    for i in range(50):
        history.timer_started(f"an-id-that-is-far-too-long-for-a-label-{i}", 60)
    history.signaled("the end")

    drawing = build_drawing(history)

    assert [row.label for row in drawing.rows] == ["timers", "", ""]
    assert drawing.hidden == {"timers": 47}
    assert "timers (+47 not shown)" in timeline.svg(history)


HOSTILE = "\x1b[2J\x1b]0;title\x07\u202e\x9b\udcff"


def hostile_history():
    history = builder.started("flow").activity_scheduled(f"a{HOSTILE}", name=f"n{HOSTILE}")
    history.activity_failed(f"a{HOSTILE}", f"no{HOSTILE}").signaled(f"go{HOSTILE}")
    return history.timer_started(f"t{HOSTILE}").failed(f"bad{HOSTILE}")


def test_text_escapes_control_characters():
    text = timeline.text(hostile_history())

    assert all(line.isprintable() for line in text.splitlines())
    assert r"\x1b[2J" in text


def test_page_survives_control_characters_and_lone_surrogates():
    page = timeline.html(hostile_history(), title=f"title{HOSTILE}")

    assert all(line.isprintable() for line in page.splitlines())
    assert page.encode("utf-8")
    ET.fromstring(timeline.svg(hostile_history()))
