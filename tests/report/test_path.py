from __future__ import annotations

from swf.models.history import builder
from swf.report.path import critical_path


def test_critical_path_follows_the_attempts_that_ended_last():
    history = builder.started("flow").activity_scheduled("quick", name="x")
    history.activity_scheduled("slow", name="x").activity_completed("quick")
    history.activity_completed("slow").timer_started("t", 1).timer_fired("t").completed()

    assert [attempt.id for attempt in critical_path(history)] == ["slow", "t"]
