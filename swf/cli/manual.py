"""The manual page `swf(1)`, generated from the help texts of all commands."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

#: Roff requests at the beginning of a line, and the escape character.
_SPECIAL = str.maketrans({"\\": r"\e", "-": r"\-"})


def manual_page(root: click.Group, context: click.Context, version: str) -> str:
    """Return the page in the roff format, for `man -l`.

    :param root: the group whose commands, and their commands, are described.
    :param context: the context of the root.
    :param version: the version in the footer.
    """
    lines = [
        f'.TH SWF 1 "" "swf {version}" "User Commands"',
        *_section("NAME", [r"swf \- administer Amazon Simple Workflow"]),
        *_section("SYNOPSIS", [_text("swf [OPTIONS] COMMAND [ARGUMENTS]")]),
        *_section("DESCRIPTION", _paragraphs(root)),
        *_section("COMMON OPTIONS", _options(root, context)),
        *_section("COMMANDS", _commands(root, context)),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, lines: list[str] | Iterator[str]) -> list[str]:
    return [f".SH {title}", *lines]


def _commands(group: click.Group, parent: click.Context) -> Iterator[str]:
    """Yield a subsection for each command, in the order of the help."""
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None or command.hidden:
            continue
        context = click.Context(command, info_name=name, parent=parent)
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        yield f".SS {_text(usage)}"
        yield from _paragraphs(command)
        yield from _options(command, context)
        if isinstance(command, click.Group):
            yield from _commands(command, context)


def _paragraphs(command: click.Command) -> Iterator[str]:
    """Yield the help text; its examples keep their lines."""
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        yield ".PP"
        if block.startswith("\b"):
            yield from (".nf", *map(_text, block.splitlines()[1:]), ".fi")
        else:
            yield _text(" ".join(block.split()))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            names, text = record
            yield from (".TP", rf"\fB{_text(names)}\fR", _text(" ".join(text.split())))


def _text(line: str) -> str:
    """Return a line with roff's special characters escaped."""
    return re.sub(r"^([.'])", r"\\&\1", line.translate(_SPECIAL))
