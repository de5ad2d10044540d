"""TypeQuerySet: the base of the querysets of workflow types and activity types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from swf.models.domain import Domain
from swf.models.type import Type
from swf.querysets.domain import MemberQuerySet
from swf.querysets.registered import UNSET, RegisteredQuerySet, drop_unset

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T", bound=Type)

#: The attributes of a type in a list response.
LISTED = frozenset(
    {"name", "version", "status", "description", "creation_date", "deprecation_date"}
)
ALIASES = {"registration_status": "status", "status": "status", "name": "name"}


class TypeQuerySet(RegisteredQuerySet[T], MemberQuerySet[T]):
    """The types of a domain, ordered by name."""

    key: ClassVar[tuple[str, ...]] = ("name", "version")

    def filter(
        self,
        domain: Domain | None = None,
        registration_status: str | None = UNSET,
        name: str | None = None,
        **lookups: Any,
    ) -> Self:
        """Return a queryset of the types that match.

        :param domain: lists another domain; None keeps the domain.
        :param registration_status: `REGISTERED` (default), `DEPRECATED`, or None for both.
            `status=` is an alias.
        :param name: exact name, evaluated by the service.
        :param lookups: attribute lookups, as for `QuerySet.filter`.
        :raises InvalidKeywordArgumentError: if a name does not exist.
        :raises ValidationError: if a value is invalid for its attribute.
        """
        status = drop_unset(registration_status=registration_status)
        return super(TypeQuerySet, self._in(domain)).filter(name=name, **status, **lookups)

    def get(self, name: str | None = None, version: str | None = None, **lookups: Any) -> T:
        """Return one type, registered or deprecated.

        Name and version together take one call; otherwise types that match are listed first.

        :param name: name of the type.
        :param version: version of the type.
        :param lookups: attribute lookups that the type must match.
        :raises DoesNotExistError: the model's subclass, if no type matches.
        :raises MultipleObjectsReturned: if several types match.

        Source: API Reference, DescribeWorkflowType, DescribeActivityType.
        """
        return self._find({"name": name, "version": version}, lookups)

    def create(self, name: str, version: str, *fields: Any, **options: Any) -> T:
        """Register a type and return it.

        :param name: name of the type.
        :param version: version of the type.
        :param fields: further positional arguments of the model, after the domain.
        :param options: keyword arguments of the model, e.g. `task_list="orders"`.
        :raises AlreadyExistsError: the model's subclass, if name and version are taken.

        Source: API Reference, RegisterWorkflowType, RegisterActivityType.
        """
        return self._create(name, version, *fields, **options)

    def get_or_create(self, name: str, version: str, *fields: Any, **options: Any) -> T:
        """Return the type with this name and version; register it if it does not exist.

        A deprecated type is returned as it is; check its `status` and call `undelete` to use it.

        :param name: name of the type.
        :param version: version of the type.
        :param fields: further positional arguments of the model, used for registration only.
        :param options: keyword arguments of the model, used for registration only.
        """
        return self._get_or_create({"name": name, "version": version}, *fields, **options)
