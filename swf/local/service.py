"""`LocalSWF`: a whole Amazon SWF in this process, for tests and for work without an AWS account.

    with LocalSWF(clock=ManualClock()) as service:
        swf = service.client()
        swf.register_domain(name="orders", workflowExecutionRetentionPeriodInDays="1")
        service.clock.advance(3600)

The parts: `clock`, `store`, `injection`, and the two transports `inprocess` and `http`, around a
`host`, which runs the `engine`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from swf.local.clock import Clock, SystemClock
from swf.local.core import ServiceCore, Snapshot
from swf.local.injection import FaultInjector, FaultRule
from swf.local.inprocess import create_client
from swf.local.lambda_runner import Function
from swf.local.store import RecordStore
from swf.local.waiting import PollTimeout

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_swf import SWFClient
    from typing_extensions import Self

    from swf.connection import Connection
    from swf.local.http import HttpServer


class LocalSWF:
    """An Amazon SWF of one's own, with as many accounts and regions as clients name.

    :param clock: a `SystemClock`, `ManualClock` or `SkippingClock`; of no other service.
    :param database: a file to keep everything in; it is made if it is not there. In memory if None.
    :param lambda_functions: what ScheduleLambdaFunction calls: functions of the decoded input, by
        name. Their result is encoded as JSON; what they raise is a LambdaFunctionFailed. They run
        in threads beside everything, but under a virtual clock at once, in the thread of the call
        that brought them about.
    :param limits: "strict" applies the quotas of an account and throttling too.
    :param faults: rules of `swf.local.injection` for trouble on purpose.
    :param poll_timeout: real seconds that an empty poll waits. Otherwise it is 60 under a system
        clock. Under a virtual clock it is 1, and 0 as long as one thread is all that ever called:
        nobody else could make a task. Sixty seconds of a manual clock end a poll as well.

    Any credentials are good; access key and region choose the world. All methods may be called by
    any thread. Raises `StoreError` for a database that cannot be used.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        database: str | os.PathLike[str] | None = None,
        lambda_functions: Mapping[str, Function] | None = None,
        limits: Literal["strict", "off"] = "off",
        faults: Iterable[FaultRule] | None = None,
        *,
        poll_timeout: float | None = None,
    ) -> None:
        if limits not in ("strict", "off"):
            raise ValueError(f"limits must be 'strict' or 'off', not {limits!r}")
        self.clock = SystemClock() if clock is None else clock
        self._poll_timeout = PollTimeout(poll_timeout, is_virtual=self.clock.virtual)
        store = None if database is None else RecordStore(database)
        try:
            functions, injector = dict(lambda_functions or {}), FaultInjector(faults or ())
            self._core = ServiceCore(self.clock, store, functions, limits, injector)
        except BaseException:
            if store is not None:
                store.close()
            raise
        self._servers: list[HttpServer] = []
        self._default: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def client(self, **options: Any) -> SWFClient:
        """Return a boto3 client of this service; it needs no socket.

        `options` are those of `boto3.client`: `region_name` and `aws_access_key_id` choose the
        world, `config` is botocore's. A client is good for as many threads as one likes.
        """
        client: Any = create_client(self._core, self._poll_timeout, **options)
        return client  # type: ignore[no-any-return] # botocore makes the class at run time

    def connection(self, **options: Any) -> Connection:
        """Return an `swf` connection to this service; `options` as for `client`."""
        from swf.local.bridge import connect  # the rest of swf is loaded only if it is used

        return connect(self.client(**options))

    def install(self) -> Connection:
        """Make this service the default of `swf`, until `uninstall` or `close`."""
        from swf.local.bridge import make_default  # as above

        self._default = self._default or self.connection()
        make_default(self._default)
        return self._default

    def uninstall(self) -> None:
        """Be the default of `swf` no longer."""
        if self._default is not None:
            from swf.local.bridge import forget_default  # as above

            forget_default(self._default)
            self._default = None

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, allowed_hosts: Iterable[str] = ()
    ) -> str:
        """Serve over HTTP in the background, until `close`; return the URL.

        Port 0 takes a free one. `allowed_hosts` are further names by which clients may call the
        server, beside `host`, local names and addresses. Raises OSError for a port in use, and
        ImportError without the extra `local`.
        """
        from swf.local.http import (
            HttpServer,  # needs the extra, which a service in process does not
        )

        server = HttpServer(self._core, self._poll_timeout, host, port, allowed_hosts)
        self._servers.append(server)
        return server.url

    def metrics(self) -> str:
        """Return what the service counts of itself, in Prometheus' text form."""
        return self._core.metrics.text(self._core.gauges())

    def reset(self) -> None:
        """Forget everything, in all worlds; the clock goes on."""
        self._core.reset()

    def snapshot(self) -> Snapshot:
        """Return everything as it is now, for `restore`; it can be kept in a file by pickle."""
        return self._core.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Make everything as it was when the snapshot was taken, tokens included.

        A virtual clock goes back to that time; under a system clock, what fell due since happens.
        """
        self._core.restore(snapshot)

    def close(self) -> None:
        """Answer waiting polls, stop serving, let go of the database; may be called again."""
        self.uninstall()
        for server in self._servers:
            server.stop()
        self._servers.clear()
        self._core.close()
