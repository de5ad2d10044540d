"""Calls of the service: one call path, one paginator, and budgets.

A `Connection` belongs to one `Settings`. Its client of botocore is created on first use, once per
process: a forked child must not share sockets with its parent. A call uses the connection that was
passed to the object, else the current one (`with swf.using(connection):`), else the default.

botocore is imported when the first client is created, since the import takes longer than the rest
of the library.
"""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from swf import settings as _settings
from swf.client import (
    DEFAULT_REGION,
    LOOPBACK_HOSTS,
    build_client,
    invoke,
    is_damaged,
    open_session,
    read_wire_form,
    was_repeated,
)
from swf.exceptions import (
    BudgetExceeded,
    EndpointError,
    InvalidTypeError,
    RateLimitExceededError,
    ResponseError,
    ValidationError,
)
from swf.idempotence import AT_MOST_ONCE, POLLS, SINGLE_ATTEMPTS, PolledTasks, confirm
from swf.settings import Settings
from swf.text import mask_password
from swf.transport import TRANSIENT, Transport, end_polls_over_http, send

if TYPE_CHECKING:
    from mypy_boto3_swf import SWFClient

#: Size of the connection pool without reservations.
DEFAULT_POOL = 10

#: Attempts after the first one through a transport.
TRANSPORT_RETRIES = 4

#: Bounds of the random pause before a repeated attempt, in seconds.
FIRST_PAUSE = 0.05
MAX_PAUSE = 20.0


