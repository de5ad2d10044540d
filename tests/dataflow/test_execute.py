from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from swf.dataflow import Workflow, execute
from swf.dataflow.activity import Activity
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError

MODULE = """
import os
import sys
from swf.dataflow import activity, execute

@activity.with_attributes()
@execute.python()
def compute(x, *, by=1):
    print("ignored")
    return {"pid": os.getpid(), "product": x * by, "items": {x}, "mood": os.environ.get("MOOD")}

@execute.python(env={"MOOD": "good"})
def moody(x):
    return os.environ["MOOD"]

@execute.python()
class Doubled:
    def __init__(self, x):
        self.x = x

    def execute(self):
        return self.x * 2

@execute.python(logger_name="science")
def talkative():
    print("so far", file=sys.stderr)

@execute.python()
def broken():
    raise LookupError("nothing here")
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "remote_functions.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.getcwd()]))
    yield __import__("remote_functions")
    del sys.modules["remote_functions"]


@pytest.mark.parametrize(
    ("args", "kwargs", "command_line"),
    [
        (("a b", 1), {}, ["a b", "1"]),
        ((), {"x": "1 2", "long_name": "q"}, ["-x=1 2", "--long-name=q"]),
        (("f",), {"all": True, "none": None, "off": False, "n": 0}, ["--all", "-n=0", "f"]),
    ],
)
def test_arguments_are_formatted_without_quotes(args, kwargs, command_line):
    assert execute.format_arguments(*args, **kwargs) == command_line


def test_program_is_found_by_name_and_returns_output(run):
    @execute.program()
    def echo(*args, **kwargs): ...

    print_text = Activity(echo, name="print")

    def workflow(self):
        return self.submit(print_text, "it's $HOME", x=1).result

    assert run(workflow, activities=[print_text]) == "-x=1 it's $HOME\n"


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2), {}), ((1,), {"other": 2})], ids=str
)
def test_program_refuses_arguments_outside_of_the_signature(args, kwargs):
    @execute.program("/no/such/program")
    def convert(image): ...

    with pytest.raises(TypeError, match="argument"):
        convert(*args, **kwargs)


def test_failed_program_raises_its_last_error_line(run):
    @execute.program("ls")
    def show(*args): ...

    with pytest.raises(ExecutionError, match=r"ls exited with .*: .*no such place") as caught:
        show("/no such place")
    assert "no such place" in caught.value.details


def test_program_is_killed_at_its_timeout():
    @execute.program("sleep", timeout=0.1)
    def rest(seconds): ...

    started_at = time.monotonic()

    with pytest.raises(ExecutionTimeoutError, match=r"more than 0\.1 s"):
        rest(60)
    assert time.monotonic() - started_at < 20


def test_function_runs_in_another_process(module):
    result = module.compute(3, by=2)

    assert result["pid"] != os.getpid()
    assert (result["product"], result["items"]) == (6, {3})


def test_class_with_execute_runs_in_another_process(module):
    assert module.Doubled(4) == 8


def test_function_sees_additional_environment_variables(module):
    assert module.moody(1) == "good"


def test_error_in_another_process_has_its_traceback(module):
    with pytest.raises(ExecutionError, match=r": LookupError: nothing here$") as caught:
        module.broken()

    assert "LookupError: nothing here" in caught.value.details


SCRIPT = """
import sys
from swf.dataflow import execute

@execute.python()
def square(x):
    return x * x

if __name__ == "__main__":
    print(square(int(sys.argv[1])))
"""


def test_function_of_main_script_runs_in_another_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    process = subprocess.run(
        [sys.executable, script, "7"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )

    assert (process.stdout, process.stderr) == ("49\n", "")


def test_standard_error_is_logged(module, caplog):
    with caplog.at_level("INFO", logger="science"):
        module.talkative()

    assert [record.getMessage() for record in caplog.records] == ["talkative: so far"]
    assert caplog.records[0].name == "science"


BACKGROUND = ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"]


def test_children_may_outlive_the_program():
    started_at = time.monotonic()

    pid = int(execute.run_command(BACKGROUND).output)

    assert time.monotonic() - started_at < 20
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_kill_children_ends_children_with_the_program():
    wait_for_end(int(execute.run_command(BACKGROUND, kill_children=True).output))


def test_children_are_killed_at_the_timeout(tmp_path):
    command = f"sleep 60 & echo $! > {tmp_path}/pid; sleep 60"

    with pytest.raises(ExecutionTimeoutError):
        execute.run_command(["sh", "-c", command], 0.5)

    wait_for_end(int((tmp_path / "pid").read_text()))


def wait_for_end(pid):
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline


def is_alive(pid):
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_program_is_killed_when_its_activity_is_canceled(make_local):
    def sleep():
        execution.signal("enough")
        local.decider.poll_once()
        execute.run_command(["sleep", "60"])

    sleep = Activity(sleep, name="sleep", heartbeat_timeout=1)

    class Stops(Workflow):
        name = "stops a program"

        def run(self):
            future = self.submit(sleep)
            self.submit(self.wait_signal("enough")).wait()
            future.cancel()
            return future.wait().cancelled

    local = make_local(Stops, activities=[sleep])
    execution = local.start(Stops)

    assert local.result(execution) is True
    assert execution.history().activities["sleep-1"].state == "canceled"


def test_invalid_utf8_in_output_is_replaced():
    assert execute.run_command(["printf", "\\377"]).output == "\ufffd"
