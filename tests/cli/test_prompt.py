"""The namespace of the prompt."""

from __future__ import annotations

import pytest

from swf import Domain
from swf.cli.prompt import PromptNamespace, format_prompt_error


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


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Domain('a').exectuions", "did you mean 'executions'?"),
        ("Domain('a').executions.fliter(status='OPEN')", "did you mean 'filter'?"),
        ("Domian('a')", "did you mean 'Domain'?"),
        ("Domain('a').executions.filter(worklow_id='x')", "did you mean 'workflow_id'?"),
        ("executions.filter(tags='x')", "did you mean 'tag'?"),
        ("executions.exclude(worklow_id__startswith='x')", "did you mean 'workflow_id'?"),
        ("executions.order_by('start_timestmap')", "did you mean 'start_timestamp'?"),
        ("executions.filter(workflow_type__nmae='x')", "did you mean 'workflow_type__name'?"),
        ("swf.settings.set(regoin='x')", "did you mean 'region'?"),
    ],
)
def test_mistyped_name_has_a_suggestion(names, line, hint):
    with pytest.raises((AttributeError, NameError, TypeError)) as caught:
        exec(line, names)

    assert format_prompt_error(caught.value).endswith(hint)


def test_dissimilar_name_has_no_suggestion(names):
    with pytest.raises(AttributeError) as caught:
        exec("domain.zzz", names)

    assert "did you mean" not in format_prompt_error(caught.value)
