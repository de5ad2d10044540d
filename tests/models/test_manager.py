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
def test_domain_has_querysets_of_its_members(domain, name, kind):
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
def test_objects_of_a_class_use_the_domain_of_the_settings(monkeypatch, model, kind):
    monkeypatch.setenv("SWF_DOMAIN", "orders")

    queryset = model.objects

    assert isinstance(queryset, kind)
    assert queryset.domain == Domain("orders")


def test_objects_is_not_an_attribute_of_instances(domain):
    with pytest.raises(AttributeError, match="class Domain"):
        _ = domain.objects
