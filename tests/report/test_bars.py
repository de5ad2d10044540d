from __future__ import annotations

from swf.models.history import builder
from swf.report.bars import build_drawing


def test_attempts_at_different_times_share_a_row():
    history = builder.started("flow")
    for i in range(20):
        history.activity_scheduled(f"a{i}", name="flow_a")
    for i in range(20):
        history.activity_completed(f"a{i}")

    assert len(build_drawing(history).rows) == 1


def test_bars_on_the_critical_path_are_marked():
    history = builder.started("flow").activity_scheduled("a", name="a")
    history.activity_scheduled("b", name="b").activity_completed("a").activity_completed("b")
    history.activity_scheduled("c", name="c").activity_completed("c").completed()

    rows = build_drawing(history).rows
    critical = {bar.label: bar.is_critical for row in rows for bar in row.bars}

    assert critical == {"a": False, "b": True, "c": True}
