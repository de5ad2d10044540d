"""Python value <-> string field: input, result, details, control, signal input, execution context.

SWF carries such a field as text and never looks inside. Here a value becomes text (`encode`), text
becomes a value (`decode`), and what is too long is either refused (`encode`) or shortened for a
reader (`cut`). A payload is data: nothing in it is ever imported, unpickled or called.

How a value is written is a `Codec`. JSON is the one that is used when none is named; compression,
encryption or a claim check is a codec that wraps another, and its callers stay as they are.

Source: API Reference, data types; Developer Guide, "Amazon SWF quotas" (lengths are in characters).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn, Protocol

from swf.constants import DATA_LIMIT
from swf.exceptions import ValidationError


class Codec(Protocol):
    """How a value is written into a field, and read back."""

    def encode(self, value: Any, field: str) -> str:
        """Return the text for `value`; raise `ValidationError` naming `field` if there is none."""

    def decode(self, text: str) -> Any:
        """Return the value of `text`, whoever wrote it; text that is not understood is itself."""


class PlainJSON:
    """Text as it is, anything else as compact JSON.

    Text that happens to be JSON is read back as the value it spells, since a worker in another
    language writes it just so. Tuples come back as lists and the keys of objects as text.
    """

    def encode(self, value: Any, field: str) -> str:
        """Return `value` itself if it is text, else its JSON; NaN and infinities are refused."""
        if isinstance(value, str):
            return value
        try:
            return _ENCODER.encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(
                field, type(value), f"cannot be written as JSON: {error}"
            ) from error

    def decode(self, text: str) -> Any:
        """Return the value if `text` is JSON, else `text`."""
        try:
            return _DECODER.decode(text)
        except (ValueError, RecursionError):
            return text


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)

PLAIN_JSON = PlainJSON()


def encode(
    value: Any, field: str, limit: int = DATA_LIMIT, codec: Codec = PLAIN_JSON
) -> str | None:
    """Return the text to send as `field`, or None (not sent) if `value` is None.

    :raises ValidationError: if `value` cannot be written, or its text is longer than `limit`
        characters. The message names the field and the length, and shows nothing of the payload.
    """
    if value is None:
        return None
    text = codec.encode(value, field)
    if len(text) > limit:
        raise ValidationError(field, type(value), f"{len(text)} characters; at most {limit} fit")
    return text


def decode(text: str | None, codec: Codec = PLAIN_JSON) -> Any:
    """Return the value that `text` stands for; None (the field was not sent) stays None."""
    return None if text is None else codec.decode(text)


def cut(text: str, limit: int) -> str:
    """Return `text`, shortened to `limit` characters if it is longer, and saying so.

    A third of what is kept is the head and the rest the tail: a traceback begins with where it
    happened and ends with what happened.
    """
    if len(text) <= limit:
        return text
    mark = f" ... [cut from {len(text)} characters] ... "
    kept = max(0, limit - len(mark))
    head = kept // 3
    return (text[:head] + mark + text[len(text) - kept + head :])[:limit]
