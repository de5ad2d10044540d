from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, deque
from typing import NamedTuple

import attrs
import pytest

from swf.dataflow import ActivityTask, Chain, Future, activity
from swf.exceptions import ValidationError


@activity.with_attributes()
def echo(*args): ...


class Pair(NamedTuple):
    first: object
    second: object


@dataclasses.dataclass
class Order:
    item: object


@attrs.frozen
class Price:
    value: object


@pytest.mark.parametrize(
    ("place", "received"),
    [
        (lambda f: OrderedDict(a=f), {"a": 2}),
        (lambda f: defaultdict(list, a=f), {"a": 2}),
        (lambda f: {f: "a"}, {2: "a"}),
        (lambda f: Pair(f, 0), (2, 0)),
        (lambda f: deque([f]), [2]),
        (lambda f: {f}, {2}),
        (lambda f: (each for each in [f, [f]]), [2, [2]]),
        (lambda f: [iter([f])], [[2]]),
        (Order, {"item": 2}),
        (lambda f: Price([f]), {"value": [2]}),
    ],
    ids=[
        "mapping",
        "default",
        "key",
        "namedtuple",
        "deque",
        "set",
        "generator",
        "iterator",
        "dataclass",
        "attrs",
    ],
)
def test_futures_are_found_in_values_of_any_type(run, acts, place, received):
    def nests(self):
        return self.submit(acts.echo, place(self.submit(acts.double, 1))).result

    assert run(nests) == [[received], {}]


def test_futures_are_found_in_arguments_at_any_depth(run, acts):
    def nests(self):
        one = self.submit(acts.increment, 0)
        two = self.submit(acts.increment, one)
        return self.submit(acts.echo, [one, (two, {"k": [two]})], x={"y": one}).result

    assert run(nests) == [[[1, (2, {"k": [2]})]], {"x": {"y": 1}}]


def test_failed_argument_with_raises_on_failure_fails_the_task(run, acts):
    def depends(self):
        broken = self.submit(acts.failing_loudly, "broken")
        return self.submit(acts.double, broken).exception.reason

    assert run(depends) == "ValueError: broken"


def test_arguments_that_cannot_be_encoded_raise_from_submit(run, acts):
    def sends(self):
        for what in ((acts.double, "x" * 40_000), (self.record_marker("m", object()),)):
            with pytest.raises(ValidationError):
                self.submit(*what)
        return "went on"

    assert run(sends) == "went on"


def test_failed_argument_without_raises_on_failure_is_none(run, acts):
    def depends(self):
        return self.submit(acts.echo, self.submit(acts.failing)).result

    assert run(depends) == [[None], {}]


@attrs.mutable
class Basket:
    items: list


@pytest.mark.parametrize(
    "make",
    [
        lambda: [1],
        lambda: {"list": [1]},
        lambda: ({"deep": [1]},),
        lambda: {1},
        lambda: deque([1]),
        lambda: bytearray(b"1"),
        lambda: Basket([1]),
    ],
    ids=["list", "dict", "tuple", "set", "deque", "bytearray", "object"],
)
def test_task_copies_its_arguments(make):
    future, value = Future(), make()

    task = ActivityTask(echo, future, value)
    change(value)

    assert task.args[0] is future
    assert task.args[1] == make()


def change(value):
    if isinstance(value, set):
        value.add(2)
    elif isinstance(value, Basket):
        value.items.append(2)
    elif isinstance(value, dict):
        change(value["list" if "list" in value else "deep"])
    elif isinstance(value, tuple):
        change(value[0])
    else:
        value.append(2)


def test_arguments_changed_after_submit_do_not_affect_the_task(run, acts):
    def changes(self):
        first, values = self.submit(acts.double, 1), {"list": [1]}
        later = self.submit(acts.echo, first, values)
        chain = self.submit(Chain((acts.echo, values), (acts.echo, values)))
        values["list"].append(2)
        return [later.result, *chain.result]

    before = {"list": [1]}
    assert run(changes) == [[[2, before], {}], [[before], {}], [[before], {}]]
