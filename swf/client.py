"""Clients of botocore: creation, calls, and the translation of errors.

Most data that an SWF program reads are pages of histories and executions, and botocore spends most
of the time on parsing them. For these operations (`WIRE_FORM`) the JSON is passed on unparsed:
times are epoch seconds, which `swf.models` reads like botocore's datetimes. This uses botocore's
`before-parse` event, which botocore 1.35.22 has.

botocore is imported when the first client is created, since the import takes longer than the rest
of the library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from copy import copy
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from swf.constants import LONG_POLL
from swf.exceptions import (
    EndpointError,
    EndpointUnreachableError,
    InvalidCredentialsError,
    SWFError,
    ValidationError,
    fault,
)
from swf.responses import find_mismatch
from swf.settings import Settings
from swf.text import mask_password

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.hooks import HierarchicalEmitter
    from botocore.loaders import Loader
    from botocore.session import Session
    from mypy_boto3_swf import SWFClient

DEFAULT_REGION = "us-east-1"

#: Hosts of this machine. At an endpoint there, missing credentials default to the local account.
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
LOCAL_ACCESS_KEY = "local"

#: Seconds. A long poll takes up to 60 seconds; the service recommends at least 70.
READ_TIMEOUT = LONG_POLL + 15
CONNECT_TIMEOUT = 10

#: Characters of the first line of a response that is not of the service.
MAX_FIRST_LINE = 100

#: Operations whose response is passed on in wire format.
WIRE_FORM = (
    "GetWorkflowExecutionHistory",
    "ListClosedWorkflowExecutions",
    "ListOpenWorkflowExecutions",
    "PollForDecisionTask",
)


class _Reading:
    """The response that a call is reading, None before it arrives and once botocore parsed it."""

    def __init__(self) -> None:
        self.response: tuple[int, Mapping[str, str], bytes | str] | None = None


_reading: ContextVar[_Reading | None] = ContextVar("swf_reading", default=None)


def invoke(client: SWFClient, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation with a client, and return its response.

    :raises SWFError: as for `Connection.call`.
    """
    method = getattr(client, _method_name(operation))
    reading = _Reading()
    token = _reading.set(reading)
    try:
        response: dict[str, Any] = method(**request)
    except Exception as error:
        translated = translate(error, operation)
        if translated is None and reading.response is not None and not isinstance(error, SWFError):
            translated = _foreign_response(operation, *reading.response)
        if translated is None:
            raise
        raise translated from error
    finally:
        _reading.reset(token)
    response.pop("ResponseMetadata", None)
    return response


def _method_name(operation: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in operation).lstrip("_")


def open_session(settings: Settings) -> Session:
    """Return a session with the credentials of the settings; sessions share the loaded models."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        session = Session(
            profile=settings.profile, event_hooks=copy(_handlers()), include_builtin_handlers=False
        )
        session.register_component("data_loader", _loader())
        if _uses_local_account(settings, session):
            session.set_credentials(LOCAL_ACCESS_KEY, LOCAL_ACCESS_KEY)
        elif settings.aws_access_key_id and settings.aws_secret_access_key:
            session.set_credentials(
                settings.aws_access_key_id,
                settings.aws_secret_access_key,
                settings.aws_session_token,
            )
        return session
    except (BotoCoreError, ValueError) as error:
        raise ValidationError("settings", settings, str(error)) from error


@cache
def _handlers() -> HierarchicalEmitter:
    """Return the event handlers of botocore, whose registration takes most time of a session."""
    from botocore.hooks import HierarchicalEmitter
    from botocore.session import Session

    handlers = HierarchicalEmitter()
    Session(event_hooks=handlers)
    return handlers


@cache
def _loader() -> Loader:
    """Return the loader of service models: to load them takes longer than all else of a client."""
    from botocore.loaders import create_loader

    return create_loader()


def _uses_local_account(settings: Settings, session: Session) -> bool:
    """Return whether calls go to this machine, and no settings or files have credentials.

    The metadata services of EC2 and ECS are not queried: their credentials are for AWS.
    """
    if urlsplit(settings.endpoint_url or "").hostname not in LOOPBACK_HOSTS:
        return False
    is_configured = settings.aws_access_key_id or settings.profile
    return not is_configured and "default" not in session.available_profiles


def find_defaults(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return the values that a client uses in place of missing settings, with their sources.

    May query the metadata service of the machine for credentials.

    :returns: `region` and `aws_access_key_id`, if there is one.
    :raises ValidationError: botocore refuses the settings.
    """
    from botocore.exceptions import BotoCoreError

    session = open_session(settings)
    try:
        region = session.get_config_variable("region")
        is_local = _uses_local_account(settings, session)
        credentials = None if is_local else session.get_credentials()
    except BotoCoreError as error:
        raise ValidationError("settings", settings, str(error)) from error
    values = {"region": (region, "AWS configuration") if region else (DEFAULT_REGION, "default")}
    if is_local:
        values["aws_access_key_id"] = (LOCAL_ACCESS_KEY, "default of a local endpoint")
    elif credentials is not None:
        values["aws_access_key_id"] = (credentials.access_key, f"AWS: {credentials.method}")
    return values


