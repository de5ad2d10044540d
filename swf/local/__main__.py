"""`python -m swf.local`: an Amazon SWF of one's own, for programs in any language.

Prints one line for a shell to evaluate, `export AWS_ENDPOINT_URL_SWF=...`, and everything else on
standard error. It runs until SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from swf.local.clock import Clock, SkippingClock, SystemClock
from swf.local.service import LocalSWF
from swf.local.store import StoreError

CLOCKS: dict[str, type[Clock]] = {"system": SystemClock, "skipping": SkippingClock}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; return the exit status."""
    options = _parser().parse_args(arguments)
    stopping = threading.Event()

    def hear(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, hear)
    try:
        _serve(options, stopping)
    except (OSError, OverflowError, StoreError, ImportError) as error:
        sys.stderr.write(f"swf.local: {error}\n")
        return 1
    return 0


def _serve(options: argparse.Namespace, stopping: threading.Event) -> None:
    clock = CLOCKS[options.clock]()
    with LocalSWF(clock, options.database, limits=options.limits) as service:
        url = service.serve(options.host, options.port, allowed_hosts=options.allow_host)
        sys.stdout.write(f"export AWS_ENDPOINT_URL_SWF={url}\n")
        sys.stdout.flush()
        where = options.database or "memory"
        sys.stderr.write(f"swf.local: serving at {url}, from {where}; Ctrl-C ends\n")
        # A signal that comes just before a wait begins does not wake it.
        while not stopping.wait(0.5):
            continue
    sys.stderr.write("swf.local: closed\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m swf.local", description="Serve a local SWF.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=4570, help="port; 0 takes a free one (%(default)s)"
    )
    parser.add_argument("--database", metavar="FILE", help="keep everything in this file")
    parser.add_argument(
        "--limits", choices=("strict", "off"), default="off", help="apply quotas and throttling"
    )
    parser.add_argument(
        "--clock", choices=tuple(CLOCKS), default="system", help="where the time comes from"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name by which clients may call the server; may be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
