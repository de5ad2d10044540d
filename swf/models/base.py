"""The base classes of all models.

`Value` is an immutable value of the wire, `Model` a value with an identity at the service, and
`RegistrableModel` a model that can be registered and deprecated. A subclass names its structures in
a response and its name in the API; everything else follows from its fields (`swf.models.fields`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar, cast

import attrs

from swf.connection import Connection, current
from swf.constants import DEPRECATED
from swf.exceptions import (
    AlreadyExistsError,
    DoesNotExistError,
    NotFetchedError,
    ResponseError,
    ValidationError,
)
from swf.models.diff import Difference as Difference
from swf.models.diff import ModelDiff as ModelDiff
from swf.models.display import Displayed, DisplayTable, attributes
from swf.models.fields import Level, unchanged, wire
from swf.models.rows import Row

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform

    from swf.models.domain import Domain
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        """Replace the typing construct, which does nothing at run time."""
        return lambda decorated: decorated


Field: TypeAlias = "attrs.Attribute[Any]"

_set = object.__setattr__

V = TypeVar("V", bound="Value")

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
    _layout: ClassVar[list[tuple[str, str, Callable[[Any], Any], Level]]]
    _local_fields: ClassVar[dict[str, Any]]

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        fields: tuple[Field, ...] = attrs.fields(cast(Any, cls))
        cls._public = [field for field in fields if not field.name.startswith("_")]
        cls._wire_fields = [field for field in fields if field.metadata.get("wire")]
        cls._layout = [
            (f.name, f.metadata["wire"], f.metadata["kind"].read, f.metadata["level"])
            for f in cls._wire_fields
        ]
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
        return self._copy(type(self), **changes)

    def _copy(self, cls: type[V], **changes: Any) -> V:
        """Return a copy as an instance of the same class or a subclass."""
        values = {
            field.alias or field.name: self._value(field.name)
            for field in attrs.fields(cast(Any, type(self)))
            if field.init and self._value(field.name) is not NOT_FETCHED
        }
        copy = cls(**(values | changes))
        copy._forget(name for name in self._not_fetched() if name not in changes)
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
            field.metadata["wire"]: _to_wire(field, self._value(field.name))
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
        for attribute, member, read, field_level in cls._layout:
            value = flat.get(member)
            if value is not None:
                _set(self, attribute, value if read is unchanged else read(value))
            elif field_level <= level:
                _set(self, attribute, None)
        for attribute, value in (cls._local_fields | others).items():
            _set(self, attribute, value)
        return self

    def _display(self) -> DisplayTable:
        values = {name: self._shown(name, value) for name, value in self._fetched().items()}
        return attributes(type(self).__name__, values)

    def _shown(self, name: str, value: Any) -> Any:
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
                arguments.append(repr(self._shown(field.name, value)))
            elif value != field.default:
                arguments.append(f"{field.name}={self._shown(field.name, value)!r}")
        missing = [f"{name}=..." for name in self._not_fetched()]
        arguments += missing if len(missing) <= MAX_MISSING else ["..."]
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __reduce__(self) -> tuple[Any, ...]:
        names = [field.name for field in attrs.fields(cast(Any, type(self)))]
        state = {name: self._value(name) for name in names}
        # Without the connection, which holds sockets and secrets.
        state = {n: None if n == "_connection" else v for n, v in state.items()}
        return _restore, (type(self), {n: v for n, v in state.items() if v is not NOT_FETCHED})


@model
class Model(Value):
    """A value with an identity at the service.

    :param connection: the connection of its calls (keyword only); the current one by default.
        Equality, hash, repr and pickles ignore it.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = DoesNotExistError
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = AlreadyExistsError

    #: Its name in the operations of the API, e.g. `"Domain"` in `DescribeDomain`.
    api_name: ClassVar[str]

    #: The structure that only descriptions contain, and a member that references lack.
    configuration: ClassVar[str] = "configuration"
    status_member: ClassVar[str] = "status"

    #: Attribute -> the expression that reads it, if `upstream()` does not.
    reads: ClassVar[Mapping[str, str]] = {}

    # None uses the current connection. The type is that of the property, which mypy takes it for.
    _connection: Connection = attrs.field(
        default=cast(Any, None),
        kw_only=True,
        eq=False,
        alias="connection",
        validator=lambda _, __, value: value is None or Connection.check(value),
    )
    # The completeness of the response from which it was read; None if it was built locally.
    _level: Level | None = attrs.field(default=None, init=False, eq=False)

    @classmethod
    def from_wire(
        cls,
        data: Mapping[str, Any],
        *,
        domain: Domain | None = None,  # noqa: ARG003 - for members of a domain
        connection: Connection | None = None,
    ) -> Self:
        """Return the model for an item of a list operation or a describe operation's response.

        :param domain: the domain of the model, which responses do not contain.
        :param connection: the connection of its calls; the current one by default.
        """
        return cls._read(data, _connection=connection)

    @property
    def connection(self) -> Connection:
        """The connection of this model's calls."""
        return self._connection or self._default_connection()

    @property
    def exists(self) -> bool:
        """Whether the service knows it (one call).

        :raises ResponseError: the service refuses the call for another reason.
        """
        try:
            self._describe()
        except DoesNotExistError:
            return False
        return True

    @property
    def is_synced(self) -> bool:
        """Whether it exists and equals the upstream model (the calls of `changes`)."""
        try:
            return not self.changes
        except DoesNotExistError:
            return False

    @property
    def changes(self) -> ModelDiff:
        """The differences from the upstream model; empty when both are equal (one call).

        Values that the service assigns, such as dates, count only if they are set here.

        :raises DoesNotExistError: the model's own, when the service does not know it.
        """
        return self.differences(self.upstream())

    def differences(self, other: Self) -> ModelDiff:
        """Return the differences from another model (no call).

        Unknown values and unset values that the service assigns do not count.

        :param other: a model of the same class.
        """
        return ModelDiff(
            *(
                (field.name, self._value(field.name), other._value(field.name))
                for field in self._wire_fields
                if self._differs(other, field)
            )
        )

    def upstream(self) -> Self:
        """Return the model that the service has under this identity (one call).

        :raises DoesNotExistError: the model's own, when the service does not know it.
        """
        return self._from_description(self._describe())

    def _copy(self, cls: type[V], **changes: Any) -> V:
        copy = super()._copy(cls, **changes)
        _set(copy, "_level", self._level)
        return copy

    @classmethod
    def _read(cls, data: Mapping[str, Any], level: int | None = None, **others: Any) -> Self:
        level = cls._response_level(data) if level is None else level
        return super()._read(data, level, _level=level, **others)

    def _as_read(self, level: Level, unknown: Iterable[str] = ()) -> Self:
        """Return this new object as if it was read from a response.

        :param level: the completeness of the response; unset fields of higher levels are forgotten.
        :param unknown: further attributes to forget if they are unset.
        """
        higher = (field.name for field in self._wire_fields if field.metadata["level"] > level)
        self._forget(name for name in (*higher, *unknown) if self._value(name) is None)
        _set(self, "_level", level)
        return self

    @classmethod
    def _response_level(cls, data: Mapping[str, Any]) -> Level:
        if cls.configuration in data:
            return Level.DESCRIPTION
        return Level.LIST if cls.status_member in data else Level.REFERENCE

    def _hint(self, name: str) -> str:
        return self.reads.get(name, ".upstream()")

    def _display(self) -> DisplayTable:
        values, missing = self._fetched(), self._not_fetched()
        if self._level is None:
            assigned = {f.name for f in self._wire_fields if f.metadata["assigned"]}
            defaults = {field.name: field.default for field in self._public}
            missing = [
                name for name in values if name in assigned and values[name] == defaults[name]
            ]
            values = {
                name: value if value is None or value != defaults[name] else f"{value} (default)"
                for name, value in values.items()
                if name not in missing
            }
        return attributes(type(self).__name__, values, self._missing_note(missing))

    def _missing_note(self, names: list[str]) -> str:
        """Return a note about the attributes that were not fetched, by the way to read them."""
        ways: dict[str, list[str]] = {}
        for name in names:
            ways.setdefault(self._hint(name), []).append(name)
        return "; ".join(
            f"not fetched: {', '.join(group)}; {way.removeprefix('.')} reads "
            f"{'it' if len(group) == 1 else 'them'}"
            for way, group in ways.items()
        )

    def _default_connection(self) -> Connection:
        return current()

    def _from_description(self, response: Mapping[str, Any]) -> Self:
        return self.from_wire(response, connection=self._connection)

    def _describe(self) -> dict[str, Any]:
        identity = self._identity()
        return self._call(f"Describe{self.api_name}", **identity)

    def _identity(self) -> dict[str, Any]:
        """Return the members that identify it in operations."""
        raise NotImplementedError

    def _differs(self, upstream: Self, field: Field) -> bool:
        # Compared on the wire, where an execution refers to its type by name and version.
        values = [side._value(field.name) for side in (self, upstream)]
        if NOT_FETCHED in values or (values[0] is None and field.metadata["assigned"]):
            return False
        local, remote = (_to_wire(field, value) for value in values)
        return bool(local != remote)

    def _call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call an operation, and raise the errors of this model's classes."""
        with translate_errors(self.DoesNotExist, self.AlreadyExists):
            return self.connection.call(operation, **params)


