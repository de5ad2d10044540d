"""`swf top`."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from rich.console import Console

import swf as library
from swf.cli.context_store import Context
from swf.cli.top import Screen, format_screen, read_screen, watch


@pytest.fixture
def busy(orders, packing, start):
    """Executions that wait for a decider and a worker, and one that failed."""
    library.actors.ActivityWorker(orders, "packing", identity="w-\x1b[2J1").poll()
    start("o-2")
    return orders


def test_once_shows_domains_lists_and_workers(swf, busy):
    done = swf("top", "--once", "-o", "json")

    screen = json.loads(done.out)
    assert screen["domains"] == [
        {"domain": "orders", "open": 2, "closed": 0, "failed": 0, "timed_out": 0}
    ]
    lists = {row["task_list"]: (row["decisions"], row["workers"]) for row in screen["task_lists"]}
    assert lists == {"packing": (0, 1), "shipping": (1, 1)}
    [worker] = [row for row in screen["workers"] if row["task_list"] == "packing"]
    assert (worker["worker"], worker["running"]) == ("w-\x1b[2J1", 1)
    assert worker["per_minute"] == 0.1
    assert screen["complete"]


def test_table_escapes_control_characters(swf, busy):
    done = swf("top")

    assert r"w-\x1b[2J1" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("calls", [1, 4, 7, 9, 12])
def test_calls_are_bounded(busy, calls):
    with library.budget(calls=100) as budget:
        screen = read_screen([busy], calls, timedelta(minutes=10))

    assert budget.spent == screen.calls <= calls
    if not screen.complete:
        assert f"incomplete: {calls} calls were not enough" in "\n".join(format_screen(screen))


def test_all_domains_share_the_calls(swf, busy):
    library.Domain("returns").save()

    screen = json.loads(swf("top", "--all-domains", "--once", "-o", "json").out)

    assert [row["domain"] for row in screen["domains"]] == ["orders", "returns"]
    assert {row["domain"] for row in screen["workers"]} == {"orders"}


def test_window_must_be_an_age(swf, orders):
    done = swf("top", "--window", "2026-01-01")

    assert done.code == 2
    assert "--window" in done.err


def test_live_screen_is_refreshed_until_ctrl_c():
    output, pauses = io.StringIO(), []
    screens = iter([Screen(calls=1), Screen(calls=2)])

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    console = Console(file=output, force_terminal=True, width=80, height=20)
    with pytest.raises(KeyboardInterrupt):
        watch(lambda: next(screens), 5, Context("prod"), console, sleep)

    assert pauses == [5, 5]
    assert "context prod," in output.getvalue()
    assert "2 calls" in output.getvalue()
