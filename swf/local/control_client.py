"""`ControlClient`: the control API of a served service, from another Python process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode, urlsplit


class ControlRefused(Exception):  # noqa: N818 - pairs with ConnectionError
    """The service refused a request; the message names the field, the value and the rule.

    :param status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ControlClient:
    """Sends requests to the control API of a local service.

    :param url: the URL of the service, as `LocalSWF.serve` returns it.
    :param token: the token of the API, if it needs one.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._address = urlsplit(url)
        self._token = token

    def clock(self) -> dict[str, Any]:
        """Return kind, time and next deadline of the clock."""
        return self.request("GET", "clock")

    def advance(self, seconds: float | str) -> dict[str, Any]:
        """Advance the clock.

        :param seconds: a number, or a text such as `30d`.
        """
        return self.request("POST", "clock/advance", {"seconds": seconds})

    def skip(self) -> dict[str, Any]:
        """Advance the clock to the next deadline."""
        return self.request("POST", "clock/skip")

    def freeze(self) -> dict[str, Any]:
        """Stop the clock."""
        return self.request("POST", "clock/freeze")

    def resume(self) -> dict[str, Any]:
        """Resume a frozen clock."""
        return self.request("POST", "clock/resume")

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules."""
        rules: list[dict[str, Any]] = self.request("GET", "faults")["faults"]
        return rules

    def add_fault(self, kind: str, **parameters: Any) -> dict[str, Any]:
        """Add a fault rule and return it with its id.

        :param kind: the name of a class of `swf.local.injection`, such as `LostResponse`.
        :param parameters: the parameters of the class; a `when` cannot be sent.
        """
        return self.request("POST", "faults", {"kind": kind, **parameters})

    def remove_fault(self, rule_id: int) -> None:
        """Remove a fault rule."""
        self.request("DELETE", f"faults/{rule_id}")

    def clear_faults(self) -> None:
        """Remove all fault rules."""
        self.request("DELETE", "faults")

    def snapshots(self) -> dict[str, float]:
        """Return the names of the snapshots, each with its time in seconds since the epoch."""
        names: dict[str, float] = self.request("GET", "snapshots")["snapshots"]
        return names

    def save(self, name: str) -> None:
        """Save the current state under a name."""
        self.request("POST", _snapshot(name))

    def restore(self, name: str) -> None:
        """Return to a saved state."""
        self.request("POST", f"{_snapshot(name)}/restore")

    def download(self, name: str) -> dict[str, Any]:
        """Return a snapshot as JSON, for `upload`."""
        return self.request("GET", _snapshot(name))

    def upload(self, name: str, snapshot: Mapping[str, Any]) -> None:
        """Store a downloaded snapshot under a name."""
        self.request("POST", _snapshot(name), snapshot)

    def remove_snapshot(self, name: str) -> None:
        """Remove a snapshot."""
        self.request("DELETE", _snapshot(name))

    def reset(self) -> None:
        """Remove the state of every account."""
        self.request("POST", "reset")

    def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts and regions with their counts."""
        accounts: list[dict[str, Any]] = self.request("GET", "accounts")["accounts"]
        return accounts

    def limits(self, limits: str | None = None) -> str:
        """Return whether quotas apply, after setting it.

        :param limits: `off` or `strict`; None changes nothing.
        """
        if limits is not None:
            self.request("PUT", "limits", {"limits": limits})
        return str(self.request("GET", "limits")["limits"])

    def events(self, after: int | None = None, **filters: str) -> Iterator[dict[str, Any]]:
        """Yield the events of the service until it closes or the iterator is closed.

        :param after: the `id` of the last event that was received; None begins now.
        :param filters: `access_key`, `region`, `kind`, `run_id` or `event_type`.
        """
        query = urlencode({**filters, **({} if after is None else {"after": after})})
        response = self._send("GET", f"events?{query}", None)
        try:
            yield from _messages(response)
        finally:
            response.close()

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send a request and return its JSON answer.

        :param path: the path below `/_swf/`.
        :raises ControlRefused: the service refused the request.
        :raises ConnectionError: no service answers.
        """
        with self._send(method, path, body) as response:
            answer: dict[str, Any] = json.loads(response.read())
        return answer

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> HTTPResponse:
        connection = HTTPConnection(self._address.hostname or "", self._address.port or 80)
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        text = None if body is None else json.dumps(body)
        try:
            connection.request(method, f"/_swf/{path}", text, headers)
            response = connection.getresponse()
        except (OSError, HTTPException) as error:
            connection.close()
            raise ConnectionError(f"{self._address.geturl()}: {error}") from error
        if response.status != 200:
            with response:
                raise ControlRefused(_message(response), response.status)
        return response


def _snapshot(name: str) -> str:
    return f"snapshots/{quote(name, safe='')}"


def _message(response: HTTPResponse) -> str:
    text = response.read().decode("utf-8", "replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status}: no control API answers here"


def _messages(response: HTTPResponse) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for raw in response:
        name, separator, value = raw.decode().rstrip("\n").partition(": ")
        if separator and name:
            fields[name] = value
        elif "data" in fields:
            yield {"id": int(fields["id"]), **json.loads(fields["data"])}
            fields = {}
