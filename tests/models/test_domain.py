from __future__ import annotations

import pytest

from swf.constants import DEPRECATED, NONE, REGISTERED
from swf.exceptions import AlreadyExistsError, DeprecatedError, DoesNotExistError, ValidationError
from swf.models import Domain, DomainAlreadyExists, DomainDoesNotExist

DESCRIBED = {
    "domainInfo": {
        "name": "orders",
        "status": "REGISTERED",
        "description": "Orders",
        "arn": "arn:aws:swf:us-east-1:1:/domain/orders",
    },
    "configuration": {"workflowExecutionRetentionPeriodInDays": "30"},
}
ARN = DESCRIBED["domainInfo"]["arn"]


def test_arguments_come_in_the_documented_order():
    domain = Domain("orders", DEPRECATED, "Orders", 7)

    assert (domain.name, domain.status, domain.description, domain.retention_period) == (
        "orders",
        DEPRECATED,
        "Orders",
        7,
    )


def test_domain_defaults_to_registered_and_30_days():
    domain = Domain("orders")

    assert (domain.status, domain.description, domain.retention_period) == (REGISTERED, None, 30)


def test_invalid_value_is_refused_without_a_call(service):
    with pytest.raises(ValidationError) as refused:
        Domain("orders", retention_period=91).save()

    assert (refused.value.field, refused.value.value) == ("retention_period", 91)
    assert service.requests == []


def test_checking_accepts_a_domain_and_refuses_anything_else(domain):
    Domain.check(domain)

    with pytest.raises(TypeError):
        Domain.check("orders")


def test_description_becomes_a_domain():
    assert Domain.from_wire(DESCRIBED) == Domain("orders", description="Orders", arn=ARN)


def test_list_item_has_an_unknown_retention():
    listed = Domain.from_wire(DESCRIBED["domainInfo"])

    assert listed == Domain("orders", description="Orders", arn=ARN, retention_period=None)


def test_attributes_missing_from_a_list_do_not_differ(service):
    service.answer(DESCRIBED)

    assert Domain.from_wire(DESCRIBED["domainInfo"]).is_synced


def test_list_item_cannot_be_saved_without_settings(service):
    with pytest.raises(ValidationError, match="lacks its settings"):
        Domain.from_wire({"name": "copy", "status": "REGISTERED"}).save()

    assert service.requests == []


def test_saving_registers_set_values(service):
    service.answer(None)

    Domain("orders", retention_period=NONE, tags={"team": "x"}).save()

    assert service.requests == [
        (
            "RegisterDomain",
            {
                "name": "orders",
                "workflowExecutionRetentionPeriodInDays": "NONE",
                "tags": [{"key": "team", "value": "x"}],
            },
        )
    ]


def test_saving_a_deprecated_domain_deprecates_it(service):
    service.answer(None, None)

    Domain("orders", status=DEPRECATED).save()

    assert service.operations == ["RegisterDomain", "DeprecateDomain"]


def test_saved_domain_does_not_differ(account):
    domain = Domain("orders", description="Orders", retention_period=30)

    domain.save()

    assert (domain.exists, domain.is_synced, list(domain.changes)) == (True, True, [])


def test_upstream_is_the_whole_domain(account):
    Domain("orders", description="Orders", retention_period=7).save()

    upstream = Domain("orders").upstream()

    assert (upstream.description, upstream.retention_period) == ("Orders", 7)
    assert upstream.arn.endswith("/domain/orders")


def test_deprecated_domain_differs_by_its_status(account):
    domain = Domain("orders")
    domain.save()

    domain.delete()

    assert repr(domain.changes) == ("ModelDiff(Difference('status', 'REGISTERED', 'DEPRECATED'))")
    assert not domain.is_synced


def test_description_that_is_only_upstream_differs(service):
    service.answer(DESCRIBED)

    assert Domain("orders").changes.as_list() == [("description", None, "Orders")]


def test_undeprecated_domain_is_registered_again(account):
    domain = Domain("orders")
    domain.save()
    domain.delete()

    domain.undelete()

    assert domain.is_synced


@pytest.mark.parametrize("first", [[], ["delete"]], ids=["registered", "deprecated"])
def test_registered_name_cannot_be_saved_again(account, first):
    domain = Domain("orders")
    domain.save()
    for step in first:
        getattr(domain, step)()

    with pytest.raises(DomainAlreadyExists) as raised:
        domain.save()

    assert Domain.AlreadyExists is DomainAlreadyExists
    assert isinstance(raised.value, AlreadyExistsError)


