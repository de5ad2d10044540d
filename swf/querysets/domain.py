"""`DomainQuerySet`: the domains; and `MemberQuerySet`: what lives in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from swf.connection import Connection, current
from swf.exceptions import ValidationError
from swf.models.domain import Domain, DomainMember
from swf.querysets.base import QuerySet
from swf.querysets.filters import QueryPlan
from swf.querysets.lookups import Schema
from swf.querysets.registered import UNSET, RegisteredQuerySet, drop_unset

if TYPE_CHECKING:
    from typing_extensions import Self

D = TypeVar("D", bound=DomainMember)


class DomainQuerySet(RegisteredQuerySet[Domain]):
    """The domains of the account and region, in order of their names.

    A list tells name, status, description and arn. Source: API Reference, ListDomains.
    """

    schema: ClassVar[Schema] = Schema(
        model=Domain,
        listed=frozenset({"name", "status", "description", "arn"}),
        aliases={"registration_status": "status", "status": "status", "name": "name"},
    )
    key: ClassVar[tuple[str, ...]] = ("name",)

    def filter(self, registration_status: str | None = UNSET, **lookups: Any) -> Self:
        """Return the domains that match; see `RegisteredQuerySet.filter`.

        :param registration_status: REGISTERED, which is meant where nothing is said; DEPRECATED;
            None for both. `status=` is the same.
        """
        return super().filter(**drop_unset(registration_status=registration_status), **lookups)

    def get(self, name: str | None = None, **lookups: Any) -> Domain:
        """Return one domain in full, registered or deprecated, by name: one call.

        Without a name, the one domain that matches the lookups.

        :raises DomainDoesNotExist: when there is none.
        :raises MultipleObjectsReturned: when the lookups match several.
        """
        return self._find({"name": name}, lookups)

    def create(self, name: str, *fields: Any, **named: Any) -> Domain:
        """Register a domain and return it; the arguments are those of `Domain`.

        :raises DomainAlreadyExists: when there is one of this name.
        """
        return self._create(name, *fields, **named)

    def get_or_create(self, name: str, *fields: Any, **named: Any) -> Domain:
        """Return the domain of this name; register it with these arguments if there is none.

        A domain that is deprecated is returned as it is: look at its `status`, and `undelete` it
        before anything is started in it.
        """
        return self._get_or_create({"name": name}, *fields, **named)

    def _reader(self) -> Callable[[Mapping[str, Any]], Domain]:
        return partial(Domain.from_wire, connection=self._connection)

    def _make(self, *fields: Any, **named: Any) -> Domain:
        return Domain(*fields, **named, connection=self._connection)

    def _full(self, row: Domain, plan: QueryPlan) -> Domain:
        # Tags take another call, and another permission: only where they are asked for.
        return (row.evolve(tags={}) if "tags" in plan.not_in_list_response else row).upstream()


#: The other name by which the documentation of old calls it.
DomainQuery = DomainQuerySet


class InDomain:
    """A way into one domain.

    :param domain: a `Domain`; when None, the one that settings name.
    :param connection: which way to the service (keyword only); the domain's when not given.
    :raises InvalidTypeError: a TypeError, when the domain is anything else.
    """

    def __init__(
        self, domain: Domain | None = None, *, connection: Connection | None = None
    ) -> None:
        if connection is not None:
            Connection.check(connection)
        self._connection: Any = connection
        self._set_domain(domain)

    @property
    def connection(self) -> Connection:
        """The connection that calls take."""
        given = self._domain.connection if self._domain else current()
        own: Connection | None = self._connection
        return own or given

    @property
    def domain(self) -> Domain:
        """The domain.

        :raises ValidationError: when none was given, and settings name none.
        """
        if self._domain is not None:
            return self._domain
        name = self.connection.settings.domain
        if name is None:
            raise ValidationError("domain", None, "must be given, here or as the setting `domain`")
        return Domain(name, connection=self._connection)

    def _set_domain(self, domain: Domain | None) -> None:
        if domain is not None:
            Domain.check(domain)
        self._domain = domain


class MemberQuerySet(InDomain, QuerySet[D]):
    """What lives in a domain."""

    def __init__(
        self, domain: Domain | None = None, *, connection: Connection | None = None
    ) -> None:
        QuerySet.__init__(self, connection=connection)
        InDomain.__init__(self, domain, connection=connection)

    def __contains__(self, row: object) -> bool:
        """Return whether a row stands for the same thing, in the same domain."""
        if isinstance(row, DomainMember) and row.domain.name != self.domain.name:
            return False
        return super().__contains__(row)

    def _in(self, domain: Domain | None) -> Self:
        """Return the same rows of another domain, or of this one if it is None."""
        clone = self._with()
        if domain is not None:
            clone._set_domain(domain)
        return clone

    def _reader(self) -> Callable[[Mapping[str, Any]], D]:
        model: type[D] = self.schema.model
        return partial(model.from_wire, domain=self.domain, connection=self._connection)

    def _scope(self) -> dict[str, Any]:
        return {"domain": self.domain.name}

    def _make(self, *fields: Any, **named: Any) -> D:
        made: D = self.schema.model(self.domain, *fields, **named, connection=self._connection)
        return made
