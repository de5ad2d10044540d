"""Payloads of executions that simpleflow started: their JSON, jumbo fields and error details."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date, datetime

import attrs
import pytest

from swf import codecs
from swf.dataflow import (
    Group,
    Workflow,
    replay,
)
from swf.dataflow.activity import Activity
from swf.dataflow.simpleflow_compat import is_simpleflow_execution
from swf.exceptions import JumboFieldError, NonDeterminismError
from swf.models.history import History, builder


def declare(name, **options):
    def decorate(function):
        return Activity(function, name=name, **options)

    return decorate


@declare("flows.echo")
def echo(x):
    return x


@declare("flows.once_per_value", idempotent=True)
def once_per_value(x):
    return x


def recorded(argument, result='"ok"', closed='"ok"'):
    """Return a history of simpleflow with one activity.

    :param argument: The JSON of the activity's argument.
    :param result: The text of its result.
    :param closed: The JSON of the result of the execution.
    """
    activity_id = "activity-flows.echo-1"
    text = f'{{"args":[{argument}],"kwargs":{{}}}}'
    return (
        builder.started("echoes", "1.0", input='{"args":[],"kwargs":{}}')
        .activity_scheduled(activity_id, name="flows.echo", version="default", input=text)
        .activity_started(activity_id)
        .activity_completed(activity_id, result=result)
        .completed(closed)
    )


def echoes(value, convert=lambda result: result):
    """Return a workflow class that submits `echo(value)` and converts its result."""

    class Echoes(Workflow):
        name = "echoes"

        def run(self):
            return convert(self.submit(echo, value).result)

    return Echoes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, 2), "[1,2]"),
        ({"k": (1,)}, '{"k":[1]}'),
        (date(2020, 1, 2), '"2020-01-02"'),
        (datetime(2020, 1, 2, 3, 4, 5), '"2020-01-02T03:04:05"'),
        ({1, 2}, "[2,1]"),
        ({"tags": ({"b", "a"},)}, '{"tags":[["b","a"]]}'),
        ({"tags": ({"b", "a"},)}, '{"tags":[["a","b"]]}'),
        ({1: "a"}, '{"1":"a"}'),
        (b"x", '"x"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    ],
)
def test_arguments_of_all_types_match_their_json(value, text):
    replay(echoes(value), recorded(text))


@pytest.mark.parametrize("value", [{1, 2}, [3, 1], {"a": 1}, [1], "13"])
def test_other_arguments_diverge(value):
    with pytest.raises(NonDeterminismError):
        replay(echoes(value), recorded("[1,3]"))


ADDRESS = "simpleflow+s3://jumbo/5d7191af-cdd39a31ba61"


@pytest.fixture
def jumbo_codec(tmp_path):
    store = codecs.DirectoryStore(tmp_path)
    store.put("5d7191af-cdd39a31ba61", json.dumps("x" * 50_000).encode())
    return codecs.SimpleflowJSON({"jumbo": store}, jumbo_bucket="jumbo")


@pytest.mark.parametrize("option", ["codec", "simpleflow_codec"])
def test_jumbo_result_is_read_from_its_bucket(jumbo_codec, option):
    history = recorded("1", result=f"{ADDRESS} 50002", closed="50000")

    replay(echoes(1, len), history, **{option: jumbo_codec})


def test_jumbo_argument_matches_its_value(jumbo_codec):
    text = f'{{"args":["{"x" * 50_000}"],"kwargs":{{}}}}'
    address, _ = jumbo_codec.encode(json.loads(text), "input").split()
    history = recorded("1")
    events = json.loads(history.to_json())["events"]
    for event in events:
        attributes = event.get("activityTaskScheduledEventAttributes")
        if attributes:
            attributes["input"] = f"{address} {len(text)}"

    replay(echoes("x" * 50_000), History.from_event_list(events), simpleflow_codec=jumbo_codec)


def start_with_class(local, workflow, *args):
    """Start an execution as the command of simpleflow does."""
    path = f"{workflow.__module__}.{workflow.__name__}"
    text = json.dumps({"args": args, "kwargs": {}, "__extra": {"class": path}})
    local.domain.connection.call(
        "StartWorkflowExecution",
        domain="local",
        workflowId=f"legacy-{workflow.name}",
        workflowType={"name": workflow.name, "version": workflow.version},
        input=text,
        taskList={"name": "local"},
        executionStartToCloseTimeout="3600",
        taskStartToCloseTimeout="300",
        childPolicy="TERMINATE",
    )
    return local.domain.executions.get(f"legacy-{workflow.name}")


def poll_activity(local):
    return local.domain.connection.call(
        "PollForActivityTask", domain="local", taskList={"name": "local"}
    )


def complete_activity(local, task, result):
    local.domain.connection.call(
        "RespondActivityTaskCompleted", taskToken=task["taskToken"], result=result
    )


class Other(Workflow):
    name = "other"

    def run(self):
        return len(self.submit(echo, [1, 2]).result)


def test_jumbo_field_without_its_bucket_stops_one_execution(make_local, jumbo_codec):
    workflow = echoes(1, len)
    local = make_local(workflow, Other, activities=[echo])
    legacy = start_with_class(local, workflow)
    local.decider.poll_once()
    complete_activity(local, poll_activity(local), f"{ADDRESS} 50002")

    message = rf"result of activity 'activity-flows.echo-1': jumbo field='{re.escape(ADDRESS)}"
    with pytest.raises(JumboFieldError, match=message):
        local.step()
    local._watcher._error = None  # or each later step would raise it again

    assert local.domain.executions.get(legacy.workflow_id).status == "OPEN"
    other = local.start(Other)
    local.run_until_idle()
    assert other.history().execution.result == 2
    local.decider.options = attrs.evolve(local.decider.options, simpleflow_codec=jumbo_codec)
    assert local.result(legacy) == 50_000


class LegacyChild(Workflow):
    name, version = "legacy-child", "1"

    def run(self, value):
        return value, self.submit(echo, value).result


class Legacy(Workflow):
    name, version = "legacy", "1"

    def run(self, is_continued=False):
        value = (date(2026, 1, 2), {1: {2}}, b"x")
        self.submit(self.record_marker("mark", value))
        self.submit(self.signal("to-self", value, workflow_id=self.executor.identity.workflow_id))
        self.submit(once_per_value, value).wait()
        results = self.submit(Group((echo, value), (echo, (2,)))).result
        child = self.submit(LegacyChild, value).result
        if not is_continued:
            return self.continue_as_new(True)
        return value, results, child


def payloads(history):
    """Yield the payloads of the events of a history."""
    for event in history:
        for attributes in event.raw.values():
            if isinstance(attributes, dict):
                for key in ("input", "result", "details", "control"):
                    if key in attributes:
                        yield attributes[key]


def test_executions_of_simpleflow_contain_only_plain_json(make_local):
    local = make_local(Legacy, LegacyChild, activities=[echo, once_per_value])
    start_with_class(local, Legacy)
    local.run_until_idle()

    value = ["2026-01-02", {"1": [2]}, "x"]
    executions = list(local.domain.executions.filter(status="CLOSED"))
    assert len(executions) == 4
    for execution in executions:
        history = execution.history()
        assert is_simpleflow_execution(history)
        for text in payloads(history):
            assert "$type" not in text
            if text.startswith(("{", "[")):
                json.loads(text)
        assert all(each.startswith("activity-flows.") for each in history.activities)
    (last,) = [
        each
        for each in executions
        if each.close_status == "COMPLETED" and each.workflow_id == "legacy-legacy"
    ]
    assert json.loads(last.history().execution.text("result")) == [
        value,
        [value, [2]],
        [value, value],
    ]


def test_own_executions_keep_python_types(make_local):
    local = make_local(LegacyChild, activities=[echo])
    value = (date(2026, 1, 2), {1: {2}}, b"x")

    assert local.result(local.start(LegacyChild, value)) == (value, value)


def test_worker_of_simpleflow_reads_and_writes_plain_json(make_local):
    workflow = echoes(((1, 2), date(2026, 1, 2)), lambda result: result["1"])
    local = make_local(workflow, activities=[echo])
    execution = start_with_class(local, workflow)
    local.decider.poll_once()

    task = poll_activity(local)
    assert json.loads(task["input"])["args"] == [[[1, 2], "2026-01-02"]]
    complete_activity(local, task, '{"1":[2]}')

    assert local.result(execution) == [2]


class QuotaError(Exception):
    """An error with a module."""


@declare("flows.fail")
def fail(length):
    raise QuotaError("é" * length)


class Failing(Workflow):
    name = "failing"

    def run(self, length):
        self.submit(fail, length).wait()
        return self.context

    def on_task_failure(self, context):
        self.context = [context.task_error, context.task_error_type, sorted(context.details)]
        return context.decide_ignore()


@pytest.mark.parametrize("length", [1, 40_000])
def test_activities_of_simpleflow_fail_with_its_details(make_local, length):
    local = make_local(Failing, activities=[fail])
    execution = start_with_class(local, Failing, length)

    assert local.result(execution) == [
        "QuotaError",
        f"{__name__}.QuotaError",
        ["error", "error_type", "message", "traceback"],
    ]
    (activity,) = execution.history().activities.values()
    details = json.loads(activity.text("details"))
    assert details["message"].startswith("é")
    assert "".join(details["traceback"]).startswith("Traceback")
