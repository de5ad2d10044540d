"""Domains and types: the same verbs on all three."""

import json

import pytest

from swf import ActivityType, Domain, WorkflowType


def rows(done):
    return json.loads(done.out)


@pytest.fixture(params=["domain", "workflow-type", "activity-type"])
def kind(request, swf, orders):
    """A group, the identity of something new, and how to list what is there."""
    if request.param == "domain":
        return request.param, ["fresh"], lambda: Domain("fresh")
    model = WorkflowType if request.param == "workflow-type" else ActivityType
    return request.param, ["fresh", "1"], lambda: model(orders, "fresh", "1")


def test_what_is_created_is_shown_and_listed(swf, kind):
    group, identity, _ = kind

    made = swf(group, "create", *identity, "--description", "new", "-o", "json")

    assert (made.code, rows(made)["description"]) == (0, "new")
    assert rows(swf(group, "show", *identity, "-o", "json")) == rows(made)
    assert "fresh" in [row["name"] for row in rows(swf(group, "list", "-o", "json"))]


def test_what_is_deprecated_is_listed_apart_and_comes_back(swf, kind):
    group, identity, model = kind
    swf(group, "create", *identity)

    deprecated = swf(group, "deprecate", *identity, "--yes", "-o", "json")
    listed = rows(swf(group, "list", "--status", "deprecated", "-o", "json"))
    again = swf(group, "undeprecate", *identity, "-o", "json")

    assert (rows(deprecated)["name"], rows(deprecated)["status"]) == ("fresh", "DEPRECATED")
    assert [row["name"] for row in listed] == ["fresh"]
    assert rows(again)["status"] == "REGISTERED"
    assert model().upstream().status == "REGISTERED"


@pytest.mark.parametrize("verb", ["create", "deprecate"])
def test_a_dry_run_changes_nothing(swf, kind, verb):
    group, identity, model = kind
    if verb != "create":
        swf(group, "create", *identity)

    done = swf(group, verb, *identity, "--dry-run")

    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"would {'register' if verb == 'create' else verb}")
    assert model().exists is (verb != "create")
    assert verb == "create" or model().upstream().status == "REGISTERED"


def test_nothing_is_deprecated_where_nobody_can_be_asked(swf, kind):
    group, identity, model = kind
    swf(group, "create", *identity)

    done = swf(group, "deprecate", *identity)

    assert done.code == 2
    assert model().upstream().status == "REGISTERED"


def test_a_difference_is_shown_and_is_exit_code_1(swf, kind):
    group, identity, _ = kind
    swf(group, "create", *identity, "--description", "new")

    same = swf(group, "diff", *identity, "--description", "new", "-o", "json")
    other = swf(group, "diff", *identity, "--description", "old", "-o", "json")

    assert (same.code, rows(same)) == (0, [])
    assert (other.code, rows(other)) == (
        1,
        [{"field": "description", "wanted": "old", "registered": "new"}],
    )


@pytest.mark.parametrize("group", ["workflow-type", "activity-type"])
def test_a_deprecated_type_can_be_deleted(swf, orders, group):
    swf(group, "create", "fresh", "1")
    swf(group, "deprecate", "fresh", "1", "--yes")

    assert swf(group, "delete", "fresh", "1", "--yes").code == 0
    assert swf(group, "show", "fresh", "1").code == 3


def test_a_type_takes_the_settings_of_its_model(swf, orders):
    done = swf(
        *("activity-type", "create", "pack", "1", "--task-list", "packing"),
        *("--task-start-to-close-timeout", "60", "--task-heartbeat-timeout", "NONE"),
    )

    made = ActivityType(orders, "pack", "1").upstream()
    assert done.code == 0
    assert (made.task_list, made.task_start_to_close_timeout) == ("packing", 60)
    assert made.task_heartbeat_timeout == "NONE"


def test_tags_are_put_on_and_taken_off(swf, orders):
    put = swf("domain", "tag", "orders", "team=red", "stage=test", "-o", "json")
    taken = swf("domain", "tag", "orders", "--remove", "team", "-o", "json")

    assert {row["key"]: row["value"] for row in rows(put)} == {"team": "red", "stage": "test"}
    assert rows(taken) == [{"key": "stage", "value": "test"}]
    assert rows(swf("domain", "show", "orders", "-o", "json"))["tags"] == {"stage": "test"}


def test_options_stand_before_the_command_or_after_it(swf, orders, monkeypatch):
    monkeypatch.delenv("SWF_DOMAIN")

    before = swf("-d", "orders", "-o", "json", "workflow-type", "list")
    after = swf("workflow-type", "list", "-d", "orders", "-o", "json")
    between = swf("workflow-type", "-d", "orders", "-o", "json", "list")
    nearer = swf("-d", "nope", "workflow-type", "list", "-d", "orders", "-o", "json")

    assert [row["name"] for row in rows(before)] == ["ship"]
    assert before == after == between == nearer


@pytest.mark.parametrize("group", ["workflow-type", "activity-type"])
def test_types_have_no_tags(swf, orders, group):
    done = swf(group, "tag", "ship", "1.0", "team=red")

    assert done.code == 4
    assert "swf domain tag NAME KEY=VALUE" in done.err


def test_a_name_that_is_empty_is_not_that_of_the_environment(swf, orders):
    done = swf("domain", "show", "")

    assert done.code == 2
    assert "must have 1 to 256 characters" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("domain", "create", "new"),
        ("domain", "tag", "orders", "team=red"),
        ("workflow-type", "create", "new", "1"),
        ("execution", "start", "ship", "1.0"),
    ],
    ids=" ".join,
)
def test_a_command_that_asks_nothing_takes_a_yes_too(swf, orders, arguments):
    assert swf(*arguments, "--yes").code == 0
