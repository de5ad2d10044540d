"""Hooks and middleware must run when they are called."""

import functools

import pytest

from swf.actors import Hooks
from swf.dataflow import Middleware
from swf.exceptions import InvalidTypeError


async def coroutine(self, *args): ...


def generator(self, *args):
    yield


@pytest.mark.parametrize("function", [coroutine, generator, functools.partial(coroutine)])
@pytest.mark.parametrize(("base", "name"), [(Hooks, "on_error"), (Middleware, "pre")])
def test_hook_that_would_not_run_is_refused_at_class_creation(base, name, function):
    with pytest.raises(InvalidTypeError, match=f"{name}=.*must be a function"):
        type("Bad", (base,), {name: function})
