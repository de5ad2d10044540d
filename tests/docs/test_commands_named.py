"""Every command and option that a page names, in its text or in a unit of systemd, exists."""

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
NAMED = re.compile(r"`(swf [a-z-][^`]*)`")
UNIT = re.compile(r"^ExecStart=\S*/(swf .*)$", re.MULTILINE)


def strange(line):
    """Return the words of a command line that name no command and no option of one."""
    command, options, unknown = app, {"-h", "--help"}, []
    for word in shlex.split(line)[1:]:
        options |= {name for each in command.params for name in each.opts + each.secondary_opts}
        if word.startswith("-"):
            unknown += [] if word.partition("=")[0] in options else [word]
        elif isinstance(command, click.Group) and not word.isupper() and word != "...":
            found = command.get_command(click.Context(command), word)
            unknown += [] if found else [word]
            command = found or command
    return unknown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_what_a_page_names_exists(page):
    text = page.read_text()
    lines = NAMED.findall(BLOCK.sub("", text)) + UNIT.findall(text)

    assert {line: strange(line) for line in lines if strange(line)} == {}


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("swf domain list --output json", []),
        ("swf execution history ID --raw", []),
        ("swf --help", []),
        ("swf COMMAND --help", []),
        ("swf nonsense", ["nonsense"]),
        ("swf domain nonsense", ["nonsense"]),
        ("swf domain list --nonsense", ["--nonsense"]),
    ],
)
def test_what_does_not_exist_is_found(line, unknown):
    assert strange(line) == unknown
