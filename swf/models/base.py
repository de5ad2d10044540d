"""The base classes of all models.

`Value` is an immutable value of the wire, `Model` a value with an identity at the service, and
`RegistrableModel` a model that can be registered and deprecated. A subclass names its structures in
a response and its name in the API; everything else follows from its fields (`swf.models.fields`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

import attrs

from swf.connection import Connection, current
from swf.constants import DEPRECATED
from swf.exceptions import AlreadyExistsError, DoesNotExistError, ResponseError, ValidationError
from swf.models.diff import Difference as Difference
from swf.models.diff import ModelDiff as ModelDiff
from swf.models.display import Displayed, DisplayTable, attributes
from swf.models.fields import unchanged, wire

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform

    from swf.models.domain import Domain
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        """Replace the typing construct, which does nothing at run time."""
        return lambda decorated: decorated


Field: TypeAlias = "attrs.Attribute[Any]"

_set = object.__setattr__


@dataclass_transform(frozen_default=True, field_specifiers=(wire, attrs.field))
def model(cls: type[Any]) -> type[Any]:
    """Make a class a frozen, slotted attrs class with the repr and pickles of `Value`."""
    return attrs.frozen(cls, repr=False, getstate_setstate=False)


@model
class Value(Displayed):
    """An immutable value whose fields declare their form on the wire."""

    #: Structures of a response whose members are merged into the response, outermost first.
    structures: ClassVar[tuple[str, ...]] = ()

    # Derived from the fields, once for each class.
    _public: ClassVar[list[Field]]
    _wire_fields: ClassVar[list[Field]]
    _layout: ClassVar[list[tuple[str, str, Callable[[Any], Any]]]]
    _local_fields: ClassVar[dict[str, Any]]

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        fields: tuple[Field, ...] = attrs.fields(cast(Any, cls))
        cls._public = [field for field in fields if not field.name.startswith("_")]
        cls._wire_fields = [field for field in fields if field.metadata.get("wire")]
        cls._layout = [
            (f.name, f.metadata["wire"], f.metadata["kind"].read) for f in cls._wire_fields
        ]
        others = [field for field in fields if field not in cls._wire_fields]
        cls._local_fields = {f.name: None if "kind" in f.metadata else f.default for f in others}

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with some attributes changed.

        :param changes: the new values by attribute.
        :raises ValidationError: a value breaks a rule.
        """
        copy: Self = attrs.evolve(cast(Any, self), **changes)
        return copy

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes by name; nested values become dictionaries too."""
        values = {field.name: getattr(self, field.name) for field in self._public}
        return {
            name: value.to_dict() if isinstance(value, Value) else value
            for name, value in values.items()
        }

    def members(self) -> dict[str, Any]:
        """Return the attributes that are set, by the names of their members in the API."""
        return {
            field.metadata["wire"]: _to_wire(field, getattr(self, field.name))
            for field in self._wire_fields
            if getattr(self, field.name) is not None
        }

    @classmethod
    def _read(cls, data: Mapping[str, Any], **others: Any) -> Self:
        """Return the value for a structure of the API; a missing member is None.

        :param others: attributes that are not in the structure.
        """
        flat = dict(data)
        for structure in cls.structures:
            flat.update(flat.pop(structure, ()))
        self = cls.__new__(cls)
        for attribute, member, read in cls._layout:
            value = flat.get(member)
            _set(self, attribute, value if value is None or read is unchanged else read(value))
        for attribute, value in (cls._local_fields | others).items():
            _set(self, attribute, value)
        return self

    def _display(self) -> DisplayTable:
        values = {field.name: getattr(self, field.name) for field in self._public}
        return attributes(type(self).__name__, values)

    def __repr__(self) -> str:
        arguments = []
        for field in self._public:
            value = getattr(self, field.name)
            if field.default is attrs.NOTHING:
                arguments.append(repr(value))
            elif value != field.default:
                arguments.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Without the connection, which holds sockets and secrets.
        names = [name for name, *_ in self._layout] + [*self._local_fields]
        state = {n: None if n == "_connection" else getattr(self, n) for n in names}
        return _restore, (type(self), state)


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

    # None uses the current connection. The type is that of the property, which mypy takes it for.
    _connection: Connection = attrs.field(
        default=cast(Any, None),
        kw_only=True,
        eq=False,
        alias="connection",
        validator=lambda _, __, value: value is None or Connection.check(value),
    )
    # True if read from a list, which has fewer members than a description: the others are unknown.
    _partial: bool = attrs.field(default=False, init=False, eq=False)

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
                (field.name, getattr(self, field.name), getattr(other, field.name))
                for field in self._wire_fields
                if self._differs(other, field)
            )
        )

    def upstream(self) -> Self:
        """Return the model that the service has under this identity (one call).

        :raises DoesNotExistError: the model's own, when the service does not know it.
        """
        return self._from_description(self._describe())

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with some attributes changed and the same connection.

        :param changes: the new values by attribute.
        :raises ValidationError: a value breaks a rule.
        """
        copy = super().evolve(**changes)
        _set(copy, "_partial", self._partial)
        return copy

    @classmethod
    def _read(cls, data: Mapping[str, Any], **others: Any) -> Self:
        return super()._read(data, _partial="configuration" not in data, **others)

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
        local, remote = (_to_wire(field, getattr(side, field.name)) for side in (self, upstream))
        is_unknown = local is None and (self._partial or field.metadata["assigned"])
        return not is_unknown and bool(local != remote)

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
        if self._partial:
            rule = "was read from a list and lacks its settings; call .upstream().save()"
            raise ValidationError(self.api_name, self, rule)
        self._call(f"Register{self.api_name}", **self._registration())
        if self.status == DEPRECATED:
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
