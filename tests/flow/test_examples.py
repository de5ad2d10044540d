"""The documented examples, end to end: in one thread, with threads, and with processes."""

import contextlib
import importlib.util
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

import swf
from swf.flow import Flow
from swf.flow.decider import DeciderWorker
from swf.local import LocalSWF, SystemClock
from swf.testing import run_until_closed

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    """Import and return the workflow module of an example."""
    path = EXAMPLES / f"flow_{name}" / "workflow.py"
    spec = importlib.util.spec_from_file_location(f"flow_{name}_workflow", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def story(history):
    """Return a word and an activity for each relevant event."""
    words = {
        "ActivityTaskScheduled": "+",
        "ActivityTaskCompleted": "ok",
        "ActivityTaskFailed": "failed",
        "MarkerRecorded": "expanded",
        "WorkflowExecutionCompleted": "completed",
        "WorkflowExecutionFailed": "failed",
    }
    return [(words[event.name], _name(history, event)) for event in history if event.name in words]


def _name(history, event):
    if event.type != "ActivityTask":
        return ""
    scheduled = event if event.state == "scheduled" else history.event(event.scheduled_event_id)
    return scheduled.activity_type.name.split("_", scheduled.activity_type.name.count("_"))[-1]


def check_serial(history):
    assert [word for word, _ in story(history)] == ["+", "ok", "+", "ok", "+", "ok", "completed"]
    assert history.execution.result == {"result": "Now don't be givin him sambuca!"}


def check_diamond(history):
    words = story(history)
    assert words[:4] == [("+", "1"), ("ok", "1"), ("+", "2"), ("+", "3")]
    assert sorted(words[4:6]) == [("ok", "2"), ("ok", "3")]
    assert words[6:] == [("+", "4"), ("ok", "4"), ("completed", "")]


def check_countries(history):
    words = story(history)
    assert words[:3] == [("+", "1"), ("ok", "1"), ("expanded", "")]
    assert words[3:8] == [("+", "2")] * 5
    assert words[-3:] == [("+", "3"), ("ok", "3"), ("completed", "")]
    middle = words[8:-3]
    assert middle.count(("ok", "2")) == 5
    assert middle.count(("+", "2")) == middle.count(("failed", "2"))  # each is retried
    countries = [a for a in history.activities.values() if a.name == "country_flow_activity_2"]
    assert sorted(a.input["generator.country_id"] for a in countries) == [1, 2, 3, 4, 5]
    assert max(len(a.attempts) for a in countries) <= 4


def check_coffee(history):
    assert [a.id.rsplit("-", 1)[1] for a in history.activities.values()] == [
        "enter", "order_coffee", "order_chocolate_chip_cookie", "pay", "get_order",
        "leave_coffee_shop",
    ]  # fmt: skip
    words = [word for word, _ in story(history)]
    assert words[:7] == ["+", "ok", "+", "ok", "+", "ok", "+"]
    assert words[7] == "+"  # payment and pickup run concurrently
    assert words[7:10].count("ok") == 2
    assert words[10:] == ["+", "ok", "completed"]
    assert history.activities["custom_decider_payment-1-pay"].input["total"] == 6.98


def check_external(history):
    assert [word for word, _ in story(history)] == ["+", "ok", "+", "ok", "+", "ok", "completed"]
    assert history.execution.result == {"pages": 3, "sheets": 2, "price": 6}
    scheduled = history.activities["printing_press-1"]
    assert (scheduled.start_to_close_timeout, scheduled.heartbeat_timeout) == (3600, 600)


#: The flow of each example, its other actors, its input, and the check of its history.
DOCUMENTED = {
    "serial": ("workflow", [], None, check_serial),
    "diamond": ("workflow", [], None, check_diamond),
    "countries": ("workflow", [], None, check_countries),
    "coffee": ("workflow.Workflow('dev', 'custom_decider')", [], None, check_coffee),
    "external": (
        "workflow",
        ["workflow.Press(flow.domain, workflow.press.task_list)"],
        {"text": "one\ntwo\nthree"},
        check_external,
    ),
}


def load_example(name):
    """Return the flow of an example, and the namespace of its expressions."""
    names = {"workflow": example(name)}
    names["flow"] = Flow(eval(DOCUMENTED[name][0], names))
    return names["flow"], names


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_run_in_one_thread(name, service, monkeypatch, capsys):
    fails = iter([0.9, 0, 0.9])
    monkeypatch.setattr(random, "random", lambda: next(fails, 0))
    _, others, workflow_input, check = DOCUMENTED[name]
    flow, names = load_example(name)
    actors = [flow.decider().actor, *flow.worker().actors]
    actors += [eval(other, names) for other in others]

    history = run_until_closed(flow.start(workflow_input), *actors).history()

    check(history)
    assert swf.check(history) == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_run_with_threads(name, monkeypatch, capsys):
    fails = iter([0.9, 0, 0.9])
    monkeypatch.setattr(random, "random", lambda: next(fails, 0))
    _, others, workflow_input, check = DOCUMENTED[name]
    flow, names = load_example(name)
    with LocalSWF(poll_timeout=0.5) as local, contextlib.ExitStack() as all_:
        all_.enter_context(swf.using(local.connection()))
        all_.enter_context(flow.decider())
        all_.enter_context(flow.worker(concurrency=3))
        for other in others:
            all_.enter_context(eval(other, names))

        history = flow.start(workflow_input).wait(timeout=30).history()

    check(history)
    assert swf.check(history) == []


def test_only_the_failed_country_is_retried(drive, monkeypatch):
    fails = iter([0.9, 0, 0.9, 0, 0, 0, 0])
    monkeypatch.setattr(random, "random", lambda: next(fails))

    history = drive(example("countries"))

    attempts = sorted(
        len(a.attempts) for a in history.activities.values() if a.name == "country_flow_activity_2"
    )
    assert attempts == [1, 1, 1, 2, 2]
    assert history.execution.close_status == "COMPLETED"
    assert swf.check(history) == []


def test_four_failures_of_a_country_fail_the_flow(drive, monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 0.9)

    history = drive(example("countries"))

    assert history.execution.close_status == "FAILED"
    assert history.execution.reason.endswith("failed 4 times: failed: Exception: fails")
    assert max(len(a.attempts) for a in history.activities.values()) == 4


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


@contextlib.contextmanager
def process(python, name, flow, actor, url):
    """Run an actor of an example in a separate process."""
    program = PROGRAM.format(path=str(EXAMPLES / f"flow_{name}"), flow=flow, actor=actor)
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL_SWF": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    with subprocess.Popen(
        [python, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
    ) as running:  # fmt: skip
        yield running
        running.communicate(timeout=30)
        assert running.returncode == 0


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_run_in_separate_processes(name, prefork):
    code, others, workflow_input, check = DOCUMENTED[name]
    whole, _ = load_example(name)
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
        running = [
            all_.enter_context(process(prefork / "python", name, code, actor, url))
            for actor in actors
        ]
        assert [each.stdout.readline() for each in running] == ["ready\n"] * len(actors)

        history = whole.start(workflow_input).wait(timeout=30).history()

    check(history)
    assert swf.check(history) == []


def test_decider_without_registration_decides(service):
    module = example("serial")
    Flow(module).register()
    decider = DeciderWorker(module, register=False)
    worker = Flow(module).worker()

    closed = run_until_closed(Flow(module).start(), decider.actor, *worker.actors)

    assert closed.close_status == "COMPLETED"
    assert json.loads(closed.history().execution.text("result")) == {
        "result": "Now don't be givin him sambuca!"
    }