#: The name in python-simple-workflow's documentation.
BaseModel = Model


@model
class RegistrableModel(Model):
    """A model that can be registered and deprecated: a domain or a type."""

    if TYPE_CHECKING:

        @property
        def status(self) -> str | None: ...

    def save(self) -> None:
        """Register it, and deprecate it if its status is DEPRECATED (a second call).

        :raises AlreadyExistsError: the model's own, when it is registered or deprecated upstream.
        :raises ValidationError: it was read from a list, which omits the settings.
        """
        if self._level in (Level.LIST, Level.REFERENCE) and self._lacks_settings():
            rule = "was read from a list and lacks its settings; call .upstream().save()"
            raise ValidationError(self.api_name, self, rule)
        self._call(f"Register{self.api_name}", **self._registration())
        if self._value("status") == DEPRECATED:
            self.delete()

    def delete(self) -> None:
        """Deprecate it; the service keeps deprecated models.

        :raises DoesNotExistError: the model's own, when the service does not know it.
        :raises DeprecatedError: it is deprecated already.
        """
        self._call(f"Deprecate{self.api_name}", **self._identity())

    def undelete(self) -> None:
        """Register a deprecated model again, with its previous settings.

        :raises DoesNotExistError: the model's own, when the service does not know it.
        :raises AlreadyExistsError: the model's own, when it is not deprecated.
        """
        self._call(f"Undeprecate{self.api_name}", **self._identity())

    def _lacks_settings(self) -> bool:
        return any(
            self._value(field.name) is NOT_FETCHED
            for field in self._wire_fields
            if field.metadata["level"] is Level.DESCRIPTION
        )

    def _registration(self) -> dict[str, Any]:
        assigned = {
            field.metadata["wire"] for field in self._wire_fields if field.metadata["assigned"]
        }
        return {name: value for name, value in self.members().items() if name not in assigned}


@contextmanager
def translate_errors(
    missing: type[DoesNotExistError], present: type[AlreadyExistsError]
) -> Iterator[None]:
    """Replace general exceptions by the classes of a model.

    :param missing: the class for `DoesNotExistError`.
    :param present: the class for `AlreadyExistsError`.
    """
    try:
        yield
    except DoesNotExistError as error:
        raise translate_error(error, missing) from error.__cause__
    except AlreadyExistsError as error:
        raise translate_error(error, present) from error.__cause__


def translate_error(error: ResponseError, own: type[ResponseError]) -> ResponseError:
    """Return the same error as an instance of another class.

    :param own: the class of a model, such as `DomainDoesNotExist`.
    """
    return own(error.message, error.error_code, error.operation, error.request_id)


def _to_wire(field: Field, value: Any) -> Any:
    return None if value is None else field.metadata["kind"].write(value)


def _restore(cls: type[Any], state: Mapping[str, Any]) -> Any:
    self = object.__new__(cls)
    for name, value in state.items():
        _set(self, name, value)
    return self
