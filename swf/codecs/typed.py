"""`TypedJSON`: JSON that keeps what JSON cannot say."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from swf.exceptions import InvalidTypeError, ValidationError
from swf.payload import Codec

#: The member that says of what type the value beside it is.
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
    set: ("set", lambda v: sorted(v, key=_order)),
    frozenset: ("frozenset", lambda v: sorted(v, key=_order)),
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
#: How what a codec around another makes begins.
ENVELOPE: Final = re.compile(r"swf\+[a-z]+:")

_ATOMS: Final = frozenset((str, int, float, bool, type(None)))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _accept(types: Any) -> list[type]:
    if not isinstance(types, Iterable):
        raise InvalidTypeError("types", types, "must be a list of dataclasses and attrs classes")
    found = list(types)
    for cls in found:
        if not isinstance(cls, type) or not (dataclasses.is_dataclass(cls) or attrs.has(cls)):
            raise InvalidTypeError("types", cls, "must be dataclasses or attrs classes")
    return found


class TypedJSON:
    """JSON that keeps types.

    :param types: dataclasses and attrs classes whose values come back as such.
    :raises InvalidTypeError: there is something else among them.
    """

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._types = {_name(cls): cls for cls in _accept(types)}
        self._decoder = json.JSONDecoder(object_hook=self._typed)

    def encode(self, value: Any, field: str) -> str:
        """Return the JSON of a value; `field` is named if there is none.

        :raises ValidationError: something in it cannot be written.
        """
        try:
            return _ENCODER.encode(_plain(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(field, type(value), f"cannot be written: {error}") from error

    def decode(self, text: str) -> Any:
        """Return the value of a text; what is not JSON is itself.

        :raises ValidationError: it is what a codec around this one made, which is not here.
        """
        try:
            return self._decoder.decode(text)
        except (ValueError, RecursionError):
            envelope = ENVELOPE.match(text)
            if envelope is None:
                return text
        # Never a value: this codec writes text in quotes.
        raise ValidationError(
            "payload", envelope[0], "was written by a codec that is not in use here"
        )

    def _typed(self, members: dict[str, Any]) -> Any:
        name = members.get(TAG)
        if name is None or members.keys() != {TAG, "value"}:
            return members
        value = members["value"]
        if name in self._types:
            return self._types[name](**value)
        if name in _READERS:
            return _READERS[name](value)
        return value


#: The codec that is used when none is named.
TYPED_JSON: Final[Codec] = TypedJSON()


def _plain(value: Any) -> Any:
    """Return a value with nothing in it that JSON cannot write."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list:
        return [item if type(item) in _ATOMS else _plain(item) for item in value]
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    for known, (name, write) in _WRITERS.items():
        if isinstance(value, known):
            written = write(value)
            return {TAG: name, "value": _plain(written)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return {TAG: _name(kind), "value": _plain(members)}
    if attrs.has(kind):
        members = {f.alias or f.name: getattr(value, f.name) for f in attrs.fields(kind) if f.init}
        return {TAG: _name(kind), "value": _plain(members)}
    if isinstance(value, Iterable) and not isinstance(value, (str, int, float)):
        return [_plain(item) for item in value]
    return value


def _plain_mapping(value: Mapping[Any, Any]) -> Any:
    if TAG not in value and set(map(type, value)) <= {str}:
        return {
            key: member if type(member) in _ATOMS else _plain(member)
            for key, member in value.items()
        }
    return {TAG: "dict", "value": [[_plain(key), _plain(value[key])] for key in value]}


def _order(value: Any) -> tuple[str, str]:
    """Return by what to sort the members of a set, so that equal sets are equal texts."""
    return type(value).__name__, repr(value)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
