"""The manual page."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from swf.cli.commands import COMMANDS


@pytest.fixture(scope="module")
def page():
    from swf.cli.app import app
    from swf.cli.manual import manual_page

    return manual_page(app, app.make_context("swf", ["config"]), "1.2")


def test_page_has_every_command_with_options_and_examples(page):
    for name in COMMANDS:
        assert f".SS swf {name.replace('-', chr(92) + '-')}" in page
    assert r"\fB\-\-rps N\fR" in page
    assert r"swf execution list \-\-tag june \-\-since 2d" in page


def test_common_options_are_described_once(page):
    assert page.count(r"\fB\-\-endpoint\-url URL\fR") == 1


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_page_has_no_roff_errors(page):
    command = ["groff", "-man", "-Tutf8", "-ww"]
    done = subprocess.run(command, input=page, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "swf execution list" in done.stdout


def test_help_prints_the_page(swf):
    done = swf("help", "--man")

    assert done.code == 0
    assert done.out.startswith(".TH SWF 1")
