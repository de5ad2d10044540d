"""The command as a process: help, the ways in, interruptions, pipes and terminals."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swf import Domain

LOADED = """
import sys
from swf.cli.app import app, run
heavy = ("attr", "boto3", "botocore", "rich", "yaml", "swf.models", "swf.querysets", "swf.settings")
for command in (None, *app.list_commands(None)):
    group = app.get_command(None, command) if command else None
    for verb in (None, *getattr(group, "commands", ())):
        words = [word for word in (command, verb) if word]
        assert run([*words, "--help"]) == 0, words
        assert not [name for name in heavy if name in sys.modules], (words, sorted(sys.modules))
"""

WITHOUT_CLICK = """
import sys
sys.modules["click"] = None
from swf.cli.main import main
main()
"""


def python(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=20
    )


def test_help_of_any_command_loads_nothing_but_click():
    done = python(LOADED)

    assert (done.returncode, done.stderr) == (0, "")
    assert "execution" in done.stdout


def test_without_click_it_says_what_to_install():
    done = python(WITHOUT_CLICK)

    assert done.returncode == 2
    assert done.stderr == "swf: the command needs more: pip install 'swf-orm[cli]'\n"


def test_it_tells_its_version(process):
    from swf import __version__

    assert process("--version").out == f"swf {__version__}\n"


def test_every_command_of_the_table_has_help(swf):
    from swf.cli.commands import COMMANDS

    for name in COMMANDS:
        done = swf(name, "--help")
        assert done.code == 0, f"{name}: {done.err}"
        assert done.out.startswith(f"Usage: swf {name}"), done.out


def test_data_goes_to_stdout_and_talk_to_stderr(process, orders, start):
    start("one")

    done = process("execution", "terminate", "--id", "one", "--dry-run", "-o", "jsonl")

    assert [json.loads(line)["workflow_id"] for line in done.out.splitlines()] == ["one"]
    assert done.err == "would terminate 1 execution\n"


def test_ctrl_c_ends_it_with_130(server, orders, start):
    start("one")
    before = server.calls("DescribeWorkflowExecution")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "swf", "execution", "wait", "one"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server.wait_for("DescribeWorkflowExecution", before + 1)

    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=20)

    assert (waiting.returncode, out, err.strip()) == (130, "", "")


def test_ctrl_c_in_a_batch_tells_what_was_done(server, start):
    start(*(f"execution-{number}" for number in range(9)))
    before = server.calls("SignalWorkflowExecution")
    which = ("--type", "ship", "--name", "go", "--yes", "--rps", "2", "-o", "jsonl")
    batch = subprocess.Popen(
        [sys.executable, "-m", "swf", "execution", "signal", *which],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server.wait_for("SignalWorkflowExecution", before + 1)

    batch.send_signal(signal.SIGINT)
    out, err = batch.communicate(timeout=20)

    done = len(out.splitlines())
    assert batch.returncode == 130
    assert 1 <= done < 9
    assert f"signal: {done} done, 0 refused, {9 - done} left" in err


def test_a_reader_who_has_had_enough_is_no_error(server, orders, start):
    start(*(f"execution-{number}" for number in range(40)))
    command = f"set -o pipefail; {sys.executable} -m swf execution list -o jsonl | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["workflow_id"].startswith("execution-")


def test_nobody_who_reads_is_no_error_either(server, orders):
    command = f"{sys.executable} -m swf domain list >&-"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("locale", "is_utf8", "written", "encoding"),
    [("C", "0", "utf-8", "ascii"), ("C.UTF-8", "1", "latin-1", "utf-8")],
)
def test_an_argument_that_is_no_text_in_the_locale_is_refused(
    process, orders, monkeypatch, locale, is_utf8, written, encoding
):
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("PYTHONUTF8", is_utf8)
    name = os.fsdecode("caf\xe9".encode(written))

    done = process("domain", "create", name)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"swf: argument 3 is not valid {encoding}, the encoding of the")
    assert [each.name for each in Domain.objects] == ["orders"]


@pytest.mark.parametrize("words", ["--help", "domain list", "domain list -o json"])
def test_a_full_disk_is_an_error_of_one_line(server, orders, words):
    command = f"{sys.executable} -m swf {words} > /dev/full"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert done.returncode == 1
    assert done.stderr == "swf: No space left on device\n"


@pytest.mark.parametrize(("words", "code"), [("domain deprecate orders", 2), ("shell", 0)])
def test_closed_standard_input_is_nobody_who_types(server, orders, words, code):
    command = f"{sys.executable} -m swf {words} <&-"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)

    assert done.returncode == code
    assert ("--yes" in done.stderr) is bool(code)


@pytest.mark.parametrize(("lines", "is_paged"), [("5", True), ("50", False)])
def test_a_terminal_pages_what_does_not_fit(terminal, start, monkeypatch, lines, is_paged):
    start(*(f"execution-{number}" for number in range(9)))
    monkeypatch.setenv("LINES", lines)
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")

    shown = terminal("execution", "list", "--fields", "workflow_id").out.splitlines()

    assert len(shown) == 11
    assert all(line.startswith("paged:") is is_paged for line in shown)


def test_a_terminal_gets_colours(terminal, orders):
    assert "\x1b[32mREGISTERED\x1b[0m" in terminal("domain", "list").out


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_are_off_where_they_are_not_wanted(terminal, orders, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)

    done = terminal("domain", "list")

    assert "\x1b[32m" not in done.out
    assert "REGISTERED" in done.out


@pytest.mark.parametrize(("options", "colours"), [((), False), (("--color", "always"), True)])
def test_a_pipe_gets_colours_only_if_it_asks(swf, orders, options, colours):
    assert ("\x1b[32m" in swf("domain", "list", *options).out) is colours


@pytest.mark.parametrize(("answer", "code", "status"), [("y\n", 0, "CLOSED"), ("n\n", 1, "OPEN")])
def test_a_terminal_is_asked_before_something_ends(terminal, start, answer, code, status):
    [one] = start("one")

    done = terminal("execution", "terminate", "one", typed=answer)

    assert "Terminate 1 execution? [y/N]" in done.out
    assert (done.code, one.upstream().status) == (code, status)


COMPLETIONS = {
    "a command": (["dom"], ["domain"]),
    "a domain": (["domain", "show", "ord"], ["orders"]),
    "the domain of an option": (["--domain", "o"], ["orders"]),
    "a workflow type": (["execution", "start", "s"], ["ship"]),
    "a type of an option": (["execution", "list", "--type", "s"], ["ship"]),
    "an id": (["execution", "show", "on"], ["one"]),
    "the id of an option": (["execution", "list", "--workflow-id", "on"], ["one"]),
    "a version": (["workflow-type", "show", "ship", ""], ["1.0"]),
    "a version of what starts": (["execution", "start", "ship", "1"], ["1.0"]),
    "a version of an option": (
        ["execution", "list", "--type", "ship", "--version", ""],
        ["1.0"],
    ),
    "a version of nothing": (["execution", "list", "--version", ""], []),
    "nothing that begins so": (["execution", "show", "nobody"], []),
}


@pytest.mark.parametrize(("words", "offered"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_a_shell_completes(server, start, words, offered):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    start("one")

    found = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(words[:-1], words[-1])

    assert [item.value for item in found] == offered


def test_the_runs_of_an_execution_are_offered_the_newest_first(server, start):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    [first] = start("one")
    first.terminate()
    [second] = start("one")

    found = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(["why", "one"], "")

    assert [item.value for item in found] == [second.run_id, first.run_id]


def test_completion_is_silent_where_the_service_is_not_reached(process, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", "http://127.0.0.1:1")
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    monkeypatch.setenv("_SWF_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "swf domain show o")
    monkeypatch.setenv("COMP_CWORD", "3")

    done = process()

    assert (done.out.strip(), done.err) == ("", "")


def test_closed_executions_are_offered_after_open_ones(server, start):
    from click.shell_completion import BashComplete

    from swf.cli.app import app

    start("one-b", "one-a")[0].terminate()

    found = BashComplete(app, {}, "swf", "_SWF_COMPLETE").get_completions(["why"], "one")

    assert [item.value for item in found] == ["one-a", "one-b"]


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
def test_a_shell_completes_once_it_has_evaluated_the_script(monkeypatch, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")

    done = subprocess.run([shell, "-c", SOURCED[shell]], capture_output=True, text=True, timeout=20)

    assert done.stdout.split()[0] == "show"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_names_the_command(swf, shell):
    done = swf("completion", shell)

    assert done.code == 0
    assert "_SWF_COMPLETE" in done.out
