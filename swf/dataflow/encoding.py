"""Encode the values of workflow code as payloads of decisions.

A value that the codec cannot encode, or whose text is too long, raises `PayloadError`. Values that
describe a failure are shortened instead, so that an execution can always fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from swf import payload
from swf.constants import DATA_LIMIT
from swf.dataflow.exceptions import PayloadError
from swf.exceptions import ValidationError
from swf.payload import Codec

#: Minimum number of characters to which `encode_shortened` cuts a text.
_MIN_LENGTH: Final = 256


def encode(value: Any, field: str, codec: Codec) -> str | None:
    """Return the text of a payload; None for None.

    :param field: name of the payload, for the error message.
    :raises PayloadError: the codec cannot encode the value, or the text has more than 32,768
        characters.
    """
    try:
        return payload.encode(value, field, DATA_LIMIT, codec)
    except ValidationError as error:
        raise PayloadError(error.field, error.value, error.rule) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise PayloadError(field, type(value), f"cannot be encoded: {error}") from error


@contextmanager
def writing() -> Iterator[None]:
    """Convert the errors of values that a decision cannot contain, except for wrong types.

    :raises PayloadError: the block raised a `ValidationError` that is not a `TypeError`.
    """
    try:
        yield
    except TypeError:
        raise
    except ValidationError as error:
        raise PayloadError(error.field, error.value, error.rule) from error


def encode_shortened(value: Any, field: str, codec: Codec) -> str | None:
    """Return the text of a payload that describes a failure; it never raises `PayloadError`.

    A value that cannot be encoded is replaced by its `str`, and the text is cut until it fits.

    :param field: name of the payload, for the error message.
    :returns: None if the value is None, or if the codec cannot encode even a short text.
    """
    try:
        return encode(value, field, codec)
    except PayloadError:
        text = payload.safe_str(value)
    length = DATA_LIMIT
    while length >= _MIN_LENGTH:
        with suppress(PayloadError):
            return encode(payload.cut(text, length), field, codec)
        length //= 2
    return None
