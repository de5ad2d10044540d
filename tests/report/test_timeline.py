"""Timelines: drawn from histories alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from swf.models.history import builder
from swf.report import timeline

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

    assert len(timeline._rows(timeline._bars(history, history.last.timestamp))) == 1


def test_a_page_tells_the_status_and_what_took_how_long():
    history = builder.started("flow & friends").activity_scheduled("a", name="flow_a")
    history.activity_completed("a").failed("too <late>")

    page = timeline.html(history)

    assert "flow &amp; friends 1.0" in page
    assert "too &lt;late&gt;" in page
    assert "<td>flow_a</td><td>1</td>" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
