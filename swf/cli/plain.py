"""Values as every form of output can write them, and without their payloads if that is wanted.

Times are ISO 8601 with their zone, durations are seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from swf.codecs import TYPED_JSON
from swf.exceptions import ValidationError
from swf.models import Domain
from swf.models.base import Value
from swf.payload import Codec

#: Fields whose content --redact hides.
PAYLOADS = frozenset(
    (
        "input",
        "result",
        "details",
        "control",
        "reason",
        "latest_execution_context",
        "execution_context",
        "executionContext",
        "why",
    )
)

#: Fields that are written by a codec.
CODED = frozenset(("input", "result", "details", "control"))

_IS_REDACTED = re.compile(r"<redacted \d+ characters>")
_ABBREVIATED = ("name", "version")


def names_of(value: Any) -> list[str]:
    """Return the names of the fields of a model or mapping."""
    return list(value if isinstance(value, Mapping) else value.to_dict())


def of(value: Any, name: str) -> Any:
    """Return a field of a model or mapping, by its name; `a.b` is a field of a field."""
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return value


def plain(value: Any) -> Any:
    """Return a value as all forms can write it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Domain):
        return value.name
    if isinstance(value, Value):
        told = value.to_dict()
        if set(_ABBREVIATED) <= set(told):
            told = {name: told[name] for name in _ABBREVIATED}
        return {name: plain(getattr(value, name)) for name in told}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def text(value: Any) -> str:
    """Return a plain value as text: of a type its name and version, of the rest its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and tuple(value) == _ABBREVIATED:
        return f"{value['name']} {value['version']}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def hidden(value: Any) -> Any:
    """Return a plain value with every payload in it replaced by its length."""
    return _with_payloads(value, PAYLOADS, _redacted)


def read(value: Any, codec: Codec, say: Callable[[str], None]) -> Any:
    """Return wire events with what the codec wrote as JSON that keeps types.

    What it cannot read stays as it is, and why is said.
    """

    def shown(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        try:
            return TYPED_JSON.encode(codec.decode(text), "payload")
        except ValidationError as error:
            say(f"swf: shown as it is: {error}")
            return text

    return _with_payloads(value, CODED, shown)


def _with_payloads(value: Any, names: frozenset[str], change: Callable[[Any], Any]) -> Any:
    """Return a plain value with what stands under some names changed."""
    if isinstance(value, list):
        return [_with_payloads(item, names, change) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: change(item)
        if name in names and item is not None
        else _with_payloads(item, names, change)
        for name, item in value.items()
    }


def _redacted(value: Any) -> str:
    if isinstance(value, str) and _IS_REDACTED.fullmatch(value):
        return value
    shown = value if isinstance(value, str) else json.dumps(value)
    return f"<redacted {len(shown)} characters>"
