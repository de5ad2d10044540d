"""Shell completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMPLETIONS = {
    "a command": (["dom"], ["domain"]),
    "a domain": (["domain", "show", "ord"], ["orders"]),
    "the domain of an option": (["--domain", "o"], ["orders"]),
    "a workflow type": (["execution", "start", "s"], ["ship"]),
    "a type of an option": (["execution", "list", "--type", "s"], ["ship"]),
    "an id": (["execution", "show", "on"], ["one"]),
    "the id of an option": (["execution", "list", "--workflow-id", "on"], ["one"]),
    "a version": (["workflow-type", "show", "ship", ""], ["1.0"]),
    "versions by prefix": (["execution", "start", "ship", "1"], ["1.0"]),
    "a version of an option": (
        ["execution", "list", "--type", "ship", "--version", ""],
        ["1.0"],
    ),
    "version without a type": (["execution", "list", "--version", ""], []),
    "unknown prefix": (["execution", "show", "nobody"], []),
}


@pytest.mark.parametrize(("words", "offered"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_completion_offers_the_matching_words(server, start, words, offered):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    start("one")

    matches = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(words[:-1], words[-1])

    assert [item.value for item in matches] == offered


def test_run_ids_complete_newest_first(server, start):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    [first] = start("one")
    first.terminate()
    [second] = start("one")

    matches = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(["why", "one"], "")

    assert [item.value for item in matches] == [second.run_id, first.run_id]


def test_unreachable_service_completes_silently(process, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", "http://127.0.0.1:1")
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    monkeypatch.setenv("_SWF_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "swf domain show o")
    monkeypatch.setenv("COMP_CWORD", "3")

    done = process()

    assert (done.out.strip(), done.err) == ("", "")


def test_open_executions_complete_before_closed_ones(server, start):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    start("one-b", "one-a")[0].terminate()

    matches = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(["why"], "one")

    assert [item.value for item in matches] == ["one-a", "one-b"]


SOURCED = {
    "bash": """
        eval "$(swf completion bash)"
        COMP_WORDS=(swf domain sh) COMP_CWORD=2
        _swf_completion swf && echo "${COMPREPLY[@]}"
    """,
    "fish": """
        swf completion fish | source
        complete -C 'swf domain sh'
    """,
}


@pytest.mark.parametrize("shell", SOURCED)
def test_script_enables_completion(monkeypatch, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")

    done = subprocess.run([shell, "-c", SOURCED[shell]], capture_output=True, text=True, timeout=20)

    assert done.stdout.split()[0] == "show"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_names_the_command(swf, shell):
    done = swf("completion", shell)

    assert done.code == 0
    assert "_SWF_COMPLETE" in done.out