class Connection:
    """Settings, and the boto3 client made from them.

    Safe to share between threads and to keep across a fork.

    :param settings: endpoint, region and credentials; None uses `swf.settings.resolve()`.
    :param client: an existing boto3 or botocore client to use instead.
    :param transport: carries the calls in place of the client, which stays available.
    :raises InvalidTypeError: if `settings` is not a `Settings`.
    """

    #: Whether it serves an archive, which evaluates any condition of a queryset itself.
    is_archive: ClassVar[bool] = False

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        client: SWFClient | None = None,
        transport: Transport | None = None,
    ) -> None:
        if not isinstance(settings, Settings | None):
            raise InvalidTypeError("settings", settings, "must be a Settings; see swf.connect")
        self.settings = settings if settings is not None else _settings.resolve()
        self._external_client = client
        self._own_client: SWFClient | None = None
        self._own_single_client: SWFClient | None = None
        self._own_session: Any = None
        self._transport = transport
        self._pool = DEFAULT_POOL
        self._reserved = 0
        self._tasks = PolledTasks()
        self._lock = threading.RLock()
        if client is not None:
            read_wire_form(client)
        _connections.add(self)

    def __repr__(self) -> str:
        where = (
            f"client={self._external_client!r}"
            if self._external_client is not None
            else repr(self.settings)
        )
        return f"Connection({where})"

    @property
    def upstream(self) -> Connection:
        """The connection that starts executions: this one, except for an archive."""
        return self

    @classmethod
    def check(cls, connection: object) -> None:
        """Raise an error unless the argument is a `Connection`.

        :param connection: the object to check.
        :raises InvalidTypeError: a `TypeError`, if it is something else.
        """
        if not isinstance(connection, Connection):
            rule = "must be a Connection; wrap a boto3 client in Connection(client=...)"
            raise InvalidTypeError("connection", connection, rule)

    @property
    def client(self) -> SWFClient:
        """The boto3 client, for operations that this library does not offer.

        :raises ValidationError: if a setting is unusable, e.g. a profile that does not exist.
        """
        client = self._external_client or self._own_client
        if client is None:
            with self._lock:
                client = self._own_client = self._own_client or self._build_client(
                    self.settings.connection_retries
                )
        return client

    @property
    def _single_attempt_client(self) -> SWFClient:
        """A client without retries; an external client keeps its own."""
        client = self._external_client or self._own_single_client
        if client is None:
            with self._lock:
                client = self._own_single_client = self._own_single_client or self._build_client(
                    retries=0
                )
        return client

    @property
    def endpoint_url(self) -> str:
        """The URL of the service, without user and password."""
        return mask_password(self.client.meta.endpoint_url)

    def _build_client(self, retries: int) -> SWFClient:
        """Return a new client; all clients share one session, its credentials and API models."""
        if self._own_session is None:
            self._own_session = open_session(self.settings)
        return build_client(self._own_session, self.settings, self._pool, retries)

    def service(self, name: str) -> Any:
        """Return a boto3 client of another AWS service with the same credentials and region.

        :param name: name of the service, e.g. `"s3"`.
        :raises ValidationError: if a setting is unusable.
        """
        import boto3

        session: Any = boto3.Session(botocore_session=open_session(self.settings))
        return session.client(name, region_name=self.settings.region or DEFAULT_REGION)

    def reserve(self, sockets: int) -> Callable[[], None]:
        """Enlarge the connection pool for concurrent calls, e.g. of pollers and slots.

        The pool never shrinks, so that repeated starts and stops do not rebuild the client.

        :param sockets: number of additional concurrent calls.
        :returns: a function that releases the reservation.
        """
        with self._lock:
            self._reserved += sockets
            if DEFAULT_POOL + self._reserved > self._pool:
                self._pool = DEFAULT_POOL + self._reserved
                self._own_client = self._own_single_client = None
        return partial(self._release_sockets, sockets)

    def _release_sockets(self, sockets: int) -> None:
        with self._lock:
            self._reserved -= sockets

    def call(self, operation: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation of the service and return its response.

        Failed attempts are repeated, with these exceptions: long polls are never repeated here;
        signals and cancel requests are not repeated if the service may have carried them out. If
        the response to another change is lost and the repeated request fails because the first one
        was carried out, its response is reconstructed (`swf.idempotence`).

        :param operation: the API's name, e.g. `"DescribeDomain"`.
        :param params: request members of the API; None values are omitted.
        :raises ResponseError: the subclass for the fault that the service returned.
        :raises ValidationError: if botocore rejects the parameters.
        :raises EndpointUnreachableError: if there was no response.
        :raises EndpointError: if the response is not of the service, e.g. a page of a proxy.
        :raises BudgetExceeded: if the budget of the block is used up.
        """
        for budget in _budgets.get():
            budget._spend(operation)
        request = {name: value for name, value in params.items() if value is not None}
        return self._repeat(operation, request)

    def _repeat(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call an operation, and repeat the attempts that botocore does not repeat."""
        is_single = operation in SINGLE_ATTEMPTS
        retries = 0 if operation in POLLS else self.settings.connection_retries
        task = self._tasks.get(operation, request)
        is_ambiguous = task is not None and task.was_answered
        for failures in count(1):
            try:
                response = self._attempt(operation, request, is_single)
                break
            except (EndpointError, ResponseError) as error:
                if is_ambiguous or was_repeated(error):
                    earlier = confirm(self.call, operation, request, error, task)
                    if earlier is not None:
                        response = earlier
                        break
                is_ambiguous = is_ambiguous or _may_be_applied(error)
                if task is not None:
                    task.was_answered = is_ambiguous
                if failures > retries or not _is_repeatable(error, is_single):
                    raise
                if is_ambiguous and operation in AT_MOST_ONCE:
                    raise
            time.sleep(_random.uniform(0, min(MAX_PAUSE, FIRST_PAUSE * 2**failures)))
        self._tasks.update(operation, request, response)
        return response

    def _attempt(self, operation: str, request: dict[str, Any], is_single: bool) -> dict[str, Any]:
        """Call an operation once, with botocore's retries unless `is_single`."""
        if self._transport is not None:
            return send(self._transport, operation, request, 0 if is_single else TRANSPORT_RETRIES)
        client = self._single_attempt_client if is_single else self.client
        return invoke(client, operation, request)

    def end_polls(self, identities: Collection[str]) -> bool:
        """End waiting polls at a local service with an empty response; no task is lost.

        :param identities: the `identity` of the polls.
        :returns: False if the service cannot: at AWS a poll waits for up to 60 seconds.
        """
        if self._transport is not None:
            self._transport.end_polls(identities)
            return True
        url = self.settings.endpoint_url
        if self._external_client is not None or not url:
            return False
        is_local = urlsplit(url).hostname in LOOPBACK_HOSTS
        return is_local and end_polls_over_http(url, identities)

    def pages(self, operation: str, /, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the responses of a paginated operation; each page is fetched when it is needed.

        :param operation: the API's name, e.g. `"ListDomains"`.
        :param params: request members of the API; `nextPageToken` continues an earlier listing.
        :raises SWFError: as for `call`.
        """
        token: str | None = params.pop("nextPageToken", None)
        while True:
            page = self.call(operation, **params, nextPageToken=token)
            token = page.get("nextPageToken")
            yield page
            if not token:
                return

    def _after_fork(self) -> None:
        self._lock = threading.RLock()
        self._own_client = self._own_single_client = self._own_session = None
        if self._external_client is not None:
            self._external_client.close()


class Budget:
    """The number of calls that a block may make and has made; see `swf.budget`.

    :param calls: maximum number of calls.
    :raises ValidationError: if `calls` is not a non-negative integer.
    """

    def __init__(self, calls: int) -> None:
        if isinstance(calls, bool) or not isinstance(calls, int) or calls < 0:
            raise ValidationError("calls", calls, "must be a whole number, 0 or more")
        self.calls = calls
        self.spent = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Budget: {self.spent} of {self.calls} calls>"

    def _spend(self, operation: str) -> None:
        with self._lock:
            if self.spent >= self.calls:
                raise BudgetExceeded(
                    f"call budget exceeded: {self.calls} calls allowed, {operation} not sent"
                )
            self.spent += 1


_connections: weakref.WeakSet[Connection] = weakref.WeakSet()
_cache: dict[Settings, Connection] = {}
_cache_lock = threading.Lock()
_default: Connection | None = None
_current: ContextVar[Connection | None] = ContextVar("swf_connection", default=None)
_budgets: ContextVar[tuple[Budget, ...]] = ContextVar("swf_budgets", default=())
_random = random.Random()  # noqa: S311 - jitter


def connect(**settings: Any) -> Connection:
    """Return the connection for these settings; equal settings share one connection.

    :param settings: keys of `swf.settings`; missing ones come from the other sources.
    :raises InvalidKeywordArgumentError: if a key does not exist.
    :raises ValidationError: if a value is invalid.
    """
    resolved = _settings.resolve(**settings)
    with _cache_lock:
        connection = _cache.get(resolved)
        if connection is None:
            connection = _cache[resolved] = Connection(resolved)
        return connection


def default() -> Connection:
    """Return the default connection: that of `set_default`, else that of the settings."""
    return _default or connect()


def set_default(connection: Connection | None) -> None:
    """Set the default connection.

    :param connection: the connection; None restores that of the settings.
    """
    global _default
    _default = connection


def current() -> Connection:
    """Return the connection of the innermost `using` block, else the default."""
    return _current.get() or default()


@contextmanager
def using(connection: Connection) -> Iterator[Connection]:
    """Use a connection within a block, in this thread or task only.

    :param connection: the connection.
    :raises InvalidTypeError: if it is not a `Connection`.
    """
    Connection.check(connection)
    token = _current.set(connection)
    try:
        yield connection
    finally:
        _current.reset(token)


@contextmanager
def budget(calls: int) -> Iterator[Budget]:
    """Limit the number of calls of a block; blocks may be nested.

    :param calls: maximum number of calls.
    :raises BudgetExceeded: in the block, instead of the first call over the limit.
    :raises ValidationError: if `calls` is not a non-negative integer.
    """
    own = Budget(calls)
    token = _budgets.set((own, *_budgets.get()))
    try:
        yield own
    finally:
        _budgets.reset(token)


def _may_be_applied(error: EndpointError | ResponseError) -> bool:
    """Return whether the service may have carried out a request that failed."""
    if isinstance(error, EndpointError):
        return error.was_sent
    return error.error_code == "InternalFailure"


def _is_repeatable(error: EndpointError | ResponseError, is_single: bool) -> bool:
    """Return whether another attempt may succeed that botocore has not made."""
    if isinstance(error, EndpointError):
        return is_single or is_damaged(error)
    is_transient = isinstance(error, RateLimitExceededError) or error.error_code in TRANSIENT
    return is_single and is_transient


def _after_fork_in_child() -> None:
    global _cache_lock
    _cache_lock = threading.Lock()
    for connection in _connections:
        connection._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
