"""TypeQuerySet: what workflow types and activity types have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from swf.models.domain import Domain
from swf.models.type import Type
from swf.querysets.domain import MemberQuerySet
from swf.querysets.registered import UNSET, RegisteredQuerySet, drop_unset

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T", bound=Type)

#: What a list tells of a type.
LISTED = frozenset(
    {"name", "version", "status", "description", "creation_date", "deprecation_date"}
)
ALIASES = {"registration_status": "status", "status": "status", "name": "name"}


class TypeQuerySet(RegisteredQuerySet[T], MemberQuerySet[T]):
    """The types of a domain, in order of their names."""

    key: ClassVar[tuple[str, ...]] = ("name", "version")

    def filter(
        self,
        domain: Domain | None = None,
        registration_status: str | None = UNSET,
        name: str | None = None,
        **lookups: Any,
    ) -> Self:
        """Return the types that match.

        :param domain: another domain than this one.
        :param registration_status: REGISTERED, which is meant where nothing is said; DEPRECATED;
            None for both. `status=` is the same.
        :param name: an exact name, which the service looks for.
        :param lookups: see `QuerySet.filter`.
        """
        status = drop_unset(registration_status=registration_status)
        return super(TypeQuerySet, self._in(domain)).filter(name=name, **status, **lookups)

    def get(self, name: str | None = None, version: str | None = None, **lookups: Any) -> T:
        """Return one type in full, registered or deprecated, by name and version: one call.

        Without both, the one type that matches the lookups.

        :raises DoesNotExistError: the model's own, when there is none.
        :raises MultipleObjectsReturned: when the lookups match several.
        """
        return self._find({"name": name, "version": version}, lookups)

    def create(self, name: str, version: str, *fields: Any, **named: Any) -> T:
        """Register a type and return it; the arguments are those of the model, after its domain.

        :raises AlreadyExistsError: the model's own, when there is one of this name and version.
        """
        return self._create(name, version, *fields, **named)

    def get_or_create(self, name: str, version: str, *fields: Any, **named: Any) -> T:
        """Return the type of this name and version; register it with these arguments if need be.

        A type that is deprecated is returned as it is, since it may have been deprecated for a
        reason: look at its `status`, and `undelete` it before anything is started from it.
        """
        return self._get_or_create({"name": name, "version": version}, *fields, **named)
