"""`Value`, the base class of immutable values that are read from the wire.

A subclass names its structures in a response; reading, comparing, copying and displaying follow
from its fields (`swf.models.fields`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar, cast

import attrs

from swf.exceptions import NotFetchedError
from swf.models.display import Displayed, DisplayTable, attributes
from swf.models.fields import Level, unchanged, wire
from swf.models.rows import Row
from swf.payload import safe_copy

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        """Replace the typing construct, which does nothing at run time."""
        return lambda decorated: decorated


Field: TypeAlias = "attrs.Attribute[Any]"

V = TypeVar("V", bound="Value")

set_attribute = object.__setattr__

#: The value of an attribute that no response contained, for internal use.
NOT_FETCHED: Final = object()

#: The display of a secret.
HIDDEN: Final = "***"

#: The maximum number of attributes that a repr names as not fetched.
MAX_MISSING: Final = 3


@dataclass_transform(frozen_default=True, field_specifiers=(wire, attrs.field))
def model(cls: type[Any]) -> type[Any]:
    """Make a class a frozen, slotted attrs class with the methods of `Value`."""
    return attrs.frozen(cls, repr=False, eq=False, getstate_setstate=False)


@model
class Value(Row, Displayed):
    """An immutable value whose fields declare their form on the wire.

    An attribute that the response did not contain has no value: its slot is empty, and reading it
    raises `NotFetchedError`.
    """

    #: Structures of a response whose members are merged into the response, outermost first.
    structures: ClassVar[tuple[str, ...]] = ()

    # Derived from the fields, once for each class.
    _public: ClassVar[list[Field]]
    _wire_fields: ClassVar[list[Field]]
    _readers: ClassVar[dict[str, tuple[str, Callable[[Any], Any]]]]  # by member of the API
    _names_up_to: ClassVar[dict[int, list[str]]]  # attributes by the level of a response
    _local_fields: ClassVar[dict[str, Any]]

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        fields: tuple[Field, ...] = attrs.fields(cast(Any, cls))
        cls._public = [field for field in fields if not field.name.startswith("_")]
        cls._wire_fields = [field for field in fields if field.metadata.get("wire")]
        cls._readers = {
            field.metadata["wire"]: (field.name, field.metadata["kind"].read)
            for field in cls._wire_fields
        }
        cls._names_up_to = {
            level: [field.name for field in cls._wire_fields if field.metadata["level"] <= level]
            for level in Level
        }
        cls._local_fields = {
            field.name: None if "kind" in field.metadata else field.default
            for field in fields
            if field not in cls._wire_fields and field.metadata.get("level") is not Level.OTHER
        }

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with some attributes changed.

        :param changes: the new values by attribute.
        :raises ValidationError: a value breaks a rule.
        """
        return self.copy_as(type(self), **changes)

    def copy_as(self, cls: type[V], **changes: Any) -> V:
        """Return a copy as an instance of another class, such as a subclass.

        :param cls: a class with the attributes of this one.
        :param changes: the new values by attribute.
        :raises ValidationError: a value breaks a rule.
        """
        values: dict[str, Any] = {}
        missing = []
        for field in attrs.fields(cast(Any, type(self))):
            name = field.name
            value = self._value(name)
            if value is not NOT_FETCHED:
                if field.init:
                    values[field.alias or name] = value
            elif name not in changes and not name.startswith("_"):
                missing.append(name)
        copy = cls(**(values | changes))
        copy._forget(missing)
        return copy

    def to_dict(self) -> dict[str, Any]:
        """Return the fetched attributes by name; nested values become dictionaries too."""
        return {
            name: value.to_dict() if isinstance(value, Value) else value
            for name, value in self._fetched().items()
        }

    def members(self) -> dict[str, Any]:
        """Return the attributes that are set, by the names of their members in the API."""
        return {
            field.metadata["wire"]: to_wire(field, self._value(field.name))
            for field in self._wire_fields
            if self._value(field.name) not in (None, NOT_FETCHED)
        }

    def _value(self, name: str) -> Any:
        """Return the value of an attribute, or `NOT_FETCHED`."""
        try:
            return object.__getattribute__(self, name)
        except AttributeError:
            return NOT_FETCHED

    def _fetched(self) -> dict[str, Any]:
        """Return the public attributes that have a value."""
        values = {field.name: self._value(field.name) for field in self._public}
        return {name: value for name, value in values.items() if value is not NOT_FETCHED}

    def _not_fetched(self) -> list[str]:
        """Return the names of the public attributes without a value."""
        return [field.name for field in self._public if self._value(field.name) is NOT_FETCHED]

    def _forget(self, names: Iterable[str]) -> None:
        """Remove the values of a new object, so that they count as not fetched."""
        for name in names:
            object.__delattr__(self, name)

    def _hint(self, name: str) -> str:
        """Return the expression that reads an attribute."""
        raise NotImplementedError

    if not TYPE_CHECKING:  # a type checker would accept any attribute

        def __getattr__(self, name: str) -> Any:
            if any(field.name == name for field in type(self)._public):
                message = f"not fetched: {type(self).__name__}.{name}; {self._hint(name)} reads it"
                raise NotFetchedError(message)
            return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), *self._compared(hashed=True)))

    def _compared(self, hashed: bool = False) -> list[Any]:
        """Return the values that equality compares; an attribute that was not fetched is None.

        :param hashed: only those that can be hashed.
        """
        values = [
            self._value(field.name)
            for field in attrs.fields(cast(Any, type(self)))
            if field.eq and not (hashed and field.hash is False)
        ]
        return [None if value is NOT_FETCHED else value for value in values]

    @classmethod
    def _read(cls, data: Mapping[str, Any], level: int = Level.OTHER, **others: Any) -> Self:
        """Return the value for a structure of the API; a missing member is None.

        :param level: how complete the response is; fields of higher levels are not fetched.
        :param others: attributes that are not in the structure.
        """
        flat = dict(data)
        for structure in cls.structures:
            flat.update(flat.pop(structure, ()))
        self = cls.__new__(cls)
        for attribute in cls._names_up_to[level]:
            set_attribute(self, attribute, None)
        readers = cls._readers
        for member, value in flat.items():
            if value is not None and member in readers:
                attribute, read = readers[member]
                set_attribute(self, attribute, value if read is unchanged else read(value))
        for attribute, value in (cls._local_fields | others).items():
            set_attribute(self, attribute, value)
        return self

    def _display(self) -> DisplayTable:
        values = {
            name: self._displayed_value(name, value) for name, value in self._fetched().items()
        }
        return attributes(type(self).__name__, values)

    def _displayed_value(self, name: str, value: Any) -> Any:
        """Return the value in a display; a secret is hidden."""
        field = getattr(attrs.fields(cast(Any, type(self))), name)
        return HIDDEN if field.metadata.get("secret") and value is not None else value

    def __repr__(self) -> str:
        arguments = []
        for field in self._public:
            value = self._value(field.name)
            if value is NOT_FETCHED:
                continue
            if field.default is attrs.NOTHING:
                arguments.append(repr(self._displayed_value(field.name, value)))
            elif value != field.default:
                arguments.append(f"{field.name}={self._displayed_value(field.name, value)!r}")
        missing = [f"{name}=..." for name in self._not_fetched()]
        arguments += missing if len(missing) <= MAX_MISSING else ["..."]
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __reduce__(self) -> tuple[Any, ...]:
        names = [field.name for field in attrs.fields(cast(Any, type(self)))]
        state = {name: self._value(name) for name in names}
        # Without the connection, which holds sockets and secrets.
        state = {n: None if n == "_connection" else v for n, v in state.items()}
        return _restore, (type(self), {n: v for n, v in state.items() if v is not NOT_FETCHED})


class _CopyingSlot:
    """The slot of an attribute that is copied when it is read."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else safe_copy(self._slot.__get__(instance, owner))

    def __set__(self, instance: object, value: Any) -> None:
        self._slot.__set__(instance, value)

    def __delete__(self, instance: object) -> None:
        self._slot.__delete__(instance)


def copy_on_read(cls: type[Value], name: str) -> None:
    """Make an attribute immutable although its value is not: reading it returns a copy.

    :param cls: the class of the attribute.
    :param name: the attribute.
    """
    setattr(cls, name, _CopyingSlot(getattr(cls, name)))


def to_wire(field: Field, value: Any) -> Any:
    """Return the value of a field in the form of the wire; None stays None."""
    return None if value is None else field.metadata["kind"].write(value)


def _restore(cls: type[Any], state: Mapping[str, Any]) -> Any:
    self = object.__new__(cls)
    for name, value in state.items():
        set_attribute(self, name, value)
    return self
