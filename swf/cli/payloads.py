"""Values on a command line: pairs, and payloads as JSON or text, from a file or standard input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def payload(function: F) -> F:
    """Take `--input` and `--input-file`."""
    wrapped: Any = click.option(
        "--input-file", type=click.Path(), metavar="FILE",
        help="Read the input from a file; - is standard input.",
    )(function)  # fmt: skip
    return click.option(  # type: ignore[no-any-return] # click's decorators return what they are given
        "-i", "--input", "input_text", metavar="JSON", help="The input: JSON, or any text."
    )(wrapped)


def take(options: dict[str, Any]) -> str | None:
    """Take the options of `payload` out of others, and return the text; None if none was given.

    :raises click.UsageError: both were given.
    """
    text: str | None = options.pop("input_text")
    path = options.pop("input_file")
    if path is None:
        return text
    if text is not None:
        raise click.UsageError("--input and --input-file: one of them", click.get_current_context())
    with click.open_file(path, encoding="utf-8") as file:
        return str(file.read())


def pairs(given: Iterable[str]) -> dict[str, str]:
    """Return what stands on a command line as KEY=VALUE.

    :raises click.UsageError: something there is no such pair.
    """
    for each in given:
        if "=" not in each:
            raise click.UsageError(f"{each!r} is not KEY=VALUE", click.get_current_context())
    return dict(each.split("=", 1) for each in given)
