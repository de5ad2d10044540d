"""`swf workflow`: start, standalone and repair."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


@pytest.mark.parametrize(
    ("value", "result"), [("41", 42), ("[1, 2]", 3), ('{"args": [1], "kwargs": {"y": 5}}', 6)]
)
def test_local_run_takes_arguments_from_the_input(swf, value, result):
    done = swf("workflow", "start", "sums:Sum", "--local", "-i", value, "-o", "json")

    assert json.loads(done.out) == {"result": result}


def test_standalone_shows_the_result(swf, orders):
    done = swf("workflow", "standalone", "sums:Sum", "-i", "[20, 22]", "-o", "json")

    assert json.loads(done.out) == {"result": 42}


def test_local_run_uses_id_and_tags(swf):
    options = ("--id", "s-1", "--tags", "a,b")

    done = swf("workflow", "start", "sums:Context", "--local", *options, "-o", "json")

    assert json.loads(done.out)["result"] == ["s-1", ["a", "b"]]


def test_standalone_uses_the_start_options(swf, orders):
    done = swf(
        *("workflow", "standalone", "sums:Sum", "-i", "1", "--id", "s-1", "--tags", "a,b"),
        *("--tag", "c", "--execution-timeout", "60", "--decision-tasks-timeout", "30"),
    )

    one = orders.executions.get("s-1")
    assert done.code == 0
    assert sorted(one.tag_list) == ["a", "b", "c"]
    assert (one.execution_timeout, one.decision_tasks_timeout) == (60, 30)


@pytest.mark.parametrize("way", [("start", "--local"), ("standalone",)], ids=" ".join)
def test_middleware_runs_around_the_activities(swf, orders, way):
    done = swf("workflow", *way, "sums:Sum", "-i", "1", "--middleware", "sums:Loud")

    assert (done.code, done.err) == (0, "before add\nafter add: 2\n")


def test_middleware_is_refused_where_no_activity_runs(swf, orders):
    started = swf("workflow", "start", "sums:Sum", "-i", "1", "--middleware", "sums:Loud")
    flow = swf("worker", "start", "greeting", "--middleware", "sums:Loud")

    assert (started.code, flow.code) == (2, 2)


def test_failed_workflow_has_exit_code_1(swf, orders):
    done = swf("workflow", "standalone", "sums:Broken")

    assert done.code == 1
    assert "it never works" in done.err


def test_start_uses_tags_and_task_list(swf, orders):
    done = swf("workflow", "start", "sums:Sum", "-i", "1", "--id", "s-1", "--tags", "a,b")

    assert done.code == 0
    execution = orders.executions.get("s-1")
    assert execution.tag_list == ["a", "b"]
    assert execution.task_list == "sums"
