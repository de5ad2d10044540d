"""Commands and options in the text of a page, or in a systemd unit, exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from swf.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*/*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"`(swf [a-z-][^`]*)`")
UNIT = re.compile(r"^ExecStart=\S*/(swf .*)$", re.MULTILINE)


def unknown_words(line):
    """Return the words of a command line that are neither a command nor one of its options."""
    command, options, unknown = app, {"-h": False, "--help": False}, []
    words = iter(shlex.split(line)[1:])
    for word in words:
        options |= value_options(command)
        if word.startswith("-"):
            name, has_value, _ = word.partition("=")
            unknown += [] if name in options else [word]
            if options.get(name) and not has_value:
                next(words, None)
        elif isinstance(command, click.Group) and not word.isupper() and word != "...":
            subcommand = command.get_command(click.Context(command), word)
            unknown += [] if subcommand else [word]
            command = subcommand or command
    return unknown


def value_options(command):
    """Return the options of a command, and whether each takes a value."""
    return {
        name: not (param.is_flag or param.count)
        for param in command.params
        if isinstance(param, click.Option)
        for name in param.opts + param.secondary_opts
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_commands_of_a_page_exist(page):
    text = page.read_text()
    lines = COMMAND.findall(BLOCK.sub("", text)) + UNIT.findall(text)

    assert {line: unknown_words(line) for line in lines if unknown_words(line)} == {}


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("swf domain list --output json", []),
        ("swf execution history ID --raw", []),
        ("swf --help", []),
        ("swf COMMAND --help", []),
        ("swf local --page-size 100", []),
        ("swf local --page-size=100 clock", []),
        ("swf local --no-control nonsense", ["nonsense"]),
        ("swf local --page-size 100 nonsense", ["nonsense"]),
        ("swf nonsense", ["nonsense"]),
        ("swf domain nonsense", ["nonsense"]),
        ("swf domain list --nonsense", ["--nonsense"]),
    ],
)
def test_unknown_words_are_found(line, unknown):
    assert unknown_words(line) == unknown
