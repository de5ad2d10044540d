"""`LocalSWF`: an Amazon SWF service in this process, for tests and development without AWS.

    with LocalSWF(clock=ManualClock()) as service:
        swf = service.client()
        swf.register_domain(name="orders", workflowExecutionRetentionPeriodInDays="1")
        service.clock.advance(3600)

Its parts are a `clock`, a `store`, the rules of `injection`, the transports `inprocess` and `http`,
and the `core`, which runs the `engine`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from swf.local.clock import Clock, SystemClock
from swf.local.core import ServiceCore, Snapshot
from swf.local.faults import Fault
from swf.local.host_header import is_loopback
from swf.local.injection import FaultInjector, FaultRule
from swf.local.inprocess import ENDPOINT, DirectTransport, create_client
from swf.local.lambda_runner import Function
from swf.local.protocol import DEFAULT_TENANT
from swf.local.store import RecordStore, TenantKey
from swf.local.tenants import Tenants
from swf.local.waiting import LongPollTimeout

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_swf import SWFClient
    from typing_extensions import Self

    from swf.connection import Connection
    from swf.local.http import HttpServer


class LocalSWF:
    """An embedded Amazon SWF service.

    It accepts any credentials; each pair of access key and region has its own domains and
    executions. All methods are thread-safe. Use it as a context manager, or call `close`. A forked
    process cannot use the service of its parent: share it with `serve`.

    :param clock: a `SystemClock`, `ManualClock` or `SkippingClock` that no other service uses.
        None: a new `SystemClock`.
    :param database: the SQLite file that stores all data; created if it does not exist. None: data
        is in memory only.
    :param lambda_functions: the functions that ScheduleLambdaFunction calls, by name. A function
        receives the decoded input, and its result is encoded as JSON; an exception becomes
        LambdaFunctionFailed. Functions run in threads of the service; on a virtual clock they run
        in the thread of the call that scheduled them.
    :param limits: "strict" applies account quotas and throttling; "off" does not. The limits of a
        single execution always apply.
    :param faults: rules of `swf.local.injection`, in order. None: no faults.
    :param poll_timeout: how long an empty poll waits, in real seconds. None: 60 on the system
        clock; on a virtual clock 1, or 0 while only one thread has made calls. On a manual clock
        the poll also ends after 60 seconds of that clock.
    :param retention: how many days closed executions are retained, in place of the retention
        period of each domain; 0 removes them when they close. It applies to the executions in
        `database` too: those past their retention are removed when it is opened. None: each
        domain's own retention period.
    :raises StoreError: if the database cannot be used.
    :raises ValueError: if `limits` is neither "strict" nor "off", `retention` is negative, or the
        name of `database` is empty.
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
        retention: int | None = None,
    ) -> None:
        if limits not in ("strict", "off"):
            raise ValueError(f"limits={limits!r}: must be 'strict' or 'off'")
        if database is not None and not os.fspath(database):
            raise ValueError("database='': must be the name of a file, or None")
        if retention is not None and retention < 0:
            raise ValueError(f"retention={retention}: must be 0 or more days, or None")
        self.clock = SystemClock() if clock is None else clock
        self._poll_timeout = LongPollTimeout(poll_timeout, is_virtual=self.clock.virtual)
        store = None if database is None else RecordStore(database)
        try:
            functions, injector = dict(lambda_functions or {}), FaultInjector(faults or ())
            tenants = Tenants(store, limits, retention)
            self._core = ServiceCore(self.clock, tenants, functions, limits, injector)
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
        """Return a boto3 client that calls this service without a socket.

        :param options: arguments of `boto3.client`, such as `config`. `region_name` and
            `aws_access_key_id` select the account and region.
        """
        client: Any = create_client(self._core, self._poll_timeout, **options)
        return client  # type: ignore[no-any-return] # botocore creates the class at run time

    def connection(self, **options: Any) -> Connection:
        """Return an `swf` connection to this service.

        Its calls reach the service without botocore. With options other than `region_name` and
        `aws_access_key_id`, which choose the account and region, they go through botocore, so that
        handlers and `config` take effect.

        :param options: Options of `client`.
        """
        # The rest of swf is loaded only if it is used.
        from swf.connection import Connection
        from swf.local.bridge import EmbeddedConnection

        if not {"region_name", "aws_access_key_id"}.issuperset(options):
            return Connection(client=self.client(**options))
        tenant = TenantKey(
            options.get("aws_access_key_id", DEFAULT_TENANT.access_key),
            options.get("region_name", DEFAULT_TENANT.region),
        )
        transport = DirectTransport(self._core, self._poll_timeout, tenant)
        return EmbeddedConnection(transport, ENDPOINT, partial(self.client, **options))

    def install(self) -> Connection:
        """Make this service the default connection of `swf`, until `uninstall` or `close`."""
        from swf.local.bridge import make_default  # as above

        self._default = self._default or self.connection()
        make_default(self._default)
        return self._default

    def uninstall(self) -> None:
        """Restore the default connection of `swf`."""
        if self._default is not None:
            from swf.local.bridge import forget_default  # as above

            forget_default(self._default)
            self._default = None

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allowed_hosts: Iterable[str] = (),
        control: bool = True,
        token: str | None = None,
    ) -> str:
        """Serve over HTTP in a background thread, until `close`.

        The web console is served at `/ui` if the extra `console` is installed.

        :param host: the address to listen on.
        :param port: the port; 0 selects a free one.
        :param allowed_hosts: host names that clients may use, in addition to `host`, localhost and
            IP addresses.
        :param control: whether to serve the control API below `/_swf/`.
        :param token: the bearer token that requests to the control API must present; the web
            console has no page for the API then. Without one the API is served on loopback
            addresses only.
        :returns: the URL of the service.
        :raises OSError: if the address or port is not available.
        :raises ValueError: if `port` is not between 0 and 65535, or `token` is empty.
        :raises ImportError: if the extra `local` is not installed.
        """
        # Needs the extra; a service in process does not.
        from swf.local.control_client import ControlClient
        from swf.local.control_http import ControlEndpoint
        from swf.local.http import HttpServer, WebConsole

        if token == "":
            raise ValueError("token='': must not be empty")
        self._core.check_process()
        is_permitted = control and (token is not None or is_loopback(host))
        endpoint = ControlEndpoint(self._core, token) if is_permitted else None
        names = (host, *allowed_hosts)

        def load_console(url: str) -> WebConsole:
            from swf.local.bridge import load_console  # the rest of swf, which few services need

            # Visitors of the console present no token.
            client = ControlClient(url) if is_permitted and token is None else None
            return load_console(
                self._core.accounts,
                self._connect_account,
                names,
                client,
                self._newest_event,
                self._pollers,
            )

        server = HttpServer(
            self._core, self._poll_timeout, host, port, names, endpoint, load_console
        )
        self._servers.append(server)
        return server.url

    def _newest_event(
        self, access_key: str, region: str, domain: str, workflow_id: str, run_id: str
    ) -> tuple[int, bool] | None:
        try:
            key = TenantKey(access_key, region)
            return self._core.newest_event(key, domain, workflow_id, run_id)
        except Fault:
            return None

    def _pollers(self, access_key: str, region: str, domain: str) -> dict[str, list[str]]:
        return self._core.pollers(TenantKey(access_key, region), domain)

    def _connect_account(self, access_key: str, region: str) -> Connection:
        return self.connection(aws_access_key_id=access_key, region_name=region)

    def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts and regions of the service.

        :returns: for each, its `access_key` and `region`, and the number of its `domains`,
            `executions` and `open_executions`.
        """
        return self._core.accounts()

    def metrics(self) -> str:
        """Return the metrics of the service in the text format of Prometheus."""
        return self._core.metrics.text(self._core.gauges())

    def has_task(self, kind: Literal["decision", "activity"], domain: str, task_list: str) -> bool:
        """Return whether a poll of the default account would receive a task without waiting.

        True as well if something is due, such as a timer, which may create a task.

        :param kind: the kind of task that is polled for.
        :param domain: the name of the domain.
        :param task_list: the name of the task list.
        """
        return self._core.has_task(DEFAULT_TENANT, (kind, domain, task_list))

    def reset(self) -> None:
        """Remove all domains, types and executions of all accounts; the clock keeps its time."""
        self._core.reset()

    def snapshot(self) -> Snapshot:
        """Return the current state of the service, for `restore`; a snapshot can be pickled."""
        return self._core.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the state of a snapshot; its task tokens become valid again.

        A virtual clock returns to the time of the snapshot. On a system clock, everything that
        became due since then fires.

        :param snapshot: a result of `snapshot`.
        """
        self._core.restore(snapshot)

    def close(self) -> None:
        """End waiting polls, stop serving and close the database; further calls do nothing."""
        self.uninstall()
        for server in self._servers:
            if not self._core.is_foreign:
                server.stop()
        self._servers.clear()
        self._core.close()
