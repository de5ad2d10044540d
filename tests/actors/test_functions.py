"""Hooks and middleware must run when they are called."""

import functools

import pytest

from swf.actors import Decider, Hooks
from swf.actors.hooks import HookList
from swf.dataflow import Middleware
from swf.dataflow.middleware import around
from swf.exceptions import InvalidTypeError


async def coroutine(self, *args): ...


def generator(self, *args):
    yield


@pytest.mark.parametrize("function", [coroutine, generator, functools.partial(coroutine)])
@pytest.mark.parametrize(("base", "name"), [(Hooks, "on_error"), (Middleware, "pre")])
def test_hook_that_would_not_run_is_refused_at_class_creation(base, name, function):
    with pytest.raises(InvalidTypeError, match=f"{name}=.*must be a function"):
        type("Bad", (base,), {name: function})


@pytest.mark.parametrize("name", ["decide", "on_error"])
@pytest.mark.parametrize("function", [coroutine, functools.partial(coroutine)])
def test_decider_with_async_methods_is_refused_at_class_creation(name, function):
    with pytest.raises(InvalidTypeError, match=f"{name}=.*not `async def`"):
        type("Bad", (Decider,), {name: function})


def test_decide_may_yield_decisions():
    type("Yields", (Decider,), {"decide": generator})


@pytest.mark.parametrize("function", [coroutine, generator])
def test_hook_that_returns_a_coroutine_or_generator_is_logged(function, caplog):
    hook = type("Wrapped", (Hooks,), {"before_poll": lambda self, *args: function(self)})()

    HookList([hook])("before_poll", None, "tasks")

    assert "hook failed: before_poll" in caplog.text
    assert "must not be a coroutine or generator" in caplog.text


def test_middleware_that_returns_a_coroutine_fails_the_activity():
    layer = type("Wrapped", (Middleware,), {"pre": lambda self, call: coroutine(self)})()

    with pytest.raises(InvalidTypeError, match="must not be a coroutine"):
        around([layer], None, None)(lambda: 1)
