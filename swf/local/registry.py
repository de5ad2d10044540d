"""Registered domains and types.

Both are immutable values in a `RegistrationTable`, which finds them by key and lists them in order.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from swf.local.visibility import Visibility

REGISTERED, DEPRECATED = "REGISTERED", "DEPRECATED"

TypeKey = tuple[str, str]
"""(name, version)"""


class RegisteredType(NamedTuple):
    """A workflow or activity type; `configuration` has the other members of its registration."""

    name: str
    version: str
    status: str
    configuration: dict[str, Any]
    creation_date: float
    deprecation_date: float | None = None
    description: str | None = None

    @property
    def key(self) -> TypeKey:
        """The key of the type in its domain."""
        return self.name, self.version


class RegisteredDomain(NamedTuple):
    """A domain with its status and resource tags; a tag without value has None."""

    name: str
    status: str
    retention: str
    description: str | None = None
    tags: dict[str, str | None] = {}

    @property
    def key(self) -> str:
        """The key of the domain in its account and region."""
        return self.name


Registered = TypeVar("Registered", RegisteredType, RegisteredDomain)


class RegistrationTable(Generic[Registered]):
    """Registrations by key, with a sorted list of keys for each status."""

    def __init__(self) -> None:
        self._values: dict[Any, Registered] = {}
        self._keys: dict[str, list[Any]] = {REGISTERED: [], DEPRECATED: []}

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Registered]:
        return iter(self._values.values())

    def get(self, key: Any) -> Registered | None:
        """Return the registration with a key, None if there is none.

        :param key: the name of a domain, or the name and version of a type.
        """
        return self._values.get(key)

    def put(self, value: Registered) -> None:
        """Add a registration, or replace the one with its key.

        :param value: the registration; it replaces the one with its key.
        """
        self.remove(value.key)
        self._values[value.key] = value
        insort(self._keys[value.status], value.key)

    def remove(self, key: Any) -> None:
        """Remove the registration with a key, if there is one.

        :param key: as for `get`.
        """
        value = self._values.pop(key, None)
        if value is not None:
            keys = self._keys[value.status]
            del keys[bisect_left(keys, key)]

    def page(
        self, status: str, size: int, ascending: bool, beyond: Any
    ) -> tuple[list[Registered], bool]:
        """Return a page of registrations, and whether more follow.

        :param size: maximum number of registrations.
        :param beyond: the last key of the previous page; None for the first page.
        """
        keys = self._keys[status]
        return self._page(keys, size, ascending, beyond)

    def page_of_name(
        self, status: str, name: str, size: int, ascending: bool, beyond: Any
    ) -> tuple[list[Registered], bool]:
        """Return a page of the types with a name, and whether more follow; see `page`."""
        keys = self._keys[status]
        versions = keys[bisect_left(keys, (name,)) : bisect_left(keys, (name + "\0",))]
        return self._page(versions, size, ascending, beyond)

    def _page(
        self, keys: list[Any], size: int, ascending: bool, beyond: Any
    ) -> tuple[list[Registered], bool]:
        if ascending:
            first = 0 if beyond is None else bisect_right(keys, beyond)
            page_keys, more = keys[first : first + size], first + size < len(keys)
        else:
            end = len(keys) if beyond is None else bisect_left(keys, beyond)
            page_keys, more = keys[max(end - size, 0) : max(end, 0)][::-1], end > size
        return [self._values[key] for key in page_keys], more


class DomainState:
    """A domain with its types and the indexes of its executions."""

    __slots__ = ("activity_types", "open_runs", "registration", "visibility", "workflow_types")

    def __init__(self, registration: RegisteredDomain) -> None:
        self.registration = registration
        self.workflow_types: RegistrationTable[RegisteredType] = RegistrationTable()
        self.activity_types: RegistrationTable[RegisteredType] = RegistrationTable()
        self.visibility = Visibility()
        self.open_runs: dict[str, str] = {}

    def types(self, kind: str) -> RegistrationTable[RegisteredType]:
        """Return the types of a kind: "workflow" or "activity".

        :param kind: "workflow" or "activity".
        """
        return self.workflow_types if kind == "workflow" else self.activity_types
