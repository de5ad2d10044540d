"""Workflow types and activity types follow the same rules."""

import pytest

from swf.local.engine import Fault

KINDS = {"Workflow": "workflowType", "Activity": "activityType"}
N1 = {"name": "n", "version": "1"}


class Types:
    """The six operations on types of one kind."""

    def __init__(self, engine, kind):
        self.engine, self.kind, self.member = engine, kind, KINDS[kind]

    def register(self, name="n", version="1", **params):
        about = {"domain": "d", "name": name, "version": version, **params}
        self.engine.call(f"Register{self.kind}Type", **about)

    def call(self, verb, name="n", version="1"):
        reference = {self.member: {"name": name, "version": version}}
        return self.engine.call(f"{verb}{self.kind}Type", domain="d", **reference)

    def list(self, status="REGISTERED", **params):
        request = {"domain": "d", "registrationStatus": status, **params}
        return self.engine.call(f"List{self.kind}Types", **request)

    def page(self, *arguments, **params):
        infos = self.list(*arguments, **params)["typeInfos"]
        return [tuple(info[self.member].values()) for info in infos]

    def refusal(self, verb):
        with pytest.raises(Fault) as caught:
            self.register() if verb == "Register" else self.call(verb)
        return caught.value.code, caught.value.message


@pytest.fixture(params=KINDS)
def types(request, empty):
    empty.call("RegisterDomain", name="d", workflowExecutionRetentionPeriodInDays="1")
    return Types(empty, request.param)


def test_a_type_is_described_as_it_was_registered(types):
    settings = {"defaultTaskList": {"name": "l"}, "defaultTaskPriority": "5"}
    types.register(**settings, defaultTaskStartToCloseTimeout="NONE", description="d")

    assert types.call("Describe") == {
        "configuration": {**settings, "defaultTaskStartToCloseTimeout": "NONE"},
        "typeInfo": {
            types.member: N1,
            "creationDate": types.engine.now,
            "description": "d",
            "status": "REGISTERED",
        },
    }


def test_unregistered_settings_are_absent(types):
    types.register()

    described = types.call("Describe")

    assert described["configuration"] == {}
    assert set(described["typeInfo"]) == {types.member, "creationDate", "status"}


ALREADY, DEPRECATED = "TypeAlreadyExistsFault", "TypeDeprecatedFault"
NOT_DEPRECATED, UNKNOWN = "TypeNotDeprecatedFault", "UnknownResourceFault"


@pytest.mark.parametrize(
    ("before", "verb", "code"),
    [
        (["Register"], "Register", ALREADY),
        (["Register"], "Undeprecate", ALREADY),
        (["Register"], "Delete", NOT_DEPRECATED),
        (["Register", "Deprecate"], "Register", ALREADY),
        (["Register", "Deprecate"], "Deprecate", DEPRECATED),
        ([], "Describe", UNKNOWN),
        ([], "Deprecate", UNKNOWN),
        ([], "Undeprecate", UNKNOWN),
        ([], "Delete", UNKNOWN),
        (["Register", "Deprecate", "Delete"], "Describe", UNKNOWN),
    ],
)
def test_type_can_be_deprecated_undeprecated_and_deleted(types, before, verb, code):
    for each in before:
        types.register() if each == "Register" else types.call(each)

    code_of_fault, message = types.refusal(verb)

    assert code_of_fault == code
    description = f"{types.kind}Type=[name=n, version=1]"
    assert message == {
        NOT_DEPRECATED: "The type is currently registered and cannot be deleted"
        " in its current state",
        UNKNOWN: f"Unknown type: {description}",
    }.get(code, description)


def test_deleted_type_can_be_registered_again(types):
    types.register()
    types.call("Deprecate")
    types.call("Delete")

    types.register(description="again")

    assert types.call("Describe")["typeInfo"]["description"] == "again"


def test_deprecation_date_exists_only_while_deprecated(types):
    types.register()
    types.engine.advance(5)
    types.call("Deprecate")
    assert types.call("Describe")["typeInfo"]["deprecationDate"] == types.engine.now

    types.call("Undeprecate")

    assert "deprecationDate" not in types.call("Describe")["typeInfo"]


def test_types_are_listed_by_status_name_and_version(types):
    for name, version in (("b", "1"), ("a", "2"), ("a", "10"), ("ab", "1")):
        types.register(name, version)
    types.call("Deprecate", "ab")

    assert types.page() == [("a", "10"), ("a", "2"), ("b", "1")]
    assert types.page(reverseOrder=True) == [("b", "1"), ("a", "2"), ("a", "10")]
    assert types.page(name="a") == [("a", "10"), ("a", "2")]
    assert types.page("DEPRECATED") == [("ab", "1")]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", [None, "n"])
def test_types_are_listed_page_by_page(types, reverse, name):
    for version in "12345":
        types.register("n", version)
    params = {"maximumPageSize": 2, "reverseOrder": reverse, **({"name": name} if name else {})}

    answers = [types.list(**params)]
    while "nextPageToken" in answers[-1]:
        answers.append(types.list(**params, nextPageToken=answers[-1]["nextPageToken"]))

    infos = [info for answer in answers for info in answer["typeInfos"]]
    versions = "".join(info[types.member]["version"] for info in infos)
    assert versions == ("54321" if reverse else "12345")


@pytest.mark.parametrize(("reverse", "gone", "expected"), [(False, "2", "34"), (True, "3", "21")])
def test_page_after_a_deleted_type_starts_correctly(types, reverse, gone, expected):
    for version in "1234":
        types.register("n", version)
    params = {"maximumPageSize": 2, "reverseOrder": reverse}
    token = types.list(**params)["nextPageToken"]

    types.call("Deprecate", "n", gone)

    page = types.page(**params, nextPageToken=token)
    assert "".join(version for _, version in page) == expected


def test_workflow_and_activity_types_have_separate_names(empty):
    empty.call("RegisterDomain", name="d", workflowExecutionRetentionPeriodInDays="1")
    for kind in KINDS:
        Types(empty, kind).register()

    assert [Types(empty, kind).page() for kind in KINDS] == [[("n", "1")]] * 2


def test_execution_survives_deletion_of_its_type(engine):
    engine.start()
    order = {"workflowType": {"name": "order", "version": "1"}}
    engine.call("DeprecateWorkflowType", domain="d", **order)
    engine.call("DeleteWorkflowType", domain="d", **order)

    engine.decide(("CompleteWorkflowExecution", {}))

    assert engine.run().close_status == "COMPLETED"
