"""Keeps the pages of a browser away from a service that asks nobody for a password."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from swf.local.faults import Fault


class HostHeaderValidator:
    """Lets requests pass that name us by one of our names and come from no foreign page.

    A name can be made to lead to our address by anybody who owns it, so that a page of that name
    may talk to us: only the names that we go by are good. Numeric addresses cannot be rebound.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {"localhost", *(name.lower() for name in names)}

    def refusal(self, headers: Mapping[str, str]) -> Fault | None:
        """Return why a request is refused, None if it is not."""
        host, origin = headers.get("Host"), headers.get("Origin")
        if host is not None and not self._is_ours(host):
            return _denied(f"This service does not go by the name of {host}")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return _denied(f"Requests from pages of {origin} are refused")
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _denied(message: str) -> Fault:
    return Fault("AccessDeniedException", message, 403)
