"""Validation of step options. Errors name the option and its step."""

import pytest

from swf.exceptions import ValidationError
from swf.flow import Retry, runner, task


def nothing(context):
    return None


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("retry", "x", "must be a number of retries"),
        ("retry", -1, "must be a number of retries, a whole number from 0"),
        ("retry", True, "must be a number of retries"),
        ("retry", 1.5, "must be a number of retries"),
        ("retry", 2.5, "must be a number of retries"),
        ("requires", "a", "must be a list of steps"),
        ("requires", ["a"], "must be a step"),
        ("requires", [None], "must be a step"),
        ("generators", [{"i": 1}], "must be a function"),
        ("generators", "x", "must be a list of functions"),
        ("generator", 5, "must be a list of functions"),
        ("when", False, "must be a function"),
        ("max_parallel", 0, "must be at least 1"),
        ("max_parallel", "2", "must be a whole number"),
        ("tolerated_failures", -1, "a fraction from 0 to 1"),
        ("tolerated_failures", 1.5, "a number of instances"),
        ("tolerated_failures", "1", "a number of instances"),
        ("compensation", nothing, "must be a step"),
        ("priority", "high", "must be a 32-bit integer"),
        ("priority", 2**40, "must be a 32-bit integer"),
        ("task_list", "a:b", "must not contain :"),
        ("schedule_to_start", "soon", "must be whole seconds from 1"),
        ("on_exception", "print", "must be a function"),
        ("run", 5, "must be a list of functions"),
        ("run", ["x"], "must be a function"),
    ],
)
def test_invalid_option_is_refused_with_its_name(option, value, rule, create):
    with pytest.raises(ValidationError, match=rule) as refused:
        create(**{"name": "a", "run": nothing, option: value})

    assert refused.value.field.endswith(" of flow_a")


def test_requires_must_be_a_list(create):
    a = create(name="a", run=nothing)

    with pytest.raises(ValidationError, match=r"requires of flow_b=.*must be a list of steps"):
        create(name="b", run=nothing, requires=a)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda create: create.timer("a", -5), "seconds"),
        (lambda create: create.timer("a", None), "seconds"),
        (lambda create: create.timer("a", 10**10), "seconds"),
        (lambda create: create.signal("a", timeout="x"), "timeout"),
        (lambda create: create.signal("a", timeout=-1), "timeout"),
        (lambda create: create.signal("a", 7), "signal"),
        (lambda create: create.child("a", None), "flow"),
        (lambda create: create.child("a", "other"), "flow"),
        (lambda create: create(name="a", external=True, timeout="x"), "timeout"),
        (lambda create: create(name="a", external=True, timeout=5, heartbeat=-1), "heartbeat"),
        (lambda _: task.decorate(timeout="x")(nothing), "timeout"),
        (lambda _: task.decorate(heartbeat=1.5)(nothing), "heartbeat"),
        (lambda _: task.timeout(-1)(nothing), "timeout"),
        (lambda _: runner.Sync("x"), "tasks"),
        (lambda _: runner.Async(nothing, max_workers=0), "max_workers"),
    ],
)
def test_invalid_argument_is_refused_with_its_name(make, field, create):
    with pytest.raises(ValidationError) as refused:
        make(create)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"max_attempts": "3"}, "max_attempts='3': must be a number"),
        ({"max_attempts": 0}, "max_attempts=0: must be at least 1"),
        ({"delay": "5"}, "delay='5': must be a number"),
        ({"backoff": 0.5}, "backoff=0.5: must be at least 1"),
        ({"jitter": 2}, "jitter=2: must be from 0 to 1"),
        ({"on": 5}, "on=5: must be an exception class or a name"),
        ({"on": [ValueError, int]}, "on=<class 'int'>: must be an exception class or a name"),
    ],
)
def test_invalid_retry_policy_is_refused(wrong, rule):
    with pytest.raises(ValidationError) as refused:
        Retry(**wrong)

    assert str(refused.value) == rule


def test_version_may_be_a_number_and_seconds_a_text(create):
    step = create(name="a", run=nothing, version=2, schedule_to_start="60")

    assert (step.version, step.schedule_to_start_timeout) == ("2", 60)
