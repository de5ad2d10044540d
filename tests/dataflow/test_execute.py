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
def elsewhere(x, *, by=1):
    print("noise")
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
    (tmp_path / "functions_for_elsewhere.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.getcwd()]))
    yield __import__("functions_for_elsewhere")
    del sys.modules["functions_for_elsewhere"]


@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        (("a b", 1), {}, ["a b", "1"]),
        ((), {"x": "1 2", "long_name": "q"}, ["-x=1 2", "--long-name=q"]),
        (("f",), {"all": True, "none": None, "off": False, "n": 0}, ["--all", "-n=0", "f"]),
    ],
)
def test_arguments_are_words_without_quotes(args, kwargs, words):
    assert execute.format_arguments(*args, **kwargs) == words


def test_a_program_is_run_by_name_and_its_output_returned(run):
    @execute.program()
    def echo(*args, **kwargs): ...

    says = Activity(echo, name="says")

    def asks(self):
        return self.submit(says, "it's $HOME", x=1).result

    assert run(asks, activities=[says]) == "-x=1 it's $HOME\n"


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2), {}), ((1,), {"other": 2})], ids=str
)
def test_a_program_is_not_run_with_arguments_that_the_function_does_not_take(args, kwargs):
    @execute.program("/no/such/program")
    def convert(image): ...

    with pytest.raises(TypeError, match="argument"):
        convert(*args, **kwargs)


def test_a_program_that_fails_tells_how(run):
    @execute.program("ls")
    def show(*args): ...

    with pytest.raises(ExecutionError, match=r"ls ended with .*: .*no such place") as caught:
        show("/no such place")
    assert "no such place" in caught.value.details


def test_a_program_that_takes_too_long_is_killed():
    @execute.program("sleep", timeout=0.1)
    def rest(seconds): ...

    begun = time.monotonic()

    with pytest.raises(ExecutionTimeoutError, match=r"more than 0\.1 s"):
        rest(60)
    assert time.monotonic() - begun < 20


def test_a_function_runs_in_another_process_with_values_in_and_out(module):
    result = module.elsewhere(3, by=2)

    assert result["pid"] != os.getpid()
    assert (result["product"], result["items"]) == (6, {3})


def test_a_class_is_executed_elsewhere(module):
    assert module.Doubled(4) == 8


def test_a_function_elsewhere_has_further_variables(module):
    assert module.moody(1) == "good"


def test_an_error_elsewhere_comes_with_its_traceback(module):
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


def test_a_function_of_the_script_that_runs_can_run_elsewhere_too(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    done = subprocess.run(
        [sys.executable, script, "7"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )

    assert (done.stdout, done.stderr) == ("49\n", "")


def test_what_it_writes_to_its_standard_error_is_logged(module, caplog):
    with caplog.at_level("INFO", logger="science"):
        module.talkative()

    assert [record.getMessage() for record in caplog.records] == ["talkative: so far"]
    assert caplog.records[0].name == "science"


BACKGROUND = ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"]


def test_what_a_program_started_may_outlive_it_and_is_not_waited_for():
    begun = time.monotonic()

    started = int(execute.run_command(BACKGROUND).output)

    assert time.monotonic() - begun < 20
    assert is_alive(started)
    os.kill(started, signal.SIGKILL)


def test_what_a_program_started_can_be_made_to_end_with_it():
    ends(int(execute.run_command(BACKGROUND, kill_children=True).output))


def test_what_a_program_started_ends_when_it_is_stopped(tmp_path):
    command = f"sleep 60 & echo $! > {tmp_path}/pid; sleep 60"

    with pytest.raises(ExecutionTimeoutError):
        execute.run_command(["sh", "-c", command], 0.5)

    ends(int((tmp_path / "pid").read_text()))


def ends(pid):
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline


def is_alive(pid):
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_is_killed_when_its_activity_is_asked_to_stop(make_local):
    def rests():
        execution.signal("enough")
        local.decider.poll_once()
        execute.run_command(["sleep", "60"])

    rests = Activity(rests, name="rests", heartbeat_timeout=1)

    class Stops(Workflow):
        name = "stops a program"

        def run(self):
            future = self.submit(rests)
            self.submit(self.wait_signal("enough")).wait()
            future.cancel()
            return future.wait().cancelled

    local = make_local(Stops, activities=[rests])
    execution = local.start(Stops)

    assert local.result(execution) is True
    assert execution.history().activities["rests-1"].state == "canceled"


def test_what_is_no_text_is_shown_all_the_same():
    assert execute.run_command(["printf", "\\377"]).output == "\ufffd"
