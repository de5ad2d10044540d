"""The commands that domains and types share."""

from __future__ import annotations

import json

import pytest

from swf import ActivityType, Domain, WorkflowType


def rows(done):
    return json.loads(done.out)


@pytest.fixture(params=["domain", "workflow-type", "activity-type"])
def kind(request, swf, orders):
    """A group, the identity of a new member, and how to list the members."""
    if request.param == "domain":
        return request.param, ["fresh"], lambda: Domain("fresh")
    model = WorkflowType if request.param == "workflow-type" else ActivityType
    return request.param, ["fresh", "1"], lambda: model(orders, "fresh", "1")


def test_created_model_is_shown_and_listed(swf, kind):
    group, identity, _ = kind

    created = swf(group, "create", *identity, "--description", "new", "-o", "json")

    assert (created.code, rows(created)["description"]) == (0, "new")
    assert rows(swf(group, "show", *identity, "-o", "json")) == rows(created)
    assert "fresh" in [row["name"] for row in rows(swf(group, "list", "-o", "json"))]


def test_deprecated_model_is_listed_separately_and_restored(swf, kind):
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
def test_dry_run_changes_nothing(swf, kind, verb):
    group, identity, model = kind
    if verb != "create":
        swf(group, "create", *identity)

    done = swf(group, verb, *identity, "--dry-run")

    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"would {'register' if verb == 'create' else verb}")
    assert model().exists is (verb != "create")
    assert verb == "create" or model().upstream().status == "REGISTERED"


def test_deprecate_needs_confirmation(swf, kind):
    group, identity, model = kind
    swf(group, "create", *identity)

    done = swf(group, "deprecate", *identity)

    assert done.code == 2
    assert model().upstream().status == "REGISTERED"


def test_diff_exits_with_1_for_a_difference(swf, kind):
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
def test_deprecated_type_can_be_deleted(swf, orders, group):
    swf(group, "create", "fresh", "1")
    swf(group, "deprecate", "fresh", "1", "--yes")

    assert swf(group, "delete", "fresh", "1", "--yes").code == 0
    assert swf(group, "show", "fresh", "1").code == 3


def test_create_uses_the_settings(swf, orders):
    done = swf(
        *("activity-type", "create", "pack", "1", "--task-list", "packing"),
        *("--task-start-to-close-timeout", "60", "--task-heartbeat-timeout", "NONE"),
    )

    created = ActivityType(orders, "pack", "1").upstream()
    assert done.code == 0
    assert (created.task_list, created.task_start_to_close_timeout) == ("packing", 60)
    assert created.task_heartbeat_timeout == "NONE"


@pytest.mark.parametrize("group", ["workflow-type", "activity-type"])
def test_types_have_no_tags(swf, orders, group):
    done = swf(group, "tag", "ship", "1.0", "team=red")

    assert done.code == 4
    assert "swf domain tag NAME KEY=VALUE" in done.err


def test_create_registers_only_the_given_settings(swf, orders):
    swf("workflow-type", "create", "fresh", "1", "--task-list", "shipping")

    registered = WorkflowType(orders, "fresh", "1").upstream()
    assert registered.task_list == "shipping"
    assert (registered.execution_timeout, registered.decision_tasks_timeout) == (None, None)
    assert registered.child_policy is None


def test_name_selects_types_and_domains_by_prefix(swf, orders):
    swf("workflow-type", "create", "shipping", "1.0")
    swf("workflow-type", "create", "refund", "1.0")

    def names(group, prefix):
        return swf(group, "list", "--name", prefix, "-o", "csv", "--fields", "name").out.split()[1:]

    assert names("workflow-type", "shi") == ["ship", "shipping"]
    assert names("domain", "ord") == ["orders"]
