"""Domains and the types registered in them.

Both are frozen values that are replaced; a `RegistrationTable` finds them by key and lists them in
order.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from swf.local.visibility import Visibility

REGISTERED, DEPRECATED = "REGISTERED", "DEPRECATED"

TypeKey = tuple[str, str]
"""(name, version)"""


class RegisteredType(NamedTuple):
    """A workflow or activity type; `configuration` has the members that were registered."""

    name: str
    version: str
    status: str
    configuration: dict[str, Any]
    creation_date: float
    deprecation_date: float | None = None
    description: str | None = None

    @property
    def key(self) -> TypeKey:
        """What identifies a type in its domain."""
        return self.name, self.version


class RegisteredDomain(NamedTuple):
    """What RegisterDomain was told, the status and the resource tags (value None: not given)."""

    name: str
    status: str
    retention: str
    description: str | None = None
    tags: dict[str, str | None] = {}

    @property
    def key(self) -> str:
        """What identifies a domain in its account and region."""
        return self.name


Registered = TypeVar("Registered", RegisteredType, RegisteredDomain)


class RegistrationTable(Generic[Registered]):
    """Values by key, and their keys in order, one list a status."""

    def __init__(self) -> None:
        self._found: dict[Any, Registered] = {}
        self._keys: dict[str, list[Any]] = {REGISTERED: [], DEPRECATED: []}

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Registered]:
        return iter(self._found.values())

    def get(self, key: Any) -> Registered | None:
        """Return the value with this key."""
        return self._found.get(key)

    def put(self, value: Registered) -> None:
        """Enter a value, in place of the one with its key."""
        self.remove(value.key)
        self._found[value.key] = value
        insort(self._keys[value.status], value.key)

    def remove(self, key: Any) -> None:
        """Drop the value with this key."""
        value = self._found.pop(key, None)
        if value is not None:
            keys = self._keys[value.status]
            del keys[bisect_left(keys, key)]

    def page(
        self, status: str, size: int, ascending: bool, beyond: Any
    ) -> tuple[list[Registered], bool]:
        """Return up to `size` values that follow the key `beyond`, and whether more remain."""
        keys = self._keys[status]
        return self._page(keys, size, ascending, beyond)

    def page_of_name(
        self, status: str, name: str, size: int, ascending: bool, beyond: Any
    ) -> tuple[list[Registered], bool]:
        """Return a page of the types with this name."""
        keys = self._keys[status]
        named = keys[bisect_left(keys, (name,)) : bisect_left(keys, (name + "\0",))]
        return self._page(named, size, ascending, beyond)

    def _page(
        self, keys: list[Any], size: int, ascending: bool, beyond: Any
    ) -> tuple[list[Registered], bool]:
        if ascending:
            first = 0 if beyond is None else bisect_right(keys, beyond)
            found, more = keys[first : first + size], first + size < len(keys)
        else:
            end = len(keys) if beyond is None else bisect_left(keys, beyond)
            found, more = keys[max(end - size, 0) : max(end, 0)][::-1], end > size
        return [self._found[key] for key in found], more


class DomainState:
    """A domain with its types and its executions' indexes."""

    __slots__ = ("about", "activity_types", "open_runs", "visibility", "workflow_types")

    def __init__(self, about: RegisteredDomain) -> None:
        self.about = about
        self.workflow_types: RegistrationTable[RegisteredType] = RegistrationTable()
        self.activity_types: RegistrationTable[RegisteredType] = RegistrationTable()
        self.visibility = Visibility()
        self.open_runs: dict[str, str] = {}

    def types(self, kind: str) -> RegistrationTable[RegisteredType]:
        """Return the types of a kind: "workflow" or "activity"."""
        return self.workflow_types if kind == "workflow" else self.activity_types
