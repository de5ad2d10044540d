"""`python -m swf.local`: run a local SWF service for programs in any language.

It prints one line for a shell to evaluate, `export AWS_ENDPOINT_URL_SWF=...`, writes everything
else to standard error, and runs until SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from swf.local.clock import Clock, ManualClock, SkippingClock, SystemClock
from swf.local.injection import ShortPages
from swf.local.logs import FORMATS, log_to_stderr
from swf.local.service import LocalSWF
from swf.local.store import StoreError

CLOCKS: dict[str, type[Clock]] = {
    "system": SystemClock,
    "skipping": SkippingClock,
    "manual": ManualClock,
}

ACCOUNTS = 5
"""Accounts that the startup line lists."""

logger = logging.getLogger("swf.local")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal arrives.

    :param arguments: the command line; None: that of the process.
    :returns: the exit status.
    """
    options = _parser().parse_args(arguments)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _raise_descriptor_limit()
    with log_to_stderr(options.log):
        try:
            _serve(options, stopping)
        except (OSError, ValueError, StoreError, ImportError) as error:
            logger.error("%s", error)
            return 1
    return 0


def _serve(options: argparse.Namespace, stopping: threading.Event) -> None:
    clock = CLOCKS[options.clock]()
    faults = [ShortPages(size=options.page_size)] if options.page_size is not None else []
    with LocalSWF(
        clock,
        options.database,
        limits=options.limits,
        faults=faults,
        retention=options.retention,
    ) as service:
        accounts = service.accounts()
        url = service.serve(
            options.host,
            options.port,
            allowed_hosts=options.allow_host,
            control=not options.no_control,
            token=options.control_token,
        )
        sys.stdout.write(f"export AWS_ENDPOINT_URL_SWF={url}\n")
        sys.stdout.flush()
        _log_startup(url, options.database, accounts)
        # A signal that arrives just before a wait starts does not end it.
        while not stopping.wait(0.5):
            continue
    logger.info("closed")


def _log_startup(url: str, database: str | None, accounts: list[dict[str, Any]]) -> None:
    texts = [
        f"{account['access_key']}/{account['region']} (domains: {account['domains']}, "
        f"open executions: {account['open_executions']})"
        for account in accounts[:ACCOUNTS]
    ]
    if len(accounts) > ACCOUNTS:
        texts.append(f"{len(accounts) - ACCOUNTS} more accounts")
    logger.info(
        "data in %s: %s; connect with AWS_ENDPOINT_URL_SWF=%s; press Ctrl-C to stop",
        database or "memory",
        ", ".join(texts) or "no domains",
        url,
        extra={"fields": {"url": url, "database": database, "accounts": accounts}},
    )


def _raise_descriptor_limit() -> None:
    """Raise the soft limit of open files to the hard limit: each waiting poll is a connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m swf.local", description="Run a local SWF service."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=4570, help="port; 0 selects a free one (%(default)s)"
    )
    parser.add_argument("--database", metavar="FILE", help="store everything in this file")
    parser.add_argument(
        "--retention",
        type=int,
        metavar="DAYS",
        help="days to retain closed executions, in place of the retention of each domain",
    )
    parser.add_argument(
        "--log", choices=FORMATS, default="text", help="format of the log on standard error"
    )
    parser.add_argument(
        "--limits",
        choices=("strict", "off"),
        default="off",
        help="whether quotas and throttling apply",
    )
    parser.add_argument(
        "--clock", choices=tuple(CLOCKS), default="system", help="the clock of the service"
    )
    parser.add_argument(
        "--no-control", action="store_true", help="do not serve the control API at /_swf/"
    )
    parser.add_argument(
        "--control-token",
        metavar="TOKEN",
        help="token of the control API, which other than loopback addresses need",
    )
    parser.add_argument(
        "--page-size", type=int, metavar="N", help="maximum number of items in a page, such as 100"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="additional host name that clients may use; may be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
