"""What an activity id is made of, and telling a throttled call from another fault."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from swf.constants import ID_LIMIT
from swf.exceptions import FAULTS, InvalidTypeError, RateLimitExceededError, ValidationError


def create_dictionary_key(dictionary: Mapping[str, Any]) -> str:
    """Return 40 characters that stand for the content of a dictionary.

    Neither the order of keys nor that of a set matters; the type of a value does: 1, "1" and True
    give different keys.

    :raises TypeError: it is no dictionary.
    :raises ValueError: it is empty.
    """
    if not isinstance(dictionary, Mapping):
        raise InvalidTypeError("dictionary", dictionary, "must be a dictionary")
    if not dictionary:
        raise ValidationError("dictionary", dictionary, "must not be empty")
    return hashlib.sha1(_canonical(dictionary).encode(), usedforsecurity=False).hexdigest()


def _canonical(value: Any) -> str:
    """Return one text for all equal values, and different ones for values of different types."""
    if isinstance(value, Mapping):
        members = sorted(f"{_canonical(key)}:{_canonical(value[key])}" for key in value)
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, (set, frozenset)):
        return "<" + ",".join(sorted(map(_canonical, value))) + ">"
    if value is None or isinstance(value, (str, int, float)):
        return json.dumps(value)
    return f"{type(value).__qualname__}({value})"


def fit_id(text: str, limit: int = ID_LIMIT) -> str:
    """Return `text`, or one of at most `limit` characters that stands for it."""
    if len(text) <= limit:
        return text
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return f"{text[: limit - len(digest) - 1]}-{digest}"


def non_throttle_error(exception: BaseException) -> bool:
    """Return whether a fault is anything else than a call that was throttled."""
    if isinstance(exception, RateLimitExceededError):
        return False
    code = getattr(exception, "response", {}).get("Error", {}).get("Code", "")
    return FAULTS.get(code) is not RateLimitExceededError


def throttle_backoff_handler(details: Mapping[str, Any]) -> None:
    """Log that a throttled call waits.

    :param details: `args`, whose first one has a `logger`; `tries`, `wait` in seconds.
    """
    actor = details["args"][0]
    actor.logger.info(
        f"Throttle Exception occurred on try {details['tries']}. "
        f"Sleeping for {details['wait']} seconds"
    )
