"""The namespace of the prompt."""

from __future__ import annotations

import pytest

from swf import Domain
from swf.cli.prompt import PromptNamespace


@pytest.fixture
def names(orders):
    return PromptNamespace("orders")


def test_collections_are_refreshed_before_each_line(names, start):
    before = names["executions"].count()
    start("one")
    assert list(names["executions"]) != []

    start("two")
    names.refresh()

    assert before == 0
    assert len(names["executions"]) == 2


def test_collections_follow_the_current_domain(names):
    names["domain"] = Domain("others")
    names.refresh()

    assert names["workflow_types"].domain == Domain("others")


def test_replaced_collection_stays(names):
    names["executions"] = mine = ["my own"]

    names.refresh()

    assert names["executions"] is mine
