"""Programs and other interpreters as activities.

    @activity.with_attributes()
    @execute.program()
    def convert(*args, **options): ...           # runs `convert --width=100 in.png`

    @activity.with_attributes()
    @execute.python("/opt/science/bin/python", timeout=600)
    def train(rows): ...                         # runs there, with JSON in and out

Arguments go to the program as they are, through no shell. A function for another interpreter must
be in a module that can be imported there, and so must this package. What is killed, is killed with
all processes that it started.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from swf import codecs
from swf.dataflow.exceptions import ExecutionError, ExecutionTimeoutError
from swf.payload import cut

ArgumentFormat = Callable[..., list[str]]

#: Characters of what a failed program wrote that its error holds.
LAST_WORDS = 4000


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
    :param argument_format: makes the command line of the arguments.
    :param timeout: seconds.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., str]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> str:
            command = [path or function.__name__, *argument_format(*args, **kwargs)]
            return run_command(command, timeout)

        return run

    return decorate


def python(
    interpreter: str = sys.executable,
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have the decorated function run in another interpreter.

    :param timeout: seconds.
    :param env: further variables of its environment.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            given = codecs.JSON.encode({"args": list(args), "kwargs": kwargs}, "arguments")
            with tempfile.TemporaryDirectory() as directory:
                result = Path(directory) / "result"
                name = [function.__module__, function.__qualname__, str(result)]
                run_command([interpreter, "-m", __name__, *name], timeout, given, env)
                return codecs.JSON.decode(result.read_text())

        return run

    return decorate


def run_command(
    command: Sequence[str],
    timeout: float | None = None,
    given: str | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a command and return what it writes to its output.

    :param given: what it can read from its input.
    :raises ExecutionError: it ended with an exit code, or by a signal.
    :raises ExecutionTimeoutError: it took too long, and was killed.
    """
    process = subprocess.Popen(  # noqa: S603 - a list, through no shell
        command,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(given, timeout)
    except subprocess.TimeoutExpired as error:
        raise ExecutionTimeoutError(
            "TIMED_OUT", f"{command[0]} took more than {timeout} s"
        ) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        reason = f"{command[0]} ended with {process.returncode}"
        raise ExecutionError("FAILED", reason, cut(errors, LAST_WORDS))
    return output


def main(module: str, name: str, result: str) -> None:
    """Call a function of a module with the arguments on the input, and write its result."""
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    while hasattr(function, "__wrapped__"):  # an activity, or what `python` made of it
        function = function.__wrapped__
    given = codecs.JSON.decode(sys.stdin.read())
    made = function(*given["args"], **given["kwargs"])
    Path(result).write_text(codecs.JSON.encode(made, "result"))


if __name__ == "__main__":
    main(*sys.argv[1:])
