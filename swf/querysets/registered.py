"""RegisteredQuerySet: the base for domains and types, which have a registration status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from swf.constants import REGISTRATION_STATUSES
from swf.models.base import RegistrableModel
from swf.querysets.base import QuerySet
from swf.querysets.filters import plan_registered
from swf.querysets.query_plan import QueryPlan, QuerySpec

if TYPE_CHECKING:
    from typing_extensions import Self

R = TypeVar("R", bound=RegistrableModel)


class Unset:
    """The default of arguments for which None is a valid value."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Any = Unset()


class RegisteredQuerySet(QuerySet[R]):
    """Domains or types, ordered by name.

    Without a condition on the status only registered rows are listed; a status of None lists
    registered and deprecated ones.
    """

    def all(self, registration_status: str | None = UNSET) -> Self:
        """Return a queryset of all rows with a registration status.

        :param registration_status: `REGISTERED` (default), `DEPRECATED`, or None for both.
        """
        return self.filter(**drop_unset(registration_status=registration_status))

    def filter(self, **lookups: Any) -> Self:
        """Return a queryset of the rows that match all lookups.

        :param lookups: attribute lookups, as for `QuerySet.filter`. `registration_status` is an
            alias of `status`; None means registered and deprecated.
        """
        for name in ("registration_status", "status"):
            if lookups.get(name, UNSET) is None:
                del lookups[name]
                lookups["status__in"] = REGISTRATION_STATUSES
        return super().filter(**lookups)

    def _create(self, *fields: Any, **options: Any) -> R:
        instance = self._make(*fields, **options)
        instance.save()
        return instance

    def _get_or_create(self, identity: Mapping[str, Any], *fields: Any, **options: Any) -> R:
        """Return the registered or deprecated row with this identity, or register it.

        If another client registers it between the two calls, that registration is returned.
        """
        unfiltered = self._with(tests=())
        try:
            return unfiltered._find(identity, {})
        except self.schema.model.DoesNotExist:
            pass
        try:
            return self._create(*identity.values(), *fields, **options)
        except self.schema.model.AlreadyExists:
            return unfiltered._find(identity, {})

    def _planned(self, query: QuerySpec, scope: Mapping[str, Any], now: datetime) -> QueryPlan:
        return plan_registered(query, self.schema, self.schema.model.api_name, scope, now)


def drop_unset(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that are not `UNSET`.

    :param arguments: keyword arguments.
    """
    return {name: value for name, value in arguments.items() if value is not UNSET}
