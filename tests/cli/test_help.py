"""Help texts: short help fits a line, and every example runs."""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import click
import pytest

from swf import ActivityType, Domain, WorkflowType
from swf.cli.app import CONTEXT, app
from swf.cli.commands import COMMANDS
from swf.connection import current

CODE = Path(__file__).parent / "code"

MANIFEST = """
[domain]
name = "orders"

[[workflow_type]]
name = "return"
version = "1.0"
"""

#: Exit codes of commands whose examples show a refusal.
EXIT_CODES = {
    "swf domain delete": 4,
    "swf workflow-type tag": 4,
    "swf activity-type tag": 4,
}


def all_commands():
    """Yield (path, command) for the root, each group and each command."""
    root = click.Context(app, info_name="swf", **CONTEXT)
    yield "swf", app
    for name in app.list_commands(root):
        command = app.get_command(root, name)
        yield f"swf {name}", command
        for subname, subcommand in getattr(command, "commands", {}).items():
            yield f"swf {name} {subname}", subcommand


ALL = dict(all_commands())
GROUPS = {path: command for path, command in ALL.items() if isinstance(command, click.Group)}


def examples(command):
    """Return the examples in the help text of a command."""
    text = inspect.cleandoc(command.help)
    blocks = re.findall(r"\x08\nExamples?:\n(.*?)(?:\n\n|\Z)", text, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("path", GROUPS)
def test_no_list_of_commands_is_cut_at_80_columns(path):
    group = GROUPS[path]
    context = click.Context(group, info_name=path, terminal_width=80)
    commands = group.get_help(context).partition("\nCommands:\n")[2]

    assert commands
    assert "..." not in commands
    assert len(commands.splitlines()) == len(group.list_commands(context))


@pytest.mark.parametrize("path", [path for path in ALL if path != "swf"])
def test_short_help_is_one_short_imperative(path):
    text = ALL[path].help.partition("\n")[0]

    assert re.fullmatch(r"[A-Z][a-z]+,? .*\.", text)
    assert len(text) <= 45


def test_the_list_of_commands_shows_the_short_help_of_each():
    summaries = {name: ALL[f"swf {name}"].help.partition("\n")[0] for name in COMMANDS}

    assert {name: summary for name, (_, summary) in COMMANDS.items()} == summaries


@pytest.fixture(scope="session")
def archive_directory(tmp_path_factory):
    """The directory of the archive that `workplace` fills once: an update observes a call rate."""
    return tmp_path_factory.mktemp("archive") / "swf-archive"


@pytest.fixture
def workplace(swf, server, prefork, archive_directory, tmp_path, monkeypatch):
    """A directory with code and files, and a domain with types and executions."""
    for name in ("orders.py", "delivery.py"):
        shutil.copy(CODE / name, tmp_path)
    (tmp_path / "manifest.toml").write_text(MANIFEST)
    (tmp_path / "script.py").write_text("executions.count()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(CODE)
    monkeypatch.setenv("PATH", f"{prefork}:{os.environ['PATH']}")
    monkeypatch.setenv("SWF_BINARIES", str(tmp_path / "binaries"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TOKEN", "")
    monkeypatch.setenv("SWF_DOMAIN", "orders")
    if not server.restore("workplace"):
        register_types()
        start_executions(swf)
        server.save("workplace")
    (tmp_path / "history.json").write_text(swf("execution", "history", "order-41", "--raw").out)
    if not archive_directory.exists():
        assert swf("archive", "update", archive_directory, "orders").code == 0
    shutil.copytree(archive_directory, tmp_path / "swf-archive")


def register_types():
    Domain("retired").save()
    Domain("retired").delete()
    domain = Domain("orders")
    domain.save()
    for kind, name in ((WorkflowType, "ship"), (ActivityType, "pack")):
        for version in ("1.0", "0.9", "0.8"):
            kind(domain, name, version, task_list="shipping").save()
        for version in ("0.9", "0.8"):
            kind(domain, name, version).delete()


def start_executions(swf):
    """Start executions: two completed, one terminated, two with an open activity, two without a
    decision.
    """
    order = ("orders:Order", "--input", '[{"sku": "A1"}]', "--tag", "june")
    for workflow_id in ("order-40", "order-41"):
        assert swf("workflow", "standalone", *order, "--id", workflow_id).code == 0
    for workflow_id in ("order-42", "order-46"):
        assert swf("workflow", "start", *order, "--id", workflow_id).code == 0
        assert swf("decider", "start", "orders", "--one-task").code == 0
    for workflow_id in ("order-44", "order-45", "order-47"):
        assert swf("workflow", "start", *order, "--id", workflow_id).code == 0
    reason = ("--reason", "card declined after a timeout")
    assert swf("execution", "terminate", "order-47", *reason, "--yes").code == 0


def run_example(swf, line):
    """Run an example in this process, or in a shell if it needs one; return the exit code."""
    if "$TOKEN" in line:
        params = {"domain": "orders", "taskList": {"name": "orders"}}
        task = swf("api", "PollForActivityTask", "--input", json.dumps(params))
        os.environ["TOKEN"] = json.loads(task.out)["taskToken"]
    if line.startswith(("swf local --", "swf console ")):
        return serve_until_interrupted(line)
    if line.startswith("swf worker ") or re.search(r"[|<>$]", line):
        command = ["bash", "-o", "pipefail", "-c", line]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr
    done = swf(*map(os.path.expanduser, shlex.split(line)[1:]))
    return done.code, done.err


def serve_until_interrupted(line):
    with subprocess.Popen(
        shlex.split(line), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().startswith(("export AWS_ENDPOINT_URL_SWF=", "http://"))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    return process.returncode, err


#: Commands whose examples change the executions or the domain of other examples.
FRESH = [
    path
    for path in ALL
    if path.startswith(("swf workflow ", "swf decider ", "swf worker "))
    or path in ("swf workflow", "swf decider", "swf worker", "swf domain deprecate")
    or path in ("swf task complete", "swf task fail", "swf task cancel", "swf task heartbeat")
    or path.removeprefix("swf execution ")
    in ("signal", "cancel", "terminate", "restart", "rerun", "start")
]


def failing_examples(swf, path):
    expected = EXIT_CODES.get(path, 0)
    results = ((line, *run_example(swf, line)) for line in examples(ALL[path]))
    return [result for result in results if result[1] != expected]


@pytest.mark.parametrize("path", ALL)
def test_every_command_has_an_example(path):
    assert examples(ALL[path])


@pytest.mark.parametrize("path", FRESH)
def test_examples_that_change_executions_run(swf, workplace, path):
    assert failing_examples(swf, path) == []


@pytest.fixture
def manual_clock(server, prefork, monkeypatch):
    """Another service with a manual clock, named by the environment."""
    monkeypatch.setenv("PATH", f"{prefork}:{os.environ['PATH']}")
    command = [prefork / "python", "-m", "swf.local", "--port", "0", "--clock", "manual"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip().rpartition("=")[2]
        monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", url)
        yield url
        process.terminate()


CONTROL = [path for path in ALL if path.startswith("swf local ") and path != "swf local events"]


@pytest.mark.parametrize("path", CONTROL)
def test_examples_of_the_control_commands_run(swf, manual_clock, path):
    assert failing_examples(swf, path) == []


def test_example_of_the_event_stream_prints_matching_events(swf, manual_clock):
    [line] = examples(ALL["swf local events"])
    fire_timer(swf)

    command = shlex.split(f"{line} --after 0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        event = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)

    assert (event["access_key"], event["event_type"]) == ("anybody", "TimerFired")


def fire_timer(swf):
    """Start an execution and fire its timer of one minute."""
    register_types()
    WorkflowType(Domain("orders"), "ship", "1.0").start_execution("order-1")
    connection = current()
    params = {"domain": "orders", "taskList": {"name": "shipping"}}
    task = connection.call("PollForDecisionTask", **params)
    attributes = {"timerId": "reminder", "startToFireTimeout": "60"}
    timer = {"decisionType": "StartTimer", "startTimerDecisionAttributes": attributes}
    connection.call("RespondDecisionTaskCompleted", taskToken=task["taskToken"], decisions=[timer])
    assert swf("local", "clock", "advance", "1m").code == 0


@pytest.mark.timeout(300)
def test_all_other_examples_run(swf, workplace):
    failing = [
        failing_examples(swf, path)
        for path in ALL
        if path not in FRESH and not path.startswith("swf local ")
    ]

    assert [result for results in failing for result in results] == []
