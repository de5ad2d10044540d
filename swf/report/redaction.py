"""Replace payloads by their length: for `--redact` of commands and of the web console."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

#: Fields whose content is redacted.
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

_IS_REDACTED = re.compile(r"<redacted \d+ characters>")


def redact_payloads(value: Any) -> Any:
    """Replace every payload in a plain value by its length.

    :param value: a plain value or a wire event.
    """
    return map_payloads(value, PAYLOADS, _redact)


def map_payloads(value: Any, names: frozenset[str], convert: Callable[[Any], Any]) -> Any:
    """Return a plain value with the values of some fields converted, at every depth.

    :param names: the names of the fields.
    """
    if isinstance(value, list):
        return [map_payloads(item, names, convert) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: convert(item)
        if name in names and item is not None
        else map_payloads(item, names, convert)
        for name, item in value.items()
    }


def _redact(value: Any) -> str:
    if isinstance(value, str) and _IS_REDACTED.fullmatch(value):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return f"<redacted {len(text)} characters>"
