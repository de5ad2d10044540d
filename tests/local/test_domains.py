"""Domains and their resource tags."""

import pytest

from swf.local.engine import Fault, State

ARN = "arn:aws:swf:us-east-1:123456789012:/domain/d"


def refusal(engine, operation, **params):
    with pytest.raises(Fault) as caught:
        engine.call(operation, **params)
    return caught.value.code, caught.value.message


def register(engine, *names, **params):
    for name in names:
        request = {"name": name, "workflowExecutionRetentionPeriodInDays": "7", **params}
        engine.call("RegisterDomain", **request)


def listed(engine, status="REGISTERED", **params):
    answer = engine.call("ListDomains", registrationStatus=status, **params)
    return [info["name"] for info in answer["domainInfos"]]


def test_a_domain_is_described_as_it_was_registered(empty):
    register(empty, "d", description="")

    assert empty.call("DescribeDomain", name="d") == {
        "configuration": {"workflowExecutionRetentionPeriodInDays": "7"},
        "domainInfo": {"arn": ARN, "description": "", "name": "d", "status": "REGISTERED"},
    }


def test_absent_description_is_omitted(empty):
    register(empty, "d")

    assert "description" not in empty.call("DescribeDomain", name="d")["domainInfo"]


@pytest.mark.parametrize(
    ("before", "operation", "code"),
    [
        ([], "RegisterDomain", "DomainAlreadyExistsFault"),
        ([], "UndeprecateDomain", "DomainAlreadyExistsFault"),
        (["DeprecateDomain"], "RegisterDomain", "DomainAlreadyExistsFault"),
        (["DeprecateDomain"], "DeprecateDomain", "DomainDeprecatedFault"),
    ],
)
def test_domain_can_be_deprecated_and_undeprecated(empty, before, operation, code):
    register(empty, "d")
    for each in before:
        empty.call(each, name="d")
    params = {"name": "d"}
    if operation == "RegisterDomain":
        params["workflowExecutionRetentionPeriodInDays"] = "1"

    assert refusal(empty, operation, **params) == (code, "d")


@pytest.mark.parametrize("operation", ["DescribeDomain", "DeprecateDomain", "UndeprecateDomain"])
def test_an_unknown_domain_is_named(empty, operation):
    expected = ("UnknownResourceFault", "Unknown domain: x")
    assert refusal(empty, operation, name="x") == expected


def test_domains_are_listed_by_status_and_name(empty):
    register(empty, "b", "c", "a")
    empty.call("DeprecateDomain", name="b")

    assert listed(empty) == ["a", "c"]
    assert listed(empty, "DEPRECATED") == ["b"]
    assert listed(empty, reverseOrder=True) == ["c", "a"]


@pytest.mark.parametrize("reverse", [False, True])
def test_domains_are_listed_page_by_page(empty, reverse):
    register(empty, *"abcde")

    params = {"maximumPageSize": 2, "reverseOrder": reverse, "registrationStatus": "REGISTERED"}
    answers = [empty.call("ListDomains", **params)]
    while "nextPageToken" in answers[-1]:
        token = answers[-1]["nextPageToken"]
        answers.append(empty.call("ListDomains", **params, nextPageToken=token))

    names = "".join(info["name"] for answer in answers for info in answer["domainInfos"])
    assert names == ("edcba" if reverse else "abcde")
    assert len(answers) == 3


@pytest.mark.parametrize("reverse", [False, True])
def test_a_full_last_page_has_no_token(empty, reverse):
    register(empty, *"abcd")
    params = {"maximumPageSize": 2, "reverseOrder": reverse, "registrationStatus": "REGISTERED"}
    first = empty.call("ListDomains", **params)

    second = empty.call("ListDomains", **params, nextPageToken=first["nextPageToken"])

    assert "nextPageToken" not in second


def test_deprecated_domain_keeps_its_types_deprecated(engine):
    engine.call("DeprecateDomain", name="d")
    engine.call("UndeprecateDomain", name="d")

    for kind in ("Workflow", "Activity"):
        answer = engine.call(f"List{kind}Types", domain="d", registrationStatus="DEPRECATED")
        assert [info["deprecationDate"] for info in answer["typeInfos"]] == [engine.now]


def test_a_deprecated_domain_takes_nothing_new(engine):
    engine.call("DeprecateDomain", name="d")
    refused = ("DomainDeprecatedFault", "d")
    new = {"domain": "d", "name": "n", "version": "1"}
    execution = {"workflowId": "w", "workflowType": {"name": "order", "version": "1"}}

    assert refusal(engine, "RegisterActivityType", **new) == refused
    assert refusal(engine, "RegisterWorkflowType", **new) == refused
    assert refusal(engine, "StartWorkflowExecution", domain="d", **execution) == refused


def test_executions_of_a_deprecated_domain_continue(engine):
    engine.start()
    engine.call("DeprecateDomain", name="d")

    engine.signal()
    engine.decide(("CompleteWorkflowExecution", {}))

    assert engine.run().close_status == "COMPLETED"


def tag(engine, **tags):
    added = [{"key": key, "value": value} for key, value in tags.items()]
    engine.call("TagResource", resourceArn=ARN, tags=added)


def test_tags_are_added_overwritten_and_removed(empty):
    register(empty, "d", tags=[{"key": "team", "value": "a"}, {"key": "bare"}])
    tag(empty, team="b", cost="1")

    empty.call("UntagResource", resourceArn=ARN, tagKeys=["cost", "unknown"])

    assert empty.call("ListTagsForResource", resourceArn=ARN) == {
        "tags": [{"key": "team", "value": "b"}, {"key": "bare"}]
    }


def test_a_domain_has_50_tags_at_most(empty):
    register(empty, "d")
    tag(empty, **{f"k{number}": "" for number in range(50)})

    too_many = [{"key": "one more"}]
    assert refusal(empty, "TagResource", resourceArn=ARN, tags=too_many) == (
        "TooManyTagsFault",
        "d",
    )
    tag(empty, k0="overwritten")


@pytest.mark.parametrize("arn", [ARN + "x", ARN.replace("us-east-1", "eu-west-1"), "d"])
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("TagResource", {"tags": []}),
        ("UntagResource", {"tagKeys": []}),
        ("ListTagsForResource", {}),
    ],
)
def test_an_unknown_arn_is_refused(empty, arn, operation, params):
    register(empty, "d")

    assert refusal(empty, operation, resourceArn=arn, **params)[0] == "UnknownResourceFault"


def test_tags_outlive_deprecation(empty):
    register(empty, "d", tags=[{"key": "k", "value": "v"}])
    empty.call("DeprecateDomain", name="d")

    assert empty.call("ListTagsForResource", resourceArn=ARN)["tags"] == [
        {"key": "k", "value": "v"}
    ]


def test_arn_of_another_region_is_unknown():
    state = State("eu-west-1", account="111122223333", seed=1)

    assert (state.region, state.account) == ("eu-west-1", "111122223333")
