from __future__ import annotations

import asyncio
import functools

import pytest

from swf.dataflow import (
    activity,
    registry,
)
from swf.dataflow.activity import Activity
from swf.exceptions import InvalidTypeError, ValidationError
from swf.retry import Retry


def add(x, y=2):
    """Add."""
    return x + y


def test_decorated_function_can_be_called():
    decorated = Activity(add)

    assert decorated(1) == 3
    assert (decorated.__name__, decorated.__doc__) == ("add", "Add.")
    assert decorated.name == f"{__name__}.add"


def test_decorator_registers_activity_by_name(monkeypatch):
    decorated = activity.with_attributes(name="sum of two", version="3")(add)

    assert registry[None]["sum of two"] is decorated
    assert registry.find("sum of two", "3") is decorated


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 600),
        ({"start_to_close_timeout": 3600}, 3900),
        ({"start_to_close_timeout": "3600", "schedule_to_start_timeout": "NONE"}, "NONE"),
        ({"schedule_to_close_timeout": "50"}, 50),
    ],
)
def test_schedule_to_close_defaults_to_sum_of_timeouts(options, expected):
    assert Activity(add, **options).schedule_to_close_timeout == expected


REFUSED_OPTIONS = [
    ("name", "", "1 to 256 characters"),
    ("name", "x" * 257, "1 to 256 characters, has 257"),
    ("name", "a:b", "must not contain :, /, |"),
    ("name", "arn", "must not be the word arn"),
    ("name", add, "must be a string"),
    ("version", "v1:rc", "must not contain :, /, |"),
    ("version", "x" * 65, "1 to 64 characters, has 65"),
    ("version", 2, "must be a string"),
    ("task_list", "", "1 to 256 characters"),
    ("task_list", "fast/slow", "must not contain :, /, |"),
    ("task_list", None, "must be a string"),
    ("task_priority", "high", "must be a 32-bit integer"),
    ("task_priority", 2**31, "from -2147483648 to 2147483647"),
    ("retry", -1, "a whole number from 0, or a Retry"),
    ("retry", "3", "a whole number from 0, or a Retry"),
    ("retry", True, "a whole number from 0, or a Retry"),
    ("raises_on_failure", "no", "must be True or False"),
    ("start_to_close_timeout", -1, "whole seconds from 0 to 99999999, or NONE"),
    ("schedule_to_start_timeout", "soon", "whole seconds from 0 to 99999999, or NONE"),
    ("heartbeat_timeout", 1.5, "whole seconds from 0 to 99999999, or NONE"),
    ("idempotent", "yes", "must be True or False"),
    ("meta", 3, "must be a mapping"),
    ("meta", {"binaries": ["sox"]}, "must be a mapping of names to addresses"),
    ("meta", {"binaries": {"bin/sox": "s3://tools/sox"}}, "must be a name, without a directory"),
    ("meta", {"binaries": {"..": "s3://tools/sox"}}, "must be a name, without a directory"),
    ("meta", {"binaries": {"sox": None}}, "must be the address of sox"),
]


@pytest.mark.parametrize(("option", "value", "rule"), REFUSED_OPTIONS)
def test_invalid_option_is_refused_at_declaration(option, value, rule):
    with pytest.raises(ValidationError) as caught:
        activity.with_attributes(**{option: value})(add)

    assert caught.value.field.startswith(option)
    assert rule in caught.value.rule


@pytest.mark.parametrize("code", [type("NoExecute", (), {}), "plain", None])
def test_code_that_cannot_run_is_refused_at_declaration(code):
    with pytest.raises(InvalidTypeError, match=r"must be a function, or a class with execute\(\)"):
        activity.with_attributes(name="no code")(code)


def test_callable_without_name_requires_name_option():
    partial = functools.partial(add, 1)

    with pytest.raises(ValidationError, match="name=None: is required"):
        Activity(partial)
    assert Activity(partial, name="one more")(2) == 3


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("version", "x" * 64, "x" * 64),
        ("task_priority", "7", 7),
        ("task_priority", -(2**31), -(2**31)),
        ("task_priority", None, None),
        ("task_priority", activity.PRIORITY_NOT_SET, activity.PRIORITY_NOT_SET),
        ("retry", Retry(2), Retry(2)),
        ("start_to_close_timeout", "60", 60),
        ("start_to_close_timeout", "NONE", "NONE"),
        ("idempotent", None, None),
        ("meta", None, {}),
        ("meta", {"binaries": {"sox": "s3://tools/sox"}}, {"binaries": {"sox": "s3://tools/sox"}}),
    ],
)
def test_options_are_normalized(option, value, expected):
    assert getattr(Activity(add, **{option: value}), option) == expected


class Resize:
    posted = []

    def __init__(self, width):
        self.width = width

    def execute(self):
        return [self.width, sorted(self.context), activity.task().activity_id]

    def post_execute(self):
        self.posted.append(self.width)


def test_class_with_execute_is_an_activity(run):
    resize = Activity(Resize, name="resize")

    def workflow(self):
        return self.submit(resize, 100).result

    assert run(workflow, activities=[resize]) == [
        100,
        ["activity_id", "activity_task_list", "domain_name", "input", "name", "run_id", "task",
         "version", "workflow_id"],
        "resize-1",
    ]  # fmt: skip
    assert Resize.posted[-1] == 100


def test_generators_in_results_become_lists(run):
    def yields():
        yield {"rows": map(str, [1, 2])}
        yield 3

    def makes():
        return {"rows": (n for n in range(2))}

    activities = [Activity(yields, name="yields"), Activity(makes, name="makes")]

    def workflow(self):
        return [self.submit(each).result for each in activities]

    assert run(workflow, activities=activities) == [[{"rows": ["1", "2"]}, 3], {"rows": [0, 1]}]


def test_context_is_available_while_the_activity_runs(run):
    action = Activity(lambda: sorted(action.context), name="action")

    def workflow(self):
        return self.submit(action).result

    assert "activity_id" in run(workflow, activities=[action])
    assert action.context is None


def test_async_function_runs_on_an_event_loop(run):
    async def double(x):
        await asyncio.sleep(0)
        return [2 * x, activity.task().activity_id]

    double = Activity(double, name="double")

    def workflow(self):
        return self.submit(double, 21).result

    assert run(workflow, activities=[double]) == [42, "double-1"]


def test_class_with_async_execute_is_an_activity(run):
    class Double:
        posted = []

        def __init__(self, x):
            self.x = x

        async def execute(self):
            await asyncio.sleep(0)
            return 2 * self.x

        async def post_execute(self):
            self.posted.append(self.x)

    double = Activity(Double, name="double")

    def workflow(self):
        return self.submit(double, 21).result

    assert run(workflow, activities=[double]) == 42
    assert Double.posted[-1] == 21


def test_error_in_async_function_fails_the_task(run):
    async def fail():
        raise LookupError("nothing")

    fail = Activity(fail, name="fail")

    def workflow(self):
        return self.submit(fail).exception.reason

    assert run(workflow, activities=[fail]) == "LookupError: nothing"


async def generate():
    yield 1


@pytest.mark.parametrize("code", [generate, type("Generates", (), {"execute": generate})])
def test_asynchronous_generator_is_refused_at_declaration(code):
    with pytest.raises(InvalidTypeError, match="must not be an asynchronous generator"):
        Activity(code, name="generate")
