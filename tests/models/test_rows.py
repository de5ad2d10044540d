"""Models and events are rows of data frames, by the protocol of data classes."""

from __future__ import annotations

import dataclasses
import pprint

import pytest

from swf.models import Domain, WorkflowType
from swf.models.history import History, builder

ORDERS = Domain("orders", retention_period=7)


def test_model_is_a_data_class_with_its_attributes():
    assert dataclasses.is_dataclass(ORDERS)
    assert dataclasses.asdict(ORDERS) == ORDERS.to_dict()


def test_attributes_of_nested_models_are_nested():
    kind = WorkflowType(ORDERS, "order", "1.0")

    assert dataclasses.asdict(kind)["domain"] == ORDERS.to_dict()


def test_attributes_that_were_not_fetched_are_no_columns():
    row = Domain.from_wire({"name": "orders", "status": "REGISTERED"})

    assert dataclasses.asdict(row) == row.to_dict()
    assert "retention_period" not in dataclasses.asdict(row)


def test_event_is_a_data_class_with_its_attributes():
    history = History(builder.started(input={"n": 1}).timer_started("t", 5))

    assert [dataclasses.asdict(event) for event in history] == [
        event.to_dict() for event in history
    ]


@pytest.mark.parametrize("row", [ORDERS, builder.started()[0]], ids=["model", "event"])
def test_pprint_shows_the_repr(row):
    assert pprint.pformat(row) == repr(row)


def test_data_frame_has_a_column_for_each_attribute():
    pandas = pytest.importorskip("pandas")

    frame = pandas.DataFrame(History(builder.started().timer_started("t", 5)))

    assert list(frame["name"])[-1] == "TimerStarted"
    assert list(frame["timer_id"])[-1] == "t"


def test_data_frame_has_a_row_for_each_model(local):
    pandas = pytest.importorskip("pandas")
    Domain("orders").save()
    Domain("returns").save()

    frame = pandas.DataFrame(Domain.objects.all())

    assert list(frame["name"]) == ["orders", "returns"]
