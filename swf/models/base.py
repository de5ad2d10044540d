"""`Model`, the base class of values with an identity at the service, and `RegistrableModel`.

A subclass names its structures in a response and its name in the API; everything else follows from
its fields (`swf.models.fields`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs

from swf.connection import Connection, current
from swf.constants import DEPRECATED
from swf.exceptions import AlreadyExistsError, DoesNotExistError, ResponseError, ValidationError
from swf.models.diff import Difference as Difference
from swf.models.diff import ModelDiff as ModelDiff
from swf.models.display import DisplayTable, attributes
from swf.models.fields import Level
from swf.models.value import NOT_FETCHED, Field, V, Value, model, set_attribute, to_wire

if TYPE_CHECKING:
    from typing_extensions import Self

    from swf.models.domain import Domain


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

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes by name, without those that only the service knows.

        Nested values become dictionaries too.
        """
        unknown = self._unassigned()
        return {name: value for name, value in super().to_dict().items() if name not in unknown}

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

        :raises DoesNotExistError: the model's `DoesNotExist`, when the service does not know it.
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

        :raises DoesNotExistError: the model's `DoesNotExist`, when the service does not know it.
        """
        return self._from_description(self._describe())

    def copy_as(self, cls: type[V], **changes: Any) -> V:
        """Return a copy with the same connection as an instance of another class.

        :param cls: a class with the attributes of this one.
        :param changes: the new values by attribute.
        :raises ValidationError: a value breaks a rule.
        """
        copy = super().copy_as(cls, **changes)
        set_attribute(copy, "_level", self._level)
        return copy

    @classmethod
    def _read(cls, data: Mapping[str, Any], level: int | None = None, **others: Any) -> Self:
        level = cls._response_level(data) if level is None else level
        return super()._read(data, level, _level=level, **others)

    def _as_read(self, level: Level, unknown: Iterable[str] = ()) -> Self:
        """Mark this new object as read from a response, and return it.

        :param level: the completeness of the response; unset fields of higher levels count as not
            fetched.
        :param unknown: further attributes that count as not fetched if they are unset.
        """
        higher = (field.name for field in self._wire_fields if field.metadata["level"] > level)
        self._forget(name for name in (*higher, *unknown) if self._value(name) is None)
        set_attribute(self, "_level", level)
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
            defaults = {field.name: field.default for field in self._public}
            missing = self._unassigned()
            values = {
                name: value if value is None or value != defaults[name] else f"{value} (default)"
                for name, value in values.items()
                if name not in missing
            }
        return attributes(type(self).__name__, values, self._missing_note(missing))

    def _unassigned(self) -> list[str]:
        """Return the unset attributes of a local model that the service assigns."""
        if self._level is not None:
            return []
        return [
            field.name
            for field in self._wire_fields
            if field.metadata["assigned"] and self._value(field.name) == field.default
        ]

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
        local, remote = (to_wire(field, value) for value in values)
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

        :raises AlreadyExistsError: the model's `AlreadyExists`, when it is registered or deprecated
            upstream.
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

        :raises DoesNotExistError: the model's `DoesNotExist`, when the service does not know it.
        :raises DeprecatedError: it is deprecated already.
        """
        self._call(f"Deprecate{self.api_name}", **self._identity())

    def undelete(self) -> None:
        """Register a deprecated model again, with its previous settings.

        :raises DoesNotExistError: the model's `DoesNotExist`, when the service does not know it.
        :raises AlreadyExistsError: the model's `AlreadyExists`, when it is not deprecated.
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
