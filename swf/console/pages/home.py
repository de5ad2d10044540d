"""The home page: the domains of the account and region, with counts that are loaded later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from swf.console.page import Page, Query

if TYPE_CHECKING:
    from swf.console.site import Site

#: The period of the counts of failures, and the age from which open executions are counted as old.
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
    """Count the executions of one domain: four calls."""
    name = query.path["domain"]
    executions = site.domain(name).executions
    since = site.now() - DAY
    opened = executions.filter(status="OPEN")
    counts = {
        "open": [opened.count()],
        "old": [opened.filter(start_latest_date=since).count()],
        "failed": [
            executions.filter(close_status=status, close_oldest_date=since).count()
            for status in ("FAILED", "TIMED_OUT")
        ],
    }
    data = {
        "domain": name,
        **{title: sum(map(int, parts)) for title, parts in counts.items()},
        "truncated": [title for title, parts in counts.items() if any(n.truncated for n in parts)],
    }
    return Page("counts", name, data, command=f"swf execution count --domain {name}")
