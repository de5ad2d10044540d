"""Params: where the arguments of a task come from, the context (`Param`) or the flow itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class UnknownParamException(TypeError):  # noqa: N818 - the documented name
    """What was given is neither a context key nor a param."""


class BaseParam:
    """Where an argument comes from; a subclass says which context keys it reads and how."""

    @property
    def requirements(self) -> Iterator[str]:
        """The context keys that it reads."""
        return iter(())

    def get_data(self, context: Mapping[str, Any]) -> Any:
        """Return the argument."""
        raise NotImplementedError


class Param(BaseParam):
    """The value of a context key; None if the context has none."""

    def __init__(self, context_key: str) -> None:
        self.context_key = context_key

    @property
    def requirements(self) -> Iterator[str]:
        """The context key."""
        yield self.context_key

    def get_data(self, context: Mapping[str, Any]) -> Any:
        """Return what the context holds under the key."""
        return context.get(self.context_key)


class StaticParam(BaseParam):
    """A value that is known when the flow is written."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def get_data(self, context: Mapping[str, Any]) -> Any:  # noqa: ARG002 - for others
        """Return the value."""
        return self.value


def get_all_requirements(params: Iterable[BaseParam]) -> list[str]:
    """Return the context keys that some params read."""
    return [key for param in params for key in param.requirements]


def parametrize(requirement: str | BaseParam) -> BaseParam:
    """Return the param for a context key; a param stays what it is.

    :raises UnknownParamException: it is neither.
    """
    if isinstance(requirement, str):
        return Param(requirement)
    if isinstance(requirement, BaseParam):
        return requirement
    raise UnknownParamException(
        f"{requirement!r} is neither a context key nor a param; if it is meant as a value, "
        f"write StaticParam({requirement!r})"
    )
