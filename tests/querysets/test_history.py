from __future__ import annotations

import pytest

from swf.exceptions import ValidationError
from swf.models import WorkflowExecution
from swf.querysets import HistoryQuerySet


@pytest.fixture
def execution(domain, order):
    execution = order.start_execution("w")
    for number in range(9):
        execution.signal("s", number)
    return execution


@pytest.fixture
def histories(domain):
    return HistoryQuerySet(domain)


def test_history_is_complete_with_small_pages(histories, execution, calls):
    history = histories.get(execution.run_id, "w", page_size=4)

    assert [event.id for event in history] == list(range(1, 12))
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("reverse", "events"), [(False, [1, 2, 3]), (True, [9, 10, 11])], ids=["oldest", "newest"]
)
def test_max_results_limits_fetched_events(histories, execution, calls, reverse, events):
    history = histories.get(execution.run_id, "w", max_results=3, reverse=reverse)

    assert [event.id for event in history] == events
    assert [params["maximumPageSize"] for _, params in calls] == [3]


def test_an_unknown_execution_has_no_history(histories):
    with pytest.raises(WorkflowExecution.DoesNotExist):
        histories.get("22nobody", "w")


@pytest.mark.parametrize("wrong", [{"page_size": 0}, {"page_size": 1001}, {"max_results": 0}])
def test_sizes_are_checked(histories, wrong):
    with pytest.raises(ValidationError):
        histories.get("r", "w", **wrong)


def test_domain_of_wrong_type_is_a_type_error():
    with pytest.raises(TypeError):
        HistoryQuerySet("orders")
