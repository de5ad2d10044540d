"""Run a command in a process of the server (`server.py`), in place of this process.

The server copies this file as `swf` and `python`. Arguments, environment, working directory, and
standard streams are passed on; signals are forwarded, and the exit status is the command's.
It imports only built-in modules, because importing others takes longer than the rest.
"""

import marshal
import posix
import sys
from _signal import SIG_DFL, SIGHUP, SIGINT, SIGQUIT, SIGTERM, signal
from _socket import AF_UNIX, SCM_RIGHTS, SOL_SOCKET, socket

NAME = sys.argv[0].rpartition("/")[2]
SOCKET = f"{sys.argv[0].rpartition('/')[0]}/socket"


def main():
    arguments = sys.argv[1:]
    if NAME == "python" and not is_supported(arguments):
        posix.execv(sys.executable, [sys.executable, *arguments])
    server = socket(AF_UNIX)
    server.connect(SOCKET)
    message = marshal.dumps((NAME, arguments, dict(posix.environ), posix.getcwd()))
    size = len(message).to_bytes(4, "little")
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
    server.sendmsg([size], [(SOL_SOCKET, SCM_RIGHTS, streams)])
    server.sendall(message)
    process = int.from_bytes(server.recv(4), "little")
    for number in (SIGHUP, SIGINT, SIGQUIT, SIGTERM):
        signal(number, lambda number, _: posix.kill(process, number))
    status = posix.waitstatus_to_exitcode(int.from_bytes(server.recv(4), "little"))
    if status < 0:
        if -status in (SIGHUP, SIGINT, SIGQUIT, SIGTERM):
            signal(-status, SIG_DFL)
        posix.kill(posix.getpid(), -status)
    posix._exit(status)


def is_supported(arguments):
    """Return whether the arguments of Python are a script, `-c`, or the module `swf.local`."""
    first, *rest = arguments or ["-"]
    is_program = first == "-c" or not first.startswith("-")
    return is_program or (first == "-m" and rest[:1] == ["swf.local"])


main()
