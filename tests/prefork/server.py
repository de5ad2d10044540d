"""Fork processes that run `swf` and Python programs with all imports done.

Importing takes most of the time of a short command, and the tests run hundreds. The argument is a
directory, to which the server adds the commands `swf` and `python`; it prints a line when they are
ready. It ends, with its processes, at the end of standard input.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import io
import marshal
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import termios
import threading
import time
import traceback
from functools import partial
from pathlib import Path
from types import ModuleType

import swf

#: Modules that are not imported: programs, those for tests, and one that examines its terminal.
SKIPPED = ("__main__", "swf.testing", "ipython")


def import_everything():
    """Import the modules of `swf`, and botocore with the API's model."""
    for module in pkgutil.walk_packages(swf.__path__, "swf."):
        if not any(each in module.name for each in SKIPPED):
            importlib.import_module(module.name)
    swf.connect(endpoint_url="http://127.0.0.1:9", region="us-east-1").client  # noqa: B018


def write_commands(directory):
    """Write the commands of the client."""
    text = f"#!{sys.executable} -IS\n{Path(__file__).with_name('client.py').read_text()}"
    for name in ("swf", "python"):
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)


class Server:
    """The loop of the server.

    :param listener: the socket to which clients connect.
    """

    def __init__(self, listener):
        self._selector = selectors.DefaultSelector()
        self._processes = set()
        self._is_running = True
        self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))
        self._selector.register(sys.stdin, selectors.EVENT_READ, self._end)

    def run(self):
        """Start processes; return the command of one in the process itself, None at the end."""
        command = None
        while self._is_running and command is None:
            for key, _ in self._selector.select():
                command = command or key.data()
        return command

    def _end(self):
        self._is_running = False
        for process in self._processes:
            os.kill(process, signal.SIGKILL)

    def _accept(self, listener):
        client, _ = listener.accept()
        size, streams, _, _ = socket.recv_fds(client, 4, 3)
        if not size:  # the client was killed
            client.close()
            return None
        with client.makefile("rb") as file:
            command = marshal.loads(file.read(int.from_bytes(size, "little")))
        process = os.fork()
        if not process:
            self._selector.close()
            listener.close()
            client.close()
            return streams, command
        for each in streams:
            os.close(each)
        self._processes.add(process)
        client.sendall(process.to_bytes(4, "little"))
        end = os.pidfd_open(process)
        self._selector.register(
            end, selectors.EVENT_READ, partial(self._report, process, end, client)
        )
        self._selector.register(client, selectors.EVENT_READ, partial(self._kill, process, client))
        return None

    def _report(self, process, end, client):
        """Report the exit status of a process to its client."""
        _, status = os.waitpid(process, 0)
        self._processes.remove(process)
        self._selector.unregister(end)
        os.close(end)
        if client in self._selector.get_map():
            self._selector.unregister(client)
        with client, contextlib.suppress(BrokenPipeError):
            client.sendall(status.to_bytes(4, "little"))

    def _kill(self, process, client):
        """Kill a process whose client was killed, unless it has just ended."""
        if process in self._processes:
            self._selector.unregister(client)
            os.kill(process, signal.SIGKILL)


def become(streams, environment, directory):
    """Take over the standard streams, the environment, the directory, and the terminal."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(directory)
    os.environ.clear()
    os.environb.update(environment)
    time.tzset()
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_unbuffered = "PYTHONUNBUFFERED" in os.environ
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - open until the process ends
    for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
        raw = open(number, "wb", 0 if is_unbuffered else -1)  # noqa: SIM115
        is_line_buffered = number == 2 or raw.isatty()
        stream = io.TextIOWrapper(
            raw, "utf-8", errors, line_buffering=is_line_buffered, write_through=is_unbuffered
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def execute(name, arguments):
    """Run a command, or a Python script or module, as the main program."""
    if name == "swf":
        from swf.cli.main import main

        sys.argv, sys.path[0] = ["swf", *arguments], str(Path(sys.executable).parent)
        main()
    elif arguments[0] == "-m":
        sys.argv, sys.path[0] = arguments[1:], os.getcwd()
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments[0] == "-c":
        sys.argv, sys.path[0] = ["-c", *arguments[2:]], ""
        module = sys.modules["__main__"] = ModuleType("__main__")
        exec(arguments[1], vars(module))
    else:
        sys.argv, sys.path[0] = arguments, str(Path(arguments[0]).resolve().parent)
        runpy.run_path(arguments[0], run_name="__main__")


def exit_status(program):
    """Run a program and return the exit status that Python gives it."""
    try:
        program()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return int(end.code or 0)
    except BaseException as error:  # noqa: BLE001 - as Python does
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename in (__file__, "<frozen runpy>"):
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace)
        return 1
    return 0


def main():
    directory = Path(sys.argv[1])
    write_commands(directory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(directory / "socket"))
    listener.listen(64)
    import_everything()
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    command = Server(listener).run()
    if command:
        streams, (name, arguments, environment, path) = command
        become(streams, environment, path)
        status = exit_status(partial(execute, name, arguments))
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(status)  # to free all objects would copy the memory of the server


main()
