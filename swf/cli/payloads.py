"""Values on a command line: KEY=VALUE pairs, and payloads from an option, a file or a pipe."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: Prefixes by which curl and the AWS command read a value from a file.
_FILE_PREFIXES = ("@", "file://")


def input_options(function: F) -> F:
    """Add `--input` and `--input-file` to a command.

    :param function: the command; it passes its options to `pop_input`.
    """
    command: Any = click.option(
        "--input-file", type=click.Path(), metavar="FILE",
        help="Read the input from a file; - is standard input.",
    )(function)  # fmt: skip
    return click.option(  # type: ignore[no-any-return] # click's decorators return their argument
        "-i", "--input", "input_text", metavar="JSON", help="The input: JSON, or any text."
    )(command)


def pop_input(options: dict[str, Any]) -> str | None:
    """Remove the options of `input_options` and return the input.

    :param options: the options of the command, which are changed.
    :returns: the text; None if neither option was given.
    :raises click.UsageError: both options were given, or `--input` is broken JSON or `@FILE`.
    """
    text: str | None = options.pop("input_text")
    path = options.pop("input_file")
    if path is None:
        _check_json(text)
        _check_file_name(text)
        return text
    if text is not None:
        raise click.UsageError("--input and --input-file: one of them", click.get_current_context())
    with click.open_file(path, encoding="utf-8") as file:
        return str(file.read())


def _check_json(text: str | None) -> None:
    """Refuse a text that begins like a JSON object or list and is not JSON."""
    if text and text.lstrip().startswith(("{", "[")):
        try:
            json.loads(text)
        except ValueError as error:
            raise click.UsageError(
                f"--input: not JSON: {error}; to send it as text use --input-file",
                click.get_current_context(),
            ) from error


def _check_file_name(text: str | None) -> None:
    """Refuse the notation of other commands for the content of a file."""
    name = next(
        (text.removeprefix(each) for each in _FILE_PREFIXES if text and text.startswith(each)), ""
    )
    if name and os.path.isfile(name):
        raise click.UsageError(
            f"--input: {text!r} names a file; use --input-file {name}", click.get_current_context()
        )


def parse_pairs(arguments: Iterable[str]) -> list[tuple[str, str]]:
    """Parse KEY=VALUE arguments.

    :raises click.UsageError: an argument has no equals sign.
    """
    pairs = []
    for pair in arguments:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r} is not KEY=VALUE", click.get_current_context())
        pairs.append((key, value))
    return pairs


def parse_mapping(arguments: Iterable[str]) -> dict[str, str]:
    """Parse KEY=VALUE arguments with distinct keys.

    :raises click.UsageError: an argument has no equals sign, or two have the same key.
    """
    mapping: dict[str, str] = {}
    for key, value in parse_pairs(arguments):
        if key in mapping:
            rule = f"{key}: given more than once; takes one value"
            raise click.UsageError(rule, click.get_current_context())
        mapping[key] = value
    return mapping
