"""`DomainQuerySet` for domains, and `MemberQuerySet`, the base for rows that belong to a domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from swf.connection import Connection, current
from swf.exceptions import ValidationError
from swf.models.domain import Domain, DomainMember
from swf.querysets.base import QuerySet
from swf.querysets.query_plan import QueryPlan
from swf.querysets.registered import UNSET, RegisteredQuerySet, drop_unset
from swf.querysets.schema import Schema

if TYPE_CHECKING:
    from typing_extensions import Self

D = TypeVar("D", bound=DomainMember)


class DomainQuerySet(RegisteredQuerySet[Domain]):
    """The domains of the account and region, ordered by name.

    The list response holds name, status, description and arn. Source: API Reference, ListDomains.
    """

    schema: ClassVar[Schema] = Schema(
        model=Domain,
        listed=frozenset({"name", "status", "description", "arn"}),
        aliases={"registration_status": "status", "status": "status", "name": "name"},
    )
    key: ClassVar[tuple[str, ...]] = ("name",)

    def filter(self, registration_status: str | None = UNSET, **lookups: Any) -> Self:
        """Return a queryset of the domains that match.

        :param registration_status: `REGISTERED` (default), `DEPRECATED`, or None for both.
            `status=` is an alias.
        :param lookups: attribute lookups, as for `QuerySet.filter`.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        :raises ValidationError: if a value is invalid for its attribute.
        """
        return super().filter(**drop_unset(registration_status=registration_status), **lookups)

    def get(self, name: str | None = None, **lookups: Any) -> Domain:
        """Return one domain, registered or deprecated.

        :param name: describes the domain with one call. None lists the domains that match
            `lookups`.
        :param lookups: attribute lookups that the domain must match.
        :raises DomainDoesNotExist: if no domain matches.
        :raises MultipleObjectsReturned: if several domains match.

        Source: API Reference, DescribeDomain.
        """
        return self._find({"name": name}, lookups)

    def create(self, name: str, *fields: Any, **options: Any) -> Domain:
        """Register a domain and return it.

        :param name: the name of the domain.
        :param fields: further positional arguments of `Domain`.
        :param options: keyword arguments of `Domain`, e.g. `retention_period=30`.
        :raises DomainAlreadyExists: if the name is taken, also by a deprecated domain.

        Source: API Reference, RegisterDomain.
        """
        return self._create(name, *fields, **options)

    def get_or_create(self, name: str, *fields: Any, **options: Any) -> Domain:
        """Return the domain with this name; register it if it does not exist.

        A deprecated domain is returned as it is; check its `status` and call `undelete` to use it.

        :param name: the name of the domain.
        :param fields: further positional arguments of `Domain`, used for registration only.
        :param options: keyword arguments of `Domain`, used for registration only.
        """
        return self._get_or_create({"name": name}, *fields, **options)

    def _reader(self) -> Callable[[Mapping[str, Any]], Domain]:
        return partial(Domain.from_wire, connection=self._connection)

    def _make(self, *fields: Any, **options: Any) -> Domain:
        return Domain(*fields, **options, connection=self._connection)

    def _full(self, row: Domain, plan: QueryPlan) -> Domain:
        # Tags cost another call and another permission: fetch them only if selected.
        return (row.evolve(tags={}) if "tags" in plan.not_in_list_response else row).upstream()


#: The name in the documentation of python-simple-workflow.
DomainQuery = DomainQuerySet


class InDomain:
    """Base for querysets that belong to one domain.

    :param domain: the domain; None uses the domain of the settings.
    :param connection: the connection (keyword only); None uses the domain's.
    :raises InvalidTypeError: if `domain` is not a `Domain`.
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
        """The connection that calls use."""
        own: Connection | None = self._connection
        return own or (self._domain.connection if self._domain else current())

    @property
    def domain(self) -> Domain:
        """The domain.

        :raises ValidationError: if none was passed and the settings name none.
        """
        if self._domain is not None:
            return self._domain
        name = self.connection.settings.domain
        if name is None:
            raise ValidationError("domain", None, "must be passed or set as the setting `domain`")
        return Domain(name, connection=self._connection)

    def _set_domain(self, domain: Domain | None) -> None:
        if domain is not None:
            Domain.check(domain)
        self._domain = domain


class MemberQuerySet(InDomain, QuerySet[D]):
    """Rows that belong to a domain.

    :param domain: the domain; None uses the domain of the settings.
    :param connection: the connection (keyword only); None uses the domain's.
    """

    def __init__(
        self, domain: Domain | None = None, *, connection: Connection | None = None
    ) -> None:
        QuerySet.__init__(self, connection=connection)
        InDomain.__init__(self, domain, connection=connection)

    def __contains__(self, row: object) -> bool:
        """Return whether a row with the same identity and domain is in the queryset."""
        if isinstance(row, DomainMember) and row.domain.name != self.domain.name:
            return False
        return super().__contains__(row)

    def _in(self, domain: Domain | None) -> Self:
        """Return a queryset of the same rows in another domain; None keeps the domain."""
        clone = self._with()
        if domain is not None:
            clone._set_domain(domain)
        return clone

    def _reader(self) -> Callable[[Mapping[str, Any]], D]:
        model: type[D] = self.schema.model
        return partial(model.from_wire, domain=self.domain, connection=self._connection)

    def _scope(self) -> dict[str, Any]:
        return {"domain": self.domain.name}

    def _make(self, *fields: Any, **options: Any) -> D:
        instance: D = self.schema.model(
            self.domain, *fields, **options, connection=self._connection
        )
        return instance
