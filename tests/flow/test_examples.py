"""The documented examples, end to end: in one thread, with threads, and with processes."""

import contextlib
import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import swf
from swf.flow import Flow
from swf.flow.decider import DeciderWorker
from swf.local import LocalSWF, SystemClock
from swf.testing import run_until_closed

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    """Return the workflow module of an example, loaded anew."""
    path = EXAMPLES / f"flow_{name}" / "workflow.py"
    spec = importlib.util.spec_from_file_location(f"flow_{name}_workflow", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def story(history):
    """Return what was decided and what came of it, one word for each event that matters."""
    told = {
        "ActivityTaskScheduled": "+",
        "ActivityTaskCompleted": "ok",
        "ActivityTaskFailed": "failed",
        "MarkerRecorded": "expanded",
        "WorkflowExecutionCompleted": "completed",
        "WorkflowExecutionFailed": "failed",
    }
    return [(told[event.name], _name(history, event)) for event in history if event.name in told]


def _name(history, event):
    if event.type != "ActivityTask":
        return ""
    scheduled = event if event.state == "scheduled" else history.event(event.scheduled_event_id)
    return scheduled.activity_type.name.split("_", scheduled.activity_type.name.count("_"))[-1]


def test_serial_activities_hand_on_their_results(drive, capsys):
    history = drive(example("serial"))

    assert [word for word, _ in story(history)] == ["+", "ok", "+", "ok", "+", "ok", "completed"]
    assert history.execution.result == {"result": "Now don't be givin him sambuca!"}
    assert capsys.readouterr().out.count("sambuca") == 2
    assert swf.check(history) == []


def test_the_diamond_runs_its_middle_side_by_side(drive, capsys):
    history = drive(example("diamond"))

    assert story(history)[:4] == [("+", "1"), ("ok", "1"), ("+", "2"), ("+", "3")]
    assert story(history)[-3:] == [("+", "4"), ("ok", "4"), ("completed", "")]
    assert capsys.readouterr().out.startswith("activity_1\n")
    assert swf.check(history) == []


def test_a_country_that_fails_is_tried_again_alone(drive, monkeypatch):
    fails = iter([0.9, 0, 0.9, 0, 0, 0, 0])
    monkeypatch.setattr(random, "random", lambda: next(fails))

    history = drive(example("countries"))

    attempts = sorted(
        len(a.attempts) for a in history.activities.values() if a.name == "country_flow_activity_2"
    )
    assert attempts == [1, 1, 1, 2, 2]
    assert history.execution.close_status == "COMPLETED"
    assert swf.check(history) == []


def test_a_country_that_fails_four_times_fails_the_flow(drive, monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 0.9)

    history = drive(example("countries"))

    assert history.execution.close_status == "FAILED"
    assert history.execution.reason.endswith("failed 4 times: failed: Exception: fails")
    assert max(len(a.attempts) for a in history.activities.values()) == 4


def test_an_external_activity_is_performed_by_another_program(service):
    module = example("external")
    flow = Flow(module)
    decider, worker = flow.decider(), flow.worker()
    press = module.Press(flow.domain, module.press.task_list)

    closed = run_until_closed(
        flow.start({"text": "one\ntwo\nthree"}), decider.actor, *worker.actors, press
    )

    history = closed.history()
    assert history.execution.result == {"pages": 3, "sheets": 2, "price": 6}
    scheduled = history.activities["printing_press-1"]
    assert (scheduled.start_to_close_timeout, scheduled.heartbeat_timeout) == (3600, 600)
    assert swf.check(history) == []


def test_a_custom_decider_orders_coffee(drive, capsys):
    history = drive(example("coffee").Workflow("kitchen", "custom_decider"))

    assert [a.id.rsplit("-", 1)[1] for a in history.activities.values()] == [
        "enter", "order_coffee", "order_chocolate_chip_cookie", "pay", "get_order",
        "leave_coffee_shop",
    ]  # fmt: skip
    assert capsys.readouterr().out.splitlines()[-1] == "leaving the coffee shop"
    assert swf.check(history) == []


@pytest.mark.parametrize("name", ["serial", "diamond", "countries"])
def test_the_examples_run_with_threads(name, capsys, monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 0.1)

    outcome = Flow(example(name)).run_local(progress=False)

    assert outcome.close_status == "COMPLETED"
    assert swf.check(outcome.history) == []


def test_the_coffee_shop_runs_with_threads(capsys):
    workflow = example("coffee").Workflow("dev", "custom_decider")

    outcome = Flow(workflow).run_local(progress=False)

    assert outcome.close_status == "COMPLETED"


PROGRAM = """
import random, sys
sys.path.insert(0, {path!r})
import workflow
from swf.flow import Flow
random.seed(2)
flow = Flow({flow})
with {actor}:
    print("ready", flush=True)
    sys.stdin.read()
"""

#: Of each example: the flow, its actors beside decider and worker, its input, and its results.
IN_PROCESSES = {
    "serial": ("workflow", [], None, {"result": "Now don't be givin him sambuca!"}),
    "diamond": ("workflow", [], None, None),
    "countries": ("workflow", [], None, None),
    "coffee": ("workflow.Workflow('dev', 'custom_decider')", [], None, {"price": 2.99}),
    "external": (
        "workflow",
        ["workflow.Press(flow.domain, workflow.press.task_list)"],
        {"text": "one\ntwo\nthree"},
        {"pages": 3, "sheets": 2, "price": 6},
    ),
}


@contextlib.contextmanager
def process(name, flow, actor, url):
    """Run an actor of an example in a process of its own."""
    program = PROGRAM.format(path=str(EXAMPLES / f"flow_{name}"), flow=flow, actor=actor)
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL_SWF": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
    ) as running:  # fmt: skip
        yield running
        running.communicate(timeout=30)
        assert running.returncode == 0


@pytest.mark.parametrize("name", IN_PROCESSES)
def test_the_examples_run_in_processes_of_their_own(name):
    flow, others, given, result = IN_PROCESSES[name]
    module = example(name)
    whole = Flow(eval(flow, {"workflow": module}))
    with LocalSWF(clock=SystemClock(), poll_timeout=0.5) as service, contextlib.ExitStack() as all_:
        url = service.serve()
        connection = swf.connect(
            endpoint_url=url,
            region="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        all_.enter_context(swf.using(connection))
        whole.register()
        actors = ["flow.decider()", "flow.worker()", *others]
        running = [all_.enter_context(process(name, flow, actor, url)) for actor in actors]
        assert [each.stdout.readline() for each in running] == ["ready\n"] * len(actors)

        history = whole.start(given).wait(timeout=30).history()

    assert history.execution.close_status == "COMPLETED"
    assert history.execution.result == result
    assert swf.check(history) == []


def test_a_decider_that_was_never_registered_decides_all_the_same(service):
    module = example("serial")
    Flow(module).register()
    decider = DeciderWorker(module, register=False)
    worker = Flow(module).worker()

    closed = run_until_closed(Flow(module).start(), decider.actor, *worker.actors)

    assert closed.close_status == "COMPLETED"
    assert json.loads(closed.history().execution.text("result")) == {
        "result": "Now don't be givin him sambuca!"
    }
