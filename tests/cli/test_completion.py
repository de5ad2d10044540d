"""Shell completion."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from swf import connection

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
    "a tag": (["execution", "list", "--tag", "e"], ["eu"]),
    "a tag to exclude": (["execution", "list", "--not", "tag=e"], ["tag=eu"]),
    "a field to exclude": (["execution", "list", "--not", "ta"], ["tag="]),
    "the last of several fields": (
        ["execution", "list", "--fields", "workflow_id,sta"],
        ["workflow_id,status", "workflow_id,start_timestamp", "workflow_id,started",
         "workflow_id,state"],
    ),
    "a field to sort by": (["execution", "list", "--sort", "dur"], ["duration"]),
    "a field of domains": (["domain", "list", "--fields", "ret"], ["retention_period"]),
    "an activity id": (["task", "info", "o-1", "p"], ["p-1"]),
    "an operation": (["api", "ListD"], ["ListDomains"]),
    "a command after help": (["help", "dom"], ["domain"]),
    "a subcommand after help": (["help", "domain", "cre"], ["create"]),
    "a subcommand of an unknown command": (["nothing", "domai"], ["domain"]),
    "an option after a repeated one": (
        ["execution", "list", "--limit", "3", "--limit", "4", "--ta"],
        ["--tag"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "offered"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_completion_offers_the_matching_words(server, start, packing, words, offered):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    start("one", tag_list=["eu"])

    matches = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(words[:-1], words[-1])

    assert [item.value for item in matches] == offered


QUOTED = {
    "a blank": ("swf execution show two", [r"two\ words"]),
    "a blank after a backslash": (r"swf execution show two\ w", [r"two\ words"]),
    "an open quote": ('swf execution show "two w', ["two words"]),
    "a colon": ("swf execution list --tag env:", [r"\$a", "b"]),
    "special characters": ("swf execution list --tag env", [r"env:\$a", "env:b"]),
    "a colon inside quotes": ("swf execution list --tag 'env:", ["env:$a", "env:b"]),
    "an option with an equals sign": ("swf execution list --tag=env:", [r"\$a", "b"]),
    "a value after an equals sign": ("swf execution list --not tag=env", [r"env:\$a", "env:b"]),
    "a command": ("swf execu", ["execution"]),
    "a new word": ("swf help ", ["domain"]),
}


@pytest.mark.parametrize(("line", "replies"), QUOTED.values(), ids=QUOTED)
def test_bash_receives_quoted_words(server, start, monkeypatch, line, replies):
    from swf.cli.app import app
    from swf.cli.completion import BashCompletion

    start("two words", tag_list=["env:$a", "env:b"])
    monkeypatch.setenv("COMP_LINE", f"{line} later words")
    monkeypatch.setenv("COMP_POINT", str(len(line)))
    monkeypatch.setenv("COMP_WORDBREAKS", " \t\n\"'><=;|&(:")

    lines = BashCompletion(app, {}, "swf", "_SWF_COMPLETE").complete().splitlines()

    assert [line.partition(",")[2] for line in lines][: len(replies)] == replies


def test_texts_with_control_characters_are_not_completed(server, start):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    start("one", tag_list=["a\nplain,b", "a\x1b]0;title\x07", "a good one"])
    words = ["execution", "list", "--tag"]

    matches = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(words, "a")

    assert [item.value for item in matches] == ["a good one"]


def test_completion_restores_the_current_connection(server, start):
    from swf.cli.app import app
    from swf.cli.completers import operations

    before = connection.current()
    context = app.make_context("swf", ["api"], resilient_parsing=True)

    assert operations(context, "ListD") == ["ListDomains"]
    assert connection.current() is before


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
    monkeypatch.setenv("COMP_LINE", "swf domain show o")
    monkeypatch.setenv("COMP_POINT", "17")

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
        COMP_LINE="swf domain sh" COMP_POINT=13
        _swf_completion swf && echo "${COMPREPLY[@]}"
    """,
    "fish": """
        swf completion fish | source
        complete -C 'swf domain sh'
    """,
}


@pytest.mark.parametrize("shell", SOURCED)
def test_script_enables_completion(monkeypatch, prefork, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    monkeypatch.setenv("PATH", f"{prefork}:{os.environ['PATH']}")

    done = subprocess.run([shell, "-c", SOURCED[shell]], capture_output=True, text=True, timeout=20)

    assert done.stdout.split()[0] == "show"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_names_the_command(swf, shell):
    done = swf("completion", shell)

    assert done.code == 0
    assert "_SWF_COMPLETE" in done.out
