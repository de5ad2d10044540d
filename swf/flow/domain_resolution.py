"""Resolve a flow's domain and connection from a name, a `Domain` or a client."""

from __future__ import annotations

from typing import Any

from swf.connection import Connection, current
from swf.models import Domain


def resolve_domain(domain: Domain | str, client: Any = None) -> Domain:
    """Return the `Domain` of a flow.

    :param domain: a domain or its name.
    :param client: a boto3 client or a `Connection`; None: the domain's connection, or the current
        one.
    """
    if client is not None:
        return Domain(domain_name(domain), connection=resolve_connection(client))
    return domain if isinstance(domain, Domain) else Domain(domain)


def domain_name(domain: Domain | str) -> str:
    """Return the name of a domain.

    :param domain: a domain or its name.
    """
    return domain.name if isinstance(domain, Domain) else domain


def resolve_connection(client: Any) -> Connection:
    """Return the connection for a client.

    :param client: a boto3 client or a `Connection`; None: the current connection.
    """
    if client is None:
        return current()
    return client if isinstance(client, Connection) else Connection(client=client)
