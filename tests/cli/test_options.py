"""The position of common options."""

from __future__ import annotations

import json

import pytest


def rows(done):
    return json.loads(done.out)


def test_common_options_before_or_after_the_command(swf, orders, monkeypatch):
    monkeypatch.delenv("SWF_DOMAIN")

    before = swf("-d", "orders", "-o", "json", "workflow-type", "list")
    after = swf("workflow-type", "list", "-d", "orders", "-o", "json")
    between = swf("workflow-type", "-d", "orders", "-o", "json", "list")
    nearer = swf("-d", "nope", "workflow-type", "list", "-d", "orders", "-o", "json")

    assert [row["name"] for row in rows(before)] == ["ship"]
    assert before == after == between == nearer


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["help"], "Usage: swf [OPTIONS]"),
        (["help", "why"], "Usage: swf why"),
        (["help", "execution", "list"], "Usage: swf execution list"),
        (["execution", "help"], "Usage: swf execution [OPTIONS]"),
        (["execution", "help", "list"], "Usage: swf execution list"),
    ],
)
def test_help_is_a_command_of_every_group(swf, arguments, usage):
    done = swf(*arguments)

    assert done.code == 0
    assert done.out.startswith(usage)
