"""The only module that calls boto3: one call path, one pager, one fault translator.

A `Connection` belongs to one `Settings`. Its boto3 client is built when it is first needed, once
per process: a forked child must not share sockets with its parent, so it builds its own. Which
connection a call uses is decided in this order: the one that an object was given, the one in
force (`with swf.using(connection):`), the default.

Pages of histories and of executions are most of what an SWF program reads, and walking the service
model over each element is most of what reading them costs. For these operations the JSON is handed
over as it came (`WIRE_FORM`): times are epoch seconds there, which `swf.models` reads as well as
botocore's datetimes. It goes through botocore's `before-parse` event; a botocore without that event
parses as ever.

boto3 is imported when the first client is built, since that import costs more than all of this
library.
"""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

from swf import settings as _settings
from swf.constants import LONG_POLL
from swf.exceptions import (
    BudgetExceeded,
    EndpointUnreachableError,
    InvalidCredentialsError,
    InvalidTypeError,
    SWFError,
    ValidationError,
    fault,
)
from swf.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_swf import SWFClient

DEFAULT_REGION = "us-east-1"

#: Seconds. A long poll takes up to 60, and the service asks its clients to wait for 10 more.
READ_TIMEOUT = LONG_POLL + 15
CONNECT_TIMEOUT = 10

#: Sockets that a client keeps open, before anybody reserves more.
DEFAULT_POOL = 10

#: Operations whose answer is handed over in the form that it has on the wire.
WIRE_FORM = (
    "GetWorkflowExecutionHistory",
    "ListClosedWorkflowExecutions",
    "ListOpenWorkflowExecutions",
    "PollForDecisionTask",
)


