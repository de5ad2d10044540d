"""Reject requests from web pages: the service has no authentication."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from swf.local.faults import Fault

if TYPE_CHECKING:
    from multidict import MultiMapping


class HostHeaderValidator:
    """Guards against DNS rebinding and cross-origin requests.

    The `Host` header must be localhost, an IP address or an allowed name, because the owner of any
    other name can point it at this address. A second one is rejected, since another server may
    have read it. An `Origin` header must match the host.

    :param names: additional host names that are allowed.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {"localhost", *(name.lower() for name in names)}

    def refusal(self, headers: MultiMapping[str]) -> Fault | None:
        """Return the fault for a request that is rejected, None for one that is allowed.

        :param headers: the headers of the request.
        """
        hosts, origin = headers.getall("Host", []), headers.get("Origin")
        if len(hosts) > 1:
            return _denied("Duplicate 'Host' header found.", 400)
        host = hosts[0] if hosts else None
        if host is not None and not self._is_allowed(host):
            return _denied(f"Host name not allowed: {host}")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return _denied(f"Cross-origin request not allowed: {origin}")
        return None

    def _is_allowed(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or name.endswith(".localhost") or _is_address(name)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address leads to this machine.

    :param host: a host name or an IP address.
    """
    if host == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _denied(message: str, status: int = 403) -> Fault:
    return Fault("AccessDeniedException", message, status)
