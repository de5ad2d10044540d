from __future__ import annotations

import pytest

from swf.models import Domain
from swf.querysets import DomainQuerySet


@pytest.fixture
def domains(connection):
    for name, retention in (("alpha", 1), ("beta", 30), ("gamma", 90)):
        Domain(name, description=f"the {name}", retention_period=retention).save()
    return DomainQuerySet()


def names(rows):
    return [row.name for row in rows]


def test_domains_are_ordered_by_name(domains):
    assert names(domains) == names(domains.all()) == ["alpha", "beta", "gamma"]
    assert names(domains.reverse()) == ["gamma", "beta", "alpha"]
    assert names(Domain.objects.all()) == ["alpha", "beta", "gamma"]


def test_deprecated_domains_can_be_listed(domains):
    domains.get("beta").delete()

    assert names(domains.filter(registration_status="DEPRECATED")) == ["beta"]
    assert names(domains.filter("DEPRECATED")) == ["beta"]
    assert names(domains.filter(status=None)) == ["alpha", "beta", "gamma"]
    assert names(domains.all()) == ["alpha", "gamma"]


def test_get_describes_registered_and_deprecated_domains(domains, calls):
    domains.get("beta").delete()
    calls.clear()

    result = domains.get("beta")

    assert (result.status, result.description, result.retention_period) == (
        "DEPRECATED",
        "the beta",
        30,
    )
    assert calls.operations == ["DescribeDomain"]


def test_get_respects_the_filters(domains):
    with pytest.raises(Domain.DoesNotExist):
        domains.get("beta", status="DEPRECATED")
    with pytest.raises(Domain.DoesNotExist, match="status='DEPRECATED'"):
        domains.filter(status="DEPRECATED").get("beta")


def test_get_of_unknown_domain_raises_domain_error(domains):
    with pytest.raises(Domain.DoesNotExist):
        domains.get("delta")


def test_get_by_lookups(domains):
    assert domains.get(retention_period=90).name == "gamma"


def test_create_registers_and_returns_the_domain(connection):
    created = DomainQuerySet().create("delta", description="the delta", retention_period=5)

    assert created.is_synced
    assert DomainQuerySet().get("delta").retention_period == 5


def test_create_refuses_existing_name(domains):
    with pytest.raises(Domain.AlreadyExists):
        domains.create("beta")


def test_get_or_create_returns_the_domain(domains):
    assert domains.get_or_create("beta", retention_period=5).retention_period == 30
    assert domains.get_or_create("delta", retention_period=5).retention_period == 5


def test_get_or_create_survives_concurrent_registration(stub):
    stub.refuse("DescribeDomain", "UnknownResourceFault")
    stub.refuse("RegisterDomain", "DomainAlreadyExistsFault")
    stub.answer("DescribeDomain", {"domainInfo": {"name": "shop"}, "configuration": {}})

    assert DomainQuerySet().get_or_create("shop").name == "shop"


def test_tags_are_fetched_only_if_selected(domains, calls):
    domains.create("tagged", tags={"team": "x"})
    calls.clear()

    assert names(domains.filter(retention_period__gte=30)) == ["beta", "gamma", "tagged"]
    assert set(calls.operations) == {"ListDomains", "DescribeDomain"}
    assert names(domains.filter(tags__contains="team")) == ["tagged"]
    assert domains.filter(name="tagged").values("tags") == [{"tags": {"team": "x"}}]


def test_described_domain_is_in_the_list(domains):
    assert domains.get("beta") in domains
    assert Domain("delta") not in domains


def test_domains_compare_as_lists(domains):
    assert domains == list(domains)
    assert domains == DomainQuerySet()
    assert domains != []
    assert domains != "alpha"


def test_related_querysets_belong_to_their_domain(domains, register):
    beta = domains.get("beta")
    register(beta, "order", "1")

    assert len(beta.workflow_types) == 1
    assert beta.workflows()[0].domain == beta
    assert list(domains.get("alpha").workflow_types) == []