class Connection:
    """A way to the service: settings, and the boto3 client made from them.

    :param settings: where to go and as whom; the settings in force when not given.
    :param client: a ready boto3 or botocore client, to use instead of building one.

    Safe to share between threads and to keep across a fork.
    """

    def __init__(
        self, settings: Settings | None = None, *, client: SWFClient | None = None
    ) -> None:
        if not isinstance(settings, Settings | None):
            raise InvalidTypeError("settings", settings, "must be Settings; see swf.connect")
        self.settings = settings if settings is not None else _settings.resolve()
        self._given = client
        self._built: SWFClient | None = None
        self._pool = DEFAULT_POOL
        self._reserved = 0
        self._lock = threading.RLock()
        if client is not None:
            _read_wire_form(client)
        _connections.add(self)

    def __repr__(self) -> str:
        where = f"client={self._given!r}" if self._given is not None else repr(self.settings)
        return f"Connection({where})"

    @classmethod
    def check(cls, connection: object) -> None:
        """Raise `InvalidTypeError`, a TypeError, unless it is given a `Connection`."""
        if not isinstance(connection, Connection):
            rule = "must be a Connection; Connection(client=...) makes one of a boto3 client"
            raise InvalidTypeError("connection", connection, rule)

    @property
    def client(self) -> SWFClient:
        """The boto3 client, for what this library does not offer.

        :raises ValidationError: when a setting cannot be used, e.g. a profile that does not exist.
        """
        client = self._given or self._built
        if client is None:
            with self._lock:
                client = self._built = self._built or _build(self.settings, self._pool)
        return client

    def service(self, name: str) -> Any:
        """Return a boto3 client of another service of AWS, such as `"s3"`, for the same account.

        :raises ValidationError: when a setting cannot be used.
        """
        session = _session(self.settings)
        return session.client(name, region_name=self.settings.region or DEFAULT_REGION)

    def reserve(self, sockets: int) -> Callable[[], None]:
        """Make room for so many more calls at a time, one for each poller and each slot.

        Return a function that gives the room back. Sockets that were made room for stay, so that
        who starts and stops does not build a client each time.
        """
        with self._lock:
            self._reserved += sockets
            if DEFAULT_POOL + self._reserved > self._pool:
                self._pool = DEFAULT_POOL + self._reserved
                self._built = None
        return partial(self._give_back, sockets)

    def _give_back(self, sockets: int) -> None:
        with self._lock:
            self._reserved -= sockets

    def call(self, operation: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation of the service and return its answer.

        :param operation: the API's name, e.g. `"DescribeDomain"`.
        :param params: the API's members; those that are None are not sent.
        :raises ResponseError: the subclass for the fault that the service answered.
        :raises ValidationError: when botocore refuses the parameters.
        :raises EndpointUnreachableError: when no answer came.
        :raises BudgetExceeded: when the block's budget is spent.
        """
        for budget in _budgets.get():
            budget._spend(operation)
        method = getattr(self.client, _method_name(operation))
        given = {name: value for name, value in params.items() if value is not None}
        token = _in_wire_form.set(True)
        try:
            response: dict[str, Any] = method(**given)
        except Exception as error:
            translated = _translate(error, operation)
            if translated is None:
                raise
            raise translated from error
        finally:
            _in_wire_form.reset(token)
        response.pop("ResponseMetadata", None)
        return response

    def pages(self, operation: str, /, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the answers of a paged operation, one call each, as they are asked for."""
        token: str | None = params.pop("nextPageToken", None)
        while True:
            page = self.call(operation, **params, nextPageToken=token)
            token = page.get("nextPageToken")
            yield page
            if not token:
                return

    def _after_fork(self) -> None:
        self._lock = threading.RLock()
        self._built = None
        if self._given is not None:
            self._given.close()


class Budget:
    """How many calls a block may make, and how many it made: what `swf.budget` gives."""

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
                raise BudgetExceeded(f"{operation} would be call {self.calls + 1} of {self.calls}")
            self.spent += 1


_connections: weakref.WeakSet[Connection] = weakref.WeakSet()
_cache: dict[Settings, Connection] = {}
_cache_lock = threading.Lock()
_default: Connection | None = None
_in_force: ContextVar[Connection | None] = ContextVar("swf_connection", default=None)
_budgets: ContextVar[tuple[Budget, ...]] = ContextVar("swf_budgets", default=())
_in_wire_form: ContextVar[bool] = ContextVar("swf_wire_form", default=False)


def connect(**settings: Any) -> Connection:
    """Return the connection for these settings, the same one each time.

    :param settings: keys of `swf.settings`; what is not given comes from the sources below.
    :raises InvalidKeywordArgumentError: for a key that does not exist.
    """
    resolved = _settings.resolve(**settings)
    with _cache_lock:
        connection = _cache.get(resolved)
        if connection is None:
            connection = _cache[resolved] = Connection(resolved)
        return connection


def default() -> Connection:
    """Return the connection that is used where none is named."""
    return _default or connect()


def set_default(connection: Connection | None) -> None:
    """Make a connection the default; None goes back to the one that settings describe."""
    global _default
    _default = connection


def current() -> Connection:
    """Return the connection in force in this context, else the default."""
    return _in_force.get() or default()


@contextmanager
def using(connection: Connection) -> Iterator[Connection]:
    """Put a connection in force for a block, in this thread or task only."""
    Connection.check(connection)
    token = _in_force.set(connection)
    try:
        yield connection
    finally:
        _in_force.reset(token)


@contextmanager
def budget(calls: int) -> Iterator[Budget]:
    """Let a block make so many calls and no more; blocks may be nested.

    :raises BudgetExceeded: from the call that would be one too many, before it is sent.
    """
    own = Budget(calls)
    token = _budgets.set((own, *_budgets.get()))
    try:
        yield own
    finally:
        _budgets.reset(token)


def _method_name(operation: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in operation).lstrip("_")


def _session(settings: Settings) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session(
            aws_access_key_id=settings.aws_access_key_id,
            aws_secret_access_key=settings.aws_secret_access_key,
            aws_session_token=settings.aws_session_token,
            profile_name=settings.profile,
        )
    except (BotoCoreError, ValueError) as error:
        raise ValidationError("settings", settings, str(error)) from error


def _build(settings: Settings, pool: int) -> SWFClient:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    session = _session(settings)
    try:
        mode = session._session.get_config_variable("retry_mode")
        client: SWFClient = session.client(
            "swf",
            region_name=settings.region or session.region_name or DEFAULT_REGION,
            endpoint_url=settings.endpoint_url,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                max_pool_connections=pool,
                tcp_keepalive=True,
                retries={
                    "mode": "standard" if mode == "legacy" else mode,
                    "total_max_attempts": settings.connection_retries + 1,
                },
            ),
        )
    except (BotoCoreError, ValueError) as error:
        raise ValidationError("settings", settings, str(error)) from error
    _read_wire_form(client)
    return client


def _read_wire_form(client: SWFClient) -> None:
    for operation in WIRE_FORM:
        client.meta.events.register(
            f"before-parse.swf.{operation}", _keep_wire_form, unique_id=f"swf-wire-form-{operation}"
        )


def _keep_wire_form(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    if _in_wire_form.get() and response_dict["status_code"] == 200:
        customized_response_dict.update(json.loads(response_dict["body"]))
        response_dict["body"] = b"{}"


def _translate(error: Exception, operation: str) -> SWFError | None:
    from botocore import exceptions as botocore

    if isinstance(error, botocore.ClientError):
        request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "")
        return fault(error.response.get("Error", {}), operation, request_id)
    if isinstance(error, botocore.ParamValidationError):
        return ValidationError(operation, ..., str(error))
    if isinstance(error, (botocore.HTTPClientError, botocore.ConnectionError)):
        return EndpointUnreachableError(f"{operation}: {error}")
    if isinstance(
        error,
        (
            botocore.NoCredentialsError,
            botocore.PartialCredentialsError,
            botocore.CredentialRetrievalError,
            botocore.TokenRetrievalError,
            botocore.UnauthorizedSSOTokenError,
        ),
    ):
        return InvalidCredentialsError(str(error), type(error).__name__, operation)
    return None


def _after_fork_in_child() -> None:
    global _cache_lock
    _cache_lock = threading.Lock()
    for connection in _connections:
        connection._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
