"""`TypedJSON`: JSON with Python types."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final

import attrs

from swf.exceptions import InvalidTypeError, JumboFieldError, ValidationError
from swf.payload import Codec, check_nesting

#: The member that holds the type of a value.
TAG: Final = "$type"

_WRITERS: Final[Mapping[type, tuple[str, Callable[[Any], Any]]]] = {
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.timedelta: ("timedelta", lambda v: [v.days, v.seconds, v.microseconds]),
    uuid.UUID: ("uuid", str),
    decimal.Decimal: ("decimal", str),
    bytes: ("bytes", lambda v: base64.b64encode(v).decode()),
    tuple: ("tuple", list),
    set: ("set", lambda v: sorted(v, key=_sort_key)),
    frozenset: ("frozenset", lambda v: sorted(v, key=_sort_key)),
}
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda v: datetime.timedelta(*v),
    "uuid": uuid.UUID,
    "decimal": decimal.Decimal,
    "bytes": base64.b64decode,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
}
#: Prefix of the texts of wrapping codecs.
ENVELOPE: Final = re.compile(r"swf\+[a-z]+:")
#: Prefix of the addresses of simpleflow's jumbo fields.
JUMBO_PREFIX: Final = "simpleflow+s3://"

_ATOMS: Final = frozenset((str, int, float, bool, type(None)))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _validate_types(types: Any) -> list[type]:
    if not isinstance(types, Iterable):
        raise InvalidTypeError("types", types, "must be a list of dataclasses or attrs classes")
    classes = list(types)
    for cls in classes:
        if not isinstance(cls, type) or not (dataclasses.is_dataclass(cls) or attrs.has(cls)):
            raise InvalidTypeError("types", cls, "must be dataclasses or attrs classes")
    return classes


class TypedJSON:
    """JSON that preserves Python types.

    :param types: dataclasses and attrs classes whose instances are restored.
    :raises InvalidTypeError: if `types` contains other objects.
    """

    is_pure: ClassVar[bool] = True

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._types = {_name(cls): cls for cls in _validate_types(types)}
        self._decoder = json.JSONDecoder(object_hook=self._typed)

    def encode(self, value: Any, field: str) -> str:
        """Return the JSON of a value.

        :param value: the value.
        :param field: name of the field, for error messages.
        :raises ValidationError: if a part of the value cannot be encoded, or if it is nested too
            deeply.
        """
        try:
            text = _ENCODER.encode(_to_json(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(field, type(value), f"cannot be encoded: {error}") from error
        check_nesting(text, field)
        return text

    def decode(self, text: str) -> Any:
        """Return the value of a text; text that is not JSON is returned unchanged.

        :param text: the text of a field.
        :raises ValidationError: if another codec wrapped the text, if it is nested too deeply, or
            if a typed value is damaged.
        :raises JumboFieldError: if the text is the address of a jumbo field of simpleflow.
        """
        check_nesting(text, "payload")
        try:
            return self._decoder.decode(text)
        except ValidationError:
            raise
        except RecursionError as error:
            raise ValidationError("payload", ..., "is nested too deeply") from error
        except ValueError:
            if text.startswith(JUMBO_PREFIX):
                raise jumbo_field_error(text) from None
            envelope = ENVELOPE.match(text)
            if envelope is None:
                return text
        # Not a plain string: this codec quotes strings.
        raise ValidationError(
            "payload", envelope[0], "was encoded by a codec that is not configured"
        )

    def _typed(self, members: dict[str, Any]) -> Any:
        name = members.get(TAG)
        if not isinstance(name, str) or members.keys() != {TAG, "value"}:
            return members
        value = members["value"]
        try:
            if name in self._types:
                return self._types[name](**value)
            return _READERS[name](value) if name in _READERS else value
        except Exception as error:
            # A damaged value, or any exception of the constructor of a registered class.
            rule = f"is not a valid {name}: {type(error).__name__}"
            raise ValidationError("payload", ..., rule) from error


#: The default codec of `swf.dataflow`.
TYPED_JSON: Final[Codec] = TypedJSON()


def jumbo_field_error(text: str) -> JumboFieldError:
    """Return the error for a jumbo field whose bucket is not configured.

    :param text: the address.
    """
    address = text.split()[0]
    bucket = address.removeprefix(JUMBO_PREFIX).partition("/")[0]
    return JumboFieldError(
        "jumbo field",
        address,
        "requires the store of its bucket: pass simpleflow_codec=SimpleflowJSON"
        f"({{{bucket!r}: S3Store(client, {bucket!r}, prefix='')}}) to the decider and the worker",
    )


def _to_json(value: Any) -> Any:
    """Return the value with all special types replaced by JSON types."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list:
        return [item if type(item) in _ATOMS else _to_json(item) for item in value]
    if isinstance(value, Mapping):
        return _mapping_to_json(value)
    for cls, (name, write) in _WRITERS.items():
        if isinstance(value, cls):
            written = write(value)
            return {TAG: name, "value": _to_json(written)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return {TAG: _name(kind), "value": _to_json(members)}
    if attrs.has(kind):
        members = {f.alias or f.name: getattr(value, f.name) for f in attrs.fields(kind) if f.init}
        return {TAG: _name(kind), "value": _to_json(members)}
    if isinstance(value, Iterable) and not isinstance(value, (str, int, float)):
        return [_to_json(item) for item in value]
    return value


def _mapping_to_json(value: Mapping[Any, Any]) -> Any:
    if TAG not in value and set(map(type, value)) <= {str}:
        return {
            key: member if type(member) in _ATOMS else _to_json(member)
            for key, member in value.items()
        }
    return {TAG: "dict", "value": [[_to_json(key), _to_json(value[key])] for key in value]}


def _sort_key(value: Any) -> tuple[str, str]:
    """Return the sort key of a member of a set, so that equal sets have equal texts."""
    return type(value).__name__, repr(value)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
