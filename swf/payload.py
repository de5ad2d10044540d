"""Conversion between Python values and string fields: input, result, details, control, ...

The service treats these fields as opaque text. `encode` converts a value to text and refuses text
that is too long, `decode` converts it back, and `cut` truncates text for readers. Payloads are
data: decoding never imports, unpickles or calls anything.

A `Codec` defines the format; `PLAIN_JSON` is the default. Codecs for compression, encryption or
large payloads wrap another codec, so callers stay unchanged.

Source: API Reference, data types; Developer Guide, "Amazon SWF quotas" (lengths in characters).
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any, ClassVar, Final, NoReturn, Protocol

from swf.constants import DATA_LIMIT
from swf.exceptions import ValidationError

#: Maximum nesting of lists and dictionaries in a payload.
MAX_NESTING: Final = 256

#: A string of JSON, closed or not, or a bracket outside of strings.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_DEPTH_CHANGES = {"[": 1, "{": 1, "]": -1, "}": -1}


_ATOMS: Final = frozenset((str, int, float, bool, bytes, type(None)))


class Codec(Protocol):
    """Converts values to text and back.

    The library passes copies of values to a codec and copies the values that it returns, unless the
    class itself has an attribute `is_pure` that is true: it neither changes nor keeps values.
    """

    def encode(self, value: Any, field: str) -> str:
        """Return the text of a value.

        :param value: the value.
        :param field: name of the field, for error messages.
        :raises ValidationError: if the value cannot be encoded.
        """

    def decode(self, text: str) -> Any:
        """Return the value of a text. Text of other programs that is not understood is returned
        unchanged.

        :param text: the text of a field.
        """


def is_plain(value: Any) -> bool:
    """Return whether a value is atomic, or a dictionary, list or tuple of atomic values."""
    kind = type(value)
    if kind is tuple or kind is list:
        return _ATOMS.issuperset(map(type, value))
    if kind is dict:
        return _ATOMS.issuperset(map(type, value.values())) and _ATOMS.issuperset(map(type, value))
    return kind in _ATOMS


def safe_copy(value: Any) -> Any:
    """Return a deep copy of a value, or the value itself if it cannot be copied."""
    if is_plain(value):  # as most payloads; `deepcopy` takes ten times as long
        return value.copy() if isinstance(value, (dict, list)) else value
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - a class of the program
        return value


class PlainJSON:
    """Strings unchanged, other values as compact JSON.

    A string that is valid JSON is decoded as the value it represents, since workers in other
    languages write it that way. Tuples become lists, and keys of objects become strings.
    """

    is_pure: ClassVar[bool] = True

    def encode(self, value: Any, field: str) -> str:
        """Return a string unchanged, other values as JSON.

        :param value: the value.
        :param field: name of the field, for error messages.
        :raises ValidationError: if JSON cannot represent the value, e.g. NaN or a date, or if it is
            nested deeper than `MAX_NESTING`.
        """
        if isinstance(value, str):
            return value
        try:
            text = _ENCODER.encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(
                field, type(value), f"cannot be encoded as JSON: {error}"
            ) from error
        check_nesting(text, field)
        return text

    def decode(self, text: str) -> Any:
        """Return the value of valid JSON, other text and text nested too deeply unchanged.

        :param text: the text of a field.
        """
        try:
            check_nesting(text, "payload")
            return _DECODER.decode(text)
        except (ValueError, RecursionError):
            return text


def check_nesting(text: str, field: str) -> None:
    """Raise an error if the lists and objects of a JSON text are nested too deeply.

    :param text: the JSON.
    :param field: name of the field, for error messages.
    :raises ValidationError: if the nesting exceeds `MAX_NESTING`.
    """
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        depth += _DEPTH_CHANGES.get(token[0], 0)
        if depth > MAX_NESTING:
            raise ValidationError(field, ..., f"is nested deeper than {MAX_NESTING} levels")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"not JSON: {name}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)

PLAIN_JSON = PlainJSON()


def encode(
    value: Any, field: str, limit: int = DATA_LIMIT, codec: Codec = PLAIN_JSON
) -> str | None:
    """Return the text of a field, or None (omitted from the request) for None.

    :param value: the value.
    :param field: name of the field, for error messages.
    :param limit: maximum number of characters.
    :param codec: the codec.
    :raises ValidationError: if the value cannot be encoded, is too long or contains a lone
        surrogate. The message names the field and the length, never the payload.
    """
    if value is None:
        return None
    text = to_text(value, field, codec)
    if not is_unicode(text):
        raise ValidationError(field, type(value), "contains a lone surrogate")
    if len(text) > limit:
        raise ValidationError(field, type(value), f"{len(text)} characters; the limit is {limit}")
    return text


def decode(text: str | None, codec: Codec = PLAIN_JSON) -> Any:
    """Return the value of a text, or None for None (a missing field).

    :param text: the text of a field.
    :param codec: the codec.
    """
    return None if text is None else from_text(text, codec)


def to_text(value: Any, field: str, codec: Codec) -> str:
    """Return the text of a value, which the codec cannot change.

    :param value: the value.
    :param field: name of the field, for error messages.
    :param codec: the codec.
    :raises ValidationError: if the value cannot be encoded.
    """
    return codec.encode(value if _is_pure(codec) else safe_copy(value), field)


def from_text(text: str, codec: Codec) -> Any:
    """Return the value of a text, which the codec does not share with other callers.

    :param text: the text of a field.
    :param codec: the codec.
    """
    value = codec.decode(text)
    return value if _is_pure(codec) else safe_copy(value)


def _is_pure(codec: Codec) -> bool:
    # Not inherited: a subclass may change values.
    return bool(vars(type(codec)).get("is_pure"))


def safe_str(value: object) -> str:
    """Return `str(value)`, or a fixed text if `__str__` of a user's class raises an error."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - __str__ of user code
        return "(no message: str() failed)"


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogates, so that a request can contain it.

    :param text: the text.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def cut(text: str, limit: int) -> str:
    """Return the text, truncated with a note if it exceeds the limit.

    Lone surrogates, which no request can contain, are escaped.
    The result keeps a third of the space for the start and the rest for the end, since a traceback
    starts with the location and ends with the error.

    :param text: the text.
    :param limit: maximum number of characters.
    """
    if not is_unicode(text):
        text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= limit:
        return text
    mark = f" ... [cut from {len(text)} characters] ... "
    space = max(0, limit - len(mark))
    head = space // 3
    return (text[:head] + mark + text[len(text) - space + head :])[:limit]
