"""Programs and other interpreters as activities.

    @activity.with_attributes()
    @execute.program()
    def convert(*args, **options): ...           # runs `convert --width=100 in.png`

    @activity.with_attributes()
    @execute.python("/opt/science/bin/python", timeout=600)
    def train(rows): ...                         # runs there, with JSON in and out

Arguments go to the program as they are, through no shell. A function for another interpreter must
be in a module that can be imported there, or in the script that runs, and this package must be
there, too.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
import math
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from types import SimpleNamespace
from typing import IO, Any, NamedTuple

from swf import codecs
from swf.dataflow.activity import current_task
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError
from swf.exceptions import ActivityCanceled, ActivityTaskLost
from swf.payload import cut

ArgumentFormat = Callable[..., list[str]]

#: Seconds between two looks at whether an activity is to stop.
POLL_INTERVAL = 0.2

#: Characters of what a failed program wrote that its error holds.
STDERR_TAIL = 4000


class Written(NamedTuple):
    """What a command wrote."""

    output: str
    errors: str


def format_arguments(*args: Any, **kwargs: Any) -> list[str]:
    """Return the arguments of a command line: `-k=v` or `--key=value`, then the positional ones.

    A keyword that is True is given without a value; one that is False or None is left out.
    """
    given = {key: value for key, value in kwargs.items() if value is not None}
    options = [_option(key, value) for key, value in given.items() if value is not False]
    return [*options, *map(str, args)]


def _option(key: str, value: Any) -> str:
    name = f"-{key}" if len(key) == 1 else f"--{key.replace('_', '-')}"
    return name if value is True else f"{name}={value}"


def program(
    path: str | None = None,
    argument_format: ArgumentFormat = format_arguments,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., str]]:
    """Have the decorated function run a program, and return what that writes to its output.

    :param path: of the program; the function's name when not given.
    :param argument_format: makes the command line of the arguments; they must be such as the
        function takes, otherwise calling it is a `TypeError`.
    :param timeout: seconds.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., str]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> str:
            signature.bind(*args, **kwargs)
            command = [path or function.__name__, *argument_format(*args, **kwargs)]
            return run_command(command, timeout).output

        return run

    return decorate


def python(
    interpreter: str = sys.executable,
    logger_name: str = __name__,
    timeout: float | None = None,
    kill_children: bool = False,
    env: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have the decorated function run in another interpreter.

    :param logger_name: the logger to which what it writes to its standard error is passed on.
    :param timeout: seconds.
    :param kill_children: whether the processes that it started end with it; they do in any case
        when it takes too long or its activity is to stop.
    :param env: further variables of its environment.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            given = codecs.TYPED_JSON.encode({"args": list(args), "kwargs": kwargs}, "arguments")
            with TemporaryDirectory() as directory:
                result = Path(directory) / "result"
                name = [_place(function), function.__qualname__, str(result)]
                done = run_command(
                    [interpreter, "-m", __name__, *name], timeout, given, env, kill_children
                )
                for line in done.errors.splitlines():
                    logging.getLogger(logger_name).info("%s: %s", function.__qualname__, line)
                return codecs.TYPED_JSON.decode(result.read_text())

        return run

    return decorate


def run_command(
    command: Sequence[str],
    timeout: float | None = None,
    given: str | None = None,
    env: Mapping[str, str] | None = None,
    kill_children: bool = False,
) -> Written:
    """Run a command and return what it writes.

    An activity whose cancellation is requested, or whose task is lost, does not wait for its end.

    :param given: what it can read from its input.
    :param kill_children: whether the processes that it started end with it when it ends by itself.
    :raises ExecutionError: it ended with an exit code, or by a signal.
    :raises ExecutionTimeoutError: it took too long, and was killed with all that it started.
    :raises ActivityCanceled: the activity is to stop, and so was this.
    """
    # Files, and not pipes: what it started may hold those open when it has ended.
    with _file() as input_, _file() as output, _file() as errors:
        input_.write(given or "")
        input_.seek(0)
        process = subprocess.Popen(  # noqa: S603 - a list, through no shell
            command,
            stdin=input_,
            stdout=output,
            stderr=errors,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        try:
            _wait(process, command[0], timeout)
        finally:
            _end(process, kill_children)
        written = Written(_read(output), _read(errors))
    if process.returncode:
        reason = f"{command[0]} ended with {process.returncode}{_last_line(written.errors)}"
        raise ExecutionError("FAILED", reason, cut(written.errors, STDERR_TAIL))
    return written


def _file() -> IO[str]:
    return TemporaryFile("w+", encoding="utf-8", errors="replace")


def _wait(process: subprocess.Popen[Any], name: str, timeout: float | None) -> None:
    task = current_task()
    until = math.inf if timeout is None else time.monotonic() + timeout
    while process.poll() is None:
        left = until - time.monotonic()
        if left <= 0:
            raise ExecutionTimeoutError("TIMED_OUT", f"{name} took more than {timeout} s")
        if task is not None and task.cancel_requested:
            raise ActivityCanceled
        if task is not None and task.lost:
            raise ActivityTaskLost(f"{task.activity_id}: nobody waits for a result any more")
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(left, POLL_INTERVAL))


def _end(process: subprocess.Popen[Any], kill_children: bool) -> None:
    """Kill what still runs of a process: all of it, if it has not ended by itself."""
    if kill_children or process.poll() is None:
        with suppress(ProcessLookupError):  # there is none
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(errors: str) -> str:
    """Return what is said last, as it is added to a reason: of Python, the error itself."""
    lines = errors.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f": {last}" if last else ""


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _place(function: Callable[..., Any]) -> str:
    """Return where a function is: its module or, if that is the script that runs, its file."""
    if function.__module__ != "__main__":
        return function.__module__
    return str(Path(inspect.getfile(function)).resolve())


def main(place: str, name: str, result: str) -> None:
    """Call a function of a module or script with the arguments on the input, and write its result.

    A script is run under another name than `__main__`, so that it does what an import would.
    """
    if place.endswith(".py"):
        function: Any = SimpleNamespace(**runpy.run_path(place, run_name="__swf__"))
    else:
        function = importlib.import_module(place)
    for part in name.split("."):
        function = getattr(function, part)
    while hasattr(function, "__wrapped__"):  # an activity, or what `python` made of it
        function = function.__wrapped__
    given = codecs.TYPED_JSON.decode(sys.stdin.read())
    made = function(*given["args"], **given["kwargs"])
    if inspect.isclass(function):
        made = made.execute()
    Path(result).write_text(codecs.TYPED_JSON.encode(made, "result"))


if __name__ == "__main__":
    main(*sys.argv[1:])
