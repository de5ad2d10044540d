"""Exit codes and one-line errors."""

from __future__ import annotations

import subprocess
import sys

import pytest

from swf import exceptions
from swf.cli.errors import exit_code
from swf.local import LocalSWF
from swf.local.injection import Throttling

# (arguments, exit code, words of the line)
ERRORS = {
    "no such command": (["domian"], 2, "no command 'domian'; did you mean 'domain'?"),
    "no such verb": (["domain", "lst"], 2, "no command 'lst'; did you mean 'list'?"),
    "no such verb of one that needs none": (["config", "shw"], 2, "did you mean 'show'?"),
    "nor a verb like it": (["task-list", "poll"], 2, "no command 'poll'; there are count"),
    "no such option": (["domain", "list", "--colour"], 2, "--color"),
    "no such form": (["domain", "list", "-o", "xml"], 2, "table"),
    "no such field": (["domain", "list", "--fields", "nme"], 2, "did you mean 'name'?"),
    "nor one like it": (["domain", "list", "--fields", "zzz"], 2, "there are name, status"),
    "an argument is missing": (["domain", "create"], 2, "Missing argument 'NAME'"),
    "no such time": (["execution", "list", "--since", "soon"], 2, "'soon' is neither an age"),
    "no such port": (["local", "--port", "65536"], 2, "65536 is not in the range"),
    "a prompt that hides": (["shell", "--redact"], 2, "--redact, SWF_REDACT: not supported"),
    "a contradiction": (["execution", "list", "-s", "open", "--closed-since", "2d"], 2, "status"),
    "which executions": (["execution", "terminate"], 2, "Name one, give --ids or filters"),
    "no terminal": (["execution", "terminate", "one"], 2, "confirm with --yes"),
    "two inputs": (["execution", "signal", "one", "-n", "x", "-i", "1", "--input-file", "-"], 2,
                   "one of them"),
    "no such file": (["execution", "signal", "one", "-n", "x", "--input-file", "none.json"], 3,
                     "none.json: No such file"),
    "no such domain": (["domain", "show", "nope"], 3,
                       "domain 'nope' does not exist; create it with: swf domain create nope"),
    "a list in no domain": (["execution", "list", "-d", "nope"], 3, "swf domain create nope"),
    "a start in no domain": (["execution", "start", "ship", "1.0", "-d", "nope"], 3,
                             "swf domain create nope"),
    "no such type": (["workflow-type", "show", "ship", "2.0"], 3, "swf workflow-type list"),
    "no such execution": (["execution", "show", "two"], 3, "swf execution list --all"),
    "an id in use": (["execution", "start", "ship", "1.0", "--id", "one"], 4, "choose another id"),
    "a domain twice": (["domain", "create", "orders"], 4, "swf domain show"),
    "a domain deleted": (["domain", "delete", "orders"], 4, "swf domain deprecate orders"),
    "a type in use deleted": (["workflow-type", "delete", "ship", "1.0", "--yes"], 4, "deprecate"),
    "no such profile": (["domain", "list", "--profile", "nope"], 2,
                        "swf: The config profile (nope) could not be found"),
    "no answer": (["domain", "list", "--endpoint-url", "http://127.0.0.1:1"], 5, "swf config"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "words"), ERRORS.values(), ids=ERRORS)
def test_error_is_one_line_with_remedy_and_exit_code(
    swf, start, monkeypatch, arguments, code, words
):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    start("one")

    done = swf(*arguments)

    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert done.err.startswith("swf: ")
    assert done.err.count("\n") == 1


def test_missing_domain_names_option_and_variable(swf):
    done = swf("execution", "list")

    assert done.code == 2
    assert "--domain NAME" in done.err
    assert "SWF_DOMAIN" in done.err


def test_throttling_has_exit_code_5(swf, monkeypatch):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    with LocalSWF(faults=[Throttling("ListDomains")]) as service:
        done = swf("domain", "list", "--endpoint-url", service.serve())

    assert done.code == 5
    assert "try again later" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exceptions.ResponseError("Service Unavailable", "503", "ListDomains"), 5),
        (exceptions.ResponseError("Internal Server Error", "500", "ListDomains"), 5),
        (exceptions.ResponseError("", "InternalFailure", "ListDomains"), 5),
        (exceptions.InvalidCredentialsError("no", "UnrecognizedClientException"), 4),
        (exceptions.PermissionDeniedError("no", "AccessDenied"), 4),
        (exceptions.WaitTimeout("still open"), 1),
        (exceptions.NonDeterminismError("a", "b", 3, None, "c"), 1),
        (RuntimeError("a bug"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_codes_of_other_errors(error, code):
    assert exit_code(error) == code


WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from swf.cli.app import run
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("module", "extra", "arguments"),
    [
        ("yaml", "cli", ["config", "-o", "yaml"]),
        ("aiohttp", "local", ["local", "--port", "0"]),
        ("greenlet", "dataflow", ["workflow", "start", "sums:Sum", "--local", "-i", "1"]),
        ("greenlet", "dataflow", ["worker", "start", "sums", "--one-task"]),
    ],
)
def test_missing_module_names_the_extra(server, code_directory, module, extra, arguments):
    command = [sys.executable, "-c", WITHOUT, module, *arguments]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    hint = f"swf: {module} is not installed: pip install '.[{extra}]' in a clone of swf\n"
    assert (done.returncode, done.stderr) == (1, hint)


def test_redact_hides_values_of_validation_errors(swf, start):
    start("one")

    done = swf("execution", "terminate", "one", "-y", "--reason", "s3cret" * 50, "--redact")

    assert done.code == 2
    assert done.err == "swf: reason: must have 0 to 256 characters, has 300\n"


def test_debug_adds_the_traceback(process):
    done = process("domain", "show", "nope", "--debug")

    assert done.code == 3
    assert "Traceback (most recent call last)" in done.err
    assert done.err.splitlines()[-1].startswith("swf: domain 'nope' does not exist")
