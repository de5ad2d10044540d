"""Functions that programs for simpleflow import from `simpleflow.utils`; see also `retry`."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator
from typing import Any

from swf.dataflow.base_future import Future


def issubclass_(value: Any, classinfo: Any) -> bool:
    """Return whether a value is a subclass of `classinfo`; False if it is not a class."""
    return isinstance(value, type) and issubclass(value, classinfo)


def json_dumps(obj: Any, pretty: bool = False, compact: bool = True, **kwargs: Any) -> str:
    """Return plain JSON with sorted keys and without type information.

    Payloads are encoded by codecs, which preserve types: see `swf.codecs`.

    :param pretty: indent by 4 spaces.
    :param compact: omit whitespace; ignored if `pretty` is set.
    :param kwargs: keyword arguments of `json.dumps`.
    :raises TypeError: JSON cannot represent a value.
    """
    options: dict[str, Any] = {"default": _plain}
    if pretty:
        options |= {"indent": 4, "sort_keys": True, "separators": (",", ": ")}
    elif compact:
        options |= {"sort_keys": True, "separators": (",", ":")}
    return json.dumps(obj, **{**options, **kwargs})


def _plain(value: Any) -> Any:
    """Return the JSON representation of a value."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (datetime.datetime, datetime.time)):
        text = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    if isinstance(value, (datetime.date, uuid.UUID)):
        return str(value)
    if isinstance(value, (set, frozenset, Iterator)):
        return list(value)
    if isinstance(value, Future):
        return value.result
    raise TypeError(f"JSON cannot represent {type(value).__name__}")
