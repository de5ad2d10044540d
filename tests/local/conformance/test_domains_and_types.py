"""Domains and types: registration, deprecation, deletion, tags (S-015 to S-034)."""

import re

import pytest

EPOCH = {"oldestDate": 0}
ORDER = {"name": "order", "version": "1.0"}
CHARGE = {"name": "charge", "version": "1.0"}
RETENTION = "workflowExecutionRetentionPeriodInDays"
NOWHERE = {"workflowId": "w", "runId": "r"}


def register(orders, name, retention="7", **more):
    orders.call("RegisterDomain", name=name, **{RETENTION: retention}, **more)


def names(orders, **options):
    options.setdefault("registrationStatus", "REGISTERED")
    return [info["name"] for info in orders.call("ListDomains", **options)["domainInfos"]]


def test_s015_a_domain_is_registered_once(orders, refused):
    with refused("DomainAlreadyExistsFault", "orders"):
        register(orders, "orders")


def test_s015_a_deprecated_domain_keeps_its_name(orders, refused):
    orders.call("DeprecateDomain", name="orders")

    with refused("DomainAlreadyExistsFault", "orders"):
        register(orders, "orders")


TASK_LIST = {"taskList": {"name": "l"}}
IN_A_DOMAIN = {
    "RegisterWorkflowType": ORDER,
    "DescribeWorkflowType": {"workflowType": ORDER},
    "ListWorkflowTypes": {"registrationStatus": "REGISTERED"},
    "DeprecateWorkflowType": {"workflowType": ORDER},
    "UndeprecateWorkflowType": {"workflowType": ORDER},
    "DeleteWorkflowType": {"workflowType": ORDER},
    "RegisterActivityType": CHARGE,
    "DescribeActivityType": {"activityType": CHARGE},
    "ListActivityTypes": {"registrationStatus": "REGISTERED"},
    "DeprecateActivityType": {"activityType": CHARGE},
    "UndeprecateActivityType": {"activityType": CHARGE},
    "DeleteActivityType": {"activityType": CHARGE},
    "StartWorkflowExecution": {"workflowId": "w", "workflowType": ORDER},
    "SignalWorkflowExecution": {"workflowId": "w", "signalName": "s"},
    "RequestCancelWorkflowExecution": {"workflowId": "w"},
    "TerminateWorkflowExecution": {"workflowId": "w"},
    "DescribeWorkflowExecution": {"execution": NOWHERE},
    "GetWorkflowExecutionHistory": {"execution": NOWHERE},
    "ListOpenWorkflowExecutions": {"startTimeFilter": EPOCH},
    "ListClosedWorkflowExecutions": {"startTimeFilter": EPOCH},
    "CountOpenWorkflowExecutions": {"startTimeFilter": EPOCH},
    "CountClosedWorkflowExecutions": {"startTimeFilter": EPOCH},
    "CountPendingActivityTasks": TASK_LIST,
    "CountPendingDecisionTasks": TASK_LIST,
    "PollForDecisionTask": TASK_LIST,
    "PollForActivityTask": TASK_LIST,
}


@pytest.mark.parametrize(("operation", "params"), IN_A_DOMAIN.items(), ids=IN_A_DOMAIN)
def test_s016_no_operation_knows_an_unknown_domain(orders, refused, operation, params):
    with refused("UnknownResourceFault", "Unknown domain: nowhere"):
        orders.call(operation, domain="nowhere", **params)


@pytest.mark.parametrize("operation", ["DescribeDomain", "DeprecateDomain", "UndeprecateDomain"])
def test_s016_unknown_domain_cannot_be_deprecated(orders, refused, operation):
    with refused("UnknownResourceFault", "Unknown domain: nowhere"):
        orders.call(operation, name="nowhere")


@pytest.mark.parametrize("days", ["NONE", "0", "1", "90"])
def test_s017_retention_up_to_90_days_is_returned_unchanged(orders, days):
    register(orders, "kept", days)

    assert orders.call("DescribeDomain", name="kept")["configuration"] == {RETENTION: days}


