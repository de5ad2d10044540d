"""What all models have in common, written once.

`Value` is an immutable value that can be read from the wire, `Model` one that the service can be
asked about, `RegistrableModel` one that it can be told to keep. A class says which structures of an
answer hold its members and what the service calls it; the rest follows from its fields
(`swf.models.fields`).
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
        """Stand in for the typing construct, which does nothing at run time."""
        return lambda decorated: decorated


Field: TypeAlias = "attrs.Attribute[Any]"

_set = object.__setattr__


@dataclass_transform(frozen_default=True, field_specifiers=(wire, attrs.field))
def model(cls: type[Any]) -> type[Any]:
    """Make a class a frozen, slotted attrs class with the repr and pickles of `Value`."""
    return attrs.frozen(cls, repr=False, getstate_setstate=False)


@model
class Value(Displayed):
    """An immutable value whose fields say how they look on the wire."""

    #: Structures of an answer whose members count as members of the answer, outermost first.
    structures: ClassVar[tuple[str, ...]] = ()

    # What follows from the fields, worked out once for each class.
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
        """Return a copy with some attributes changed."""
        copy: Self = attrs.evolve(cast(Any, self), **changes)
        return copy

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes by name; values inside this one become dictionaries too."""
        values = {field.name: getattr(self, field.name) for field in self._public}
        return {
            name: value.to_dict() if isinstance(value, Value) else value
            for name, value in values.items()
        }

    def members(self) -> dict[str, Any]:
        """Return the attributes that are set and that the API has a member for, by that member."""
        return {
            field.metadata["wire"]: _to_wire(field, getattr(self, field.name))
            for field in self._wire_fields
            if getattr(self, field.name) is not None
        }

    @classmethod
    def _read(cls, data: Mapping[str, Any], **others: Any) -> Self:
        """Return the value for a structure of the API; `others` are attributes it does not tell.

        What the structure leaves out is None, whatever the constructor's default is.
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
        # A connection stays behind: it holds sockets and secrets.
        names = [name for name, *_ in self._layout] + [*self._local_fields]
        state = {n: None if n == "_connection" else getattr(self, n) for n in names}
        return _restore, (type(self), state)


@model
class Model(Value):
    """A value that the service can be asked about.

    :param connection: which way to the service (keyword only); the connection in force when it is
        not given. It is no part of equality, hash, repr or pickles.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = DoesNotExistError
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = AlreadyExistsError

    #: What the API's operations call it, e.g. `"Domain"` in `DescribeDomain`.
    api_name: ClassVar[str]

    # None when it was not given. Typed as the property is: mypy takes an alias for an attribute.
    _connection: Connection = attrs.field(
        default=cast(Any, None),
        kw_only=True,
        eq=False,
        alias="connection",
        validator=lambda _, __, value: value is None or Connection.check(value),
    )
    # Read from a list, which tells less than a description: the rest is unknown, not unset.
    _partial: bool = attrs.field(default=False, init=False, eq=False)

    @classmethod
    def from_wire(
        cls,
        data: Mapping[str, Any],
        *,
        domain: Domain | None = None,  # noqa: ARG003 - for those that live in one
        connection: Connection | None = None,
    ) -> Self:
        """Return the model for an element of a list or a whole answer of a describe operation.

        :param domain: the `Domain` it belongs to, which answers do not tell.
        """
        return cls._read(data, _connection=connection)

    @property
    def connection(self) -> Connection:
        """The connection that this model's calls take."""
        return self._connection or self._default_connection()

    @property
    def exists(self) -> bool:
        """Whether the service knows it (one call).

        :raises ResponseError: when the service refuses to answer; a refusal is no answer.
        """
        try:
            self._describe()
        except DoesNotExistError:
            return False
        return True

    @property
    def is_synced(self) -> bool:
        """Whether it exists and does not differ from what is upstream (the calls of `changes`)."""
        try:
            return not self.changes
        except DoesNotExistError:
            return False

    @property
    def changes(self) -> ModelDiff:
        """The differences from what is upstream; empty when there are none (one call).

        What the service assigns, such as dates, is no difference as long as it is unset here.

        :raises DoesNotExistError: the model's own, when it is absent upstream.
        """
        return self.differences(self.upstream())

    def differences(self, other: Self) -> ModelDiff:
        """Return how this model differs from another of the same kind (no call).

        What is unset here, and not for us to set or not known, is no difference.
        """
        return ModelDiff(
            *(
                (field.name, getattr(self, field.name), getattr(other, field.name))
                for field in self._wire_fields
                if self._differs(other, field)
            )
        )

    def upstream(self) -> Self:
        """Return what the service holds under this identity (one call).

        :raises DoesNotExistError: the model's own, when the service does not know it.
        """
        return self._of_answer(self._describe())

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with some attributes changed; it keeps the connection."""
        copy = super().evolve(**changes)
        _set(copy, "_partial", self._partial)
        return copy

    @classmethod
    def _read(cls, data: Mapping[str, Any], **others: Any) -> Self:
        return super()._read(data, _partial="configuration" not in data, **others)

    def _default_connection(self) -> Connection:
        return current()

    def _of_answer(self, answer: Mapping[str, Any]) -> Self:
        return self.from_wire(answer, connection=self._connection)

    def _describe(self) -> dict[str, Any]:
        identity = self._identity()
        return self._call(f"Describe{self.api_name}", **identity)

    def _identity(self) -> dict[str, Any]:
        """Return the members by which operations refer to it."""
        raise NotImplementedError

    def _differs(self, upstream: Self, field: Field) -> bool:
        # Compared as the service would see them: of a type, an execution knows but the name.
        local, theirs = (_to_wire(field, getattr(side, field.name)) for side in (self, upstream))
        unknown = local is None and (self._partial or field.metadata["assigned"])
        return not unknown and bool(local != theirs)

    def _call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call an operation on this model; what is missing or in the way is named after it."""
        with translate_errors(self.DoesNotExist, self.AlreadyExists):
            return self.connection.call(operation, **params)


