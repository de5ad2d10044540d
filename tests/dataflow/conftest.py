from __future__ import annotations

import itertools

import pytest

from swf.dataflow import Local, Workflow, activity


@activity.with_attributes()
def increment(x):
    return x + 1


@activity.with_attributes()
def double(x):
    return x * 2


@activity.with_attributes()
def echo(*args, **kwargs):
    return [list(args), kwargs]


@activity.with_attributes()
def failing(message="no"):
    raise ValueError(message)


@activity.with_attributes(raises_on_failure=True)
def failing_loudly(message="no"):
    raise ValueError(message)


class Activities:
    """Activities for tests, by name."""

    increment = increment
    double = double
    echo = echo
    failing = failing
    failing_loudly = failing_loudly


@pytest.fixture
def acts():
    return Activities


@pytest.fixture(params=[False, True], ids=["suspended", "replayed"])
def replay_every_decision(request):
    """Whether the code is replayed at each decision. Results must not depend on it."""
    return request.param


@pytest.fixture
def make_local(replay_every_decision):
    """Return a factory of local services for workflows."""
    services = []

    def make(*workflows, **options):
        options.setdefault("replay_every_decision", replay_every_decision)
        local = Local(*workflows, **options)
        services.append(local)
        return local

    yield make
    for local in services:
        local.close()


@pytest.fixture
def run(make_local):
    """Return a function that runs `function(self, *args)` as a workflow and returns its result."""

    def run(function, *args, **options):
        attributes = {"run": function, "name": function.__name__, "version": "1"}
        attributes |= options.pop("attributes", {})
        workflow = type("Tested", (Workflow,), attributes)
        local = make_local(workflow, **options)
        return local.result(local.start(workflow, *args))

    return run


@pytest.fixture
def history_of(make_local):
    """Return a function that runs `function(self, *args)` as a workflow and returns its history."""

    def history_of(function, *args, **options):
        attributes = {"run": function, "name": function.__name__, "version": "1"}
        attributes |= options.pop("attributes", {})
        workflow = type("Tested", (Workflow,), attributes)
        local = make_local(workflow, **options)
        return local.run(local.start(workflow, *args)).history()

    return history_of


@pytest.fixture
def failing_times():
    """Return a maker of functions that raise `count` times, then return their number of calls."""

    def make(count):
        calls = itertools.count(1)

        def flaky(*_):
            number = next(calls)
            if number <= count:
                raise ValueError(f"call {number}")
            return number

        return flaky

    return make
