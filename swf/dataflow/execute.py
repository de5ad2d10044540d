"""Programs and other interpreters as activities.

    @activity.with_attributes()
    @execute.program()
    def convert(*args, **options): ...           # runs `convert --width=100 in.png`

    @activity.with_attributes()
    @execute.python("/opt/science/bin/python", timeout=600)
    def train(rows): ...                         # runs there, with JSON in and out

Programs receive their arguments without a shell. A function for another interpreter must be in a
module that this interpreter can import, or in the main script. `swf` must be installed there.
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
from swf.actors.functions import run_coroutine
from swf.dataflow.activity import current_task
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError
from swf.exceptions import ActivityCanceled, ActivityTaskLost
from swf.payload import cut

ArgumentFormat = Callable[..., list[str]]

#: Seconds between two checks for cancellation of the activity.
POLL_INTERVAL = 0.2

#: Maximum number of characters of standard error in the details of an `ExecutionError`.
STDERR_TAIL = 4000


class CommandOutput(NamedTuple):
    """Standard output and standard error of a command."""

    output: str
    errors: str


def format_arguments(*args: Any, **kwargs: Any) -> list[str]:
    """Return the arguments of a command line: options first, then positional arguments.

    :param args: converted with `str`.
    :param kwargs: `k=v` becomes `-k=v`, `key=value` becomes `--key=value`. True produces an option
        without a value; False and None produce nothing.
    """
    options = [
        _option(key, value)
        for key, value in kwargs.items()
        if value is not None and value is not False
    ]
    return [*options, *map(str, args)]


def _option(key: str, value: Any) -> str:
    name = f"-{key}" if len(key) == 1 else f"--{key.replace('_', '-')}"
    return name if value is True else f"{name}={value}"


def program(
    path: str | None = None,
    argument_format: ArgumentFormat = format_arguments,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., str]]:
    """Make the decorated function run a program and return its standard output.

    The signature of the function defines the valid arguments; other arguments raise `TypeError`.

    :param path: path or name of the program. Default: the name of the function.
    :param argument_format: converts the arguments of a call to those of the command line.
    :param timeout: seconds until the program is killed; None for no limit.
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
    """Make the decorated function run in another Python interpreter.

    Arguments and result are passed as JSON.

    :param interpreter: path of the interpreter. Default: the current one.
    :param logger_name: name of the logger that receives the lines of standard error.
    :param timeout: seconds until the process is killed; None for no limit.
    :param kill_children: kill the child processes of the function when it returns. After a timeout
        or a cancellation they are always killed.
    :param env: additional environment variables.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            stdin = codecs.TYPED_JSON.encode({"args": list(args), "kwargs": kwargs}, "arguments")
            with TemporaryDirectory() as directory:
                result = Path(directory) / "result"
                arguments = [_import_location(function), function.__qualname__, str(result)]
                command = run_command(
                    [interpreter, "-m", __name__, *arguments], timeout, stdin, env, kill_children
                )
                for line in command.errors.splitlines():
                    logging.getLogger(logger_name).info("%s: %s", function.__qualname__, line)
                return codecs.TYPED_JSON.decode(result.read_text())

        return run

    return decorate


def run_command(
    command: Sequence[str],
    timeout: float | None = None,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    kill_children: bool = False,
) -> CommandOutput:
    """Run a command and return its output.

    In an activity, the command is killed when cancellation is requested or the task is lost.

    :param command: program and arguments; no shell is involved.
    :param timeout: seconds until the command is killed; None for no limit.
    :param stdin: text for its standard input.
    :param env: additional environment variables.
    :param kill_children: kill its child processes when it exits.
    :raises ExecutionError: the exit code is not 0, or a signal ended the command.
    :raises ExecutionTimeoutError: the timeout expired; the command and its children were killed.
    :raises ActivityCanceled: cancellation of the activity was requested.
    :raises ActivityTaskLost: the service no longer accepts a result for the task.
    """
    # Files instead of pipes: child processes may keep a pipe open after the command has exited.
    with _file() as input_, _file() as output, _file() as errors:
        input_.write(stdin or "")
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
        result = CommandOutput(_read(output), _read(errors))
    if process.returncode:
        reason = f"{command[0]} exited with {process.returncode}{_last_line(result.errors)}"
        raise ExecutionError("FAILED", reason, cut(result.errors, STDERR_TAIL))
    return result


def _file() -> IO[str]:
    return TemporaryFile("w+", encoding="utf-8", errors="replace")


def _wait(process: subprocess.Popen[Any], name: str, timeout: float | None) -> None:
    task = current_task()
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    while process.poll() is None:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise ExecutionTimeoutError("TIMED_OUT", f"{name} took more than {timeout} s")
        if task is not None and task.cancel_requested:
            raise ActivityCanceled
        if task is not None and task.lost:
            raise ActivityTaskLost(f"{task.activity_id}: the task is closed")
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(remaining, POLL_INTERVAL))


def _end(process: subprocess.Popen[Any], kill_children: bool) -> None:
    """Kill the process group, unless the process has exited and its children may continue."""
    if kill_children or process.poll() is None:
        with suppress(ProcessLookupError):  # no process of the group is left
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(errors: str) -> str:
    """Return the last line of standard error for the reason; in Python, it is the error."""
    lines = errors.split("\n")
    line = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f": {line}" if line else ""


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _import_location(function: Callable[..., Any]) -> str:
    """Return the module of a function, or the file if the module is the main script."""
    if function.__module__ != "__main__":
        return function.__module__
    return str(Path(inspect.getfile(function)).resolve())


def main(location: str, name: str, result: str) -> None:
    """Call a function with the arguments from standard input, and write its result to a file.

    A script runs under a name other than `__main__`, so that only its definitions are executed.

    :param location: name of a module, or path of a script.
    :param name: qualified name of the function or class.
    :param result: path of the file for the result.
    """
    if location.endswith(".py"):
        function: Any = SimpleNamespace(**runpy.run_path(location, run_name="__swf__"))
    else:
        function = importlib.import_module(location)
    for part in name.split("."):
        function = getattr(function, part)
    while hasattr(function, "__wrapped__"):  # an activity, or the wrapper of `python`
        function = function.__wrapped__
    call = codecs.TYPED_JSON.decode(sys.stdin.read())
    value = function(*call["args"], **call["kwargs"])
    if inspect.isclass(function):
        value = value.execute()
    Path(result).write_text(codecs.TYPED_JSON.encode(run_coroutine(value), "result"))


if __name__ == "__main__":
    main(*sys.argv[1:])