def build_client(session: Session, settings: Settings, pool: int, retries: int) -> SWFClient:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    try:
        mode = session.get_config_variable("retry_mode")
        client = session.create_client(
            "swf",
            region_name=settings.region or session.get_config_variable("region") or DEFAULT_REGION,
            endpoint_url=settings.endpoint_url,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                max_pool_connections=pool,
                tcp_keepalive=True,
                retries={
                    "mode": "standard" if mode == "legacy" else mode,
                    "total_max_attempts": retries + 1,
                },
            ),
        )
    except (BotoCoreError, ValueError) as error:
        raise ValidationError("settings", settings, str(error)) from error
    read_wire_form(client)
    return cast("SWFClient", client)


def read_wire_form(client: BaseClient) -> None:
    """Have the responses of a client checked, and passed on unparsed for `WIRE_FORM`."""
    events = client.meta.events
    events.register("before-parse.swf", _read_response, unique_id="swf-response")
    events.register_first("after-call.swf", _end_reading, unique_id="swf-parsed")


def _read_response(
    operation_model: Any,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_: Any,
) -> None:
    """Check the JSON of a response, and pass it on unparsed for the operations of `WIRE_FORM`."""
    status, body = response_dict["status_code"], response_dict["body"]
    reading = _reading.get()
    if reading is None:
        return
    reading.response = (status, response_dict["headers"], body)
    try:
        members = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise _foreign_response(operation_model.name, *reading.response)
    is_success = status < HTTPStatus.MULTIPLE_CHOICES
    if is_success and (mismatch := find_mismatch(operation_model, members)):
        raise _foreign_response(operation_model.name, *reading.response, f"; {mismatch}")
    if status == HTTPStatus.OK and operation_model.name in WIRE_FORM:
        customized_response_dict.update(members)
        response_dict["body"] = b"{}"


def _end_reading(**_: Any) -> None:
    reading = _reading.get()
    if reading is not None:
        reading.response = None


def _foreign_response(
    operation: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes | str,
    mismatch: str = "",
) -> EndpointError:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    first_line = next(iter(text.split("\n")), "").strip()[:MAX_FIRST_LINE]
    content_type = headers.get("content-type", "no content type")
    message = f"not a response of the service: status {status}, {content_type}, {first_line!r}"
    return EndpointError(f"{operation}: {message}{mismatch}", status=status)


def is_damaged(error: EndpointError) -> bool:
    """Return whether a response is worth another attempt that botocore does not make."""
    return error.status == HTTPStatus.OK or (error.status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR


def was_repeated(error: SWFError) -> bool:
    """Return whether botocore repeated a request before it failed."""
    response = getattr(error.__cause__, "response", None) or {}
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))


def translate(error: Exception, operation: str) -> SWFError | None:
    from botocore import exceptions as botocore

    if isinstance(error, SWFError):
        return None
    if isinstance(error, botocore.ClientError):
        metadata = error.response.get("ResponseMetadata", {})
        request_id = metadata.get("RequestId", "")
        code = error.response.get("Error", {}).get("Code") or ""
        if not code or code.isdigit():
            status, headers = metadata.get("HTTPStatusCode", 0), metadata.get("HTTPHeaders", {})
            body = error.response.get("Error", {}).get("Message", "")
            return _foreign_response(operation, status, headers, body)
        return fault(error.response.get("Error", {}), operation, request_id)
    if isinstance(error, botocore.ParamValidationError):
        return ValidationError(operation, ..., str(error))
    if isinstance(error, (botocore.HTTPClientError, botocore.ConnectionError)):
        was_sent = not isinstance(
            error, (botocore.EndpointConnectionError, botocore.ConnectTimeoutError)
        )
        error.args = (mask_password(str(error)),)  # for tracebacks
        return EndpointUnreachableError(f"{operation}: {error}", was_sent)
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
