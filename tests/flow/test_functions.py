"""Generator functions and async functions as tasks and options."""

import functools

import pytest

from swf.exceptions import InvalidTypeError
from swf.flow import Flow, runner, task


async def load(context):
    return {"rows": 5}


@task.decorate(timeout=60)
async def store(activity, rows):
    return {"stored": rows}


class Loader:
    async def __call__(self, context):
        return {"rows": 6}


def rows(context):
    yield {"row": 1}


async def async_rows(context):
    yield {"row": 1}


@task.decorate(timeout=60)
def decorated_rows(activity, n):
    yield {"row": n}


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (load, {"rows": 5}),
        (functools.partial(load), {"rows": 5}),
        (Loader(), {"rows": 6}),
        (store.fill(rows="n"), {"stored": 1}),
        (store.fill(rows="n", namespace="db"), {"db.stored": 1}),
    ],
)
@pytest.mark.parametrize("kind", [runner.Sync, runner.Async])
def test_async_task_runs_on_an_event_loop(kind, function, result, drive, flow_of, create):
    flow = flow_of(create(name="a", run=kind(function)))

    assert drive(flow, {"n": 1}).execution.result == result


@pytest.mark.parametrize(
    "function", [rows, async_rows, decorated_rows.fill(n="n"), functools.partial(rows)]
)
def test_generator_function_is_no_task(function, create):
    for run in (runner.Sync, runner.Async):
        with pytest.raises(InvalidTypeError, match="must return its result, not yield"):
            run(function)
    with pytest.raises(InvalidTypeError, match="must return its result, not yield"):
        create(name="a", run=function)


@pytest.mark.parametrize("function", [rows, load, async_rows])
@pytest.mark.parametrize("option", ["when", "on_exception"])
def test_condition_must_be_an_ordinary_function(option, function, create):
    with pytest.raises(InvalidTypeError, match=f"{option} of flow_a"):
        create(name="a", run=runner.Sync(load), **{option: function})


@pytest.mark.parametrize("function", [load, async_rows])
def test_async_generator_of_instances_is_refused(function, create):
    with pytest.raises(InvalidTypeError, match=r"generators of flow_a.*not async"):
        create(name="a", run=runner.Sync(load), generators=[function])


def test_generators_and_task_lists_may_yield(drive, flow_of, create):
    @task.list
    def parts(context):
        yield load

    flow = flow_of(create(name="a", run=runner.Sync(parts), generators=[rows]))

    assert Flow(flow).check({}) == []
    assert drive(flow).execution.result == {"rows": 5}
