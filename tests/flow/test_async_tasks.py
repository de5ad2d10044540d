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


def test_async_runner_runs_on_an_event_loop(drive, flow_of, create):
    class Remote(runner.BaseRunner):
        async def execute(self, activity, context):
            return {"rows": context["n"]}

    flow = flow_of(create(name="a", run=Remote(load)))

    assert drive(flow, {"n": 1}).execution.result == {"rows": 1}


@pytest.mark.parametrize("name", ["timeout", "heartbeat", "requirements"])
def test_method_of_a_runner_that_would_not_run_is_refused(name):
    with pytest.raises(InvalidTypeError, match=f"{name}=.*must be an ordinary function"):
        type("Remote", (runner.BaseRunner,), {name: load})


def test_async_task_list_is_refused():
    with pytest.raises(InvalidTypeError, match="must be an ordinary function"):
        task.list(load)


def test_async_on_exception_of_a_flow_is_refused(flow_of, create):
    flow = Flow(flow_of(create(name="a", run=runner.Sync(lambda context: {})), on_exception=load))

    assert "must be an ordinary function" in str(flow.check()[0])
    with pytest.raises(InvalidTypeError, match="must be an ordinary function"):
        flow.decider()


@pytest.mark.parametrize("create_value", [load, rows, async_rows])
@pytest.mark.parametrize("place", ["when", "decider"])
def test_function_that_returns_a_coroutine_or_generator_is_a_bug(
    place, create_value, decisions_of, history, flow_of, create
):
    def function(*_, **__):
        return create_value({})

    options = {"when": function} if place == "when" else {}
    step = create(name="a", run=runner.Sync(lambda context: {}), **options)
    flow = flow_of(step, **({"decider": function} if place == "decider" else {}))

    with pytest.raises(InvalidTypeError, match="must not be a coroutine or generator"):
        decisions_of(flow, history)


def test_task_that_returns_a_generator_fails(drive, flow_of, create):
    flow = flow_of(create(name="a", run=runner.Sync(lambda context: rows(context))))

    assert "must not be a coroutine or generator" in drive(flow).execution.reason


def test_task_list_that_yields_no_function_is_a_bug(decisions_of, history, flow_of, create):
    flow = flow_of(create(name="a", run=runner.Sync(task.list(lambda context: [5]))))

    with pytest.raises(TypeError, match="must be a function"):
        decisions_of(flow, history)


def test_task_list_without_tasks_completes_its_activity(drive, flow_of, create):
    flow = flow_of(create(name="a", run=runner.Sync(task.list(lambda context: None))))

    assert drive(flow).execution.close_status == "COMPLETED"
