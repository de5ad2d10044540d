"""Tasks: how they are decorated, filled and called."""

import pytest

from swf.flow import param, task


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
