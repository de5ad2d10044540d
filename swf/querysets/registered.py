"""RegisteredQuerySet: what domains and types, which are registered, have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from swf.constants import REGISTRATION_STATUSES
from swf.models.base import RegistrableModel
from swf.querysets.base import QuerySet
from swf.querysets.filters import QueryPlan, QuerySpec, plan_registered

if TYPE_CHECKING:
    from typing_extensions import Self

R = TypeVar("R", bound=RegistrableModel)


class Unset:
    """The default of an argument for which None means something."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Any = Unset()


class RegisteredQuerySet(QuerySet[R]):
    """Domains or types, by name.

    Where nothing is said on the status, the registered ones are meant; a status of None means
    registered and deprecated ones alike.
    """

    def all(self, registration_status: str | None = UNSET) -> Self:
        """Return all of this status; the registered ones when none is given."""
        return self.filter(**drop_unset(registration_status=registration_status))

    def filter(self, **lookups: Any) -> Self:
        """Return the rows that match all lookups; see `QuerySet.filter`.

        `registration_status` and `status` are the same.
        """
        for name in ("registration_status", "status"):
            if lookups.get(name, UNSET) is None:
                del lookups[name]
                lookups["status__in"] = REGISTRATION_STATUSES
        return super().filter(**lookups)

    def _create(self, *fields: Any, **named: Any) -> R:
        made = self._make(*fields, **named)
        made.save()
        return made

    def _get_or_create(self, identity: Mapping[str, Any], *fields: Any, **named: Any) -> R:
        """Return what is registered or deprecated under this identity, else register it.

        Somebody else may register it between the two calls; it is theirs that is returned then.
        """
        known = self._with(tests=())
        try:
            return known._find(identity, {})
        except self.schema.model.DoesNotExist:
            pass
        try:
            return self._create(*identity.values(), *fields, **named)
        except self.schema.model.AlreadyExists:
            return known._find(identity, {})

    def _planned(self, query: QuerySpec, scope: Mapping[str, Any], now: datetime) -> QueryPlan:
        return plan_registered(query, self.schema, self.schema.model.api_name, scope, now)


def drop_unset(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not UNSET}
