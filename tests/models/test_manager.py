from __future__ import annotations

import pytest

from swf import querysets
from swf.models import ActivityType, Domain, WorkflowExecution, WorkflowType


def test_domains_are_reached_through_the_class():
    assert isinstance(Domain.objects, querysets.DomainQuerySet)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("workflow_types", querysets.WorkflowTypeQuerySet),
        ("activity_types", querysets.ActivityTypeQuerySet),
        ("executions", querysets.WorkflowExecutionQuerySet),
    ],
)
def test_what_lives_in_a_domain_is_reached_through_the_domain(domain, name, kind):
    queryset = getattr(domain, name)

    assert isinstance(queryset, kind)
    assert queryset.domain == domain


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (WorkflowType, querysets.WorkflowTypeQuerySet),
        (ActivityType, querysets.ActivityTypeQuerySet),
        (WorkflowExecution, querysets.WorkflowExecutionQuerySet),
    ],
)
def test_what_lives_in_the_domain_of_the_settings_is_reached_through_its_class(
    monkeypatch, model, kind
):
    monkeypatch.setenv("SWF_DOMAIN", "orders")

    queryset = model.objects

    assert isinstance(queryset, kind)
    assert queryset.domain == Domain("orders")


def test_all_of_a_kind_are_not_reached_through_one_of_them(domain):
    with pytest.raises(AttributeError, match="class Domain"):
        _ = domain.objects