@pytest.mark.parametrize("days", ["91", "-1", "1.5", "week", " 7"])
def test_s017_any_other_retention_is_rejected(orders, refused, days):
    with refused("ValidationException"):
        register(orders, "kept", days)


def test_s018_a_domain_has_an_arn(orders):
    arn = orders.call("DescribeDomain", name="orders")["domainInfo"]["arn"]

    assert re.fullmatch(r"arn:aws:swf:us-east-1:\d{12}:/domain/orders", arn)


def test_s019_a_domain_is_deprecated_once(orders, refused):
    orders.call("DeprecateDomain", name="orders")

    with refused("DomainDeprecatedFault", "orders"):
        orders.call("DeprecateDomain", name="orders")


def test_s019_only_a_deprecated_domain_is_undeprecated(orders, refused):
    with refused("DomainAlreadyExistsFault", "orders"):
        orders.call("UndeprecateDomain", name="orders")


def test_s019_an_undeprecated_domain_is_registered_again(orders):
    orders.call("DeprecateDomain", name="orders")

    orders.call("UndeprecateDomain", name="orders")

    assert names(orders) == ["orders"]


def test_s020_the_types_of_a_deprecated_domain_are_deprecated(orders):
    orders.call("DeprecateDomain", name="orders")

    workflow = orders.ask("DescribeWorkflowType", workflowType=ORDER)["typeInfo"]
    activity = orders.ask("DescribeActivityType", activityType=CHARGE)["typeInfo"]
    assert (workflow["status"], activity["status"]) == ("DEPRECATED", "DEPRECATED")


def test_s021_a_deprecated_domain_takes_no_types(orders, refused):
    orders.call("DeprecateDomain", name="orders")

    with refused("DomainDeprecatedFault", "orders"):
        orders.register_workflow("other")
    with refused("DomainDeprecatedFault", "orders"):
        orders.register_activity("other")


def test_s021_a_deprecated_domain_starts_nothing(orders):
    orders.call("DeprecateDomain", name="orders")

    with pytest.raises(orders.client.exceptions.ClientError) as caught:
        orders.start()

    assert caught.value.response["Error"]["Code"] in (
        "DomainDeprecatedFault",
        "TypeDeprecatedFault",
    )


