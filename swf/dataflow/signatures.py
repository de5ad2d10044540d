"""Signatures of activities and workflows: their types, and the check of arguments at run time."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from swf.exceptions import InvalidTypeError

if TYPE_CHECKING:
    import typing_extensions

    # Parameters, task result, and result of a direct call. The defaults make `Activity` without
    # parameters stand for any activity.
    P = typing_extensions.ParamSpec("P", default=...)
    R = typing_extensions.TypeVar("R", default=Any)
    C = typing_extensions.TypeVar("C", default=R)
else:
    P = ParamSpec("P")
    R = TypeVar("R")
    C = TypeVar("C")

P_run = ParamSpec("P_run")
R_co = TypeVar("R_co", covariant=True)
A1_contra = TypeVar("A1_contra", contravariant=True)
A2_contra = TypeVar("A2_contra", contravariant=True)


class Runnable(Protocol[P_run, R_co]):
    """A workflow with the signature of its `run`."""

    def run(self, *args: P_run.args, **kwargs: P_run.kwargs) -> R_co:
        """Run the workflow."""


class Runnable0(Protocol[R_co]):
    """A workflow whose `run` accepts no arguments."""

    def run(self) -> R_co:
        """Run the workflow."""


class Runnable1(Protocol[A1_contra, R_co]):
    """A workflow whose `run` accepts one positional argument."""

    def run(self, first: A1_contra, /) -> R_co:
        """Run the workflow."""


class Runnable2(Protocol[A1_contra, A2_contra, R_co]):
    """A workflow whose `run` accepts two positional arguments."""

    def run(self, first: A1_contra, second: A2_contra, /) -> R_co:
        """Run the workflow."""


class Executable(Protocol[R_co]):
    """An instance of an activity class."""

    def execute(self) -> R_co:
        """Run the activity."""


def check_arguments(
    name: str,
    signature: inspect.Signature | None,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> None:
    """Check that a function accepts some arguments, without calling it.

    :param name: name of the activity or workflow, for the error message.
    :param signature: the signature of the function; None accepts all arguments.
    :param args: positional arguments, which may be futures.
    :param kwargs: keyword arguments, which may be futures.
    :raises InvalidTypeError: an argument is missing or unexpected.
    """
    if signature is None:
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise InvalidTypeError(f"arguments of {name}", ..., str(error)) from None


def signature_of(function: Any) -> inspect.Signature | None:
    """Return the signature of a function or class; None if it is unknown."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # a function of an extension module without a signature
        return None
