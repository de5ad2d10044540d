"""Workflow and activity types: their settings and status; deprecate and undeprecate."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from swf.console.page import BadRequest, Page, Query, Redirect, address
from swf.console.pages.execution_lists import trail
from swf.models import Domain
from swf.planning import plan

if TYPE_CHECKING:
    from swf.console.site import Site

#: Maximum number of types of each kind on a page.
TYPES: Final = 500
STATUSES: Final = ("REGISTERED", "DEPRECATED")


def types(site: Site, query: Query) -> Page:
    """List the types of both kinds, of one status."""
    name = query.path["domain"]
    status = query.text("status") or "REGISTERED"
    if status not in STATUSES:
        raise BadRequest(f"status={status}: must be one of {', '.join(STATUSES)}")
    domain = site.domain(name)
    kinds = {"workflow": domain.workflow_types, "activity": domain.activity_types}
    data = {
        "domain": name,
        "status": status,
        "limit": TYPES,
        "kinds": {
            kind: [_row(each) for each in queryset.filter(registration_status=status)[:TYPES]]
            for kind, queryset in kinds.items()
        },
        "is_writable": site.options.is_writable,
        "confirmation": site.confirmation(name),
        "has_manifest": site.options.manifest is not None,
    }
    command = f"swf workflow-type list --domain {shlex.quote(name)}"
    return Page("types", f"Types of {name}", data, command, trail(name))


def differences(site: Site, query: Query) -> Page:
    """Compare the types with the manifest: a call for each type, and two listings."""
    name = query.path["domain"]
    if site.options.manifest is None:
        raise BadRequest("There is no manifest; start the console with --manifest FILE.")
    models = site.options.manifest()
    declared = {each.name if isinstance(each, Domain) else each.domain.name for each in models}
    data: dict[str, Any] = {"domain": name, "declared": sorted(declared), "lines": []}
    if name in declared:
        result = plan(models)
        data["lines"] = [
            *({"kind": step.action, "text": str(step)} for step in result.steps),
            *({"kind": "impossible", "text": str(each)} for each in result.impossible),
            *({"kind": "extra", "text": f"{each.name} {each.version}"} for each in result.extra),
        ]
    return Page("manifest", f"Manifest of {name}", data, "swf apply FILE --dry-run", trail(name))


def change_status(site: Site, query: Query) -> Redirect:
    """Deprecate or undeprecate one type."""
    name = query.path["domain"]
    site.check_writable(query.value("confirmation"), name)
    kind, action = query.value("kind"), query.value("action")
    domain = site.domain(name)
    kinds = {"workflow": domain.workflow_types, "activity": domain.activity_types}
    if kind not in kinds or action not in ("deprecate", "undeprecate"):
        raise BadRequest(f"{action} {kind}: there is no such action")
    registered_type = kinds[kind].get(query.value("name"), query.value("version"))
    registered_type.delete() if action == "deprecate" else registered_type.undelete()
    return Redirect(
        f"/domains/{address(name)}/types",
        f"{registered_type.name} {registered_type.version}: {action}d",
    )


def _row(each: Any) -> dict[str, Any]:
    created = each.creation_date
    return {
        "name": each.name,
        "version": each.version,
        "status": each.status,
        "description": each.description or "",
        "created": created.isoformat() if created else None,
    }
