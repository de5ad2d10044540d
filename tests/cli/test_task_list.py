"""`swf task-list count`."""

from __future__ import annotations

import json


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_count_returns_pending_tasks(swf, start):
    start("one", "two")

    [counted] = rows(swf("task-list", "count", "shipping", "-o", "json"))

    assert counted == {
        "task_list": "shipping",
        "decision_tasks": 2,
        "activity_tasks": 0,
        "truncated": False,
    }