def test_s021_executions_of_a_deprecated_domain_continue(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    orders.call("DeprecateDomain", name="orders")

    orders.complete(orders.work())
    orders.decide(do.complete())

    closed = orders.ask("ListClosedWorkflowExecutions", startTimeFilter=EPOCH)["executionInfos"]
    assert [info["execution"] for info in closed] == [run.execution]
    assert run.status == "COMPLETED"
    assert run.types()[-1] == "WorkflowExecutionCompleted"


def test_s022_domains_are_listed_by_status_and_name(orders):
    for name in ("zebra", "apple", "pear"):
        register(orders, name)
    orders.call("DeprecateDomain", name="pear")

    assert names(orders) == ["apple", "orders", "zebra"]
    assert names(orders, reverseOrder=True) == ["zebra", "orders", "apple"]
    assert names(orders, registrationStatus="DEPRECATED") == ["pear"]


def test_s023_a_name_is_free_in_every_other_region(orders, transport):
    abroad = transport.client("eu-west-1")

    abroad.register_domain(name="orders", workflowExecutionRetentionPeriodInDays="1")

    arn = abroad.describe_domain(name="orders")["domainInfo"]["arn"]
    assert arn.startswith("arn:aws:swf:eu-west-1:")
    assert (
        abroad.list_workflow_types(domain="orders", registrationStatus="REGISTERED")["typeInfos"]
        == []
    )


WORKFLOW = "WorkflowType=[name=order, version=1.0]"
ACTIVITY = "ActivityType=[name=charge, version=1.0]"
KINDS = pytest.mark.parametrize(
    ("kind", "reference", "text"),
    [
        pytest.param("Workflow", {"workflowType": ORDER}, WORKFLOW, id="workflow type"),
        pytest.param("Activity", {"activityType": CHARGE}, ACTIVITY, id="activity type"),
    ],
)


def register_again(orders, kind):
    if kind == "Workflow":
        orders.register_workflow()
    else:
        orders.register_activity()


@KINDS
def test_s024_a_type_is_registered_once(orders, refused, kind, reference, text):
    with refused("TypeAlreadyExistsFault", text):
        register_again(orders, kind)


@KINDS
def test_s024_a_deprecated_type_keeps_its_name(orders, refused, kind, reference, text):
    orders.ask(f"Deprecate{kind}Type", **reference)

    with refused("TypeAlreadyExistsFault", text):
        register_again(orders, kind)


@pytest.mark.parametrize("verb", ["Describe", "Deprecate", "Undeprecate", "Delete"])
@pytest.mark.parametrize("kind", ["Workflow", "Activity"])
def test_s025_an_unknown_type_is_named(orders, refused, kind, verb):
    reference = {f"{kind.lower()}Type": {"name": "x", "version": "2"}}

    with refused("UnknownResourceFault", f"Unknown type: {kind}Type=[name=x, version=2]"):
        orders.ask(f"{verb}{kind}Type", **reference)


def test_s026_a_type_shows_the_settings_that_were_registered(orders):
    orders.ask("RegisterWorkflowType", name="bare", version="1")
    orders.ask("RegisterActivityType", name="bare", version="1", defaultTaskHeartbeatTimeout="9")
    bare = {"name": "bare", "version": "1"}

    workflow = orders.ask("DescribeWorkflowType", workflowType=bare)
    activity = orders.ask("DescribeActivityType", activityType=bare)

    assert workflow["configuration"] == {}
    assert activity["configuration"] == {"defaultTaskHeartbeatTimeout": "9"}
    assert workflow["typeInfo"].keys() == {"workflowType", "status", "creationDate"}


def test_s026_a_type_shows_every_setting(orders):
    assert orders.ask("DescribeWorkflowType", workflowType=ORDER)["configuration"] == {
        "defaultChildPolicy": "TERMINATE",
        "defaultExecutionStartToCloseTimeout": "8640000",
        "defaultTaskList": {"name": "deciders"},
        "defaultTaskStartToCloseTimeout": "NONE",
    }


@KINDS
def test_s027_type_has_a_deprecation_date_while_deprecated(orders, kind, reference, text):
    def info():
        return orders.ask(f"Describe{kind}Type", **reference)["typeInfo"]

    created = info()["creationDate"]
    orders.advance(60)

    orders.ask(f"Deprecate{kind}Type", **reference)
    assert (info()["deprecationDate"] - created).total_seconds() == 60
    assert info()["status"] == "DEPRECATED"

    orders.ask(f"Undeprecate{kind}Type", **reference)
    assert "deprecationDate" not in info()
    assert (info()["status"], info()["creationDate"]) == ("REGISTERED", created)


@KINDS
def test_s028_a_type_is_deprecated_once(orders, refused, kind, reference, text):
    orders.ask(f"Deprecate{kind}Type", **reference)

    with refused("TypeDeprecatedFault", text):
        orders.ask(f"Deprecate{kind}Type", **reference)


@KINDS
def test_s028_only_a_deprecated_type_is_undeprecated(orders, refused, kind, reference, text):
    with refused("TypeAlreadyExistsFault", text):
        orders.ask(f"Undeprecate{kind}Type", **reference)


@KINDS
def test_s029_only_a_deprecated_type_is_deleted(orders, refused, kind, reference, text):
    with refused("TypeNotDeprecatedFault"):
        orders.ask(f"Delete{kind}Type", **reference)

    orders.ask(f"Deprecate{kind}Type", **reference)
    orders.ask(f"Delete{kind}Type", **reference)

    with refused("UnknownResourceFault", f"Unknown type: {text}"):
        orders.ask(f"Describe{kind}Type", **reference)


@KINDS
def test_s029_the_name_of_a_deleted_type_is_free(orders, kind, reference, text):
    orders.ask(f"Deprecate{kind}Type", **reference)
    orders.ask(f"Delete{kind}Type", **reference)

    register_again(orders, kind)

    info = orders.ask(f"Describe{kind}Type", **reference)["typeInfo"]
    assert info["status"] == "REGISTERED"


def test_s030_execution_survives_deletion_of_its_type(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    for kind, reference in [
        ("Workflow", {"workflowType": ORDER}),
        ("Activity", {"activityType": CHARGE}),
    ]:
        orders.ask(f"Deprecate{kind}Type", **reference)
        orders.ask(f"Delete{kind}Type", **reference)

    orders.complete(orders.work())
    orders.decide(do.complete())

    assert run.status == "COMPLETED"


@pytest.mark.parametrize("kind", ["Workflow", "Activity"])
def test_s031_types_are_listed_by_status_and_name(orders, kind):
    def listed(**options):
        options.setdefault("registrationStatus", "REGISTERED")
        infos = orders.ask(f"List{kind}Types", **options)["typeInfos"]
        return [tuple(info[f"{kind.lower()}Type"].values()) for info in infos]

    first = ("order", "1.0") if kind == "Workflow" else ("charge", "1.0")
    for name, version in [("zebra", "2"), ("apple", "1"), ("zebra", "1"), ("old", "1")]:
        orders.ask(f"Register{kind}Type", name=name, version=version)
    orders.ask(f"Deprecate{kind}Type", **{f"{kind.lower()}Type": {"name": "old", "version": "1"}})

    assert listed() == [("apple", "1"), first, ("zebra", "1"), ("zebra", "2")]
    assert listed(reverseOrder=True) == listed()[::-1]
    assert listed(name="zebra") == [("zebra", "1"), ("zebra", "2")]
    assert listed(name="zeb") == []
    assert listed(registrationStatus="DEPRECATED") == [("old", "1")]


def test_s032_default_execution_timeout_cannot_be_none(orders, refused):
    with refused("ValidationException"):
        orders.register_workflow("endless", defaultExecutionStartToCloseTimeout="NONE")


@pytest.fixture
def arn(orders):
    return orders.call("DescribeDomain", name="orders")["domainInfo"]["arn"]


def tags(orders, arn):
    listed = orders.call("ListTagsForResource", resourceArn=arn)["tags"]
    return {tag["key"]: tag.get("value") for tag in listed}


def pairs(**values):
    return [{"key": key, "value": value} for key, value in values.items()]


def test_s033_a_domain_is_tagged_and_untagged(orders, arn):
    assert tags(orders, arn) == {}

    orders.call("TagResource", resourceArn=arn, tags=pairs(team="a", stage="test"))
    orders.call("TagResource", resourceArn=arn, tags=pairs(team="b"))
    assert tags(orders, arn) == {"team": "b", "stage": "test"}

    orders.call("UntagResource", resourceArn=arn, tagKeys=["stage", "never"])
    assert tags(orders, arn) == {"team": "b"}


def test_s033_domain_can_be_registered_with_tags(orders, arn):
    register(orders, "tagged", tags=pairs(team="a"))

    assert tags(orders, arn.replace("orders", "tagged")) == {"team": "a"}


def test_s033_a_domain_has_50_tags_at_most(orders, refused, arn):
    orders.call("TagResource", resourceArn=arn, tags=pairs(**{f"k{n}": "v" for n in range(50)}))

    with refused("TooManyTagsFault"):
        orders.call("TagResource", resourceArn=arn, tags=pairs(one="more"))
    assert len(tags(orders, arn)) == 50
    orders.call("TagResource", resourceArn=arn, tags=pairs(k1="changed"))


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("TagResource", {"tags": [{"key": "k", "value": "v"}]}),
        ("UntagResource", {"tagKeys": ["k"]}),
        ("ListTagsForResource", {}),
    ],
)
def test_s033_only_a_domain_that_exists_has_tags(orders, refused, arn, operation, params):
    with refused("UnknownResourceFault"):
        orders.call(operation, resourceArn=arn.replace("orders", "nowhere"), **params)


def test_s034_a_workflow_and_an_activity_may_share_a_name(orders):
    orders.register_activity("order")

    info = orders.ask("DescribeActivityType", activityType=ORDER)["typeInfo"]
    assert info["activityType"] == ORDER
