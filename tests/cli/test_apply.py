"""`swf apply`: plans, their application, and mistakes in manifests."""

from __future__ import annotations

import json

import pytest

from swf import ActivityType, Domain, WorkflowType

MANIFEST = """
[domain]
name = "shop"
retention_period = 7
tags = {team = "red"}

[[workflow_type]]
name = "sell"
version = "1.0"
task_list = "selling"
execution_timeout = 3600

[[activity_type]]
name = "pack"
version = "1.0"
task_start_to_close_timeout = 60
task_heartbeat_timeout = "NONE"
"""


PLAN = """Plan:
  + create Domain 'shop'
  + create WorkflowType 'sell' '1.0' in 'shop'
  + create ActivityType 'pack' '1.0' in 'shop'
"""


@pytest.fixture
def manifest(tmp_path):
    """Write a manifest, and return its path."""

    def write(text=MANIFEST):
        path = tmp_path / "manifest.toml"
        path.write_text(text)
        return path

    return write


def test_manifest_is_applied(swf, manifest):
    done = swf("apply", manifest(), "--yes")

    shop = Domain.objects.get("shop")
    sell = WorkflowType(shop, "sell", "1.0").upstream()
    pack = ActivityType(shop, "pack", "1.0").upstream()
    assert (done.code, done.out, done.err) == (0, PLAN, "3 steps done\n")
    assert (shop.retention_period, sell.execution_timeout) == (7, 3600)
    assert (pack.task_start_to_close_timeout, pack.task_heartbeat_timeout) == (60, "NONE")


def test_applied_manifest_has_an_empty_plan(swf, manifest):
    swf("apply", manifest(), "--yes")

    for options in ([], ["--check"], ["--dry-run"]):
        done = swf("apply", manifest(), *options)
        assert (done.code, done.out) == (0, "Plan:\n  nothing to do\n")


@pytest.mark.parametrize(
    ("options", "code"), [(["--dry-run"], 0), (["--check"], 1), ([], 2)], ids=str
)
def test_nothing_is_applied_without_confirmation(swf, manifest, options, code):
    done = swf("apply", manifest(), *options)

    assert (done.code, done.out) == (code, PLAN)
    assert not Domain("shop").exists


def test_confirmation_on_a_terminal(terminal, manifest):
    done = terminal("apply", str(manifest()), typed="y\n")

    assert "Apply this plan? [y/N]" in done.out
    assert Domain("shop").exists


@pytest.mark.parametrize("option", ["--yes", "--dry-run", "--check"])
def test_unchangeable_setting_is_reported_with_exit_code_1(swf, manifest, option):
    swf("apply", manifest(), "--yes")

    done = swf("apply", manifest(MANIFEST.replace("3600", "60")), option)

    assert done.code == 1
    assert "execution_timeout is 3600 and should be 60" in done.out


def test_prune_deprecates_types_missing_from_the_manifest(swf, manifest):
    swf("apply", manifest(), "--yes")
    less = manifest(MANIFEST.partition("[[activity_type]]")[0])

    unpruned = swf("apply", less, "--yes")
    pruned = swf("apply", less, "--prune", "--yes")

    assert (unpruned.code, pruned.code) == (0, 0)
    assert ActivityType(Domain("shop"), "pack", "1.0").upstream().status == "DEPRECATED"


def test_manifest_from_standard_input(process):
    done = process("apply", "-", "--yes", stdin=MANIFEST)

    assert (done.code, done.out) == (0, PLAN), done.err
    assert Domain("shop").exists


def test_missing_manifest_has_exit_code_3(swf, tmp_path):
    done = swf("apply", tmp_path / "none.toml")

    assert (done.code, done.out) == (3, "")
    assert "none.toml: No such file" in done.err


def test_plan_as_json(swf, manifest):
    done = swf("apply", manifest(), "--dry-run", "-o", "json")

    assert [row["action"] for row in json.loads(done.out)] == ["create"] * 3


def test_manifest_without_domain_uses_that_of_the_command(swf, orders, manifest):
    types = MANIFEST.partition("[[workflow_type]]")
    done = swf("apply", manifest("".join(types[1:])), "--yes")

    assert done.code == 0, done.err
    assert WorkflowType(orders, "sell", "1.0").exists


MISTAKES = {
    "an unknown table": ("[[workflow_typ]]\nname = 'a'", "'workflow_typ'", "'workflow_type'"),
    "an unknown key": ("[domain]\nname = 'a'\nretention = 1", "'retention'", "'retention_period'"),
    "a key of another kind": (
        "[domain]\nname = 'a'\n[[workflow_type]]\nname = 'b'\nversion = '1'\nexecution_timout = 1",
        "unknown key of [workflow_type]: 'execution_timout'",
        "'execution_timeout'",
    ),
    "no version": ("[domain]\nname = 'a'\n[[workflow_type]]\nname = 'b'", "lacks", "'version'"),
    "no such value": ("[domain]\nname = 'a'\nretention_period = 91", "retention_period=91", "90"),
    "a contradiction": (
        "[domain]\nname = 'a'\n"
        "[[workflow_type]]\nname = 'b'\nversion = '1'\n"
        "[[workflow_type]]\nname = 'b'\nversion = '1'\nexecution_timeout = 5",
        "WorkflowType",
        "is declared twice with different settings",
    ),
    "no TOML": ("[domain", "manifest.toml", "table declaration"),
    "no table": ("domain = 'a'", "domain must be a table", "domain"),
}


@pytest.mark.parametrize(("text", "what", "remedy"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_names_file_and_key(swf, manifest, text, what, remedy):
    done = swf("apply", manifest(text), "--yes")

    assert (done.code, done.out) == (2, "")
    assert "manifest.toml: " in done.err
    assert what in done.err
    assert remedy in done.err


def test_domain_option_must_match_the_manifest(swf, orders, manifest):
    done = swf("apply", manifest(), "--domain", "orders", "--yes")

    assert done.code == 2
    assert "[domain] is 'shop'" in done.err


def test_manifest_registers_only_the_given_settings(swf, manifest):
    text = "[domain]\nname = 'shop'\n[[workflow_type]]\nname = 'sell'\nversion = '1.0'\n"

    applied = swf("apply", manifest(text), "--yes")
    again = swf("apply", manifest(text), "--check")

    sell = WorkflowType(Domain("shop"), "sell", "1.0").upstream()
    assert (applied.code, again.code) == (0, 0)
    assert (sell.execution_timeout, sell.decision_tasks_timeout) == (None, None)
    assert sell.child_policy is None