#: The other name by which the documentation of old calls it.
BaseModel = Model


@model
class RegistrableModel(Model):
    """A model that the service can be told to keep: a domain or a type."""

    if TYPE_CHECKING:

        @property
        def status(self) -> str | None: ...

    def save(self) -> None:
        """Register it; one whose status is DEPRECATED is deprecated at once (a second call).

        :raises AlreadyExistsError: the model's own, when it is registered or deprecated upstream.
        :raises ValidationError: when it was read from a list, which leaves out the settings.
        """
        if self._partial:
            raise ValidationError(self.api_name, self, "has unknown settings; save its upstream()")
        self._call(f"Register{self.api_name}", **self._registration())
        if self.status == DEPRECATED:
            self.delete()

    def delete(self) -> None:
        """Deprecate it; the service keeps what is deprecated.

        :raises DoesNotExistError: the model's own, when the service does not know it.
        :raises DeprecatedError: when it is deprecated already.
        """
        self._call(f"Deprecate{self.api_name}", **self._identity())

    def undelete(self) -> None:
        """Register it again after a deprecation, with the settings it had.

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
    """Raise a model's own exceptions in place of the general ones."""
    try:
        yield
    except DoesNotExistError as error:
        raise translate_error(error, missing) from error.__cause__
    except AlreadyExistsError as error:
        raise translate_error(error, present) from error.__cause__


def translate_error(error: ResponseError, own: type[ResponseError]) -> ResponseError:
    """Return the same refusal as an exception of a model's own."""
    return own(error.message, error.error_code, error.operation, error.request_id)


def _to_wire(field: Field, value: Any) -> Any:
    return None if value is None else field.metadata["kind"].write(value)


def _restore(cls: type[Any], state: Mapping[str, Any]) -> Any:
    self = object.__new__(cls)
    for name, value in state.items():
        _set(self, name, value)
    return self
