"""Params: the sources of task arguments, from the context (`Param`) or fixed (`StaticParam`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class UnknownParamException(TypeError):  # noqa: N818 - the documented name
    """A value is neither a context key nor a param."""


class BaseParam:
    """The source of a task argument. Subclasses define the context keys and the value."""

    @property
    def requirements(self) -> Iterator[str]:
        """The context keys that the param reads."""
        return iter(())

    def get_data(self, context: Mapping[str, Any]) -> Any:
        """Return the argument.

        :param context: the context of the activity.
        """
        raise NotImplementedError


class Param(BaseParam):
    """The value of a context key.

    :param context_key: the key; its value is None if the context does not have it.
    """

    def __init__(self, context_key: str) -> None:
        self.context_key = context_key

    @property
    def requirements(self) -> Iterator[str]:
        """The context key."""
        yield self.context_key

    def get_data(self, context: Mapping[str, Any]) -> Any:
        """Return the value of the context key, or None."""
        return context.get(self.context_key)


class StaticParam(BaseParam):
    """A fixed value.

    :param value: passed to the task unchanged.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def get_data(self, context: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the base's signature
        """Return the value."""
        return self.value


def get_all_requirements(params: Iterable[BaseParam]) -> list[str]:
    """Return the context keys that several params read."""
    return [key for param in params for key in param.requirements]


def parametrize(requirement: str | BaseParam) -> BaseParam:
    """Return a param.

    :param requirement: a context key, or a param, which is returned unchanged.
    :raises UnknownParamException: `requirement` is neither.
    """
    if isinstance(requirement, str):
        return Param(requirement)
    if isinstance(requirement, BaseParam):
        return requirement
    raise UnknownParamException(
        f"{requirement!r} is neither a context key nor a param; to pass it as a value, "
        f"write StaticParam({requirement!r})"
    )
