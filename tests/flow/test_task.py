"""Tasks: how they are decorated, filled and called; generator and async functions."""

import functools

import pytest

from swf.exceptions import InvalidTypeError
from swf.flow import Flow, param, runner, task


class Caller:
    """A callable object with parameters in neither documented order."""

    def __call__(self, activity, context):
        return context, activity


@pytest.mark.parametrize(
    "fn",
    [
        lambda context, activity: (context, activity),
        lambda activity, context: (context, activity),
        lambda ctx, activity: (ctx, activity),
        lambda ctx, act: (ctx, act),
        lambda *args, **kwargs: (args[0], kwargs["activity"]),
        lambda **kwargs: (kwargs.get("context", "context"), kwargs["activity"]),
        Caller(),
    ],
)
def test_plain_task_is_called_by_parameter_names(fn):
    assert task.call(fn, "context", "activity") == ("context", "activity")


def test_plain_task_may_omit_the_activity():
    assert task.call(lambda context: context, "context", "activity") == "context"
    assert task.call(lambda anything: anything, "context", "activity") == "context"
    assert task.call(lambda: "nothing", "context", "activity") == "nothing"


def test_filled_task_reads_its_arguments_from_the_context():
    @task.decorate()
    def resize(activity, path, width, height=30):
        return {"call": (activity, path, width, height)}

    filled = resize.fill(path="upload.path", width=param.StaticParam(640))

    assert task.call(filled, {"upload.path": "a.png"}, "activity") == {
        "call": ("activity", "a.png", 640, 30)
    }
    assert filled({"upload.path": "b.png"}, activity=None)["call"][1] == "b.png"


def test_missing_argument_is_the_default_or_none():
    @task.contextify
    def resize(path, width=640):
        return {"call": (path, width)}

    assert resize.fill(path="no", width="neither")({}) == {"call": (None, 640)}


def test_namespace_prefixes_the_keys_of_the_result():
    @task.contextify
    def resize():
        return {"path": "small.png"}

    assert resize.fill(namespace="small")({}) == {"small.path": "small.png"}
    assert resize.fill()({}) == {"path": "small.png"}
    assert resize() == {"path": "small.png"}


def test_namespace_accepts_a_task_without_a_result():
    assert task.namespace_result(None, "small") is None


def test_arguments_come_from_context_keys_and_params():
    def resize(activity, path, width): ...

    sources = {"path": "upload.path", "width": param.StaticParam(640)}

    assert task.fill_function_call(resize, sources, "the activity", {"upload.path": "a.png"}) == {
        "activity": "the activity", "path": "a.png", "width": 640,
    }  # fmt: skip


def test_filled_task_with_kwargs_receives_all_arguments():
    @task.contextify
    def collect(activity, **values):
        return values

    assert collect.fill(a="x", b="y")({"x": 1, "y": 2}) == {"a": 1, "b": 2}


def test_filled_task_with_a_context_parameter_is_refused():
    @task.contextify
    def greedy(context):
        return {}

    with pytest.raises(TypeError, match="must name the keys that it reads"):
        greedy.fill()({})


def test_task_may_be_filled_twice():
    @task.decorate(timeout=10)
    def resize(width):
        return {}

    first, second = resize.fill(width="a"), resize.fill(width="b")

    assert task.details(first)["requirements"] == ["a"]
    assert task.details(second)["requirements"] == ["b"]
    assert task.details(first)["timeout"] == 10
    assert "requirements" not in task.details(resize)


@pytest.mark.parametrize(
    ("decorate", "expected"),
    [
        (task.decorate(timeout=20), {"timeout": 20, "heartbeat": 20}),
        (task.decorate(timeout=20, heartbeat=5), {"timeout": 20, "heartbeat": 5}),
        (task.decorate(heartbeat=5), {"heartbeat": 5}),
        (task.timeout(20), {"timeout": 20}),
        (task.timeout(20, heartbeat=5), {"timeout": 20, "heartbeat": 5}),
    ],
)
def test_decorators_set_the_timeouts(decorate, expected):
    def fn():
        return None

    assert task.details(decorate(fn)) == expected


def test_decorator_without_contextify_adds_no_fill():
    assert not hasattr(task.decorate(enable_contextify=False)(lambda: None), "fill")


def test_task_list_is_replaced_by_its_tasks():
    first, second = (lambda: 1), (lambda: 2)

    @task.list
    def chosen(context):
        yield first
        if context.get("both"):
            yield second

    assert task.is_task_list(chosen)
    assert not task.is_task_list(first)
    assert [*task.flatten([second, chosen], {"both": 1})] == [second, first, second]
    assert [*task.flatten([second, chosen])] == [second, first]


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
