"""Attributes that no response contained are distinguishable from unset ones."""

from __future__ import annotations

import copy
import pickle

import attrs
import pytest

from swf.exceptions import NotFetchedError, SWFError
from swf.models import ActivityType, Domain, WorkflowExecution, WorkflowType
from swf.models.value import model

DOMAIN_INFO = {"name": "orders", "status": "REGISTERED"}
TYPE_INFO = {"status": "REGISTERED", "creationDate": 1487851963.5}
EXECUTION_INFO = {
    "execution": {"workflowId": "order-1", "runId": "run-1"},
    "workflowType": {"name": "order", "version": "1.0"},
    "startTimestamp": 1487851963.5,
    "executionStatus": "OPEN",
    "cancelRequested": False,
}
ORDERS = Domain("orders")
ROWS = {
    "Domain": Domain.from_wire(DOMAIN_INFO),
    "WorkflowType": WorkflowType.from_wire(
        {"workflowType": {"name": "order", "version": "1.0"}, **TYPE_INFO}, domain=ORDERS
    ),
    "ActivityType": ActivityType.from_wire(
        {"activityType": {"name": "ship", "version": "1.0"}, **TYPE_INFO}, domain=ORDERS
    ),
    "WorkflowExecution": WorkflowExecution.from_wire(EXECUTION_INFO, domain=ORDERS),
}
NOT_LISTED = [
    ("Domain", "retention_period", "upstream() reads it"),
    ("Domain", "tags", "ListTagsForResource"),
    ("WorkflowType", "execution_timeout", "upstream() reads it"),
    ("WorkflowType", "task_list", "upstream() reads it"),
    ("ActivityType", "task_heartbeat_timeout", "upstream() reads it"),
    ("WorkflowExecution", "task_list", "upstream() reads it"),
    ("WorkflowExecution", "open_counts", "upstream() reads it"),
    ("WorkflowExecution", "latest_execution_context", "upstream() reads it"),
    ("WorkflowExecution", "input", ".history().execution.input"),
]
every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


@pytest.mark.parametrize(("model", "name", "hint"), NOT_LISTED)
def test_missing_attribute_names_the_call_that_reads_it(model, name, hint):
    with pytest.raises(NotFetchedError) as raised:
        getattr(ROWS[model], name)

    assert f"{model}.{name}" in str(raised.value)
    assert hint in str(raised.value)


def test_error_is_an_attribute_error_and_an_swf_error():
    assert issubclass(NotFetchedError, AttributeError)
    assert issubclass(NotFetchedError, SWFError)
    assert not hasattr(ROWS["WorkflowExecution"], "input")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Domain", "description"),
        ("WorkflowType", "deprecation_date"),
        ("WorkflowExecution", "close_status"),
        ("WorkflowExecution", "close_timestamp"),
        ("WorkflowExecution", "tag_list"),
        ("WorkflowExecution", "parent"),
    ],
)
def test_attribute_that_a_list_omits_when_unset_is_none(model, name):
    assert getattr(ROWS[model], name) is None


@pytest.mark.parametrize(("model", "name", "hint"), NOT_LISTED)
def test_dictionary_has_only_fetched_attributes(model, name, hint):
    assert name not in ROWS[model].to_dict()


def test_type_of_an_execution_has_only_name_and_version():
    kind = ROWS["WorkflowExecution"].workflow_type

    assert kind.to_dict() == {"domain": ORDERS.to_dict(), "name": "order", "version": "1.0"}
    with pytest.raises(NotFetchedError):
        _ = kind.status


def test_parent_of_an_execution_has_only_ids():
    parent = {"workflowId": "parent", "runId": "run-0"}
    execution = WorkflowExecution.from_wire({**EXECUTION_INFO, "parent": parent}, domain=ORDERS)

    assert (execution.parent.workflow_id, execution.parent.run_id) == ("parent", "run-0")
    with pytest.raises(NotFetchedError):
        _ = execution.parent.status


def test_description_lacks_the_input_only(description):
    execution = WorkflowExecution.from_wire(description(), domain=ORDERS)

    assert execution.latest_execution_context is None
    with pytest.raises(NotFetchedError):
        _ = execution.input


def test_repr_marks_attributes_that_were_not_fetched():
    assert repr(ROWS["Domain"]) == "Domain('orders', retention_period=..., tags=...)"
    assert repr(ROWS["WorkflowType"]).endswith("tzinfo=datetime.timezone.utc), ...)")


@every_row
def test_display_names_attributes_that_were_not_fetched(row):
    text = row._display().text(width=200)

    assert "not fetched: " in text
    assert "upstream() reads" in text
    assert "not fetched" in row._repr_html_()


def test_display_of_a_local_domain_shows_no_default_as_fact():
    text = Domain("orders")._display().text(width=200)

    assert "REGISTERED" not in text
    assert "30 (default)" in text
    assert "not fetched: status, arn; upstream() reads them" in text


def test_display_of_a_local_type_marks_its_defaults():
    text = WorkflowType(ORDERS, "order", "1.0", execution_timeout=60)._display().text(width=200)

    assert "REGISTERED" not in text
    assert ["execution_timeout", "60"] in [line.split() for line in text.splitlines()]
    assert "300 (default)" in text


def test_display_of_a_described_domain_has_no_defaults():
    described = {
        "domainInfo": DOMAIN_INFO,
        "configuration": {"workflowExecutionRetentionPeriodInDays": "30"},
    }

    text = Domain.from_wire(described)._display().text(width=200)

    assert "(default)" not in text
    assert "REGISTERED" in text


@every_row
def test_row_survives_copies_and_pickling(row):
    for other in (copy.copy(row), copy.deepcopy(row), pickle.loads(pickle.dumps(row))):
        assert other == row
        assert hash(other) == hash(row)
        assert repr(other) == repr(row)


def test_equality_compares_attributes_that_were_not_fetched_as_none():
    assert ROWS["Domain"] == Domain("orders", retention_period=None)


@every_row
def test_evolved_row_does_not_gain_defaults(row):
    evolved = row.evolve(status="REGISTERED") if hasattr(row, "save") else row.evolve(status="OPEN")

    assert evolved == row
    assert repr(evolved) == repr(row)


def test_evolve_sets_an_attribute_that_was_not_fetched():
    assert ROWS["Domain"].evolve(retention_period=7).retention_period == 7


def test_started_execution_has_the_settings_of_the_call_only(service):
    service.answer({"runId": "run-1"})

    execution = WorkflowType(ORDERS, "order", "1.0").start_execution("order-1", task_list="mine")

    assert (execution.status, execution.task_list, execution.input) == ("OPEN", "mine", None)
    with pytest.raises(NotFetchedError):
        _ = execution.child_policy


def test_unknown_attribute_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'retention'") as raised:
        _ = ROWS["Domain"].retention

    assert not isinstance(raised.value, NotFetchedError)


def test_copy_as_a_subclass_keeps_attributes_unfetched():
    @model
    class Nicknamed(WorkflowExecution):
        nickname: str = attrs.field(default="", kw_only=True)

    row = ROWS["WorkflowExecution"]

    copied = row.copy_as(Nicknamed, nickname="first")

    assert (copied.nickname, copied.workflow_id) == ("first", "order-1")
    with pytest.raises(NotFetchedError):
        _ = copied.task_list


def test_dictionary_of_a_local_model_lacks_what_the_service_knows():
    assert not {"status", "arn"} & Domain("nowhere").to_dict().keys()
    assert Domain("old", status="DEPRECATED").to_dict()["status"] == "DEPRECATED"
    assert "status" not in ROWS["WorkflowExecution"].to_dict()["domain"]
