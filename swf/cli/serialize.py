"""Converts values for every output format, and decodes payloads.

Times become ISO 8601 with their zone, durations become seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from swf.codecs import TYPED_JSON
from swf.exceptions import ValidationError
from swf.models import Domain
from swf.models.value import Value
from swf.payload import Codec
from swf.report.redaction import map_payloads

#: Fields that are written by a codec.
CODED = frozenset(("input", "result", "details", "control"))

_TYPE_REFERENCE = ("name", "version")


def field_names(value: Any) -> list[str]:
    """Return the field names of a model or mapping."""
    return list(value if isinstance(value, Mapping) else value.to_dict())


def get_field(value: Any, name: str) -> Any:
    """Return a field of a model or mapping.

    :param name: the field name; `a.b` is a field of a field.
    :returns: None if there is no such field.
    """
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return value


def to_plain(value: Any, *, local_time: bool = False) -> Any:
    """Convert a value to strings, numbers, booleans, None, lists and dictionaries.

    :param local_time: whether times have the local zone; they keep their zone by default.
    """
    convert = partial(to_plain, local_time=local_time)
    if isinstance(value, datetime):
        value = value.astimezone() if local_time else value
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Domain):
        return value.name
    if isinstance(value, Value):
        fields = list(value.to_dict())
        if set(_TYPE_REFERENCE) <= set(fields):
            fields = list(_TYPE_REFERENCE)
        return {name: convert(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(key): convert(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [convert(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def to_text(value: Any) -> str:
    """Return a plain value as text: `name version` for a type, otherwise text or JSON.

    :param value: a value that `to_plain` returned.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and tuple(value) == _TYPE_REFERENCE:
        return f"{value['name']} {value['version']}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def decode_payloads(value: Any, codec: Codec, warn: Callable[[str], None]) -> Any:
    """Decode the payloads of wire events, and write them as JSON that preserves types.

    :param value: wire events.
    :param codec: decodes the payloads.
    :param warn: receives a message about each payload that the codec cannot decode; such a payload
        stays unchanged.
    """

    def decode(payload: Any) -> Any:
        if not isinstance(payload, str):
            return payload
        try:
            return TYPED_JSON.encode(codec.decode(payload), "payload")
        except ValidationError as error:
            warn(f"swf: shown as it is: {error}")
            return payload

    return map_payloads(value, CODED, decode)
