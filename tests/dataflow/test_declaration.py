from __future__ import annotations

import functools
import inspect
import math

import pytest

from swf.dataflow import (
    Decider,
    Workflow,
    WorkflowStepMixin,
    replay,
    rerun,
    run_local,
    standalone,
    start,
)
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.retry import Retry

DOMAIN = Domain("nowhere")


class Basic(Workflow):
    def run(self, x, t=30): ...


@pytest.mark.parametrize("value", [Basic.run, "Basic", None, int, {"name": "basic"}])
@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("workflow", lambda value: run_local(value, 1)),
        ("workflow", lambda value: start(value, domain=DOMAIN)),
        ("workflow", lambda value: standalone(value, domain=DOMAIN)),
        ("workflow", lambda value: rerun(value, WorkflowExecution(DOMAIN, "w", "r"))),
        ("workflow", lambda value: replay(value, History())),
        ("workflows", lambda value: Decider(DOMAIN, "list", [value])),
        ("workflows", lambda value: Decider(DOMAIN, "list", value)),
    ],
    ids=["run_local", "start", "standalone", "rerun", "replay", "decider", "decider of one"],
)
def test_value_that_is_no_workflow_class_is_refused(field, call, value):
    with pytest.raises(InvalidTypeError) as caught:
        call(value)

    assert caught.value.field == field
    assert "of Workflow" in caught.value.rule


@pytest.mark.parametrize(
    ("attribute", "value", "rule"),
    [
        ("name", "", "1 to 256 characters"),
        ("name", None, "must be a string"),
        ("name", "a/b", "must not contain :, /, |"),
        ("version", "v1:rc", "must not contain :, /, |"),
        ("version", 1, "must be a string"),
        ("task_list", "", "1 to 256 characters"),
        ("task_priority", "high", "must be a 32-bit integer"),
        ("task_priority", 2**40, "from -2147483648 to 2147483647"),
        ("retry", -1, "a whole number from 0, or a Retry"),
        ("retry", "3", "a whole number from 0, or a Retry"),
        ("raises_on_failure", "no", "must be True or False"),
        ("execution_timeout", 31_536_001, "whole seconds from 0 to 31536000"),
        ("execution_timeout", "NONE", "NONE is not allowed"),
        ("decision_tasks_timeout", -1, "whole seconds from 0 to 99999999, or NONE"),
        ("child_policy", "KILL", "must be one of TERMINATE, REQUEST_CANCEL, ABANDON"),
        ("lambda_role", "", "1 to 1600 characters"),
        ("idempotent", None, "must be True or False"),
        ("fails_on", ValueError, "must be a tuple of exception classes"),
        ("fails_on", ("ValueError",), "must be a tuple of exception classes"),
        ("max_open_activity_count", "3", "must be a whole number, 1 or more"),
        ("max_open_activity_count", 0, "must be a whole number, 1 or more"),
        ("event_budget", "many", "must be a number, 0 or more"),
        ("propagate_signals_to_parent", 1, "must be True or False"),
        ("tag_list", "urgent", "must be a list of tags"),
        ("tag_list", list("abcdef"), "at most 5 tags, not 6"),
    ],
)
def test_invalid_attribute_is_refused_at_class_creation(attribute, value, rule):
    with pytest.raises(ValidationError) as caught:
        type("Tested", (Workflow,), {attribute: value})

    assert (caught.value.field, caught.value.value) == (attribute, value)
    assert rule in caught.value.rule


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("task_list", None),
        ("task_priority", "7"),
        ("task_priority", property(lambda self: self.level)),
        ("retry", Retry(2, delay=5)),
        ("execution_timeout", "3600"),
        ("decision_tasks_timeout", "NONE"),
        ("child_policy", None),
        ("fails_on", (ValueError, LookupError)),
        ("max_open_activity_count", None),
        ("event_budget", math.inf),
        ("tag_list", Workflow.INHERIT_TAG_LIST),
        ("tag_list", classmethod(lambda cls: 1 / 0)),
    ],
)
def test_valid_attribute_is_unchanged(attribute, value):
    workflow = type("Tested", (Workflow,), {attribute: value})

    assert inspect.getattr_static(workflow, attribute) is value


def test_inherited_attributes_are_checked():
    class Shared:
        task_list = "fast/slow"

    with pytest.raises(ValidationError, match=r"^task_list='fast/slow': must not contain"):
        type("Tested", (Shared, Workflow), {})


def test_task_priority_may_be_a_property(make_local, acts):
    class Urgent(Workflow):
        name = "urgent"

        @property
        def task_priority(self):
            return self.level

        def run(self, level):
            self.level = level
            self.submit(acts.double, 1).wait()

    class Parent(Workflow):
        def run(self):
            self.submit(Urgent, 7).wait()
            return self.get_run_context()["workflow_id"]

    local = make_local(Parent, Urgent)
    history = local.run(local.start(Urgent, 5)).history()

    assert next(iter(history.activities.values())).task_priority == 5
    assert local.result(local.start(Parent))


async def coroutine(self): ...


async def async_generator(self):
    yield


def generator(self):
    yield


@pytest.mark.parametrize(
    "method", ["run", "on_task_failure", "should_cancel", "get_task_list", "get_step_store"]
)
@pytest.mark.parametrize(
    ("function", "rule"),
    [
        (coroutine, "must be a function, not `async def`"),
        (functools.partial(coroutine), "must be a function, not `async def`"),
        (async_generator, "must be a function, not `async def`"),
        (generator, "must be a function without `yield`"),
    ],
)
def test_method_that_would_not_run_is_refused_at_class_creation(method, function, rule):
    with pytest.raises(InvalidTypeError) as caught:
        type("Tested", (Workflow, WorkflowStepMixin), {method: function})

    assert (caught.value.field, caught.value.rule) == (method, rule)
