"""`swf activity rerun`."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib import import_module

import pytest

from swf.dataflow.registration import start

pytestmark = pytest.mark.usefixtures("code_directory")


def test_rerun_by_scheduled_event(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    swf("decider", "start", "greeting", "--one-task")

    by_event = swf("activity", "rerun", "g-1", "--scheduled-id", "5", "--code", "greeting")
    missed = swf("activity", "rerun", "g-1", "--scheduled-id", "6", "--code", "greeting")
    vague = swf("activity", "rerun", "g-1", "--code", "greeting")

    assert (by_event.code, missed.code, vague.code) == (0, 3, 2)
    assert "there are greeting_hello-1 (5)" in missed.err


def test_rerun_by_activity_id(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    swf("decider", "start", "greeting", "--one-task")
    arguments = ("activity", "rerun", "g-1", "greeting_hello-1", "--code", "greeting", "-o", "json")

    assert json.loads(swf(*arguments).out) == {"result": {"greeting": "hello world"}}
    again = swf(*arguments, "-i", '{"who": "again"}')
    assert json.loads(again.out) == {"result": {"greeting": "hello again"}}


def test_rerun_decodes_input_with_the_codec(swf, orders):
    coded = ("--codec", "packed:codec")
    swf("workflow", "start", "packed", "--id", "p-1", "-i", json.dumps(["y" * 50]), *coded)
    swf("decider", "start", "packed", "--one-task", *coded)
    again = ("activity", "rerun", "p-1", "packed.repeat-1", "--code", "packed", "-o", "json")

    assert json.loads(swf(*again, *coded).out) == {"result": "y" * 50_000}


def test_rerun_decodes_input_with_the_codec_of_the_flow(swf, orders):
    payload = json.dumps({"who": "w" * 50})
    swf("flow", "start", "greeting_packed", "--id", "g-1", "-i", payload)
    swf("decider", "start", "greeting_packed", "--one-task")
    again = ("activity", "rerun", "g-1", "greeting_hello-1", "--code", "greeting_packed")

    assert f"hello {'w' * 50}" in swf(*again, "-o", "json").out


def test_rerun_restores_argument_types(swf, orders):
    start(import_module("sums").Sum, [Decimal("1.5")], domain=orders, workflow_id="s-1")
    swf("decider", "start", "sums:Sum", "--one-task")

    done = swf("activity", "rerun", "s-1", "sums.add-1", "--code", "sums", "-o", "json")

    assert json.loads(done.out) == {"result": "2.5"}
