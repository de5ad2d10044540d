"""Models, collections and histories are displayed as tables."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from IPython.lib.pretty import pretty

import swf
from swf import Domain, WorkflowType
from swf.local import LocalSWF, ManualClock
from swf.models import History, ModelDiff
from swf.models.display import DisplayTable, cell, local_time
from swf.models.history import builder

HOSTILE = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture
def domain(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    with LocalSWF(clock=ManualClock()) as service:
        domain = Domain("orders", connection=service.connection())
        domain.save()
        yield domain


@pytest.fixture
def ship(domain):
    ship = WorkflowType(domain, "ship", "1.0", task_list="shipping")
    ship.save()
    return ship


def test_model_shows_the_attributes_that_are_set(ship):
    assert pretty(ship).splitlines() == [
        "WorkflowType",
        "attribute               value",
        "domain                  orders",
        "name                    ship",
        "version                 1.0",
        "task_list               shipping",
        "child_policy            TERMINATE (default)",
        "execution_timeout       300 (default)",
        "decision_tasks_timeout  300 (default)",
        "not fetched: status, creation_date, deprecation_date; upstream() reads them",
    ]


def test_model_in_a_list_displays_as_its_repr():
    assert pretty([Domain("orders")]) == "[Domain('orders')]"


def test_collection_displays_rows_without_empty_columns(domain, ship):
    started = ship.start_execution("order-1").upstream()

    head, row = pretty(domain.executions.all()).splitlines()

    assert head.split() == [
        *("workflow_id", "workflow_type", "state", "age"),
        *("start_timestamp", "cancel_requested", "run_id"),
    ]
    words = row.split()
    assert words[:4] == ["order-1", "ship", "1.0", "OPEN"]
    assert words[-4:] == [
        *f"{started.start_timestamp:%Y-%m-%d %H:%M:%SZ}".split(),
        *("False", started.run_id),
    ]


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(minutes=9, seconds=59), "9 min 59 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=5424, hours=10), "5424 d"),
    ],
    ids=["seconds", "minutes", "hours", "days"],
)
@pytest.mark.parametrize("width", [80, 130])
def test_ids_types_states_and_ages_are_whole(monkeypatch, domain, ship, width, age, text):
    workflow_id = "order-" + "x" * 40
    run = ship.start_execution(workflow_id).upstream()
    clock = SimpleNamespace(now=lambda zone: run.start_timestamp + age)
    monkeypatch.setattr("swf.querysets.workflow.datetime", clock)

    head, row, *_ = domain.executions.all()._display().text(width).splitlines()

    assert head.split()[:4] == ["workflow_id", "workflow_type", "state", "age"]
    assert row.startswith(f"{workflow_id}  ship 1.0       OPEN   {text}")
    assert "..." not in row
    assert max(len(head), len(row)) <= width


def test_wide_characters_are_aligned():
    table = DisplayTable("", ("name", "state"), [("\u6ce8\u6587", "OPEN"), ("order", "OPEN")])

    assert table.text(80).splitlines() == ["name   state", "\u6ce8\u6587   OPEN", "order  OPEN"]


def test_times_are_local_on_request(monkeypatch):
    noon = datetime(2026, 12, 1, 12, tzinfo=timezone.utc)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    token = local_time.set(True)
    try:
        assert cell(noon) == "2026-12-01 21:00:00+0900"
    finally:
        local_time.reset(token)
        monkeypatch.delenv("TZ")
        time.tzset()
    assert cell(noon) == "2026-12-01 12:00:00Z"


def test_long_collection_displays_one_page(domain, ship):
    for number in range(30):
        ship.start_execution(f"order-{number}")

    executions = domain.executions.filter(status="OPEN")
    with swf.budget(calls=1):
        text, page = pretty(executions), executions._repr_html_()

    assert len(text.splitlines()) == 22
    assert text.splitlines()[-1].startswith("... and perhaps more (one page")
    assert page.count("<tr>") == 22
    assert "... and perhaps more" in page


def test_fetched_collection_shows_the_number_of_hidden_rows(domain, ship):
    for number in range(30):
        ship.start_execution(f"order-{number}")
    executions = domain.executions.all()

    assert len(executions) == 30
    assert pretty(executions).splitlines()[-1] == "... and 10 more"


def test_chosen_values_are_the_columns(domain, ship):
    ship.start_execution("order-1")

    text = pretty(domain.executions.all().values("workflow_id", "status"))

    assert text.splitlines() == ["workflow_id  status", "order-1      OPEN"]


def test_empty_collection_displays_a_note(domain):
    assert pretty(domain.workflow_types) == "no rows"


def test_difference_shows_both_sides(ship):
    text = pretty(ship.evolve(task_list="express").changes)

    assert text.splitlines() == ["attribute  here     upstream", "task_list  express  shipping"]
    assert pretty(ModelDiff()) == "no difference"


def test_plan_shows_a_row_each_step(ship):
    text = pretty(swf.plan([ship, ship.evolve(version="2.0")]))

    assert text.splitlines() == [
        "Plan",
        "   step",
        "+  create WorkflowType 'ship' '2.0' in 'orders'",
    ]
    assert pretty(swf.plan([ship])) == "Plan: nothing to do"


def test_event_shows_its_attributes():
    text = pretty(builder.started(input={"amount": 12})[0]).splitlines()

    assert text[0] == "1 WorkflowExecutionStarted"
    assert any(line.split() == ["input", "{'amount':", "12}"] for line in text)


def test_history_shows_its_summary_and_its_events():
    history = builder.started().timer_started("pause").timer_fired("pause")

    text = pretty(history)

    assert text.startswith(str(history.summary()))
    assert [line.split()[1] for line in text.splitlines()[-2:]] == [
        "TimerFired",
        "DecisionTaskScheduled",
    ]


def test_long_history_shows_its_ends(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    history = builder.started()
    for number in range(50):
        history = history.signaled(f"signal-{number}")

    text = pretty(history)

    assert "1   WorkflowExecutionStarted" in text
    assert f"... {len(history) - 20} more" in text
    assert "signal-49" in text
    assert "signal-25" not in text


@pytest.mark.parametrize(
    "displayed",
    [
        Domain("orders", description=HOSTILE),
        ModelDiff(("description", HOSTILE, None)),
        builder.started(input=HOSTILE)[0],
        History(builder.started(input=HOSTILE)),
        DisplayTable(HOSTILE, (), ()),
        DisplayTable("", ("name",), [[HOSTILE]], HOSTILE),
    ],
    ids=lambda displayed: type(displayed).__name__,
)
def test_displays_escape_markup_and_control_characters(displayed):
    table = displayed if isinstance(displayed, DisplayTable) else displayed._display()

    assert "<script>" not in table.html()
    assert "\x1b" not in table.text()


def test_table_fits_the_width_of_the_terminal():
    table = DisplayTable("", ("id", "text"), [["1", "x" * 200]])

    assert table.text(width=40).splitlines()[1] == "1   " + "x" * 33 + "..."


def test_narrow_table_names_its_hidden_columns():
    table = DisplayTable("", ("id", "left", "right"), [["1", "x" * 20, "y" * 20]], "... and 5 more")

    assert table.text(width=15).splitlines() == [
        "id  left",
        "1   xxxxxxxx...",
        "... and 5 more",
        "no room for",
        "right",
    ]


def test_times_are_in_utc_with_their_zone():
    noon = datetime(2017, 10, 17, 12, tzinfo=timezone(timedelta(hours=2)))

    assert cell(noon) == "2017-10-17 10:00:00Z"
