"""Which domain and connection a flow's parts speak to, given a name, a `Domain` or a client."""

from __future__ import annotations

from typing import Any

from swf.connection import Connection, current
from swf.models import Domain


def domain_of(domain: Domain | str, client: Any = None) -> Domain:
    """Return the `Domain` for what a flow calls its domain.

    :param client: a boto3 client or a `Connection`; the domain's own, or the one in force, when
        not given.
    """
    if client is not None:
        return Domain(domain_name(domain), connection=connection_of(client))
    return domain if isinstance(domain, Domain) else Domain(domain)


def domain_name(domain: Domain | str) -> str:
    """Return the name of a domain that is given in either way."""
    return domain.name if isinstance(domain, Domain) else domain


def connection_of(client: Any) -> Connection:
    """Return the connection that uses a client; the one in force if there is none."""
    if client is None:
        return current()
    return client if isinstance(client, Connection) else Connection(client=client)
