"""The home page: the domains of the account and region, with counts that are loaded later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from swf.console.page import Page, Query

if TYPE_CHECKING:
    from swf.console.site import Site

#: The period of the counts of failures.
DAY = timedelta(days=1)


def home(site: Site, query: Query) -> Page:
    """List the domains, one call for each registration status."""
    shows_deprecated = query.flag("deprecated")
    from swf import Domain

    domains = Domain.objects.using(site.options.connection)
    rows = [
        {"name": domain.name, "status": domain.status, "description": domain.description}
        for domain in domains.filter(registration_status=None if shows_deprecated else "REGISTERED")
    ]
    data = {"domains": rows, "shows_deprecated": shows_deprecated}
    return Page("home", "Domains", data, command="swf domain list")


def counts(site: Site, query: Query) -> Page:
    """Count the executions of one domain: three calls."""
    name = query.path["domain"]
    executions = site.domain(name).executions
    since = site.now() - DAY
    closed = {
        status: executions.filter(close_status=status, close_oldest_date=since).count()
        for status in ("FAILED", "TIMED_OUT")
    }
    opened = executions.filter(status="OPEN").count()
    data = {
        "domain": name,
        "open": int(opened),
        "is_open_truncated": opened.truncated,
        "failed": sum(closed.values()),
    }
    return Page("counts", name, data, command=f"swf execution count --domain {name}")