def test_deprecating_twice_is_refused(account):
    domain = Domain("orders")
    domain.save()
    domain.delete()

    with pytest.raises(DeprecatedError):
        domain.delete()


def test_undeprecating_a_registered_domain_is_refused(account):
    domain = Domain("orders")
    domain.save()

    with pytest.raises(Domain.AlreadyExists):
        domain.undelete()


@pytest.mark.parametrize("act", ["upstream", "delete", "undelete"])
def test_unknown_domain_does_not_exist(account, act):
    with pytest.raises(DomainDoesNotExist) as raised:
        getattr(Domain("nowhere"), act)()

    assert isinstance(raised.value, DoesNotExistError)


@pytest.mark.parametrize("name", ["exists", "is_synced", "changes", "upstream"])
def test_upstream_and_comparisons_take_one_call(service, name):
    service.answer(DESCRIBED)

    value = getattr(Domain("orders"), name)
    if name == "upstream":
        value()

    assert service.requests == [("DescribeDomain", {"name": "orders"})]


# Resource tags.


def test_set_tags_are_compared_with_a_second_call(service):
    service.answer(DESCRIBED, {"tags": [{"key": "team", "value": "y"}]})

    changes = Domain("orders", description="Orders", tags={"team": "x"}).changes

    assert changes.as_list() == [("tags", {"team": "x"}, {"team": "y"})]
    assert service.requests[1] == ("ListTagsForResource", {"resourceArn": ARN})


def test_order_of_tags_is_no_difference(service):
    service.answer(DESCRIBED, {"tags": [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]})

    assert Domain("orders", description="Orders", tags={"a": "1", "b": "2"}).is_synced


def test_no_tags_is_a_claim_too(service):
    service.answer(DESCRIBED, {"tags": [{"key": "a", "value": "1"}]})

    assert Domain("orders", tags={}).changes.differing_fields() == ["description", "tags"]


def test_tagging_finds_the_arn(service):
    service.answer(DESCRIBED, None)

    Domain("orders").tag(team="x")

    assert service.requests[1] == (
        "TagResource",
        {"resourceArn": ARN, "tags": [{"key": "team", "value": "x"}]},
    )


def test_tagging_uses_the_known_arn(service):
    service.answer(None)

    Domain("orders", arn=ARN).tag(team="x")

    assert service.operations == ["TagResource"]


def test_untagging_removes_the_keys(service):
    service.answer(None)

    Domain("orders", arn=ARN).untag("team", "cost")

    assert service.requests == [
        ("UntagResource", {"resourceArn": ARN, "tagKeys": ["team", "cost"]})
    ]


def test_invalid_tag_is_refused_without_a_call(service):
    with pytest.raises(ValidationError):
        Domain("orders").tag(team="*")

    assert service.requests == []


def test_invalid_key_is_refused_without_a_call(service):
    with pytest.raises(ValidationError, match="keys=5"):
        Domain("orders").untag("team", 5)

    assert service.requests == []


def test_domain_without_retention_is_refused_without_a_call(service):
    with pytest.raises(ValidationError, match="retention_period=None: must be set"):
        Domain("orders", retention_period=None).save()

    assert service.requests == []


def test_tags_come_and_go(account):
    domain = Domain("orders", tags={"team": "x"})
    domain.save()

    domain.tag(cost="low")
    domain.untag("team")

    assert domain.upstream().tags == {"cost": "low"}


# Members of the domain.


def test_workflows_are_the_types_of_a_status(account, domain):
    from swf.models import WorkflowType

    domain.save()
    new, old = (WorkflowType(domain, "order", version) for version in ("2", "1"))
    new.save()
    old.save()
    old.delete()

    assert [kind.version for kind in domain.workflows()] == ["2"]
    assert [kind.version for kind in domain.workflows(DEPRECATED)] == ["1"]


def test_activities_are_the_types_of_a_status(account, domain):
    from swf.models import ActivityType

    domain.save()
    ActivityType(domain, "charge", "1").save()

    assert [kind.name for kind in domain.activities()] == ["charge"]
    assert domain.activities(status=DEPRECATED) == []


def test_pending_tasks_of_a_list_are_counted_in_two_calls(account, domain):
    from swf.connection import budget
    from swf.models import WorkflowType

    domain.save()
    kind = WorkflowType(domain, "order", "1", task_list="deciders")
    kind.save()
    kind.start_execution("order-1")

    with budget(calls=4):
        assert domain.count_pending_tasks("deciders") == (1, 0, False)
        assert domain.count_pending_tasks("unused") == (0, 0, False)
