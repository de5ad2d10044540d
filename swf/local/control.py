"""The control API: clock, fault rules, snapshots, limits and state of a service, over HTTP.

Programs in any language send JSON to `/_swf/`. `OPENAPI` describes every path and is served at
`/_swf/openapi.json`. The API changes the whole service, so it accepts only requests with the
content type `application/json`, which a form of a web page cannot send, besides the checks of
`host_header.py`; on an address that is not a loopback one it needs a token.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import zlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from swf.local.clock import MAX_TIME, Clock
from swf.local.control_rules import ControlError, describe_rule, read_rule
from swf.local.core import ServiceCore, Snapshot
from swf.local.injection import MAX_SECONDS
from swf.local.protocol import MAX_TENANT_NAME
from swf.local.store import TenantKey

PREFIX = "/_swf/"
"""Path of the API."""

MAX_DIGITS = 18
"""The longest number in a path or header."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
"""Units of a duration, in seconds."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])?", re.ASCII)


class ControlRequest(NamedTuple):
    """A request to the API.

    :param method: the HTTP method.
    :param path: the path behind `PREFIX`.
    :param body: the body.
    :param content_type: the content type, without parameters.
    :param token: the bearer token, if there is one.
    """

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    token: str | None = None


class ControlApi:
    """Answers the requests to the control API of one service.

    :param token: the token that each request must present; None for a loopback address.
    """

    def __init__(self, core: ServiceCore, token: str | None = None) -> None:
        self._core = core
        self._token = token
        self._snapshots: dict[str, Snapshot] = {}

    def respond(self, request: ControlRequest) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of the answer to a request."""
        try:
            self.check(request)
            return HTTPStatus.OK, self._answer(request)
        except ControlError as error:
            return error.status, {"error": str(error)}

    def check(self, request: ControlRequest) -> None:
        """Check the token and content type of a request, before its body is read.

        :raises ControlError: if they are wrong.
        """
        if self._token is not None and not _is_equal(self._token, request.token or ""):
            raise ControlError("token: missing or wrong", HTTPStatus.UNAUTHORIZED)
        if request.method != "GET" and request.content_type != "application/json":
            raise ControlError(
                f"Content-Type={request.content_type!r}: must be application/json",
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            )

    def _answer(self, request: ControlRequest) -> dict[str, Any]:
        head, _, name = request.path.partition("/")
        handler = _HANDLERS.get((request.method, head, bool(name)))
        if handler is None:
            routes = sorted({f"{method} {path}" for method, path, _ in _HANDLERS})
            raise ControlError(
                f"{request.method} {PREFIX}{request.path}: unknown; known: {', '.join(routes)}",
                HTTPStatus.NOT_FOUND,
            )
        return handler(self, name, _members(request.body))

    # Clock.

    def _get_clock(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        clock = self._core.clock
        return {
            "kind": _kind(clock),
            "now": clock.now(),
            "time": clock.datetime().isoformat(),
            "frozen": clock.is_frozen,
            "next_deadline": self._core.next_deadline(),
        }

    def _change_clock(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        change = _CLOCK_CHANGES.get(name)
        if change is None:
            raise ControlError(f"clock/{name}: must be {', '.join(_CLOCK_CHANGES)}")
        try:
            change(self, body)
        except ValueError as error:
            raise ControlError(str(error), HTTPStatus.CONFLICT) from error
        self._core.tick()
        return self._get_clock("", {})

    def _advance(self, body: Mapping[str, Any]) -> None:
        self._core.clock.jump(duration(body.get("seconds")))

    def _skip(self, _body: Mapping[str, Any]) -> None:
        deadline = self._core.next_deadline()
        if deadline is None:
            raise ControlError("skip: nothing is due in future", HTTPStatus.CONFLICT)
        self._core.clock.skip_to(deadline)

    def _freeze(self, _body: Mapping[str, Any]) -> None:
        self._core.clock.freeze()

    def _resume(self, _body: Mapping[str, Any]) -> None:
        self._core.clock.resume()

    # Fault rules.

    def _list_faults(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "faults": [describe_rule(number, rule) for number, rule in self._core.rules().items()]
        }

    def _add_fault(self, _name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        rule = read_rule(body)
        return describe_rule(self._core.add_rule(rule), rule)

    def _remove_fault(self, name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        number = natural(name)
        if number is None or not self._core.remove_rule(number):
            raise ControlError(f"faults/{name}: no such rule", HTTPStatus.NOT_FOUND)
        return {}

    def _clear_faults(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        for number in self._core.rules():
            self._core.remove_rule(number)
        return {}

    # Snapshots.

    def _list_snapshots(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {"snapshots": {name: each.now for name, each in self._snapshots.items()}}

    def _get_snapshot(self, name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        snapshot = self._find_snapshot(name)
        tenants = [
            {**key._asdict(), "state": base64.b64encode(data).decode()}
            for key, data in snapshot.tenants.items()
        ]
        members = {"now": snapshot.now, "tenants": tenants}
        return {**members, "checksum": _checksum(members)}

    def _save_snapshot(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Save the current state, or the uploaded one, under a name; or restore one."""
        if name.endswith("/restore"):
            self._restore(self._find_snapshot(name.removesuffix("/restore")))
        elif "tenants" in body:
            self._snapshots[name] = _uploaded(body)
        else:
            self._snapshots[name] = self._core.snapshot()
        return self._list_snapshots("", {})

    def _restore(self, snapshot: Snapshot) -> None:
        try:
            self._core.restore(snapshot)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            raise ControlError(f"snapshot: cannot be restored: {error!r}") from error

    def _remove_snapshot(self, name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._find_snapshot(name)
        del self._snapshots[name]
        return {}

    def _find_snapshot(self, name: str) -> Snapshot:
        if name not in self._snapshots:
            raise ControlError(f"snapshots/{name}: no such snapshot", HTTPStatus.NOT_FOUND)
        return self._snapshots[name]

    # Polls.

    def _end_polls(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        identities = body.get("identities")
        if name != "end" or not isinstance(identities, list):
            raise ControlError(f"identities={identities!r}: must be a list of identities")
        return {"ended": self._core.end_polls([each for each in identities if each != ""])}

    # The whole service.

    def _reset(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._core.reset()
        return {}

    def _accounts(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {"accounts": self._core.accounts()}

    def _get_limits(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {"limits": self._core.limits}

    def _set_limits(self, _name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        limits = body.get("limits")
        if limits not in ("off", "strict"):
            raise ControlError(f"limits={limits!r}: must be off or strict")
        self._core.set_limits(limits)
        return self._get_limits("", {})

    def _health(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {"status": "ok"}

    def _metrics(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._core.gauges())

    def _openapi(self, _name: str, _body: Mapping[str, Any]) -> dict[str, Any]:
        from swf.local.control_schema import OPENAPI  # a large document that few requests need

        return OPENAPI


_CLOCK_CHANGES: dict[str, Callable[[ControlApi, Mapping[str, Any]], None]] = {
    "advance": ControlApi._advance,
    "skip": ControlApi._skip,
    "freeze": ControlApi._freeze,
    "resume": ControlApi._resume,
}

_Handler = Callable[[ControlApi, str, Mapping[str, Any]], dict[str, Any]]

_HANDLERS: dict[tuple[str, str, bool], _Handler] = {
    ("GET", "clock", False): ControlApi._get_clock,
    ("POST", "clock", True): ControlApi._change_clock,
    ("GET", "faults", False): ControlApi._list_faults,
    ("POST", "faults", False): ControlApi._add_fault,
    ("DELETE", "faults", False): ControlApi._clear_faults,
    ("DELETE", "faults", True): ControlApi._remove_fault,
    ("GET", "snapshots", False): ControlApi._list_snapshots,
    ("GET", "snapshots", True): ControlApi._get_snapshot,
    ("POST", "snapshots", True): ControlApi._save_snapshot,
    ("DELETE", "snapshots", True): ControlApi._remove_snapshot,
    ("POST", "polls", True): ControlApi._end_polls,
    ("POST", "reset", False): ControlApi._reset,
    ("GET", "accounts", False): ControlApi._accounts,
    ("GET", "limits", False): ControlApi._get_limits,
    ("PUT", "limits", False): ControlApi._set_limits,
    ("GET", "health", False): ControlApi._health,
    ("GET", "metrics", False): ControlApi._metrics,
    ("GET", "openapi.json", False): ControlApi._openapi,
}
"""Method, first part of the path and whether a name follows -> the handler."""


def natural(text: str) -> int | None:
    """Return a number of at most 18 digits, None for other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def duration(value: Any) -> float:
    """Return seconds from a number or from a text such as `30d` or `1.5h`.

    :raises ControlError: if it is no duration, or out of range.
    """
    seconds: float
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = value
    else:
        match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise ControlError(f"seconds={value!r}: must be a number, or a number with s, m, h, d")
        seconds = float(match[1]) * UNITS[match[2] or "s"]
    if not 0 <= seconds <= MAX_SECONDS:
        raise ControlError(f"seconds={value!r:.{MAX_DIGITS}}: must be 0 to {MAX_SECONDS}")
    return float(seconds)


def _is_equal(token: str, other: str) -> bool:
    return hmac.compare_digest(token.encode(), other.encode("utf-8", "surrogateescape"))


def _kind(clock: Clock) -> str:
    return type(clock).__name__.removesuffix("Clock").lower()


def _members(body: bytes) -> Mapping[str, Any]:
    """Return the members of a JSON object; an empty body counts as an empty object."""
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ControlError("body: must be JSON") from None
    if not isinstance(value, dict):
        raise ControlError("body: must be a JSON object")
    return value


def _checksum(members: Mapping[str, Any]) -> int:
    """Return the checksum of a downloaded snapshot."""
    return zlib.crc32(json.dumps([members["now"], members["tenants"]], sort_keys=True).encode())


def _uploaded(body: Mapping[str, Any]) -> Snapshot:
    try:
        checksum = _checksum(body)
        if body.get("checksum", checksum) != checksum:
            raise ValueError("its checksum does not match")
        tenants = {
            TenantKey(_name(each["access_key"]), _name(each["region"])): base64.b64decode(
                each["state"], validate=True
            )
            for each in body["tenants"]
        }
        now = float(body["now"])
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise ControlError(f"snapshot: not a downloaded snapshot: {error!r}") from error
    if not 0 <= now <= MAX_TIME:
        raise ControlError(f"snapshot: now={now}: must be 0 to {MAX_TIME}")
    return Snapshot(now, tenants)


def _name(value: Any) -> str:
    """Return an access key or region of a snapshot.

    :raises ValueError: if the service could not have written it.
    """
    if not isinstance(value, str) or not value or len(value.encode()) > 4 * MAX_TENANT_NAME:
        raise ValueError(f"invalid access key or region: {value!r}")
    return value
