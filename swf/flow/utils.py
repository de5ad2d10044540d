"""Helpers that Garcon documents: dictionary digests and the detection of throttled calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from swf.exceptions import FAULTS, InvalidTypeError, RateLimitExceededError, ValidationError


def create_dictionary_key(dictionary: Mapping[str, Any]) -> str:
    """Return a digest of a dictionary.

    The order of keys and of sets does not matter. The types of values do: 1, "1" and True give
    different digests.

    :param dictionary: a dictionary of JSON values, sets and objects with a stable `str()`.
    :returns: 40 hexadecimal characters.
    :raises TypeError: the argument is not a dictionary.
    :raises ValueError: the dictionary is empty.
    """
    if not isinstance(dictionary, Mapping):
        raise InvalidTypeError("dictionary", dictionary, "must be a dictionary")
    if not dictionary:
        raise ValidationError("dictionary", dictionary, "must not be empty")
    return hashlib.sha1(_canonical(dictionary).encode(), usedforsecurity=False).hexdigest()


def _canonical(value: Any) -> str:
    """Return a canonical text: the same for equal values of the same types only."""
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


def non_throttle_error(exception: BaseException) -> bool:
    """Return whether an error is anything but a throttled call.

    :param exception: an error of this package, or a botocore `ClientError`.
    """
    if isinstance(exception, RateLimitExceededError):
        return False
    code = getattr(exception, "response", {}).get("Error", {}).get("Code", "")
    return FAULTS.get(code) is not RateLimitExceededError


def throttle_backoff_handler(details: Mapping[str, Any]) -> None:
    """Log that a throttled call is retried after a delay.

    :param details: `args`, whose first item has a `logger`; `tries`, the number of calls; `wait`,
        the delay in seconds.
    """
    actor = details["args"][0]
    actor.logger.info(
        f"Throttle Exception occurred on try {details['tries']}. "
        f"Sleeping for {details['wait']} seconds"
    )
