from __future__ import annotations

import pytest

from swf.exceptions import MultipleObjectsReturned, ResponseError
from swf.models import ActivityType, Domain, WorkflowType
from swf.querysets import ActivityTypeQuerySet, WorkflowTypeQuerySet

KINDS = [(WorkflowTypeQuerySet, WorkflowType), (ActivityTypeQuerySet, ActivityType)]


@pytest.fixture(params=KINDS, ids=["workflow", "activity"])
def kind(request):
    return request.param


@pytest.fixture
def model(kind):
    return kind[1]


@pytest.fixture
def types(kind, domain):
    return kind[0](domain)


def names(rows):
    return [(row.name, row.version) for row in rows]


def test_create_registers_and_returns_the_type(types, model, domain):
    created = types.create("pack", "1", task_list="packers", description="pack it")

    assert isinstance(created, model)
    assert created.is_synced
    assert types.all() == [model.from_wire(listed(created), domain=domain)]


def listed(created):
    result = created.upstream()
    return {
        result.reference_name: result.reference,
        "status": result.status,
        "description": result.description,
        "creationDate": result.creation_date,
    }


def test_create_refuses_existing_name(types, model):
    types.create("pack", "1")

    with pytest.raises(model.AlreadyExists):
        types.create("pack", "1")


def test_get_describes_the_type(types, calls):
    types.create("pack", "1", task_list="packers", description="pack it")
    calls.clear()

    result = types.get("pack", "1")

    assert (result.task_list, result.description) == ("packers", "pack it")
    assert result.creation_date is not None
    assert len(calls) == 1


def test_get_returns_deprecation_date(types):
    types.create("pack", "1").delete()

    result = types.get("pack", "1")

    assert result.status == "DEPRECATED"
    assert result.deprecation_date is not None


def test_get_of_unknown_type_raises_type_error(types, model):
    with pytest.raises(model.DoesNotExist):
        types.get("pack", "1")
    with pytest.raises(model.DoesNotExist):
        types.get("pack")


def test_get_with_lookups_changes_nothing_upstream(types, model):
    types.create("pack", "1", description="pack it")

    assert types.get("pack", "1", description="pack it").description == "pack it"
    with pytest.raises(model.DoesNotExist):
        types.get("pack", "1", description="something else")


def test_get_by_name_requires_one_version(types):
    types.create("pack", "1")

    assert types.get("pack").version == "1"

    types.create("pack", "2")
    with pytest.raises(MultipleObjectsReturned):
        types.get("pack")


def test_filter_by_name_is_sent(types, calls):
    for name, version in (("pack", "1"), ("pack", "2"), ("send", "1")):
        types.create(name, version)
    calls.clear()

    assert names(types.filter(name="pack")) == [("pack", "1"), ("pack", "2")]
    assert [params["name"] for _, params in calls] == ["pack"]


def test_all_pages_are_fetched(types):
    for number in range(7):
        types.create(f"pack-{number}", "1")

    assert len(list(types.iterator(page_size=2))) == 7


def test_registered_types_are_listed_without_status(types):
    types.create("old", "1").delete()
    types.create("new", "1")

    assert names(types) == names(types.all()) == names(types.filter()) == [("new", "1")]
    assert names(types.all("DEPRECATED")) == [("old", "1")]
    assert names(types.filter(status="DEPRECATED")) == [("old", "1")]
    assert names(types.filter(registration_status=None)) == [("new", "1"), ("old", "1")]
    assert names(types.exclude(status="REGISTERED")) == [("old", "1")]


def test_both_statuses_are_merged_by_name(types):
    for name in "abcd":
        types.create(name, "1")
    for name in "bd":
        types.get(name, "1").delete()

    assert [row.name for row in types.all(None)] == list("abcd")
    assert [row.name for row in types.all(None).reverse()] == list("dcba")


def test_any_field_can_be_filtered(types):
    types.create("pack", "1", description="boxes", task_list="packers")
    types.create("send", "1", description="letters", task_list="senders")

    assert names(types.filter(description__contains="box")) == [("pack", "1")]
    assert names(types.filter(task_list__in=["senders", "others"])) == [("send", "1")]
    assert names(types.filter(name__startswith="s")) == [("send", "1")]
    assert names(types.filter(deprecation_date__isnull=False)) == []
    assert names(types.where(lambda row: row.name < "q")) == [("pack", "1")]
    assert types.filter(task_list="packers")[0].task_list == "packers"


def test_get_or_create_returns_same_type(types, calls):
    created = types.get_or_create("pack", "1", task_list="packers")
    calls.clear()

    assert types.get_or_create("pack", "1", task_list="others").upstream() == created.upstream()
    assert all(operation.startswith("Describe") for operation in calls.operations)


def test_get_or_create_returns_deprecated_type_unchanged(types):
    types.create("pack", "1").delete()

    assert types.get_or_create("pack", "1").status == "DEPRECATED"


def test_get_or_create_survives_concurrent_registration(stub):
    types = ActivityTypeQuerySet(Domain("shop"))
    stub.refuse("DescribeActivityType", "UnknownResourceFault")
    stub.refuse("RegisterActivityType", "TypeAlreadyExistsFault")
    answer = {"typeInfo": {"activityType": {"name": "pack", "version": "1"}}, "configuration": {}}
    stub.answer("DescribeActivityType", answer)

    assert types.get_or_create("pack", "1").name == "pack"


def test_get_or_create_in_an_unknown_domain_names_the_domain(connection):
    with pytest.raises(Domain.DoesNotExist):
        WorkflowTypeQuerySet(Domain("nowhere")).get_or_create("pack", "1")


def test_a_refusal_to_create_is_raised(stub):
    stub.refuse("RegisterActivityType", "LimitExceededFault")

    with pytest.raises(ResponseError):
        ActivityTypeQuerySet(Domain("shop")).create("pack", "1")


def test_in_bulk_by_name_and_version(types):
    types.create("pack", "1")

    assert list(types.in_bulk([("pack", "1"), ("pack", "9")])) == [("pack", "1")]
    assert list(types.in_bulk()) == [("pack", "1")]


def test_filter_accepts_another_domain(types, domain, model):
    other = Domain("other")
    other.save()
    model(other, "elsewhere", "1").save()

    assert names(types.filter(other)) == [("elsewhere", "1")]
    assert names(types.filter(domain=other, name="elsewhere")) == [("elsewhere", "1")]


def test_limits_can_be_compared_with_numbers(types):
    field = "execution_timeout" if isinstance(types, WorkflowTypeQuerySet) else None
    field = field or "task_heartbeat_timeout"
    for version, timeout in (("1", 60), ("2", 3600)):
        types.create("pack", version, **{field: timeout})

    assert [row.version for row in types.filter(**{f"{field}__gt": 60})] == ["2"]


def test_no_limit_exceeds_any_number(domain):
    types = ActivityTypeQuerySet(domain)
    types.create("pack", "1", task_heartbeat_timeout="NONE")
    types.create("pack", "2", task_heartbeat_timeout=5)
    types.create("pack", "3")

    assert [row.version for row in types.filter(task_heartbeat_timeout__gte=5)] == ["1", "2"]
    assert [row.version for row in types.filter(task_heartbeat_timeout__lt=60)] == ["2"]
    assert [row.version for row in types.filter(task_heartbeat_timeout=None)] == ["3"]
    assert [row.version for row in types.order_by("-task_heartbeat_timeout")] == ["1", "2", "3"]


def test_a_type_of_another_domain_is_not_in_the_list(types, model):
    types.create("pack", "1")

    assert types.get("pack", "1") in types
    assert model(Domain("other"), "pack", "1") not in types
